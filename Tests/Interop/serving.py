"""Starts a server as a child process for as long as a `with` lasts, and ends it by its own id."""
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time

import children
from children import end  # noqa: F401: part of this module's interface


class ServerFailed(Exception):
    pass


@contextlib.contextmanager
def serving(command, *, ready_within=120, gone_within=60, exit_code=0, with_process=False,
            errors=None):
    """Runs `command` until it prints a line with `ws://HOST:PORT` or `wss:`, yields that URL, and sends SIGTERM at the end.

    With `with_process` it yields a pair: the URL, and the process's number. `errors` is an open file for what the server
    writes to its standard error.

    Raises ServerFailed when the line does not come in time, or the server does not end by itself with `exit_code`.
    """
    # A file, not a pipe: a pipe that nobody reads any more would in the end stop the server.
    with tempfile.TemporaryFile() as output:
        process = children.start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        try:
            url = ready_url(process, command, output, time.monotonic() + ready_within)
            yield (url, process.pid) if with_process else url
            if process.poll() is not None:
                raise ServerFailed(f"{command[0]} ended early, with {process.returncode}")
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(gone_within)
            except subprocess.TimeoutExpired:
                raise ServerFailed(f"{command[0]} was still there {gone_within} s after SIGTERM") from None
            if process.returncode != exit_code:
                raise ServerFailed(f"{command[0]} ended with {process.returncode} after SIGTERM, not {exit_code}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def ready_url(process, command, output, deadline):
    while True:
        ended = process.poll() is not None
        # The child writes through the same open file, so its position must stay where it is.
        said = os.pread(output.fileno(), 65_536, 0)
        if url := re.search(rb"(wss?://[^\s/]+:\d+)\S*\n", said):
            return url[1].decode()
        if ended or time.monotonic() > deadline:
            how = f"ended with {process.returncode}" if ended else "was not ready in time"
            raise ServerFailed(f"{command[0]} {how}, having said {said!r}")
        time.sleep(0.02)
