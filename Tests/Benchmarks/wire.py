"""The bytes of WebSocket clients, for the benchmarks in this folder: the upgrade request, and packets as masked frames."""
import json
import struct

MASK = b"\x12\x34\x56\x78"
#: For each codec: the subprotocol, and the first byte of a frame with a whole message.
CODECS = {"msgpack": ("webshocket.v1", 0x82), "json": ("webshocket.json", 0x81)}


def upgrade(codec, extensions=None):
    """The upgrade request of a client with the codec, which may offer extensions."""
    offer = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
    return ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Sec-WebSocket-Protocol: {CODECS[codec][0]}\r\n{offer}\r\n").encode()


def msgpack(value):
    """Encodes the values that the requests contain."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return struct.pack("!B", value) if value < 128 else b"\xce" + struct.pack("!I", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack("!d", value)
    if isinstance(value, str):
        text = value.encode()
        return (struct.pack("!B", 0xA0 | len(text)) if len(text) < 32 else b"\xdb" + struct.pack("!I", len(text))) + text
    if isinstance(value, list):
        return struct.pack("!B", 0x90 | len(value)) + b"".join(map(msgpack, value))
    return struct.pack("!B", 0x80 | len(value)) + b"".join(msgpack(part) for pair in value.items() for part in pair)


def frame(packet, codec):
    """A masked frame with the packet."""
    payload = msgpack(packet) if codec == "msgpack" else json.dumps(packet, separators=(",", ":"), ensure_ascii=False).encode()
    head = struct.pack("!B", CODECS[codec][1])
    if len(payload) < 126:
        head += struct.pack("!B", 0x80 | len(payload))
    elif len(payload) < 65_536:
        head += struct.pack("!BH", 0x80 | 126, len(payload))
    else:
        head += struct.pack("!BQ", 0x80 | 127, len(payload))
    keys = MASK * (len(payload) // len(MASK) + 1)
    return head + MASK + bytes(byte ^ key for byte, key in zip(payload, keys))
