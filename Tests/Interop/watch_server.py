"""Tests the lifecycle of `feature-server`: connection limits, origins, heartbeat, logging and graceful shutdown.

Usage: watch_server.py FEATURE_SERVER
"""
import asyncio
import contextlib
import re
import sys
import tempfile

import websockets
from checks import Checks
from peers import Peer, until
from raw_frames import CLOSE, PING, RawClient, close_code
from serving import serving

#: The number of messages of 1 KiB to publish: far more than socket buffers hold.
MESSAGES = 40_000


async def status(url, **options):
    """Returns the HTTP status of the answer to an upgrade request."""
    try:
        async with websockets.connect(url, **options):
            return 101
    except websockets.InvalidStatus as error:
        return error.response.status_code


async def by_hand(serve, checks):
    with serve("--by-hand") as url:
        async with Peer(url) as ann, Peer(url) as bob:
            await bob.send(data="from bob")
            await ann.send(data="from ann")
            await ann.send(data=[1, 2])
            found = [(await peer.packet())["data"] for peer in (ann, ann, bob)]
            checks.equal("connections are accepted and packets are received without a handler", found,
                         [{"by_hand": "from ann"}, {"by_hand": [1, 2]}, {"by_hand": "from bob"}])
            checks.equal("… and a call finds no method", await ann.call("add", 1, 2), -32601)


async def lifecycle(serve, checks):
    with serve() as url:
        async with Peer(url) as watching:
            async with Peer(f"{url}/?ann") as ann:
                await ann.send(data="hello")
                checks.equal("onReceive gets packets that are not calls",
                             (await ann.packet())["data"], {"received": "hello"})
                await ann.socket.close(4_001, "enough")
            notes = ["connected ann", "disconnected ann 4001 enough"]
            checks.that("onConnect and onDisconnect are called, the latter with the close code and reason",
                        await until(lambda: has_lines(watching, "ann", notes)), await watching.call("history"))
            async with Peer(f"{url}/?unwelcome") as unwelcome:
                checks.equal("onConnect can reject a connection", await unwelcome.closed(), (1008, "Not you"))


async def has_lines(peer, word, lines):
    return [line for line in await peer.call("history") if word in line] == lines


async def limits(serve, checks):
    with serve("--connections", "2") as url:
        async with Peer(url) as ann:
            async with Peer(url):
                checks.equal("a connection over the limit is answered with 503", await status(url), 503)
            checks.that("… and admitted after another one has closed",
                        await until(lambda: is_admitted(url)), "it was not")
            checks.equal("… and open connections are not affected", await ann.call("nothing"), None)
    with serve("--subscriptions", "2") as url:
        async with Peer(url) as ann:
            checks.equal("subscriptions up to the cap are accepted", await ann.call("__subscribe__", ["a", "b"]), True)
            refused = await ann.rpc("__subscribe__", "c")
            checks.equal("a subscription above the cap is refused",
                         (refused["error"], refused["code"]), (-32603, -32004))
            await ann.call("__unsubscribe__", "b")
            refused = await ann.rpc("__subscribe__", ["b", "c", "d"])
            subscribed = (await ann.call("about_me"))["subscriptions"]
            checks.equal("a list that exceeds the cap is refused as a whole", (refused["code"], subscribed),
                         (-32004, ["a"]))
    with serve("--subscriptions", "0") as url:
        async with Peer(url) as ann:
            names = [f"channel {number}" for number in range(500)]
            checks.equal("a cap of 0 means no cap", await ann.call("__subscribe__", names), True)
            checks.equal("… and all subscriptions exist", len((await ann.call("about_me"))["subscriptions"]), 500)


async def is_admitted(url):
    return await status(url) == 101


async def origins(serve, checks):
    with serve() as url:
        own = url.replace("ws://", "http://")
        found = [await status(url, origin=origin)
                 for origin in [own, None, "null", "https://evil.example", f"{own}.evil.example"]]
        checks.equal("a page of another origin is rejected", found, [101, 101, 403, 403, 403])


async def heartbeat(serve, checks):
    with serve("--ping-milliseconds", "300", "--missed-pings", "3") as url:
        silent, lively = await RawClient.connect(url), await RawClient.connect(url)
        clock = asyncio.get_running_loop().time
        begun = clock()

        async def listen(client, answers):
            opcodes = []
            while len(opcodes) < 8:
                opcode, payload = await client.frame()
                opcodes.append(opcode)
                if opcode == CLOSE:
                    return opcodes, close_code(payload), clock() - begun
                if answers:
                    client.pong(payload)
            return opcodes, None, clock() - begun

        (opcodes, code, took), (answered, end, _) = await asyncio.gather(listen(silent, False), listen(lively, True))
        checks.equal("a peer that answers no pings is disconnected with 1011", code, 1011)
        checks.equal("… after the allowed number of missed pings", opcodes, [PING] * 3 + [CLOSE])
        checks.that("… sent at the ping interval, with the timeout after the last one", took > 0.8, f"{took:.2f} s")
        checks.equal("a peer that answers pings stays connected", (answered, end), ([PING] * 8, None))
        silent.close()
        lively.close()


async def logs(serve, checks):
    with tempfile.TemporaryFile("w+") as errors:
        with serve("--name", "features", errors=errors) as url:
            async with Peer(url) as peer:
                response = await peer.rpc("breaks")
        errors.seek(0)
        log = errors.read()
    number = re.search(r"\((?:error )?([0-9a-f]+)\)", response["response"])
    checks.that("error details stay in the server's log, under the error ID that the caller receives",
                number and re.search(f"{number[1]}.*Failure", log) and "Failure" not in response["response"],
                (response, log))
    lines = [line for line in log.splitlines() if line]
    checks.that("each log line has the name of the server",
                lines and all(re.match(r"webshocket \w+: features: ", line) for line in lines), log)


async def slow_subscriber(serve, checks):
    # On a busy machine, the subscriber may start to read long after the server has sent its close frame.
    with serve("--outbound-queue", "262144", "--close-seconds", "300") as url:
        async with Peer(url) as ann, websockets.connect(url, max_queue=1, max_size=None, ping_interval=None) as slow:
            await slow.send('{"source":5,"rpc":{"type":"request","method":"subscribe","args":[["flood"]],"call_id":"c"}}')
            await slow.recv()
            for _ in range(4):
                await ann.call("flood", "flood", MESSAGES // 4)
            received = 0
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    await asyncio.wait_for(slow.recv(), 120)
                    received += 1
            checks.that(f"the queue of a subscriber that does not read is bounded: {received} messages",
                        received < MESSAGES / 2)
            checks.equal("a subscriber that does not read is disconnected with 1013",
                         (slow.close_code, slow.close_reason),
                         (1013, "Slow consumer"))


async def end(serve, checks):
    serving_until = contextlib.ExitStack()
    url = serving_until.enter_context(serve())
    async with Peer(url) as ann, Peer(url) as bob:
        begun = asyncio.create_task(ann.call("sleep", 1_000))
        # Wait until the call has started, which the history shows.
        await bob.call("nothing")
        await until(lambda: has_begun(bob))
        ended = asyncio.create_task(asyncio.to_thread(serving_until.close))
        checks.equal("a server that shuts down answers the calls in flight", await begun, "slept")
        checks.equal("… and closes connections with 1001",
                     [(await peer.closed())[0] for peer in (ann, bob)], [1001, 1001])
        # Raises ServerFailed unless the process exits with 0.
        await ended
        checks.equal("… and exits with 0", ended.exception(), None)


async def has_begun(peer):
    return "sleeps" in await peer.call("history")


async def main(program):
    checks = Checks("the lifecycle of a server")

    def serve(*options, **more):
        return serving([program, *options], **more)

    for group in [by_hand, lifecycle, limits, origins, heartbeat, logs, slow_subscriber, end]:
        with checks.group(group.__name__):
            await group(serve, checks)
    checks.finish()


asyncio.run(main(*sys.argv[1:]))
