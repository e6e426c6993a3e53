"""Calls every method of `webshocket serve` with the client of the Python package and with a plain JSON client.

The JSON client uses only WebSockets and JSON, as a browser does.

Usage: call_swift_server.py URL [--max-message BYTES] [--json-frames text|binary] [--python] [--ca FILE]
    --max-message   the maximum message size that the server was started with
    --json-frames   the kind of frame in which the server answers a JSON client
    --ca            the certificate authority of the server, for a wss: URL
    --python        the server is serve_python.py: skips checks of features that only our server has

Notes on the client of webshocket 0.5.2, from its source:
- It splits messages into frames of 64 KiB, so a long request also tests reassembly of fragments.
- It queues at most 512 received messages and drops further ones. The number of calls in flight stays well below that.
- If the connection closes, a pending call still waits for its timeout of 30 s. Another client checks close codes.
- Its transport, picows, closes the connection after a frame above 10 MiB.
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
#: An upper bound in bytes for a request or a response without the text in it.
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
        ("an unknown method", "nope", (), {}, RPCErrorCode.METHOD_NOT_FOUND, "nope"),
        ("a missing argument", "add", (1,), {}, RPCErrorCode.INVALID_PARAMS, "b"),
        ("an extra argument", "add", (1, 2, 3), {}, RPCErrorCode.INVALID_PARAMS, ""),
        ("an unknown named argument", "named", (1,), {"c": 1}, RPCErrorCode.INVALID_PARAMS, "named argument"),
        ("an argument of the wrong type", "add", (1, "two"), {}, RPCErrorCode.INVALID_PARAMS, ""),
        ("an application error", "fails", (), {}, RPCErrorCode.APPLICATION_ERROR, "no such user"),
        ("an unexpected error", "breaks", (), {}, RPCErrorCode.INTERNAL_SERVER_ERROR, ""),
    ]:
        response = await call(client, method, *args, **kwargs)
        checks.equal(f"{name} is {code.name}", response.error, code)
        checks.that(f"{name} has a message", isinstance(response.response, str) and text in response.response,
                    repr(response.response))
        if is_ours and method == "breaks":
            checks.that(f"{name} does not disclose its details to the client",
                        "internal detail" not in response.response,
                        repr(response.response))


async def guards_and_limits(url, checks):
    async with WebSocketClient(url) as client:
        refusal = await call(client, "secret")
        checks.equal("a guarded method refuses a client that fails the guard", (refusal.error, refusal.response),
                     (RPCErrorCode.ACCESS_DENIED, "Access denied for RPC method 'secret'."))
        checks.equal("login", (await call(client, "login")).response, True)
        checks.equal("a guarded method answers a client that passes the guard",
                     (await call(client, "secret")).response, "Sensitive Data")
        async with WebSocketClient(url) as other:
            checks.equal("another client is still refused",
                         (await call(other, "secret")).error, RPCErrorCode.ACCESS_DENIED)
        checks.equal("a call within the rate limit", (await call(client, "limited")).response, "ok")
        refusal = await call(client, "limited")
        checks.equal("a call over the rate limit", (refusal.error, refusal.response),
                     (RPCErrorCode.RATE_LIMIT_EXCEEDED, "Rate limit exceeded for RPC method 'limited'."))
        with contextlib.suppress(RateLimitError):
            await asyncio.wait_for(client.send_rpc("limited", raise_on_rate_limit=True), 120)
            checks.that("the Python client raises RateLimitError", False, "it did not")
        checks.equal("other methods are not affected", (await call(client, "add", 1, 2)).response, 3)

    async with websockets.connect(url, subprotocols=["webshocket.v1"]) as socket:
        request = {"source": 5, "rpc": {"type": "request", "method": "limited_hard", "args": [], "call_id": "id1"}}
        await socket.send(msgpack.packb(request))
        checks.equal("a call within the hard limit is answered",
                     msgpack.unpackb(await socket.recv())["rpc"]["response"], "ok")
        await socket.send(msgpack.packb(request))
        await asyncio.wait_for(socket.wait_closed(), 120)
        checks.equal("a call over the hard limit closes the connection",
                     (socket.close_code, socket.close_reason), (1013, "Rate limit exceeded"))


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
    checks.equal("an empty stream", await within(120, "count", 0), [])
    # Not longer, because the client drops messages if more than 512 are queued.
    found = await within(120, "count", 500)
    checks.equal("a longer stream, in order", [e.response for e in found], list(range(500)))
    refusal = await within(120, "secret_count", 3)
    checks.equal("a guarded stream", [(e.response, e.error, e.is_end) for e in refusal],
                 [("Access denied for RPC method 'secret_count'.", RPCErrorCode.ACCESS_DENIED, True)])
    refusal = await within(120, "count", "three")
    checks.equal("a stream with a wrong argument", [(e.error, e.is_end) for e in refusal],
                 [(RPCErrorCode.INVALID_PARAMS, True)])

    # At most 16 streams may be open at a time. Each of these is aborted after its first element, with `__abort__`.
    for _ in range(40):
        found = await within(120, "count", 1_000_000, most=1)
    # The element itself is not compared, because the client may have dropped the first elements.
    checks.equal("the last of 40 streams that are abandoned early starts", [e.error for e in found], [None])
    # Leftover elements may overflow the client's queue, so that it drops the response to a call. Retry.
    response = None
    for _ in range(60):
        with contextlib.suppress(asyncio.TimeoutError):
            response = (await asyncio.wait_for(client.send_rpc("add", 1, 2), 2)).response
            break
    checks.equal("calls still work afterwards", response, 3)


async def long_messages(url, client, checks, max_message, is_ours):
    sizes = [65_535, 65_536, 65_537, max_message - ENVELOPE] + ([MIB] if max_message > MIB + ENVELOPE else [])
    for size in sizes:
        text = "é" + "x" * (size - 2)
        response = await call(client, "echo", text)
        checks.that(f"echo of {size} bytes of text", response.error is None and response.response == text,
                    f"error {response.error}, {len(response.response or '')} characters")
    if is_ours:
        # The server may close the connection before the whole message is sent. In Python 3.11, asyncio may then write
        # to a transport without a loop, and raise AttributeError from `send` or `close`.
        with contextlib.suppress(AttributeError):
            async with websockets.connect(url, subprotocols=["webshocket.v1"], max_size=None) as socket:
                with contextlib.suppress(websockets.ConnectionClosed, AttributeError):
                    await socket.send(b"\xc0" * (max_message + 1))
                await asyncio.wait_for(socket.wait_closed(), 120)
                checks.equal(f"a message of {max_message} + 1 bytes closes the connection", socket.close_code, 1009)
        response = await call(client, "echo", "still here")
        checks.equal("other connections are not affected", response.response, "still here")


async def many_calls(url, client, checks):
    answers = await asyncio.gather(*(call(client, "add", number, 1) for number in range(400)))
    checks.equal("400 concurrent calls on one connection", [a.response for a in answers], list(range(1, 401)))

    async with WebSocketClient(url) as other:
        # These calls end when the connection closes.
        held = [asyncio.create_task(call(other, "sleep", 60_000)) for _ in range(19)]
        # Yield, so that the tasks start.
        await asyncio.sleep(0)
        await call(other, "sleep", 0)
        checks.equal("20 calls run concurrently: the last one ends first", [task.done() for task in held], [False] * 19)
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
        checks.equal("a client that offers no subprotocol gets none", socket.subprotocol, None)
        answer = await ask(socket, request("add", 10, 20))
        checks.equal(f"the response is in a {frames} frame", "text" if isinstance(answer, str) else "binary", frames)
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
            checks.equal(f"the server's choice among the subprotocols {offered}", socket.subprotocol, chosen)
            await socket.send(msgpack.packb(request) if chosen else json.dumps(request))
            answer = await asyncio.wait_for(socket.recv(), 120)
            answer = msgpack.unpackb(answer) if chosen else json.loads(answer)
            checks.equal("… and the server uses it", answer["rpc"]["response"], 3)


async def secured(url, checks):
    async with websockets.connect(url) as socket:
        # A proxy in front of the server may use the older version.
        version = socket.transport.get_extra_info("ssl_object").version()
        checks.that("the server encrypts the connection with TLS", version in ("TLSv1.2", "TLSv1.3"), version)


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
        with checks.group("subprotocols"):
            await sub_protocols(options.url, checks)
    checks.finish()


# The client logs messages that it cannot decode. The checks report the relevant failures.
logging.disable(logging.CRITICAL)
asyncio.run(main())
