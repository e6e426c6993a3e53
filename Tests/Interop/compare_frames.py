"""Sends the same packets to our server and to the Python package's, and compares the answers byte for byte.

Usage: compare_frames.py OUR_PORT PYTHON_PORT     (ports of `webshocket serve` and serve_python.py)

Whole messages are compared, because Python splits them into frames of 64 KiB and answers JSON in binary frames. Parts
that a server may choose freely are removed from both answers before the comparison; see `without_free_choices`.
"""
import argparse
import asyncio
import json
import re

import msgpack
import websockets
from checks import Checks, shortened

INVALID_PARAMETERS, INTERNAL_ERROR = -32602, -32603


def request(method, *args, call_id="id1", extra=None, **kwargs):
    rpc = {"type": "request", "method": method, "args": list(args), "kwargs": kwargs, "call_id": call_id}
    return {"source": 5, "rpc": rpc | (extra or {})}


def without(packet, *keys):
    return {**packet, "rpc": {key: value for key, value in packet["rpc"].items() if key not in keys}}


#: Integers at which an encoding becomes longer, and their neighbours.
WIDTH_EDGES = sorted({
    sign * 2**power + step for power in (5, 7, 8, 15, 16, 31, 32, 53, 62) for sign in (1, -1) for step in (-1, 0, 1)
} | {0, 1, -1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1})

FLOATS = [0.0, -0.0, 1.0, 1.5, -2.25, 0.1 + 0.2, 1e15, 1e16, 1e21, 1e-4, 1e-5, 1e-7, 5e-324, 2.5e-8, 1.7976931348623157e308]

TEXTS = ["", "a" * 31, "a" * 32, "a" * 255, "a" * 256, "a" * 65_535, "a" * 65_536, "é", "🎲", "\0\x1f\x7f", "\u2028/\"\\\b\f\n\r\t", "\ufeffx"]

#: The keys are sorted: a server may write the keys of a map in any order, and ours sorts them.
NESTED = [[], {}, [[]], {"": {}}, [0] * 15, [0] * 16, list(range(1_000)), {f"{key:02}": key for key in range(15)},
          {f"{key:02}": key for key in range(16)}, {"a": [None, True, False, {"é": [1, [2, [3]]]}], "b": 1}]

# Each case is a name, a packet, and the number of answers to it.
CASES = [
    ("a call", request("add", 10, 20), 1),
    ("a call without a call_id", without(request("add", 1, 2), "call_id"), 1),
    ("a call with only the required keys", without(request("renamed"), "args", "kwargs", "call_id"), 1),
    ("a call with an empty call_id", request("add", 1, 2, call_id=""), 1),
    ("a call with a call_id of 256 bytes", request("add", 1, 2, call_id="é" * 128), 1),
    ("unknown keys", {**request("add", 1, 2, extra={"since": [1]}), "colour": "red"}, 1),
    ("a timestamp and a correlation", {**request("add", 1, 2), "timestamp": 1.5, "correlation_id": "c"}, 1),
    ("keys in a different order", {"rpc": dict(reversed(request("add", 1, 2)["rpc"].items())), "source": 5}, 1),
    ("an alias", request("renamed"), 1),
    ("a named argument", request("named", 1, b=5), 1),
    ("an omitted named argument", request("named", 1), 1),
    ("a positional argument by its name", request("named", a=1, b=5), 1),
    ("a missing argument", request("add", 1), 1),
    ("an extra argument", request("add", 1, 2, 3), 1),
    ("an unknown named argument", request("named", 1, c=5), 1),
    ("an unknown method", request("nope"), 1),
    ("an unknown method whose name needs escaping", request("né\"\\\n/🎲"), 1),
    ("an application error", request("fails"), 1),
    ("an unexpected error", request("breaks"), 1),
    ("all JSON types", request("types_text"), 1),
    ("all MessagePack types", request("types"), 1),
    ("a guarded method", request("secret"), 1),
    ("a guarded stream", request("secret_count", 2), 1),
    ("logging in", request("login"), 1),
    ("a guarded method after the login", request("secret"), 1),
    ("a guarded stream after the login", request("secret_count", 2), 3),
    ("a call within the rate limit", request("limited"), 1),
    ("a call over the rate limit", request("limited"), 1),
    ("another call over the rate limit", request("limited"), 1),
    ("a stream of two elements", request("count", 2), 3),
    ("an empty stream", request("count", 0), 1),
    ("a stream without a call_id", without(request("count", 1), "call_id"), 2),
    ("a stream of 1,000 elements", request("count", 1000), 1001),
    ("aborting an unknown call", request("__abort__", "id2"), 0),
    ("a packet", {"source": 4, "data": "hello"}, 1),
    ("a packet with nested data", {"source": 4, "data": {"k": [1, None, 1.5]}}, 1),
    ("a packet without data", {"source": 4}, 1),
    ("a broadcast packet", {"source": 1, "data": True}, 1),
    *[(f"a sum of {number}", request("add", number // 2, number - number // 2), 1)
      for number in WIDTH_EDGES if abs(number) < 2**63],
    *[(f"the number {number}", request("echo", number), 1) for number in WIDTH_EDGES + FLOATS],
    *[(f"a string of {len(text)} characters that starts with {text[:1]!r}", request("echo", text), 1)
      for text in TEXTS],
    *[(f"the nested value {str(value)[:20]}", request("echo", value), 1) for value in NESTED],
]

BYTES = [b"", b"\x00\xff", b"\x80" * 255, b"\x80" * 256, b"\x80" * 65_536]

#: Cases for MessagePack only: values that JSON does not have, and raw bytes.
MESSAGEPACK_CASES = [
    *[(f"{len(value)} bytes", request("echo", value), 1) for value in BYTES],
    ("a 4-byte float", msgpack.packb(request("echo", 1.5), use_single_float=True), 1),
    ("invalid MessagePack", b"\xc1", 1),
]

#: Cases for JSON only: other spellings of the same packet.
JSON_CASES = [
    ("white space", b' {\n "source" : 5 ,\t"rpc":{"type":"request","method":"add","args":[1 , 2],"call_id":"x"}}\r\n', 1),
    ("escapes", rb'{"source":5,"rpc":{"type":"request","method":"ech\u006f","args":["\ud83c\udfb2\/\u0000"],"call_id":"x"}}', 1),
    ("a duplicate key",
     b'{"source":5,"rpc":{"type":"request","method":"nope","method":"add","args":[1,2],"call_id":"x"}}', 1),
]


class MessagePack:
    name = "MessagePack"
    sub_protocols = ["webshocket.v1"]
    cases = CASES + MESSAGEPACK_CASES

    @staticmethod
    def encoded(packet):
        return packet if isinstance(packet, bytes) else msgpack.packb(packet)

    @staticmethod
    def decoded(message):
        return msgpack.unpackb(message)

    @staticmethod
    def blanked(message, key, value):
        """Replaces the string value of `key` in the encoded message by a placeholder."""
        return message.replace(msgpack.packb(key) + msgpack.packb(value), msgpack.packb(key) + b"?", 1)


class JSON:
    name = "JSON"
    sub_protocols = None
    cases = CASES + JSON_CASES

    #: A number that is a value, not part of a string.
    _float = re.compile(rb'(?<=[:\[,])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[,\]}])')

    @staticmethod
    def encoded(packet):
        # Sent in text frames, as browsers do.
        return packet.decode() if isinstance(packet, bytes) else json.dumps(packet)

    @staticmethod
    def decoded(message):
        return json.loads(message)

    @staticmethod
    def blanked(message, key, value):
        return re.sub(rb'("%s":)"(?:[^"\\]|\\.)*"' % key.encode(), rb"\1?", message, count=1)

    @classmethod
    def floats_respelled(cls, message):
        """Rewrites every number that is not an integer as Python formats it, so that 1e16 equals 1e+16."""
        def respelled(match):
            return repr(float(match[0])).encode() if re.search(rb"[.eE]", match[0]) else match[0]
        return cls._float.sub(respelled, message)


def without_free_choices(wire, packet, message):
    """Removes the parts of `message` that a server may choose freely. No other differences are allowed."""
    response = wire.decoded(message).get("rpc") or {}
    # The generated call_id, if the request has none.
    if isinstance(packet, dict) and "rpc" in packet and "call_id" not in packet["rpc"] and response.get("call_id"):
        message = wire.blanked(message, "call_id", response["call_id"])
    # The key retry_after of a call over the rate limit, which Python does not send.
    if "retry_after" in response:
        del response["retry_after"]
        message = wire.encoded({"source": 5, "rpc": response})
        message = message if isinstance(message, bytes) else message.replace(", ", ",").replace(": ", ":").encode()
    # The messages of two errors. Python uses the messages of its own exceptions.
    if response.get("error") in (INVALID_PARAMETERS, INTERNAL_ERROR) and isinstance(response.get("response"), str):
        message = wire.blanked(message, "response", response["response"])
    # The format of floating-point numbers in JSON.
    return JSON.floats_respelled(message) if wire is JSON else message


async def answers(checks, wire, whose, port):
    """Sends all cases to a server, and returns the answers to each. Stops at the first case without an answer."""
    found = []
    async with websockets.connect(f"ws://127.0.0.1:{port}", subprotocols=wire.sub_protocols, max_size=None) as socket:
        for name, packet, count in wire.cases:
            try:
                await socket.send(wire.encoded(packet))
                got = [await asyncio.wait_for(socket.recv(), 120) for _ in range(count)]
            except (TimeoutError, websockets.ConnectionClosed) as error:
                checks.that(f"{wire.name}: {whose} answers “{name}”", False, f"{type(error).__name__}: {error}")
                break
            found.append([message.encode() if isinstance(message, str) else message for message in got])
    return found


def compare(checks, wire, ours, theirs):
    for (name, packet, _), our, their in zip(wire.cases, ours, theirs):
        checks.that(f"{wire.name}: {name}", same(wire, packet, our, their),
                    f"\n      ours   {shortened(our)}\n      theirs {shortened(their)}")


def same(wire, packet, our, their):
    try:
        blanked_our, blanked_their = ([without_free_choices(wire, packet, m) for m in side] for side in (our, their))
    except (ValueError, AttributeError):
        return False  # The answer is not a packet.
    return blanked_our == blanked_their


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("our_port", type=int)
    parser.add_argument("python_port", type=int)
    options = parser.parse_args()
    checks = Checks("frames compared with Python's")
    for wire in (MessagePack, JSON):
        with checks.group(wire.name):
            ours = await answers(checks, wire, "our server", options.our_port)
            theirs = await answers(checks, wire, "Python's server", options.python_port)
            compare(checks, wire, ours, theirs)
    checks.finish()


asyncio.run(main())
