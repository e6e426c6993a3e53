"""A server of the Python package with the methods of `webshocket serve`, for our client and for the frame comparison.

Usage: serve_python.py [PORT]     (PORT 0, the default, is a free port; the line printed when ready has the port)

Notes on webshocket 0.5.2, from its source:
- It does not limit the size of messages. Its transport, picows, closes the connection after a frame above 10 MiB.
- It splits messages into frames of 64 KiB.
- A connection queues up to 1,024 received messages. One more in the same burst closes it.
- It answers JSON clients in binary frames.
- A TypeError becomes -32602, wherever it is raised. Any other exception except RPCError becomes -32603. Both errors
  have the message of the Python exception.
"""
import asyncio
import logging
import signal
import ssl
import sys

import webshocket
from children import end_with_parent
from ports import free_ports
from webshocket import Has, Is, IsEqual, rate_limit, rpc_method


class Demonstration(webshocket.WebSocketHandler):
    aborted = 0

    async def on_receive(self, connection, packet):
        connection.send({"you_said": packet.data})

    @rpc_method()
    async def add(self, connection, a, b):
        return a + b

    @rpc_method()
    async def echo(self, connection, text):
        return text

    @rpc_method(alias_name="renamed")
    async def name_in_the_code(self, connection):
        return None

    @rpc_method()
    async def named(self, connection, a, *, b=2):
        return {"a": a, "b": b}

    @rpc_method()
    async def fails(self, connection):
        raise webshocket.RPCError("no such user")

    @rpc_method()
    async def breaks(self, connection):
        raise ValueError("internal detail")

    @rpc_method()
    async def types(self, connection):
        return [None, True, -1, 2**40, 1.5, "é", b"\x00\xff", {"k": [1]}]

    @rpc_method()
    async def types_text(self, connection):
        return [None, True, -1, 2**40, 1.5, "é", {"k": [1]}]

    @rpc_method()
    async def login(self, connection):
        connection.is_admin = True
        connection.subscribe("news")
        return True

    @rpc_method()
    async def join(self, connection, room):
        connection.subscribe(room)
        return True

    @rpc_method()
    async def part(self, connection, room):
        connection.unsubscribe(room)
        return True

    @rpc_method()
    async def say(self, connection, room, text):
        self.publish(room, text, exclude=(connection,))
        return True

    @rpc_method()
    async def tell(self, connection, text):
        self.publish("news", text)
        self.broadcast("to all")
        return True

    @rpc_method()
    async def enlist(self, connection, team):
        connection.team = team
        return True

    @rpc_method()
    async def tell_team(self, connection, room, team, text):
        self.publish(room, text, predicate=IsEqual("team", team))
        return True

    @rpc_method()
    async def tell_others(self, connection, text):
        self.broadcast(text, exclude=(connection,), predicate=Has("team"))
        return True

    @rpc_method(requires=Is("is_admin"))
    async def secret(self, connection):
        return "Sensitive Data"

    @rpc_method(requires=Is("is_admin"))
    async def secret_count(self, connection, n):
        for number in range(n):
            yield number

    @rate_limit(limit=1, period="1m")
    @rpc_method()
    async def limited(self, connection):
        return "ok"

    @rate_limit(limit=1, period="1m", disconnect_on_limit_exceeded=True)
    @rpc_method()
    async def limited_hard(self, connection):
        return "ok"

    @rpc_method()
    async def sleep(self, connection, ms):
        await asyncio.sleep(ms / 1000)

    @rpc_method()
    async def count(self, connection, n):
        if n < 0:
            raise webshocket.RPCError("count takes 0 or more")
        for number in range(n):
            yield number

    @rpc_method()
    async def ticks(self, connection):
        try:
            for number in range(1_000):
                yield number
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            Demonstration.aborted += 1
            raise

    @rpc_method()
    async def aborted_streams(self, connection):
        return Demonstration.aborted


async def main(port=0, certificate=None, key=None):
    # The server does not report the port that it gets for 0, so find a free port first.
    if port == 0:
        (port,) = free_ports(1)
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if secure:
        secure.load_cert_chain(certificate, key)
    await webshocket.WebSocketServer("127.0.0.1", port, clientHandler=Demonstration, ssl_context=secure).start()
    print(f"Serving {'wss' if secure else 'ws'}://127.0.0.1:{port}", flush=True)
    # Exit without closing the server: closing would wait for every client to disconnect.
    await terminated.wait()


end_with_parent()
logging.disable(logging.CRITICAL)
asyncio.run(main(*map(int, sys.argv[1:2]), *sys.argv[2:4]))
