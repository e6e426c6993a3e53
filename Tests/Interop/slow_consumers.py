"""Long streams to consumers that take ten elements per second: the server's memory stays as it is.

Usage: slow_consumers.py WEBSHOCKET     (the built command; it serves and, as `webshocket stream`, consumes)
"""
import asyncio
import contextlib
import pathlib
import re
import subprocess
import sys
import time

import children
import msgpack
import websockets
from checks import Checks
from serving import serving
from webshocket import WebSocketClient

ELEMENTS = 1_000_000
#: For the Python client, which reads all of them before it has closed: more than 20 MB.
READ_ELEMENTS = 250_000
SECONDS = 8
#: What the process may grow by while it streams; all elements together would be more than 80 MB.
ROOM_KIB = 8 * 1_024


def memory_kib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process}/status").read_text())[1])


async def our_client(webshocket, url):
    """Ten lines per second are read of what `webshocket stream` prints; behind the pipe, its credit runs out."""
    command = children.start([webshocket, "stream", url, "count", str(ELEMENTS)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE)
    taken = []
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            taken.append(int(await asyncio.to_thread(command.stdout.readline)))
            await asyncio.sleep(0.1)
    finally:
        command.kill()
        command.communicate()
    return taken


async def python_client(url):
    """The package's own; it reads on whatever its consumer does, and drops what it has no room for."""
    taken = []
    end = time.monotonic() + SECONDS
    async with WebSocketClient(url) as client:
        async with contextlib.aclosing(client.stream_rpc("count", READ_ELEMENTS)) as stream:
            async for response in stream:
                taken.append(response.response)
                await asyncio.sleep(0.1)
                if time.monotonic() > end:
                    break
    return taken


async def unread_socket(url):
    """A webshocket.v1 client without credit that reads no more than it takes: the queue alone holds the server back."""
    taken = []
    end = time.monotonic() + SECONDS
    request = {"source": 5, "rpc": {"type": "request", "method": "count", "args": [ELEMENTS], "call_id": "s"}}
    async with websockets.connect(url, subprotocols=["webshocket.v1"], max_queue=1, close_timeout=0.1) as socket:
        await socket.send(msgpack.packb(request))
        while time.monotonic() < end:
            taken.append(msgpack.unpackb(await socket.recv())["rpc"]["response"])
            await asyncio.sleep(0.1)
    return taken


async def watch(process, consuming):
    """What a consumer has taken; the server's memory before, and at most."""
    before = peak = memory_kib(process)
    consumer = asyncio.create_task(consuming)
    async with asyncio.timeout(240):
        while not consumer.done():
            await asyncio.sleep(0.05)
            peak = max(peak, memory_kib(process))
    return consumer.result(), before, peak


async def main(webshocket):
    checks = Checks("streams to slow consumers")
    await consume(checks, webshocket, {"our client": lambda url: our_client(webshocket, url),
                                       "a client that does not read on": unread_socket})
    # Alone, since it keeps the event loop busy.
    await consume(checks, webshocket, {"the Python client": python_client})
    checks.finish()


async def consume(checks, webshocket, consumers):
    """Lets consumers take at the same time, each from a server of its own."""
    with contextlib.ExitStack() as servers:
        watches = {}
        for name, consumer in consumers.items():
            url, process = servers.enter_context(serving([webshocket, "serve", "--port", "0"], with_process=True))
            watches[name] = asyncio.create_task(watch(process, consumer(url)))
        for name, watching in watches.items():
            with checks.group(name):
                taken, before, peak = await watching
                if name == "the Python client":
                    # Its loop has all elements to read meanwhile, and its consumer gets what time is left.
                    checks.that(f"{name} takes some", len(taken) > 1, f"{len(taken)} taken")
                else:
                    checks.that(f"{name} takes about ten per second", len(taken) > SECONDS * 4, f"{len(taken)} taken")
                    checks.equal(f"{name} gets all, in order", taken, list(range(len(taken))))
                checks.that(f"the server's memory is flat: {before} KiB, {peak} KiB at most", peak < before + ROOM_KIB)


asyncio.run(main(sys.argv[1]))
