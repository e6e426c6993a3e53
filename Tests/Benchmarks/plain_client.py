"""A blocking WebSocket client that uses only the standard library, for the benchmarks in this folder."""
import json
import os
import socket
import struct

from wire import upgrade

REQUEST = upgrade("json")


class ServerSilent(Exception):
    """The server did not answer in time, or closed the connection."""


class Client:
    """One connection that speaks JSON."""

    def __init__(self, port, source="127.0.0.1", timeout=3):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(REQUEST)
            self.bytes = b""
            while b"\r\n\r\n" not in self.bytes:
                self._read()
            head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        except OSError as error:
            raise ServerSilent(error) from error
        self.status = int(head.split(b" ", 2)[1])

    def _read(self):
        try:
            more = self.socket.recv(65536)
        except OSError as error:
            raise ServerSilent(error) from error
        if not more:
            raise ServerSilent("connection closed")
        self.bytes += more

    def send_call(self, method, *arguments):
        text = json.dumps({"source": 5, "rpc": {"type": "request", "method": method, "args": arguments, "kwargs": {},
                                                "call_id": "c"}}).encode()
        mask = os.urandom(4)
        head = struct.pack("!BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack(
            "!BBH", 0x81, 0x80 | 126, len(text))
        try:
            self.socket.sendall(head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(text)))
        except OSError as error:
            raise ServerSilent(error) from error

    def receive(self):
        """Waits for the next packet and returns it."""
        while len(self.bytes) < 2:
            self._read()
        length, start = self.bytes[1] & 0x7F, 2
        if length == 126:
            while len(self.bytes) < 4:
                self._read()
            length, start = struct.unpack("!H", self.bytes[2:4])[0], 4
        while len(self.bytes) < start + length:
            self._read()
        payload, self.bytes = self.bytes[start:start + length], self.bytes[start + length:]
        return json.loads(payload)

    def call(self, method, *arguments):
        self.send_call(method, *arguments)
        return self.receive()

    def close(self):
        self.socket.close()


def percentile(seconds, percent):
    """Returns a percentile as text in milliseconds."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    return f"{ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1e3:.1f} ms"
