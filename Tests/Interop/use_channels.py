"""Tests the channels, rooms, users and connections of `feature-server` with JSON clients.

Usage: use_channels.py URL

Each check compares all packets that each client received, in order, and so detects unexpected packets too.
"""
import asyncio
import contextlib
import sys
import time
from datetime import datetime

from checks import Checks
from peers import Peer, all_heard, facts, on, until


async def channels(peers, checks):
    ann, bob, cem = peers
    await ann.call("subscribe", ["news", "tea.*"])
    await bob.call("subscribe", ["news", "coffee"])
    await cem.call("say", ["news"], "one", False)
    checks.equal("subscribers receive published messages", await all_heard(peers), [[on("news", "one")]] * 2 + [[]])
    await cem.call("say", ["coffee", "tea.green", "news"], "many", False)
    checks.equal("a message published to many channels reaches each subscriber once", await all_heard(peers),
                 [[on("tea.green", "many")], [on("coffee", "many")], []])
    await cem.call("say", ["tea.black"], "wild", False)
    checks.equal("a wildcard subscription receives every matching channel",
                 await all_heard(peers), [[on("tea.black", "wild")], [], []])
    await ann.call("say", ["news"], "not to me", True)
    await ann.call("say", ["news"], "to me too", False)
    checks.equal("a publisher is excluded if it asks to be", await all_heard(peers),
                 [[on("news", "to me too")], [on("news", "not to me"), on("news", "to me too")], []])
    await bob.call("unsubscribe", ["news"])
    await cem.call("say", ["news", "coffee"], "bye", False)
    checks.equal("an unsubscribed client receives nothing more", await all_heard(peers),
                 [[on("news", "bye")], [on("coffee", "bye")], []])
    await cem.call("broadcast", "all")
    checks.equal("a broadcast reaches all connections", await all_heard(peers), [[(1, None, None, "all")]] * 3)
    for peer in peers:
        await peer.call("unsubscribe_all")


async def named_events(peers, checks):
    ann, bob, cem = peers
    await ann.call("enter", "ann")
    for peer in peers:
        await peer.call("subscribe", ["chat", "open"])
    await ann.call("__publish__", "chat", "hello", "message")
    heard = [on("chat", "ann: hello", "said")]
    checks.equal("a channel's handler receives an event, and publishes another to all except its publisher",
                 await all_heard(peers), [[], heard, heard])
    await bob.call("__publish__", "open", "plain", "waved")
    heard = [on("open", "plain", "waved")]
    checks.equal("an event that a client publishes reaches all other subscribers",
                 await all_heard(peers), [heard, [], heard])
    for peer in peers:
        await peer.call("unsubscribe_all")


async def rooms(peers, checks):
    ann, bob, cem = peers
    for peer, name in zip(peers, ["ann", "bob", "cem"]):
        await peer.call("enter", name)
    checks.equal("a client that joins a room receives the list of members",
                 [[member["user"] for member in await peer.call("__join__", "room.tea")] for peer in peers],
                 [["ann"], ["ann", "bob"], ["ann", "bob", "cem"]])
    members = await bob.call("__members__", "room.tea")
    checks.equal("a room's members are listed", [member["user"] for member in members], ["ann", "bob", "cem"])
    ids = {member["user"]: member["id"] for member in members}
    await ann.call("say_in_room", "room.tea", "secret", [ids["bob"], ids["ann"]])
    await cem.call("__leave__", "room.tea")
    heard = [[(event, data["user"] if isinstance(data, dict) else data) for _, _, event, data in peer]
             for peer in await all_heard(peers)]
    # The joins that a member is notified of depend on the time of its own join; bob may also receive his own.
    checks.equal("a message to a room reaches all members except the excluded ones",
                 [[entry for entry in peer if entry[0] is None] for peer in heard], [[], [], [(None, "secret")]])
    checks.equal("members are notified when a client joins", [entry for entry in heard[0] if entry[1] != "ann"][:2],
                 [("__join__", "bob"), ("__join__", "cem")])
    checks.equal("members are notified when a client leaves",
                 [peer[-1] for peer in heard[:2]], [("__leave__", "cem")] * 2)
    notes = ["ann joined room.tea, 1 there", "bob joined room.tea, 2 there", "cem joined room.tea, 3 there",
            "cem left room.tea, 2 there"]
    checks.that("the handler is called for joins and leaves", await until(lambda: has_history(ann, "room.tea", notes)),
                await ann.call("history"))

    await ann.call("set_topic", "room.tea", "oolong")
    checks.equal("a room has metadata that every member can read", await bob.call("topic", "room.tea"), "oolong")
    await bob.call("__leave__", "room.tea")
    await ann.call("__leave__", "room.tea")
    checks.equal("… until the last member leaves", await bob.call("topic", "room.tea"), None)
    await all_heard(peers)


async def leaving(url, peers, checks):
    ann, bob, cem = peers
    for peer in (ann, bob):
        await peer.call("subscribe", ["a", "b.*"])
        for room in ("den", "loft"):
            await peer.call("__join__", room)
    await ann.call("unsubscribe_all")
    about = await ann.call("about_me")
    checks.equal("unsubscribe-all keeps the room memberships",
                 (about["subscriptions"], about["rooms"]), ([], ["den", "loft"]))
    await ann.call("leave_all")
    checks.equal("leave-all leaves every room", (await ann.call("about_me"))["rooms"], [])
    await bob.call("__leave__")
    await bob.call("__unsubscribe__")
    about = await bob.call("about_me")
    checks.equal("a client leaves all rooms and unsubscribes from all channels",
                 (about["subscriptions"], about["rooms"]), ([], []))
    await cem.call("say", ["a", "b.c"], "nobody", False)
    checks.equal("nothing is received after that", await all_heard(peers), [[], [], []])

    before = await cem.call("statistics")
    async with Peer(url) as dan:
        await dan.call("enter", "dan")
        await dan.call("__join__", "attic")
        await dan.call("set_topic", "attic", "dust")
    after = await until(lambda: equal(cem, before))
    checks.that("a disconnect removes the connection from its rooms and its user", after, await cem.call("statistics"))
    checks.equal("… and removes the metadata of the empty room", await cem.call("topic", "attic"), None)
    notes = ["dan joined attic, 1 there", "dan left attic, 0 there"]
    checks.that("… and calls the handler", await until(lambda: has_history(cem, "attic", notes)),
                await cem.call("history"))


async def has_history(peer, word, lines):
    return [line for line in await peer.call("history") if word in line] == lines


async def equal(peer, before):
    now = await peer.call("statistics")
    return all(now[name] == before[name] for name in ("connections", "rooms", "users"))


async def users(url, peers, checks):
    ann, bob, cem = peers
    for peer, name in zip(peers, ["ann", "ann", "cem"]):
        await peer.call("enter", name)
    number = (await bob.call("about_me"))["id"]
    await cem.call("to_connection", number, "to one")
    await cem.call("to_user", "ann", "to ann")
    await cem.call("broadcast", "to all")
    one, user, everyone = (4, None, None, "to one"), (4, None, None, "to ann"), (1, None, None, "to all")
    heard = await all_heard(peers)
    checks.equal("a packet sent to one connection reaches only that connection",
                 [one in peer for peer in heard], [False, True, False])
    checks.equal("a packet sent to a user reaches each of the user's connections", [user in peer for peer in heard],
                 [True, True, False])
    checks.equal("a broadcast reaches all connections, in order", heard,
                 [[user, everyone], [one, user, everyone], [everyone]])
    checks.equal("sending to an unknown user or connection reports no recipients",
                 [await cem.call("to_user", "eve", ""), await cem.call("to_connection", 0, "")],
                 [0, False])


async def connections(url, peers, checks):
    ann, bob, cem = peers
    abouts = [await peer.call("about_me") for peer in peers]
    checks.equal("connections have unique ids in ascending order",
                 sorted(set(about["id"] for about in abouts)), [about["id"] for about in abouts])
    async with Peer(f"{url}/?dan") as dan:
        begun = time.time()
        await dan.call("enter", "dan")
        await dan.call("__join__", "den")
        await dan.call("set_metadata", "device", "phone")
        await dan.call("set", "secret", 1)
        about = await dan.call("about_me")
        checks.equal("a connection has a user ID", about["userID"], "dan")
        checks.equal("a connection lists its rooms", about["rooms"], ["den"])
        at = datetime.fromisoformat(about["connectedAt"]).timestamp()
        checks.that("a connection has the time when it connected",
                    begun - 20 < at <= time.time() + 1, about["connectedAt"])
        checks.equal("a connection has metadata, separate from its attributes", about["metadata"], {"device": "phone"})
        counts, rooms = await cem.call("statistics"), await cem.call("rooms")
        checks.equal("connections, users and rooms are counted",
                     [counts["connections"], counts["users"], counts["rooms"]], [4, 3, 1])
        checks.equal("the rooms are listed with their member counts", rooms, {"den": 1})
        with contextlib.suppress(Exception):
            await dan.call("bye")
        await dan.closed()
    states = await until(lambda: last_state(cem, about["id"]))
    checks.equal("a connection is connecting, open, closing and then closed",
                 states, ["connecting", "open", "closing", "closed"])

    before = await ann.call("statistics")
    for peer in peers:
        await peer.call("subscribe", ["counted"])
    for _ in range(5):
        await ann.call("say", ["counted"], "x", False)
    await all_heard(peers)
    after = await ann.call("statistics")
    # The broadcast at the end of `all_heard` counts too.
    checks.equal("published and delivered messages are counted",
                 [after[name] - before[name] for name in ("published", "delivered")], [6, 18])


async def last_state(peer, number):
    states = await peer.call("states_of", number)
    return states if states[-1:] == ["closed"] else None


async def main(url):
    checks = Checks(f"channels and rooms of {url}")
    async with Peer(url) as ann, Peer(url) as bob, Peer(url) as cem:
        peers = [ann, bob, cem]
        for group in [channels, named_events, rooms]:
            with checks.group(group.__name__):
                await group(peers, checks)
        for group in [leaving, users, connections]:
            with checks.group(group.__name__):
                await group(url, peers, checks)
    checks.finish()


asyncio.run(main(*sys.argv[1:]))
