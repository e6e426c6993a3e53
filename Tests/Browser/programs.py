"""The programs that the tests run. Each is ended by its own process ID."""
import contextlib
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Interop"))

import children  # noqa: E402
from browsing import wait_for  # noqa: E402


class Program:
    """A process, with the lines that it has printed."""

    def __init__(self, command):
        self.lines = []
        self.errors = tempfile.TemporaryFile()
        self.process = children.start(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def said(self, pattern, seconds=60):
        """Waits for a line that matches a pattern, and returns the match."""
        def found():
            return next(filter(None, (re.search(pattern, line) for line in list(self.lines))), None)

        return wait_for(f"a line with {pattern!r} among {self.lines[-8:]}", found, seconds)


@contextlib.contextmanager
def running(command):
    """Runs a command during a `with` block, and then ends it."""
    program = Program([str(word) for word in command])
    try:
        yield program
    finally:
        children.end(program.process)
        program.process.stdin.close()


class ChatServer:
    """The server of `Chat`, on a free port."""

    def __init__(self, program):
        self.program = program
        self.url = program.said(r"http://127\.0\.0\.1:\d+$")[0]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.admin_key = program.said(r"#admin=(\w+)")[1]


@contextlib.contextmanager
def chat_server(programs):
    with running([programs / "Chat", "--port", "0"]) as program:
        yield ChatServer(program)
