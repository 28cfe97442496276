"""A real network path to the real Postgres, which a test can cut at the worst moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Listens on loopback and passes bytes on. `url` goes through it."""

    def __init__(self, url: str) -> None:
        self._target = conninfo_to_dict(url)
        self._plain_url = url
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None] | None] = set()
        self._forbidden: bytes | None = None

    @property
    def url(self) -> str:
        return make_conninfo(self._plain_url, host="127.0.0.1", port=self._port)

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Cut what there is and take no more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()
        await asyncio.gather(*(task for task in self._serving if task is not None))

    async def cut(self) -> None:
        """End every connection, on both sides; both have been told on return."""
        ended, self._writers = self._writers, set()
        for writer in ended:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in ended), return_exceptions=True)

    def cut_on_answer(self, tag: str) -> None:
        """The server's next answer with this command tag does not arrive: all connections end instead."""
        self._forbidden = tag.encode()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = str(self._target.get("host")), self._target.get("port", 5432)
        if host.startswith("/"):
            server_reader, server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            server_reader, server = await asyncio.open_connection(host, int(port or 5432))
        self._writers |= {writer, server}
        self._serving.add(asyncio.current_task())
        await asyncio.gather(
            self._pass_on(reader, server), self._pass_on(server_reader, writer, answers=True)
        )
        self._serving.discard(asyncio.current_task())

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool = False
    ) -> None:
        try:
            while data := await reader.read(65536):
                if answers and self._forbidden is not None and self._forbidden in data:
                    self._forbidden = None
                    await self.cut()
                    return
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.transport.abort()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.refuse()
