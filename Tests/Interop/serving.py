"""Starts a server as a child process for as long as a `with` lasts, and ends it by its own id."""
import contextlib
import os
import re
import select
import signal
import subprocess
import time


class ServerFailed(Exception):
    pass


@contextlib.contextmanager
def serving(command, *, ready_within=30, gone_within=15, exit_code=0):
    """Runs `command` until it prints a line with `ws://HOST:PORT`, yields that URL, and sends SIGTERM at the end.

    Raises ServerFailed when the line does not come in time, or the server does not end by itself with `exit_code`.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        yield ready_url(process, command, time.monotonic() + ready_within)
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
        process.stdout.close()


def ready_url(process, command, deadline):
    output = b""
    while b"\n" not in output or not (url := re.search(rb"ws://[^\s/]+:\d+", output)):
        if not select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
            raise ServerFailed(f"{command[0]} said in time only {output!r}")
        if not (piece := os.read(process.stdout.fileno(), 4096)):
            raise ServerFailed(f"{command[0]} ended with {process.wait()}, having said {output!r}")
        output += piece
    return url[0].decode()
