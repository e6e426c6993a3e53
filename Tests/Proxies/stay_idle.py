"""Keeps a connection idle for longer than the timeout of a proxy, and then calls a method.

Usage: stay_idle.py URL --ca FILE --seconds N

The client sends no pings, so that only the server's pings keep the connection open.
"""
import argparse
import asyncio
import json
import os

import websockets
from checks import Checks


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--ca", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    os.environ["SSL_CERT_FILE"] = options.ca
    checks = Checks(f"an idle connection through {options.url}")
    async with websockets.connect(options.url, proxy=None, ping_interval=None) as socket:
        await asyncio.sleep(options.seconds)
        rpc = {"type": "request", "method": "add", "args": [10, 20], "call_id": "c"}
        await socket.send(json.dumps({"source": 5, "rpc": rpc}))
        answer = json.loads(await asyncio.wait_for(socket.recv(), 120))["rpc"]["response"]
        checks.equal(f"the connection is open after {options.seconds:g} s of silence", answer, 30)
    checks.finish()


asyncio.run(main())
