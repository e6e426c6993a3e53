"""Long streams to consumers that stop taking elements: the server makes no more than they have room for.

Usage: slow_consumers.py WEBSHOCKET     (the built command, which consumes as `webshocket stream`; `browser-test-server`
                                         beside it counts the elements that it makes)

No time is measured: while a consumer takes nothing, the same server streams as much as that one asked for to another.
"""
import asyncio
import contextlib
import pathlib
import socket
import subprocess
import sys

import children
import msgpack
import websockets
from checks import Checks
from peers import Peer
from serving import serving
from webshocket import WebSocketClient

#: What each stream has: far more than pipes, sockets and queues hold.
ELEMENTS = 400_000
#: What a consumer may have room for.
ROOM = ELEMENTS // 2
TAKEN = 80
#: For the Python client, which reads all of them before it has closed.
READ_ELEMENTS = 20_000


class OurClient:
    """Lines are read of what `webshocket stream` prints; behind the pipe, its credit runs out."""

    def __init__(self, webshocket, url):
        self.command = [webshocket, "stream", url, "numbers", str(ELEMENTS), "slow"]

    async def __aenter__(self):
        self.process = children.start(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return self

    async def __aexit__(self, *_):
        self.process.kill()
        self.process.communicate()

    async def take(self):
        return int(await asyncio.to_thread(self.process.stdout.readline))


class UnreadSocket:
    """A webshocket.v1 client without credit that reads no more than it takes: the queue alone holds the server back."""

    def __init__(self, _, url):
        self.url = url

    async def __aenter__(self):
        host, port = self.url.split("//")[1].split(":")
        plain = socket.socket()
        # The system makes it no larger while data arrives.
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        plain.connect((host, int(port)))
        plain.setblocking(False)
        self.socket = await websockets.connect(self.url, sock=plain, subprotocols=["webshocket.v1"], max_queue=1,
                                               ping_interval=None, close_timeout=0.1)
        rpc = {"type": "request", "method": "numbers", "args": [ELEMENTS, "slow"], "call_id": "s"}
        await self.socket.send(msgpack.packb({"source": 5, "rpc": rpc}))
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def take(self):
        return msgpack.unpackb(await self.socket.recv())["rpc"]["response"]


async def held_back(checks, webshocket, server, consumer):
    name = consumer.__name__
    with serving([server, "--port", "0"]) as url, checks.group(name):
        async with Peer(url) as witness, consumer(webshocket, url) as slow:
            taken = [await slow.take() for _ in range(TAKEN)]
            other = children.start([webshocket, "stream", url, "numbers", str(ELEMENTS), "other", "--window", "4096"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            status = await asyncio.to_thread(other.wait)
            made = [await witness.call("counted", f"{stream} made") for stream in ("other", "slow")]
            checks.equal(f"{name}: another one gets all meanwhile", (status, made[0]), (0, ELEMENTS))
            checks.that(f"{name}: the server makes no more than there is room for: {made[1]}", TAKEN <= made[1] <= ROOM)
            taken += [await slow.take() for _ in range(TAKEN)]
            checks.equal(f"{name}: what is taken then comes in order, without gaps", taken, list(range(2 * TAKEN)))


async def python_client(checks, server):
    """The package's own reads on whatever its consumer does, and drops what it has no room for."""
    with serving([server, "--port", "0"]) as url, checks.group("the Python client"):
        taken = []
        async with WebSocketClient(url) as client:
            async with contextlib.aclosing(client.stream_rpc("numbers", READ_ELEMENTS, "slow")) as stream:
                async for response in stream:
                    taken.append(response.response)
                    if len(taken) == 3:
                        break
        checks.equal("the Python client takes some", taken, [0, 1, 2])
        async with Peer(url) as witness:
            checks.equal("and the server goes on", await witness.call("add", 1, 2), 3)


async def main(webshocket):
    checks = Checks("streams to slow consumers")
    server = pathlib.Path(webshocket).with_name("browser-test-server")
    for consumer in (OurClient, UnreadSocket):
        await held_back(checks, webshocket, server, consumer)
    await python_client(checks, server)
    checks.finish()


asyncio.run(main(sys.argv[1]))
