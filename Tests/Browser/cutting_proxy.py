"""A TCP proxy for a local port that can simulate network failures."""
import asyncio
import socket
import struct
import threading


class CuttingProxy:
    """Listens on a free port of 127.0.0.1 and forwards to another port. Use it in a `with` statement.

    cut() resets all connections and refuses new ones. stall() keeps the connections and stops forwarding. heal() restores
    the normal operation.
    """

    def __init__(self, port):
        self.target = port
        self.connections = 0
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._thread.start()
        self.port = self._do(self._listen(0))
        return self

    def __exit__(self, *_):
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def cut(self):
        self._do(self._cut())

    def stall(self):
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def heal(self):
        self._loop.call_soon_threadsafe(self._flowing.set)
        self._do(self._listen(self.port))

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self, port):
        if not getattr(self, "_server", None):
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        return self._server.sockets[0].getsockname()[1]

    async def _cut(self):
        server, self._server = getattr(self, "_server", None), None
        if server:
            server.close()
        for pair in list(self._pairs):
            for writer in pair:
                # This resets the connection instead of closing it.
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    async def _accept(self, reader, writer):
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return writer.transport.abort()
        pair = (writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            self._pairs.discard(pair)

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
