"""Our client, as `webshocket call`, calls every method of a server of the Python package, in MessagePack and in JSON.

Usage: call_python_server.py URL COMMAND…     (URL of serve_python.py; COMMAND such as .build/debug/webshocket)
"""
import json
import re
import subprocess
import sys

from checks import Checks

# The command line can carry about 128 KiB in one argument: enough for an answer in several frames of 64 KiB.
LONG_TEXT = "x" * 100_000 + "é"

RESULTS = [
    (["add", 10, 20], 30),
    (["add", 2**62, 2**62 - 1], 2**63 - 1),
    (["add", 0.5, 0.25], 0.75),
    (["echo", "grüße 🎲 \"\\"], "grüße 🎲 \"\\"),
    (["echo", {"k": [1, None, True, "é"]}], {"k": [1, None, True, "é"]}),
    (["echo", LONG_TEXT], LONG_TEXT),
    (["renamed"], None),
    (["named", 1], {"a": 1, "b": 2}),
    (["named", 1, "--named", "b=5"], {"a": 1, "b": 5}),
    (["types"], [None, True, -1, 2**40, 1.5, "é", "AP8=", {"k": [1]}]),
    (["types_text"], [None, True, -1, 2**40, 1.5, "é", {"k": [1]}]),
    (["sleep", 1], None),
]

# The error's name in our client, and a word that its text has. The texts of two of them are Python's own.
ERRORS = [
    (["nope"], "methodNotFound", "nope"),
    (["add", 1], r"\w+", "argument"),
    (["fails"], r"\w+", "no such user"),
    (["breaks"], r"\w+", "internal detail"),
]


def main(url, *command):
    checks = Checks(f"we call Python at {url}")

    def call(arguments, *options):
        # A text goes as it is, as a user would write it; anything else as JSON.
        words = [word if isinstance(word, str) else json.dumps(word) for word in arguments]
        return subprocess.run([*command, "call", url, *words, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30)

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
                told = re.match(rf"(error: )?{error}: ", run.stderr) and word in run.stderr
                checks.that(name, run.returncode == 1 and run.stdout == "" and told,
                            f"ended with {run.returncode}, {run.stdout!r}, {run.stderr!r}")

    with checks.group("a deadline"):
        run = call(["sleep", 20_000], "--timeout", "0.5")
        checks.that("a call past its deadline fails", run.returncode == 1 and run.stderr != "", repr(run.stderr))
    checks.finish()


main(*sys.argv[1:])
