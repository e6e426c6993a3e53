"""A MessagePack server for tests of our client.

It accepts any path, and aborts, rejects and counts connections on demand.

Usage: serve_paths.py [PORT [CERTIFICATE KEY]]     (PORT 0, the default, is a free port; the printed line has the port)

At SIGTERM it exits without closing its connections, like a process that crashes.
"""
import asyncio
import contextlib
import ssl
import sys

import msgpack
from ports import free_ports
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Opcode

#: The number of connections so far, by path.
connections = {}
#: The data of all custom packets received.
heard = []
#: The number of upgrades left to reject, by path.
refusals = {}
#: The number of pings received on each connection, in the order of the connections.
pings = []


class CountingConnection(ServerConnection):
    """A connection that counts pings. The library answers them."""

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
    """Starts a server on a free port. Retries with another port if it has been taken meanwhile."""
    for port in free_ports(16):
        with contextlib.suppress(OSError):
            return await listening(port)
    raise OSError("could not listen on any of 16 free ports")


async def main(port=0, certificate=None, key=None):
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if secure:
        secure.load_cert_chain(certificate, key)

    def listening(port):
        return serve(handle, "127.0.0.1", port, process_request=refuse, create_connection=CountingConnection,
                     subprotocols=["webshocket.v1"], max_size=None, ping_interval=None, compression=None, ssl=secure)

    # Not a port chosen by the system, which could be reused after this server exits: tests restart the server on it.
    async with listening(port) if port else await first_free(listening) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"Serving {'wss' if secure else 'ws'}://127.0.0.1:{port}", flush=True)
        await server.serve_forever()


asyncio.run(main(*map(int, sys.argv[1:2]), *sys.argv[2:4]))
