"""Checks that test runs leave no processes when they are killed with SIGKILL.

Usage: check_runs.py WEBSHOCKET [RUN…]     (default: Interop, JavaScript, Proxies and Browser)
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

import children
from checks import Checks

TESTS = pathlib.Path(__file__).resolve().parent.parent
#: By run, text in the command line of a process that a script of the run starts. Such a process shows that the run has
#: reached its middle.
IN_THE_MIDDLE = {"Interop": "call_swift_server.py ws://", "JavaScript": "browser-test-server --", "Proxies": "check_way.py wss://",
                 "Browser": "--remote-debugging-pipe"}


def tagged(tag):
    """Returns the processes with the tag in their environment: a map from process ID to command line."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if tag in (folder / "environ").read_bytes().split(b"\0") and (folder / "stat").read_text().split()[2] != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            pass
    return found


def wait(condition, seconds=120):
    """Polls the condition. Returns its first true result, or its last result at the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() <= deadline:
        time.sleep(0.05)
    return answer


def check(checks, name, webshocket):
    tag = f"CHECKED_RUN={name}-{os.getpid()}"
    key, value = tag.split("=")
    run = children.start([TESTS / name / "run", webshocket], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, env={**os.environ, key: value})
    tag = tag.encode()

    def place():
        if any(IN_THE_MIDDLE[name] in command for command in tagged(tag).values()):
            return "in the middle"
        return "over" if run.poll() is not None else None

    reached = wait(place)
    if reached == "over" and run.returncode == 77:
        return checks.skip(f"Tests/{name}/run", "the run is skipped")
    checks.that(f"Tests/{name}/run reaches its middle", reached == "in the middle", (reached, tagged(tag)))
    run.send_signal(signal.SIGKILL)
    run.wait()
    checks.that(f"no process of Tests/{name}/run is left after SIGKILL", wait(lambda: not tagged(tag)), tagged(tag))
    for process in tagged(tag):
        os.kill(process, signal.SIGKILL)


def main(webshocket, names):
    checks = Checks("killed runs")
    for name in names or IN_THE_MIDDLE:
        with checks.group(name):
            check(checks, name, webshocket)
    checks.finish()


main(sys.argv[1], sys.argv[2:])
