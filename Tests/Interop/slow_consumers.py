"""Tests backpressure on long streams: the server stops producing elements if a consumer does not read them.

Usage: slow_consumers.py WEBSHOCKET     (the built command, which consumes with `webshocket stream`)

The server is `browser-test-server`, in the folder of the command. It counts the elements that it produces.

The test does not measure time. While one consumer does not read, the same server sends a whole stream of equal length
to another one.
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

#: The length of each stream: far more elements than pipes, sockets and queues hold.
ELEMENTS = 400_000
#: The maximum number of elements that the buffers on the way to a consumer may hold.
ROOM = ELEMENTS // 2
TAKEN = 80
#: The length of the stream to the Python client. Its queue has room for 512 messages. If it is full, `close()` never
#: returns: after it has cancelled the task that empties the queue, it waits for room.
READ_ELEMENTS = 400


class OurClient:
    """`webshocket stream` with its output in a pipe. When the pipe is full, the client grants no more credit."""

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
    """A webshocket.v1 client without flow control by credit. Only the server's outbound queue limits the stream."""

    def __init__(self, _, url):
        self.url = url

    async def __aenter__(self):
        host, port = self.url.split("//")[1].split(":")
        plain = socket.socket()
        # A fixed size, so that the system does not enlarge the buffer.
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
            other = children.start([webshocket, "stream", url, "numbers", str(ELEMENTS), "other", "--credit", "4096"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            status = await asyncio.to_thread(other.wait)
            made = [await witness.call("counted", f"{stream} made") for stream in ("other", "slow")]
            checks.equal(f"{name}: another consumer receives its whole stream meanwhile",
                         (status, made[0]), (0, ELEMENTS))
            checks.that(f"{name}: the server produces no more than the buffers hold: {made[1]}",
                        TAKEN <= made[1] <= ROOM)
            taken += [await slow.take() for _ in range(TAKEN)]
            checks.equal(f"{name}: elements taken later are in order, without gaps", taken, list(range(2 * TAKEN)))


async def python_client(checks, server):
    """Checks the client of the Python package, which ends a stream that it has not read to the end."""
    with serving([server, "--port", "0"]) as url, checks.group("the Python client"):
        taken = []
        async with WebSocketClient(url) as client:
            async with contextlib.aclosing(client.stream_rpc("numbers", READ_ELEMENTS, "slow")) as stream:
                async for response in stream:
                    taken.append(response.response)
                    if len(taken) == 3:
                        break
        checks.equal("the Python client takes the first elements", taken, [0, 1, 2])
        async with Peer(url) as witness:
            checks.equal("the server still answers calls", await witness.call("add", 1, 2), 3)


async def main(webshocket):
    checks = Checks("streams to slow consumers")
    server = pathlib.Path(webshocket).with_name("browser-test-server")
    for consumer in (OurClient, UnreadSocket):
        await held_back(checks, webshocket, server, consumer)
    await python_client(checks, server)
    checks.finish()


asyncio.run(main(sys.argv[1]))
