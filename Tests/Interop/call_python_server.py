"""Calls every method of a server of the Python package with our client, in MessagePack and in JSON.

The client is `webshocket call` and `webshocket stream`.

Usage: call_python_server.py URL COMMAND…     (URL of serve_python.py; COMMAND such as .build/debug/webshocket)
"""
import json
import pathlib
import re
import subprocess
import sys
import time
import tempfile

from checks import Checks

#: Too long for a command-line argument, so it is passed in a file.
MEGABYTE = "x" * (1_048_576 - 1) + "é"

RESULTS = [
    (["add", 10, 20], 30),
    (["add", 2**62, 2**62 - 1], 2**63 - 1),
    (["add", 0.5, 0.25], 0.75),
    (["echo", "grüße 🎲 \"\\"], "grüße 🎲 \"\\"),
    (["echo", {"k": [1, None, True, "é"]}], {"k": [1, None, True, "é"]}),
    (["echo", MEGABYTE], MEGABYTE),
    (["renamed"], None),
    (["named", 1], {"a": 1, "b": 2}),
    (["named", 1, "--named", "b=5"], {"a": 1, "b": 5}),
    (["types"], [None, True, -1, 2**40, 1.5, "é", "AP8=", {"k": [1]}]),
    (["types_text"], [None, True, -1, 2**40, 1.5, "é", {"k": [1]}]),
    (["sleep", 1], None),
]

# The call, the name of the error in our client, and a word in its message. Two of the messages come from Python itself.
ERRORS = [
    (["nope"], "methodNotFound", "nope"),
    (["add", 1], "invalidParameters", "argument"),
    (["fails"], "applicationError", "no such user"),
    (["breaks"], "internalError", "internal detail"),
]


def main(url, *command):
    checks = Checks(f"we call Python at {url}")
    folder = tempfile.TemporaryDirectory()
    file = pathlib.Path(folder.name, "megabyte.txt")

    def call(arguments, *options):
        return run_command("call", arguments, *options)

    def stream(arguments, *options):
        return run_command("stream", arguments, *options)

    def run_command(name, arguments, *options):
        # Strings are passed unquoted, as a user would type them; other values are passed as JSON.
        words = [word if isinstance(word, str) else json.dumps(word) for word in arguments]
        if MEGABYTE in words:
            file.write_text(MEGABYTE, encoding="utf-8")
            words = [f"@{file}" if word == MEGABYTE else word for word in words]
        return subprocess.run([*command, name, url, *words, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)

    for options in ([], ["--json"]):
        codec = "JSON" if options else "MessagePack"
        for arguments, expected in RESULTS:
            name = f"{codec}: {' '.join(map(str, arguments))[:60]}"
            with checks.group(name):
                run = call(arguments, *options)
                found = json.loads(run.stdout) if run.returncode == 0 else (run.returncode, run.stderr)
                checks.equal(name, found, expected)
        for arguments, error, word in ERRORS:
            name = f"{codec}: {' '.join(map(str, arguments))} is refused"
            with checks.group(name):
                run = call(arguments, *options)
                is_reported = re.match(rf"{error}: ", run.stderr) and word in run.stderr
                checks.that(name, run.returncode == 1 and run.stdout == "" and is_reported,
                            f"exited with {run.returncode}, {run.stdout!r}, {run.stderr!r}")

    for options in ([], ["--json"]):
        codec = "JSON" if options else "MessagePack"
        with checks.group(f"{codec}: a stream"):
            run = stream(["count", 3_000], *options)
            checks.equal(f"{codec}: a stream yields all elements in order",
                         run.stdout, "".join(f"{number}\n" for number in range(3_000)))
            run = stream(["count", -1], *options)
            checks.that(f"{codec}: a stream fails with the error of its method",
                        run.returncode == 1 and "count takes 0 or more" in run.stderr, repr(run.stderr))
            run = stream(["secret_count", 3], *options)
            checks.that(f"{codec}: a guarded stream is refused",
                        run.returncode == 1 and run.stderr.startswith("accessDenied: "), repr(run.stderr))
            # The Python package does not cancel the streams of a peer that disconnects. Only an abort cancels them.
            before = int(call(["aborted_streams"]).stdout)
            run = stream(["ticks"], "--take", "3", *options)
            checks.equal(f"{codec}: a stream can be ended early", run.stdout, "0\n1\n2\n")
            run = stream(["ticks"], "--timeout", "1", *options)
            checks.that(f"{codec}: a stream fails after its timeout",
                        run.returncode == 1 and "timedOut: " in run.stderr, repr(run.stderr))
            # A busy server may take some time to process an abort.
            for _ in range(600):
                aborted = int(call(["aborted_streams"]).stdout)
                if aborted >= before + 2:
                    break
                time.sleep(0.1)
            checks.equal(f"{codec}: both streams were aborted", aborted, before + 2)
            run = stream(["add", 1, 2], *options)
            checks.that(f"{codec}: streaming an ordinary method fails",
                        run.returncode == 1 and "unexpectedReply: " in run.stderr, repr(run.stderr))
            run = call(["count", 3], *options)
            checks.that(f"{codec}: calling a streaming method fails",
                        run.returncode == 1 and "unexpectedReply: " in run.stderr, repr(run.stderr))

    with checks.group("a deadline"):
        run = call(["sleep", 20_000], "--timeout", "0.5")
        checks.that("a call fails after its timeout", run.returncode == 1 and run.stderr != "", repr(run.stderr))
    checks.finish()


main(*sys.argv[1:])
