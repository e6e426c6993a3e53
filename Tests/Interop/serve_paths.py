"""A server with any paths for our client: it answers, cuts, refuses and counts as it is told. In MessagePack.

Usage: serve_paths.py [PORT [CERTIFICATE KEY]]     (0, the default: a free one; the line that it prints has the port)

It ends at SIGTERM without a word to its clients, as a process that crashes does.
"""
import asyncio
import contextlib
import ssl
import sys

import msgpack
from ports import free_ports
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Opcode

#: How many connections each path has had, and what custom packets have brought to any of them.
connections = {}
heard = []
#: How many upgrades of a path are still to be refused.
refusals = {}
#: Of every connection that there was, in their order.
pings = []


class CountingConnection(ServerConnection):
    """Counts the pings, which the library answers by itself."""

    number = None

    def process_event(self, event):
        if self.number is not None and getattr(event, "opcode", None) is Opcode.PING:
            pings[self.number] += 1
        super().process_event(event)


def refuse(connection, request):
    if refusals.get(request.path, 0) > 0:
        refusals[request.path] -= 1
        return connection.respond(503, "not now\n")


async def handle(socket):
    path = socket.request.path
    connections[path] = connections.get(path, 0) + 1
    socket.number = len(pings)
    pings.append(0)
    async for message in socket:
        packet = msgpack.unpackb(message)
        if packet["source"] == 4:
            heard.append(packet.get("data"))
            answer = {"source": 4, "data": {"path": path, "echo": packet.get("data")}}
        else:
            request = packet["rpc"]
            method = METHODS.get(request["method"])
            result = await method(socket, *request.get("args", [])) if method else "no such method"
            error = None if method else -32601
            answer = {"source": 5, "rpc": {"type": "response", "call_id": request["call_id"], "response": result,
                                           "error": error, "is_stream": False, "is_end": error is not None}}
        await socket.send(msgpack.packb(answer))


async def add(socket, a, b):
    return a + b


async def cut(socket):
    socket.transport.abort()


async def refuse_next(socket, path, times):
    refusals[path] = times


async def send_in_fragments(socket, count, size):
    message = msgpack.packb({"source": 4, "data": "x" * (count * size)})
    await socket.send([message[start:start + size] for start in range(0, len(message), size)])


async def all_connections(socket):
    return connections


async def all_heard(socket):
    return heard


async def all_pings(socket):
    return pings


METHODS = {"add": add, "cut": cut, "refuse_next": refuse_next, "send_in_fragments": send_in_fragments,
           "connections": all_connections, "heard": all_heard, "pings": all_pings}


async def first_free(listening):
    """A server on a port that nobody else has taken since it was found free."""
    for port in free_ports(16):
        with contextlib.suppress(OSError):
            return await listening(port)
    raise OSError("16 ports were free, and then were not")


async def main(port=0, certificate=None, key=None):
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if secure:
        secure.load_cert_chain(certificate, key)

    def listening(port):
        return serve(handle, "127.0.0.1", port, process_request=refuse, create_connection=CountingConnection,
                     subprotocols=["webshocket.v1"], max_size=None, ping_interval=None, compression=None, ssl=secure)

    # A port that the system would pick may go to anyone once this server has ended; tests start another in its place.
    async with listening(port) if port else await first_free(listening) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"Serving {'wss' if secure else 'ws'}://127.0.0.1:{port}", flush=True)
        await server.serve_forever()


asyncio.run(main(*map(int, sys.argv[1:2]), *sys.argv[2:4]))
