"""The Python package's own client, and a JSON client as a browser is one, call every method of `webshocket serve`.

Usage: call_swift_server.py URL [--max-message BYTES] [--json-frames text|binary] [--python] [--ca FILE]
    --max-message   what the server was started with
    --json-frames   in which kind of frame the server answers a JSON client
    --ca            who has certified the server, where the URL is a wss: one
    --python        the server is serve_python.py: checks of what only our server promises are left out

About the client of webshocket 0.5.2, from its source:
- It cuts what it sends into frames of 64 KiB, so a long request also tests putting fragments together.
- It has room for 512 messages that it has not yet looked at, and drops what comes beyond them: the calls in
  flight stay well below that.
- A call whose connection ends waits out its 30 s; a closing code is therefore looked at with another client.
- picows, below it, ends a connection on a frame above 10 MiB.
"""
import argparse
import asyncio
import contextlib
import json
import logging
import os

import msgpack
import websockets
from checks import Checks
from webshocket import PacketSource, RateLimitError, RPCErrorCode, WebSocketClient

MIB = 1 << 20
#: More than the keys of a request or a response take besides the text in it.
ENVELOPE = 256


async def call(client, method, *args, **kwargs):
    return await asyncio.wait_for(client.send_rpc(method, *args, **kwargs), 120)


async def results(client, checks):
    for method, args, kwargs, expected in [
        ("add", (10, 20), {}, 30),
        ("add", (-(2**31), -1), {}, -(2**31) - 1),
        ("add", (2**62, 2**62 - 1), {}, 2**63 - 1),
        ("echo", ("",), {}, ""),
        ("echo", ("grüße 🎲 \0 \"\\",), {}, "grüße 🎲 \0 \"\\"),
        ("renamed", (), {}, None),
        ("named", (1,), {}, {"a": 1, "b": 2}),
        ("named", (1,), {"b": 5}, {"a": 1, "b": 5}),
        ("named", (), {"a": 3, "b": 4}, {"a": 3, "b": 4}),
        ("types", (), {}, [None, True, -1, 2**40, 1.5, "é", b"\x00\xff", {"k": [1]}]),
        ("types_text", (), {}, [None, True, -1, 2**40, 1.5, "é", {"k": [1]}]),
        ("sleep", (1,), {}, None),
    ]:
        response = await call(client, method, *args, **kwargs)
        shown = ", ".join([repr(value) for value in args] + [f"{key}={value!r}" for key, value in kwargs.items()])
        checks.equal(f"{method}({shown})", (response.error, response.response), (None, expected))


async def errors(client, checks, is_ours):
    for name, method, args, kwargs, code, text in [
        ("a method that is not there", "nope", (), {}, RPCErrorCode.METHOD_NOT_FOUND, "nope"),
        ("an argument too few", "add", (1,), {}, RPCErrorCode.INVALID_PARAMS, "b"),
        ("an argument too many", "add", (1, 2, 3), {}, RPCErrorCode.INVALID_PARAMS, ""),
        ("a named argument that nobody takes", "named", (1,), {"c": 1}, RPCErrorCode.INVALID_PARAMS, "c"),
        ("an argument of the wrong type", "add", (1, "two"), {}, RPCErrorCode.INVALID_PARAMS, ""),
        ("an application's error", "fails", (), {}, RPCErrorCode.APPLICATION_ERROR, "no such user"),
        ("an unexpected error", "breaks", (), {}, RPCErrorCode.INTERNAL_SERVER_ERROR, ""),
    ]:
        response = await call(client, method, *args, **kwargs)
        checks.equal(f"{name} is {code.name}", response.error, code)
        checks.that(f"{name} is told in words", isinstance(response.response, str) and text in response.response,
                    repr(response.response))
        if is_ours and method == "breaks":
            checks.that(f"{name} keeps its detail from the client", "internal detail" not in response.response,
                        repr(response.response))


async def guards_and_limits(url, checks):
    async with WebSocketClient(url) as client:
        refusal = await call(client, "secret")
        checks.equal("a guarded method refuses", (refusal.error, refusal.response),
                     (RPCErrorCode.ACCESS_DENIED, "Access denied for RPC method 'secret'."))
        checks.equal("login", (await call(client, "login")).response, True)
        checks.equal("a guarded method answers those who may", (await call(client, "secret")).response, "Sensitive Data")
        async with WebSocketClient(url) as other:
            checks.equal("nobody else may", (await call(other, "secret")).error, RPCErrorCode.ACCESS_DENIED)
        checks.equal("a call within its limit", (await call(client, "limited")).response, "ok")
        refusal = await call(client, "limited")
        checks.equal("a call past its limit", (refusal.error, refusal.response),
                     (RPCErrorCode.RATE_LIMIT_EXCEEDED, "Rate limit exceeded for RPC method 'limited'."))
        with contextlib.suppress(RateLimitError):
            await asyncio.wait_for(client.send_rpc("limited", raise_on_rate_limit=True), 120)
            checks.that("the client raises its RateLimitError", False, "it did not")
        checks.equal("other methods go on", (await call(client, "add", 1, 2)).response, 3)

    async with websockets.connect(url, subprotocols=["webshocket.v1"]) as socket:
        request = {"source": 5, "rpc": {"type": "request", "method": "limited_hard", "args": [], "call_id": "id1"}}
        await socket.send(msgpack.packb(request))
        checks.equal("a hard limit lets its calls pass", msgpack.unpackb(await socket.recv())["rpc"]["response"], "ok")
        await socket.send(msgpack.packb(request))
        await asyncio.wait_for(socket.wait_closed(), 120)
        checks.equal("and then disconnects", (socket.close_code, socket.close_reason), (1013, "Rate limit exceeded"))


async def streams(url, client, checks):
    async def elements(method, *args, most=None):
        found = []
        stream = client.stream_rpc(method, *args)
        async with contextlib.aclosing(stream):
            async for response in stream:
                found.append(response)
                if len(found) == most:
                    break
        return found

    async def within(seconds, *args, **kwargs):
        return await asyncio.wait_for(elements(*args, **kwargs), seconds)

    found = await within(120, "count", 5)
    checks.equal("a stream's elements", [(e.response, e.error, e.is_stream, e.is_end) for e in found],
                 [(n, None, True, False) for n in range(5)])
    checks.equal("a stream of none", await within(120, "count", 0), [])
    # No more: the client drops what comes while it has 512 messages to look at.
    found = await within(120, "count", 500)
    checks.equal("a longer stream, in order", [e.response for e in found], list(range(500)))
    refusal = await within(120, "secret_count", 3)
    checks.equal("a guarded stream", [(e.response, e.error, e.is_end) for e in refusal],
                 [("Access denied for RPC method 'secret_count'.", RPCErrorCode.ACCESS_DENIED, True)])
    refusal = await within(120, "count", "three")
    checks.equal("a stream with a wrong argument", [(e.error, e.is_end) for e in refusal],
                 [(RPCErrorCode.INVALID_PARAMS, True)])

    # 16 streams may be open at a time; each of these is left after its first element, by `__abort__`.
    for _ in range(40):
        found = await within(120, "count", 1_000_000, most=1)
    # Not which element it was: what was left behind of the others may have made the client drop the first ones.
    checks.equal("the 40th of as many streams that are left early begins", [e.error for e in found], [None])
    # What is left behind may be more than the client has room for, and the answer to a call lost in it: ask again.
    response = None
    for _ in range(60):
        with contextlib.suppress(asyncio.TimeoutError):
            response = (await asyncio.wait_for(client.send_rpc("add", 1, 2), 2)).response
            break
    checks.equal("and calls go on", response, 3)


async def long_messages(url, client, checks, max_message, is_ours):
    sizes = [65_535, 65_536, 65_537, max_message - ENVELOPE] + ([MIB] if max_message > MIB + ENVELOPE else [])
    for size in sizes:
        text = "é" + "x" * (size - 2)
        response = await call(client, "echo", text)
        checks.that(f"echo of {size} bytes of text", response.error is None and response.response == text,
                    f"error {response.error}, {len(response.response or '')} characters")
    if is_ours:
        # The server may have ended the connection before all of it is sent; then asyncio, in Python 3.11, may write to a
        # transport that has let go of its loop: when it sends, and when it closes.
        with contextlib.suppress(AttributeError):
            async with websockets.connect(url, subprotocols=["webshocket.v1"], max_size=None) as socket:
                with contextlib.suppress(websockets.ConnectionClosed, AttributeError):
                    await socket.send(b"\xc0" * (max_message + 1))
                await asyncio.wait_for(socket.wait_closed(), 120)
                checks.equal(f"a message of {max_message} + 1 bytes ends the connection", socket.close_code, 1009)
        response = await call(client, "echo", "still here")
        checks.equal("the other connections live on", response.response, "still here")


async def many_calls(url, client, checks):
    answers = await asyncio.gather(*(call(client, "add", number, 1) for number in range(400)))
    checks.equal("400 calls at once on one connection", [a.response for a in answers], list(range(1, 401)))

    async with WebSocketClient(url) as other:
        # The end of the connection ends them.
        held = [asyncio.create_task(call(other, "sleep", 60_000)) for _ in range(19)]
        # A task begins when this one waits.
        await asyncio.sleep(0)
        await call(other, "sleep", 0)
        checks.equal("20 calls wait at the same time: the last one ends first", [task.done() for task in held], [False] * 19)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)

    async def one_of_many(number):
        async with WebSocketClient(url) as other:
            answers = [await call(other, "add", number, step) for step in range(25)]
            return [answer.response for answer in answers]

    found = await asyncio.gather(*(one_of_many(number) for number in range(40)))
    checks.equal("25 calls in a row on each of 40 connections", found,
                 [[number + step for step in range(25)] for number in range(40)])


async def custom_packets(client, checks):
    for data in ["hello", {"x": [1, 2.5, None]}, b"\x00\xff", -1, "🎲" * 20_000]:
        client.send(data)
        packet = await client.recv(timeout=120)
        name = f"a packet with {type(data).__name__} data is answered by onReceive"
        checks.equal(name, (packet.source, packet.data), (PacketSource.CUSTOM, {"you_said": data}))


async def json_client(url, checks, frames):
    def request(method, *args, **kwargs):
        rpc = {"type": "request", "method": method, "args": list(args), "kwargs": kwargs, "call_id": "id1"}
        return json.dumps({"source": 5, "rpc": rpc})

    async def ask(socket, message):
        await socket.send(message)
        return await asyncio.wait_for(socket.recv(), 120)

    async with websockets.connect(url) as socket:
        checks.equal("a client that offers no sub-protocol gets none", socket.subprotocol, None)
        answer = await ask(socket, request("add", 10, 20))
        checks.equal(f"the answer comes in a {frames} frame", "text" if isinstance(answer, str) else "binary", frames)
        checks.equal("a JSON request in a text frame", json.loads(answer)["rpc"]["response"], 30)
        answer = await ask(socket, request("add", 10, 20).encode())
        checks.equal("a JSON request in a binary frame", json.loads(answer)["rpc"]["response"], 30)
        answer = json.loads(await ask(socket, request("types_text")))
        checks.equal("JSON types", answer["rpc"]["response"], [None, True, -1, 2**40, 1.5, "é", {"k": [1]}])
        answer = json.loads(await ask(socket, request("types")))
        checks.equal("bytes are base64 in JSON", answer["rpc"]["response"][6], "AP8=")
        answer = json.loads(await ask(socket, request("nope")))
        checks.equal("a JSON error has its code", answer["rpc"]["error"], -32601)
        answer = json.loads(await ask(socket, json.dumps({"source": 4, "data": {"é": 1}})))
        checks.equal("a JSON packet", answer, {"source": 4, "data": {"you_said": {"é": 1}}})


async def sub_protocols(url, checks):
    request = {"source": 5, "rpc": {"type": "request", "method": "add", "args": [1, 2], "call_id": "id1"}}
    for offered, chosen in [(["webshocket.v1"], "webshocket.v1"), (["other", "webshocket.v1"], "webshocket.v1"),
                            (["webshocket.v10"], None), (["xwebshocket.v1"], None)]:
        async with websockets.connect(url, subprotocols=offered) as socket:
            checks.equal(f"of the sub-protocols {offered} the server chooses", socket.subprotocol, chosen)
            await socket.send(msgpack.packb(request) if chosen else json.dumps(request))
            answer = await asyncio.wait_for(socket.recv(), 120)
            answer = msgpack.unpackb(answer) if chosen else json.loads(answer)
            checks.equal("… and speaks what was chosen", answer["rpc"]["response"], 3)


async def secured(url, checks):
    async with websockets.connect(url) as socket:
        # A proxy in front may speak the older of the two.
        version = socket.transport.get_extra_info("ssl_object").version()
        checks.that("the server seals what it says by TLS", version in ("TLSv1.2", "TLSv1.3"), version)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--max-message", type=int, default=MIB)
    parser.add_argument("--json-frames", choices=["text", "binary"], default="text")
    parser.add_argument("--python", action="store_true")
    parser.add_argument("--ca")
    options = parser.parse_args()
    if options.ca:
        os.environ["SSL_CERT_FILE"] = options.ca
    is_ours = not options.python
    checks = Checks(f"Python calls {options.url}")

    async with WebSocketClient(options.url) as client:
        with checks.group("results"):
            await results(client, checks)
        with checks.group("errors"):
            await errors(client, checks, is_ours)
        with checks.group("guards and limits"):
            await guards_and_limits(options.url, checks)
        with checks.group("streams"):
            await streams(options.url, client, checks)
        with checks.group("long messages"):
            await long_messages(options.url, client, checks, options.max_message, is_ours)
        with checks.group("many calls"):
            await many_calls(options.url, client, checks)
        with checks.group("packets"):
            await custom_packets(client, checks)
    with checks.group("JSON"):
        await json_client(options.url, checks, options.json_frames)
    if options.url.startswith("wss:"):
        with checks.group("TLS"):
            await secured(options.url, checks)
    if is_ours:
        with checks.group("sub-protocols"):
            await sub_protocols(options.url, checks)
    checks.finish()


# The client logs what it cannot decode; the checks say what matters.
logging.disable(logging.CRITICAL)
asyncio.run(main())
