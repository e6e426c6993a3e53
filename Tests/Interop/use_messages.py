"""Tests non-RPC messages: clients send text, bytes, objects and events to each path of `feature-server`.

Usage: use_messages.py URL
"""
import asyncio
import json
import sys

import msgpack
import websockets
from checks import Checks
from peers import Peer
from webshocket import Packet, PacketSource, WebSocketClient


async def exchange(socket, message):
    await socket.send(message)
    return await asyncio.wait_for(socket.recv(), 120)


async def kinds(url, checks):
    async with websockets.connect(url) as socket:
        checks.equal("a text message has a handler", await exchange(socket, "hello"), "text hello")
        checks.equal("a JSON message has a handler", await exchange(socket, '{"x": 1.5, "y": 2}'), "[1.5]")
        checks.equal("a binary message has a handler", await exchange(socket, b"\x01\x02"), b"\x02\x01")
    async with websockets.connect(url, subprotocols=["webshocket.v1"]) as socket:
        checks.equal("… also from a MessagePack client", await exchange(socket, b"\xc1\x02"), b"\x02\xc1")
        packet = msgpack.packb({"source": 4, "event": "typing", "data": "lobby"})
        checks.equal("an event has a handler, in MessagePack", msgpack.unpackb(await exchange(socket, packet)),
                     {"source": 4, "data": "typing in lobby", "event": "noted"})
    async with Peer(url) as peer:
        await peer.send(event="typing", data="lobby")
        checks.equal("an event has a handler", await peer.packet(),
                     {"source": 4, "data": "typing in lobby", "event": "noted"})
        await peer.send(event="whole", correlation_id="7")
        checks.equal("a reply has the event and the correlation ID of its packet", await peer.packet(),
                     {"source": 4, "data": "replied", "correlation_id": "7", "event": "whole"})
    async with WebSocketClient(url) as client:
        client.send(Packet(data=[1, "é"], source=PacketSource.CUSTOM))
        checks.equal("a packet without another handler reaches onReceive", (await client.recv(timeout=120)).data,
                     {"received": [1, "é"]})


async def validation(url, checks):
    async with Peer(url) as peer:
        await peer.socket.send('{"x": "far", "y": 2}')
        answer = (await peer.packet_or_error())
        checks.equal("JSON of the wrong shape is refused", answer["error"], -32602)
        await peer.send(event="moved", data={"x": 1})
        answer = (await peer.packet_or_error())
        checks.that("event data of the wrong shape is refused with a reason",
                    answer["error"] == -32602 and "y" in answer["response"], answer)
        await peer.send(event="moved", data={"x": 1, "y": 2})
        checks.equal("… and the connection stays open", (await peer.packet())["data"], 1.0)
    for title, path, message, code in [
        ("a path for text refuses bytes", "/text", b"bytes", 1003),
        ("a path for bytes refuses text", "/bytes", "text", 1003),
        ("a path for objects refuses data of another shape", "/points", '{"x": 1}', 1007),
    ]:
        async with websockets.connect(url + path) as socket:
            await socket.send(message)
            await asyncio.wait_for(socket.wait_closed(), 120)
            checks.equal(title, socket.close_code, code)


async def paths(url, checks):
    for title, path, message, answer in [
        ("a path for text", "/text", "hello", "HELLO"),
        ("a path for bytes", "/bytes", b"\x01", b"\x01\xff"),
    ]:
        async with websockets.connect(url + path) as socket:
            checks.equal(title, await exchange(socket, message), answer)
    async with websockets.connect(f"{url}/points") as socket:
        found = json.loads(await exchange(socket, json.dumps({"x": 1.5, "y": 2.5})))
        checks.equal("a path for Codable objects", found, {"x": 2.5, "y": 1.5})
    async with Peer(url) as calls, Peer(f"{url}/limited") as limited:
        checks.equal("each path has its own handler", [await calls.call("nothing"), await limited.call("nothing")],
                     [None, -32601])
    try:
        async with websockets.connect(f"{url}/nowhere"):
            status = 101
    except websockets.InvalidStatus as error:
        status = error.response.status_code
    checks.equal("an unknown path is answered with 404", status, 404)


async def rates(url, checks):
    async with Peer(f"{url}/limited") as peer:
        answers = []
        for number in range(3):
            await peer.send(data=number)
            answers.append(await peer.packet_or_error())
        heard = [answer.get("data") for answer in answers[:2]]
        refused = answers[2].get("error") == -32000 and answers[2].get("retry_after", 0) > 1_000
        checks.that("messages have a rate limit", heard == [{"received": 0}, {"received": 1}] and refused, answers)


async def main(url):
    checks = Checks(f"messages to {url}")
    for group in [kinds, validation, paths, rates]:
        with checks.group(group.__name__):
            await group(url, checks)
    checks.finish()


asyncio.run(main(*sys.argv[1:]))
