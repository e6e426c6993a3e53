"""Tests the channels of `webshocket serve` with three clients of the Python package and a plain JSON client.

The JSON client uses only WebSockets and JSON, as a browser does.

Usage: share_channels.py URL [--globs] [--python] [--ca FILE]
    --globs     patterns of the server work like Python's fnmatch, in which `*` also matches dots
    --python    the server is serve_python.py: skips checks of features that only our server has
    --ca        the certificate authority of the server, for a wss: URL

Each check compares all packets that each client received, in order, and so detects unexpected packets too. A broadcast
to all clients marks the end of a check.
"""
import argparse
import asyncio
import os

from checks import Checks
from peers import Peer
from webshocket import Packet, PacketSource, WebSocketClient

CHANNEL, BROADCAST = PacketSource.CHANNEL, PacketSource.BROADCAST


class PythonClient:
    """The client of the Python package."""

    def __init__(self, url):
        self.client = WebSocketClient(url)

    async def __aenter__(self):
        await self.client.connect()
        return self

    async def __aexit__(self, *_):
        await self.client.close()

    async def call(self, method, *args, **kwargs):
        response = await asyncio.wait_for(self.client.send_rpc(method, *args, **kwargs), 120)
        return response.response if response.error is None else response.error.value

    async def packet(self):
        packet = await self.client.recv(timeout=120)
        return packet.source.value, packet.channel, packet.data

    def send(self, packet):
        self.client.send(packet)


class JSONClient(Peer):
    """A client that uses only WebSockets and JSON."""

    async def packet(self):
        packet = await super().packet()
        return packet["source"], packet.get("channel"), packet.get("data")


async def received(clients):
    """Returns the packets that each client has received since the last call of this function."""
    await clients[0].call("tell", "last")
    found = []
    for client in clients:
        packets = []
        while (packet := await client.packet()) != (BROADCAST.value, None, "to all"):
            packets.append(packet)
        found.append(packets)
    return found


def on(channel, *texts):
    return [(CHANNEL.value, channel, text) for text in texts]


async def channels(clients, checks, globs):
    ann, bob, cem, web = clients

    await ann.call("join", "news.sport")
    await bob.call("join", "news.*")
    await cem.call("join", "weather")
    await web.call("join", "news.*")
    await web.call("join", "news.sport")
    await ann.call("say", "news.sport", "goal")
    checks.equal("each subscriber except the publisher receives a message once, by name or pattern",
                 await received(clients),
                 [[], on("news.sport", "goal"), [], on("news.sport", "goal")])

    await ann.call("say", "news.sport.tennis", "ace")
    deeper = on("news.sport.tennis", "ace") if globs else []
    checks.equal("a star matches dots only in globs", await received(clients), [[], deeper, [], deeper])

    await web.call("part", "news.sport")
    await bob.call("part", "news.*")
    for number in range(3):
        await cem.call("say", "news.sport", str(number))
    three = on("news.sport", "0", "1", "2")
    checks.equal("a removed subscription ends delivery, and the remaining ones deliver in order",
                 await received(clients),
                 [three, [], [], three])

    await ann.call("enlist", "red")
    await cem.call("enlist", "blue")
    await web.call("enlist", "red")
    await cem.call("join", "news.sport")
    await bob.call("tell_team", "news.sport", "red", "attack")
    checks.equal("a predicate filters the subscribers", await received(clients),
                 [on("news.sport", "attack"), [], [], on("news.sport", "attack")])
    await ann.call("tell_others", "hello")
    hello = [(BROADCAST.value, None, "hello")]
    checks.equal("a broadcast to clients with a team, except its sender", await received(clients),
                 [[], [], hello, hello])

    await web.call("part", "news.*")
    for client in (ann, cem):
        await client.call("part", "news.sport")
    await ann.call("say", "news.sport", "no subscribers")
    checks.equal("nothing is delivered without subscribers", await received(clients), [[], [], [], []])


async def glob_patterns(clients, checks):
    ann, bob, cem, web = clients
    await bob.call("join", "room[12]")
    await cem.call("join", "room?")
    await web.call("join", "room[!1-2]*")
    for room in ("room1", "room3", "room33", "room"):
        await ann.call("say", room, room)
    checks.equal("sets and question marks match as in fnmatch", await received(clients),
                 [[], on("room1", "room1"), on("room1", "room1") + on("room3", "room3"),
                  on("room3", "room3") + on("room33", "room33")])
    await bob.call("part", "room[12]")
    await cem.call("part", "room?")
    await web.call("part", "room[!1-2]*")


async def by_themselves(clients, checks):
    """Checks features that only our server has: clients subscribe, publish and join rooms with built-in calls."""
    ann, bob, cem, web = clients
    checks.equal("a Python client subscribes itself", await ann.call("__subscribe__", "tea"), True)
    checks.equal("a JSON client subscribes itself", await web.call("__subscribe__", ["tea", "coffee"]), True)
    checks.equal("an invalid channel name is refused", await bob.call("__subscribe__", ["tea", ""]), -32602)
    checks.equal("a Python client publishes", await bob.call("__publish__", "tea", {"cups": 2}), True)
    checks.equal("a JSON client publishes", await web.call("__publish__", "tea", "more", "poured"), True)

    cem.send(Packet(data="beans", source=CHANNEL, channel="coffee"))
    await cem.call("add", 1, 2)
    tea = on("tea", {"cups": 2})
    checks.equal("subscribers receive the messages, the publisher does not", await received(clients),
                 [tea + on("tea", "more"), [], [], tea + on("coffee", "beans")])
    checks.equal("clients unsubscribe from all channels",
                 [await c.call("__unsubscribe__") for c in (ann, web)], [True, True])
    await bob.call("__publish__", "tea", "cold")
    checks.equal("nothing is received after that", await received(clients), [[], [], [], []])

    checks.equal("the first member of a room", len(await ann.call("__join__", "lobby")), 1)
    checks.equal("the second member of a room", len(await web.call("__join__", "lobby")), 2)
    await web.call("__leave__", "lobby")
    checks.equal("the remaining member", len(await ann.call("__members__", "lobby")), 1)
    notices = [(source, channel, sorted(data)) for source, channel, data in (await received(clients))[0]]
    checks.equal("a member is notified when another joins and leaves",
                 notices, [(CHANNEL.value, "lobby", ["id", "metadata"])] * 2)
    checks.equal("a non-member cannot list the members", await bob.call("__members__", "lobby"), -32002)
    await ann.call("__leave__", "lobby")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--globs", action="store_true")
    parser.add_argument("--python", action="store_true")
    parser.add_argument("--ca")
    options = parser.parse_args()
    if options.ca:
        os.environ["SSL_CERT_FILE"] = options.ca
    checks = Checks(f"channels of {options.url}")
    async with (PythonClient(options.url) as ann, PythonClient(options.url) as bob, PythonClient(options.url) as cem,
                JSONClient(options.url) as web):
        clients = [ann, bob, cem, web]
        with checks.group("channels"):
            await channels(clients, checks, options.globs)
        if options.globs:
            with checks.group("glob patterns"):
                await glob_patterns(clients, checks)
        if not options.python:
            with checks.group("client channels"):
                await by_themselves(clients, checks)
    checks.finish()


asyncio.run(main())
