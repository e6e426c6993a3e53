"""Checks that a server exits when the script that started it is terminated by SIGTERM, SIGKILL or SIGINT.

Usage: check_children.py WEBSHOCKET [serve]     (with `serve`: starts a server and prints its process ID)
"""
import os
import select
import signal
import subprocess
import sys
import time

import children
from checks import Checks
from serving import serving


def serve(webshocket):
    with serving([webshocket, "serve", "--port", "0"], with_process=True) as (_, process):
        print(process, flush=True)
        time.sleep(600)


def is_gone(process, seconds=120):
    """Waits until a process that is not a child of this one exits, and returns whether it did."""
    with open(process, closefd=True) as descriptor:
        return bool(select.select([descriptor], [], [], seconds)[0])


def main(webshocket):
    checks = Checks("servers of a terminated script")
    for number in [signal.SIGTERM, signal.SIGKILL, signal.SIGINT]:
        script = children.start([sys.executable, __file__, webshocket, "serve"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        server = os.pidfd_open(int(script.stdout.readline()))
        script.send_signal(number)
        script.wait(120)
        checks.that(f"a server exits when its script receives {number.name}", is_gone(server))
    checks.finish()


serve(sys.argv[1]) if sys.argv[2:] else main(sys.argv[1])
