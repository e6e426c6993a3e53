"""A minimal WebSocket client that does not answer pings, as every library does automatically."""
import asyncio
import base64
import os
import struct

PING, PONG, CLOSE = 9, 10, 8


class RawClient:
    """A client that reads single frames and answers none of them."""

    @classmethod
    async def connect(cls, url):
        host, port = url.removeprefix("ws://").split(":")
        self = cls()
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write((f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 120)
        assert head.startswith(b"HTTP/1.1 101 "), head
        return self

    async def frame(self):
        """Returns the opcode and the payload of the next frame. Payloads of 64 KiB or more are not supported."""
        first, second = await asyncio.wait_for(self.reader.readexactly(2), 120)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        return first & 0x0F, await self.reader.readexactly(length)

    def pong(self, payload):
        """Sends a pong, masked with zeros."""
        self.writer.write(bytes([0x80 | PONG, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def close(self):
        self.writer.close()


def close_code(payload):
    return struct.unpack(">H", payload[:2])[0]
