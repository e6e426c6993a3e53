"""The runs of tests leave no process when they are killed in the middle.

Usage: check_runs.py WEBSHOCKET [RUN…]     (Interop, JavaScript, Proxies and Browser if none is named)
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
#: A run is in the middle when a command line has the text: it is of a process that a script of the run has started.
IN_THE_MIDDLE = {"Interop": "call_swift_server.py ws://", "JavaScript": "browser-test-server --", "Proxies": "check_way.py wss://",
                 "Browser": "--remote-debugging-pipe"}


def tagged(tag):
    """The processes that have the tag in their environment, with their command lines."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if tag in (folder / "environ").read_bytes().split(b"\0") and (folder / "stat").read_text().split()[2] != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            pass
    return found


def wait(condition, seconds=120):
    """Asks again and again; the first answer that is true, or else the last one in time."""
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
        return checks.skip(f"Tests/{name}/run", "it is skipped")
    checks.that(f"Tests/{name}/run is in the middle", reached == "in the middle", (reached, tagged(tag)))
    run.send_signal(signal.SIGKILL)
    run.wait()
    checks.that(f"none of Tests/{name}/run is left after SIGKILL", wait(lambda: not tagged(tag)), tagged(tag))
    for process in tagged(tag):
        os.kill(process, signal.SIGKILL)


def main(webshocket, names):
    checks = Checks("runs that are killed")
    for name in names or IN_THE_MIDDLE:
        with checks.group(name):
            check(checks, name, webshocket)
    checks.finish()


main(sys.argv[1], sys.argv[2:])
