"""Our client, as `webshocket call`, calls every method of a server of the Python package, in MessagePack and in JSON.

Usage: call_python_server.py URL COMMAND…     (URL of serve_python.py; COMMAND such as .build/debug/webshocket)
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from checks import Checks

#: More than one argument of a command can carry, so it goes by way of a file.
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

# The error's name in our client, and a word that its text has. The texts of two of them are Python's own.
ERRORS = [
    (["nope"], "methodNotFound", "nope"),
    (["add", 1], "invalidParameters", "argument"),
    (["fails"], "applicationError", "no such user"),
    (["breaks"], "internalError", "internal detail"),
]


# Options of `stream`, the lines that it prints, and the error that it ends with.
STREAMS = [
    (["count", 5], [0, 1, 2, 3, 4], None),
    (["count", 0], [], None),
    (["count", 20_000], list(range(20_000)), None),
    (["count", 20_000, "--take", 3], [0, 1, 2], None),
    (["secret_count", 3], [], "accessDenied"),
    (["add", 1, 2], [], "unexpectedReply"),
]


def main(url, *command):
    checks = Checks(f"we call Python at {url}")
    folder = tempfile.TemporaryDirectory()
    file = pathlib.Path(folder.name, "megabyte.txt")

    def call(arguments, *options, subcommand="call"):
        # A text goes as it is, as a user would write it; anything else as JSON.
        words = [word if isinstance(word, str) else json.dumps(word) for word in arguments]
        if MEGABYTE in words:
            file.write_text(MEGABYTE, encoding="utf-8")
            words = [f"@{file}" if word == MEGABYTE else word for word in words]
        return subprocess.run([*command, subcommand, url, *words, *options], stdin=subprocess.DEVNULL,
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
                told = re.match(rf"{error}: ", run.stderr) and word in run.stderr
                checks.that(name, run.returncode == 1 and run.stdout == "" and told,
                            f"ended with {run.returncode}, {run.stdout!r}, {run.stderr!r}")

        for arguments, elements, error in STREAMS:
            name = f"{codec}: a stream of {' '.join(map(str, arguments))}"
            with checks.group(name):
                run = call(arguments, *options, subcommand="stream")
                checks.equal(name, [json.loads(line) for line in run.stdout.splitlines()], elements)
                told = run.stderr == "" if error is None else run.stderr.startswith(f"{error}: ")
                checks.that(f"{name} ends as it should", told and (run.returncode == 0) == (error is None),
                            f"ended with {run.returncode}, {run.stderr!r}")
        with checks.group(f"{codec}: limits"):
            run = call(["limited"], *options)
            checks.equal(f"{codec}: a call within its limit", run.stdout, '"ok"\n')

    with checks.group("a deadline"):
        run = call(["sleep", 20_000], "--timeout", "0.5")
        checks.that("a call past its deadline fails", run.returncode == 1 and run.stderr != "", repr(run.stderr))
    checks.finish()


main(*sys.argv[1:])
