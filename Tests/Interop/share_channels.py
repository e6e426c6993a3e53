"""Three clients of the Python package and a JSON client as a browser is one share the channels of `webshocket serve`.

Usage: share_channels.py URL [--globs] [--python] [--ca FILE]
    --globs     the server's patterns are those of Python's fnmatch, whose `*` crosses dots
    --python    the server is serve_python.py: the same is expected of it, but for what only our server does
    --ca        who has certified the server, where the URL is a wss: one

What each client has received is compared, whole and in order, each time: so what should not have come is seen too. A last
broadcast to all tells that nothing more comes.
"""
import argparse
import asyncio
import os

from checks import Checks
from peers import Peer
from webshocket import Packet, PacketSource, WebSocketClient

CHANNEL, BROADCAST = PacketSource.CHANNEL, PacketSource.BROADCAST


class PythonClient:
    """The package's own client."""

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
    """One that has nothing but WebSockets and JSON."""

    async def packet(self):
        packet = await super().packet()
        return packet["source"], packet.get("channel"), packet.get("data")


async def received(clients):
    """What each has received since it was asked last."""
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
    checks.equal("all subscribers but the publisher, by name or pattern, get it once", await received(clients),
                 [[], on("news.sport", "goal"), [], on("news.sport", "goal")])

    await ann.call("say", "news.sport.tennis", "ace")
    deeper = on("news.sport.tennis", "ace") if globs else []
    checks.equal("a star crosses dots in globs alone", await received(clients), [[], deeper, [], deeper])

    await web.call("part", "news.sport")
    await bob.call("part", "news.*")
    for number in range(3):
        await cem.call("say", "news.sport", str(number))
    three = on("news.sport", "0", "1", "2")
    checks.equal("who has left gets no more; who has another subscription does; all in order", await received(clients),
                 [three, [], [], three])

    await ann.call("enlist", "red")
    await cem.call("enlist", "blue")
    await web.call("enlist", "red")
    await cem.call("join", "news.sport")
    await bob.call("tell_team", "news.sport", "red", "attack")
    checks.equal("a predicate chooses among the subscribers", await received(clients),
                 [on("news.sport", "attack"), [], [], on("news.sport", "attack")])
    await ann.call("tell_others", "hello")
    hello = [(BROADCAST.value, None, "hello")]
    checks.equal("a broadcast to those with a team, but for its sender", await received(clients),
                 [[], [], hello, hello])

    await web.call("part", "news.*")
    for client in (ann, cem):
        await client.call("part", "news.sport")
    await ann.call("say", "news.sport", "nobody hears")
    checks.equal("nobody is left", await received(clients), [[], [], [], []])


async def glob_patterns(clients, checks):
    ann, bob, cem, web = clients
    await bob.call("join", "room[12]")
    await cem.call("join", "room?")
    await web.call("join", "room[!1-2]*")
    for room in ("room1", "room3", "room33", "room"):
        await ann.call("say", room, room)
    checks.equal("sets and question marks are those of fnmatch", await received(clients),
                 [[], on("room1", "room1"), on("room1", "room1") + on("room3", "room3"),
                  on("room3", "room3") + on("room33", "room33")])
    await bob.call("part", "room[12]")
    await cem.call("part", "room?")
    await web.call("part", "room[!1-2]*")


async def by_themselves(clients, checks):
    """What only our server has: clients subscribe and publish by themselves, and join rooms."""
    ann, bob, cem, web = clients
    checks.equal("Python subscribes by itself", await ann.call("__subscribe__", "tea"), True)
    checks.equal("JSON subscribes by itself", await web.call("__subscribe__", ["tea", "coffee"]), True)
    checks.equal("and is told of a bad name", await bob.call("__subscribe__", ["tea", ""]), -32602)
    checks.equal("publishing from Python", await bob.call("__publish__", "tea", {"cups": 2}), True)
    checks.equal("publishing from JSON", await web.call("__publish__", "tea", "more", "poured"), True)

    cem.send(Packet(data="beans", source=CHANNEL, channel="coffee"))
    await cem.call("add", 1, 2)
    tea = on("tea", {"cups": 2})
    checks.equal("others get it, the publisher does not", await received(clients),
                 [tea + on("tea", "more"), [], [], tea + on("coffee", "beans")])
    checks.equal("unsubscribing from all", [await c.call("__unsubscribe__") for c in (ann, web)], [True, True])
    await bob.call("__publish__", "tea", "cold")
    checks.equal("nothing comes then", await received(clients), [[], [], [], []])

    checks.equal("the first in a room", len(await ann.call("__join__", "lobby")), 1)
    checks.equal("the second in a room", len(await web.call("__join__", "lobby")), 2)
    await web.call("__leave__", "lobby")
    checks.equal("who is left", len(await ann.call("__members__", "lobby")), 1)
    told = [(source, channel, sorted(data)) for source, channel, data in (await received(clients))[0]]
    checks.equal("the first is told of the second", told, [(CHANNEL.value, "lobby", ["id", "metadata"])] * 2)
    checks.equal("who is outside is not told who is in", await bob.call("__members__", "lobby"), -32002)
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
            with checks.group("by themselves"):
                await by_themselves(clients, checks)
    checks.finish()


asyncio.run(main())
