"""Tests a server behind a proxy: the client addresses that it sees, and that messages and rejections are forwarded.

Usage: check_way.py URL --ca FILE --direct URL [--headers | --refusals]
    --direct    the URL of the server itself
    --headers   the proxy sends client addresses in headers, which a client may try to forge
    --refusals  runs only the checks of rejections; the server admits four connections per address, and six in total

The client connects from 127.0.0.2 and the proxy from 127.0.0.1, so that the server can distinguish them.
"""
import argparse
import asyncio
import contextlib
import json
import os
import ssl

import websockets
from checks import Checks
from websockets.exceptions import ConnectionClosed, InvalidStatus

FORGED = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}


def connect(url, address="127.0.0.2", **options):
    return websockets.connect(url, local_addr=(address, 0), proxy=None, max_size=None, **options)


async def call(socket, method, *args):
    rpc = {"type": "request", "method": method, "args": args, "call_id": "c"}
    await socket.send(json.dumps({"source": 5, "rpc": rpc}))
    return json.loads(await asyncio.wait_for(socket.recv(), 120))["rpc"]["response"]


async def whoami(url, **options):
    async with connect(url, **options) as socket:
        return await call(socket, "whoami")


async def status(url, **options):
    """Returns the HTTP status and Retry-After header of a rejected upgrade, or 101 and None if it is accepted."""
    try:
        async with connect(url, **options):
            return 101, None
    except InvalidStatus as error:
        return error.response.status_code, error.response.headers.get("Retry-After")


async def addresses(options, checks):
    known = {"address": "127.0.0.2", "proxy": "127.0.0.1"}
    checks.equal("the server knows the client's address", await whoami(options.url), known)
    checks.equal("… and the address of another client",
                 await whoami(options.url, address="127.0.0.3"), {**known, "address": "127.0.0.3"})
    checks.equal("a forged address is ignored", await whoami(options.url, additional_headers=FORGED), known)
    twice = [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "evil, , x")]
    checks.equal("several forged addresses are ignored", await whoami(options.url, additional_headers=twice), known)
    checks.equal("an invalid address is ignored",
                 await whoami(options.url, additional_headers={"X-Forwarded-For": "evil"}), known)
    if options.headers:
        await open_quotes(options, checks, known)
        direct = await whoami(options.direct, additional_headers=FORGED)
        checks.equal("a forged address from a direct client is ignored",
                     direct, {"address": "127.0.0.2", "proxy": None})
    else:
        checks.equal("the server knows the address of a direct client", await whoami(options.direct),
                     {"address": "127.0.0.2", "proxy": None})


async def open_quotes(options, checks, known):
    """Checks headers with a quote that the client opens in one header and closes in another.

    A proxy might append the second header to the first.
    """
    opening = 'for=6.6.6.6;x="'
    checks.equal("a forged address after an unclosed quote is ignored",
                 await whoami(options.url, additional_headers={"Forwarded": opening}), known)
    host, port = options.url.removeprefix("wss://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=ssl.create_default_context(cafile=options.ca),
                                                   local_addr=("127.0.0.2", 0))
    writer.write(f'GET / HTTP/1.1\r\nHost: ;y="z\r\nForwarded: {opening}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readline(), 120)
    writer.close()
    checks.that("a quote that is closed in the Host header is rejected", answer.split(b" ")[1:2] == [b"400"], answer)


async def origins(options, checks):
    own = options.url.replace("wss://", "https://")
    checks.equal("a page of the same host is admitted", await status(options.url, origin=own), (101, None))
    checks.equal("a page of another host is rejected",
                 await status(options.url, origin="https://evil.example"), (403, None))


async def messages(options, checks):
    async with connect(f"{options.url}/echo") as socket:
        for message in ["é" * 10, b"\0\xff" * 10, "x" * (1 << 20), bytes(range(256)) * 4_096, ""]:
            await socket.send(message)
            same = await asyncio.wait_for(socket.recv(), 120) == message
            checks.that(f"{len(message)} of {type(message).__name__} are echoed unchanged", same)
        await socket.send(b"\0" * (4_194_304 + 1))
        with contextlib.suppress(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 120)
        checks.equal("the server's close code is forwarded", socket.close_code, 1009)
    async with connect(options.url) as socket:
        await call(socket, "limited_hard")
        with contextlib.suppress(ConnectionClosed):
            await call(socket, "limited_hard")
        checks.equal("… and its reason", (socket.close_code, socket.close_reason), (1013, "Rate limit exceeded"))
        await socket.wait_closed()
    async with connect(options.url) as socket:
        await socket.close(4_001, "enough")
        checks.equal("the client's close code is echoed", socket.close_code, 4_001)


async def refusals(options, checks):
    checks.equal("404 is forwarded", await status(f"{options.url}/nowhere"), (404, None))
    async with contextlib.AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(connect(options.url))
        checks.equal("429 is forwarded, with its Retry-After", await status(options.url), (429, "5"))
        for _ in range(2):
            await held.enter_async_context(connect(options.url, address="127.0.0.3"))
        checks.equal("503 is forwarded, with its Retry-After",
                     await status(options.url, address="127.0.0.4"), (503, "5"))
    for _ in range(1_200):
        found, _ = await status(options.url)
        if found == 101:
            break
        await asyncio.sleep(0.05)
    checks.equal("a client is admitted after the others have left", found, 101)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--ca", required=True)
    parser.add_argument("--direct", required=True)
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--refusals", action="store_true")
    options = parser.parse_args()
    os.environ["SSL_CERT_FILE"] = options.ca
    checks = Checks(f"the server behind {options.url}")
    groups = [refusals] if options.refusals else [addresses, origins, messages]
    for group in groups:
        with checks.group(group.__name__):
            await group(options, checks)
    checks.finish()


asyncio.run(main())
