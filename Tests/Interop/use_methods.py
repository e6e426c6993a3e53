"""Tests the methods, attributes, guards and rate limits of `feature-server`, with the Python package and a JSON client.

Usage: use_methods.py URL
"""
import asyncio
import contextlib
import datetime
import logging
import random
import sys

from checks import Checks
from peers import Peer, all_heard, on, until
from webshocket import RPCErrorCode, WebSocketClient


async def arguments(url, checks):
    async with WebSocketClient(url) as client:
        async def call(method, *args, **kwargs):
            response = await asyncio.wait_for(client.send_rpc(method, *args, **kwargs), 120)
            return response.response if response.error is None else response.error.value

        point = {"x": 1.5, "y": 2.0}
        made = "3 at 1.5, 2.0: red blue"
        checks.equal("a method is called by its name", await call("typed", 3, point, ["red", "blue"]), made)
        checks.equal("a method is called by its alias", await call("an alias", 3, point, ["red", "blue"]), made)
        before = await call("runs")
        wrong = [("3", point, []), (3.5, point, []), (3, {"x": 1.5}, []), (3, point, ["red", 2]), (3, point)]
        found = [await call("typed", *arguments) for arguments in wrong]
        checks.equal("arguments of a wrong type are refused", found, [RPCErrorCode.INVALID_PARAMS.value] * len(wrong))
        checks.equal("… before the method runs", await call("runs"), before)
        checks.equal("arguments by position", await call("describe", "ann", 8, "tall"), "ann, 8, tall")
        checks.equal("arguments by name, in any order", await call("describe", note="tall", name="ann", age=8),
                     "ann, 8, tall")
        checks.equal("arguments by position and by name, with one omitted", await call("describe", "ann", note="tall"),
                     "ann, 7, tall")

        stream = client.stream_rpc("endless", 5)
        found = []
        before = await call("aborted_streams")
        async with contextlib.aclosing(stream):
            async for response in stream:
                found.append(response.response)
                if len(found) == 5:
                    break
        checks.equal("a stream delivers its elements as they are produced", found, [0, 1, 2, 3, 4])
        aborted = await until(lambda: has_grown(call, before))
        checks.that("a stream that the client abandons is cancelled on the server", aborted, "it was not")


def random_dates(count):
    """Returns dates with microseconds from 1900 to 2200, the same in each run."""
    noise = random.Random(7)
    start = datetime.datetime(1900, 1, 1, tzinfo=datetime.timezone.utc)
    return [start + datetime.timedelta(microseconds=noise.randrange(300 * 365 * 86_400 * 10**6)) for _ in range(count)]


async def dates(url, checks):
    sent = random_dates(2_000)
    async with WebSocketClient(url) as client:
        found = (await asyncio.wait_for(client.send_rpc("dates", sent), 120)).response
        checks.equal("dates keep their microseconds in MessagePack", found, sent)
    async with Peer(url) as peer:
        found = await peer.call("dates", [date.isoformat() for date in sent])
        checks.equal("… and in JSON", [datetime.datetime.fromisoformat(text) for text in found], sent)


async def has_grown(call, before):
    return await call("aborted_streams") > before


async def attributes(url, checks):
    async with Peer(url) as ann, Peer(url) as bob:
        async def set_all(peer):
            await peer.call("assign_level", 3)
            await peer.call("set", "team", "red")
            await peer.call("set_score", 40)
            return await peer.call("attributes")

        everything = {"level": 3, "score": 40, "team": "red"}
        checks.equal("attributes are set by assignment, by subscript and by a typed key", await set_all(ann), everything)
        checks.equal("… and read by the typed key", await ann.call("score"), 40)
        await ann.call("set", "score", "many")
        checks.equal("a typed key ignores a value of another type", await ann.call("score"), None)
        checks.equal("another connection does not have them", await bob.call("attributes"), {})
        await ann.call("forget")
        checks.equal("assigning nil removes an attribute", await ann.call("attributes"), {"score": "many"})
        await set_all(ann)
        number = (await ann.call("about_me"))["id"]
        checks.equal("the server has the attributes while the connection is open",
                     await bob.call("attributes_of", number), everything)
        await ann.socket.close()
        gone = await until(lambda: has_none(bob, number))
        checks.that("attributes are removed when the connection closes", gone, await bob.call("attributes_of", number))


async def has_none(peer, number):
    return await peer.call("attributes_of", number) == {}


#: Each predicate, with the indices of the SESSIONS that satisfy it.
PREDICATES = [
    ("Has guards methods and filters recipients", "has", [1, 2, 3, 4]),
    ("Is guards methods and filters recipients", "is", [2, 5]),
    ("IsEqual guards methods and filters recipients", "is_equal", [1, 2]),
    ("AnyOf guards methods and filters recipients", "any_of", [1, 2, 5]),
    ("AllOf guards methods and filters recipients", "all_of", [2]),
    ("Not guards methods and filters recipients", "not", [0, 5]),
    ("a closure guards methods and filters recipients", "closure", [3]),
]
SESSIONS = [{}, {"team": "red"}, {"team": "red", "admin": True}, {"team": "blue"}, {"team": 7, "admin": 1},
            {"admin": True}]


async def predicates(url, checks):
    async with contextlib.AsyncExitStack() as held:
        peers = [await held.enter_async_context(Peer(url)) for _ in SESSIONS]
        for peer, session in zip(peers, SESSIONS):
            await peer.call("subscribe", ["news"])
            for name, value in session.items():
                await peer.call("set", name, value)
        for title, name, matching in PREDICATES:
            passed = [await peer.call(f"guarded_by_{name}") for peer in peers]
            await peers[0].call("publish_where", name, "news", name)
            await peers[0].call("broadcast_where", name, name)
            found = passed, await all_heard(peers)
            heard = [on("news", name), (1, None, None, name)]
            expected = ([None if number in matching else -32002 for number in range(len(peers))],
                        [heard if number in matching else [] for number in range(len(peers))])
            checks.equal(title, found, expected)


async def limits(url, checks):
    async with Peer(url) as peer:
        for title, period, seconds in [
            ("a limit per 10 seconds", "10s", 10),
            ("a limit per minute", "1m", 60),
            ("a limit per two hours", "2h", 7_200),
            ("a limit per day", "1d", 86_400),
        ]:
            passed = await peer.call(f"once_per_{period}")
            refusal = await refused(peer, f"once_per_{period}")
            # Allow for a minute between the two calls on a slow machine.
            is_refused = refusal["error"] == -32000 and max(seconds - 60, 0) < refusal["retry_after"] <= seconds
            checks.that(title, passed is None and is_refused, (passed, refusal))
        refusal = await refused(peer, "once_per_duration")
        checks.that("a limit per Duration", 0 < refusal.get("retry_after", 0) <= 0.3, refusal)
        # Wait exactly as long as the server asks for.
        await asyncio.sleep(refusal.get("retry_after", 0))
        checks.equal("… admits the next call after retry_after", await peer.call("once_per_duration"), None)
        await peer.call("once_or_out")
        with contextlib.suppress(Exception):
            await peer.call("once_or_out")
        checks.equal("a limit that disconnects with 1013", await peer.closed(), (1013, "Rate limit exceeded"))


async def refused(peer, method):
    """Repeats a call until it is refused. On a busy machine the limit may have been replenished before the call."""
    while (response := await peer.rpc(method))["error"] is None:
        pass
    return response


async def codes(url, checks):
    async with Peer(url) as peer:
        await peer.call("once_per_1m")
        for title, call, code in [
            ("-32601 for an unknown method", ("nope",), -32601),
            ("-32602 for an invalid argument", ("describe", 1), -32602),
            ("-32603 for an internal error", ("breaks",), -32603),
            ("-32000 for an exceeded rate limit", ("once_per_1m",), -32000),
            ("-32001 for an application error", ("publish_where", "nope", "news", ""), -32001),
            ("-32002 for a failed guard", ("guarded_by_has",), -32002),
        ]:
            checks.equal(title, await peer.call(*call), code)


async def main(url):
    checks = Checks(f"methods of {url}")
    for group in [arguments, dates, attributes, predicates, limits, codes]:
        with checks.group(group.__name__):
            await group(url, checks)
    checks.finish()


# The client logs messages that it cannot decode. The checks report the relevant failures.
logging.disable(logging.CRITICAL)
asyncio.run(main(*sys.argv[1:]))
