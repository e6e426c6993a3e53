"""Runs a server as a child process for the duration of a `with` block."""
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
    """Starts `command`, waits for a line with a `ws:` or `wss:` URL, yields the URL, and finally sends SIGTERM.

    With `with_process`, it yields a pair of the URL and the process ID. `errors` is an open file for the standard error
    of the server.

    Raises ServerFailed if the line does not appear in time, or if the server does not exit with `exit_code`.
    """
    # A file, not a pipe: a full pipe without a reader would block the server.
    with tempfile.TemporaryFile() as output:
        process = children.start(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        try:
            url = ready_url(process, command, output, time.monotonic() + ready_within)
            yield (url, process.pid) if with_process else url
            if process.poll() is not None:
                raise ServerFailed(f"{command[0]} exited early with {process.returncode}")
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(gone_within)
            except subprocess.TimeoutExpired:
                raise ServerFailed(f"{command[0]} was still running {gone_within} s after SIGTERM") from None
            if process.returncode != exit_code:
                raise ServerFailed(f"{command[0]} must exit with {exit_code} after SIGTERM (got {process.returncode})")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def ready_url(process, command, output, deadline):
    while True:
        ended = process.poll() is not None
        # pread: the child shares the file position, so reading must not move it.
        printed = os.pread(output.fileno(), 65_536, 0)
        if url := re.search(rb"(wss?://[^\s/]+:\d+)\S*\n", printed):
            return url[1].decode()
        if ended or time.monotonic() > deadline:
            how = f"exited with {process.returncode}" if ended else "was not ready in time"
            raise ServerFailed(f"{command[0]} {how} (output: {printed!r})")
        time.sleep(0.02)
