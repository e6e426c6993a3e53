"""Clients for feature-server that use only WebSockets and JSON, as a browser does."""
import asyncio
import contextlib
import json

import websockets

END = (1, None, None, "end")


class Peer:
    """A JSON client with one call in flight at a time. Other packets are queued for `packet` and `heard`."""

    def __init__(self, url):
        self.url = url
        self.packets = []

    async def __aenter__(self):
        self.socket = await websockets.connect(self.url, max_size=None)
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def rpc(self, method, *args, **kwargs):
        """Calls a method and returns the whole response."""
        rpc = {"type": "request", "method": method, "args": args, "kwargs": kwargs, "call_id": "c"}
        await self.socket.send(json.dumps({"source": 5, "rpc": rpc}))
        while True:
            packet = await self._receive()
            if "rpc" in packet:
                return packet["rpc"]
            self.packets.append(packet)

    async def call(self, method, *args, **kwargs):
        """Calls a method and returns the result, or the code of the error."""
        response = await self.rpc(method, *args, **kwargs)
        return response["response"] if response["error"] is None else response["error"]

    async def send(self, **packet):
        await self.socket.send(json.dumps({"source": 4, **packet}))

    async def packet(self):
        """Returns the next packet that is not a response."""
        return self.packets.pop(0) if self.packets else await self._receive()

    async def packet_or_error(self):
        """Returns the next packet. For an error in answer to a non-RPC message, returns its response."""
        packet = await self.packet()
        return packet.get("rpc", packet)

    async def heard(self):
        """Returns all packets before the broadcast of "end", each as source, channel, event and data."""
        found = []
        while (packet := facts(await self.packet())) != END:
            found.append(packet)
        return found

    async def closed(self):
        """Waits until the connection is closed, and returns the close code and the reason."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await self._receive()
        return self.socket.close_code, self.socket.close_reason

    async def _receive(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), 120))


def facts(packet):
    return packet["source"], packet.get("channel"), packet.get("event"), packet.get("data")


def on(channel, data, event=None):
    return 2, channel, event, data


async def all_heard(peers):
    """Returns the packets that each peer has received since the last call of this function."""
    await peers[0].call("broadcast", "end")
    return [await peer.heard() for peer in peers]


async def until(condition, seconds=120):
    """Polls the condition until it is true or the time is over, and returns its last result."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (found := await condition()):
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.02)
    return found
