"""Request and Response: what `on_request` gets and what it returns. Doors make the one, send the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from actors.runtime.conn import Conn

Chunks: TypeAlias = AsyncIterator[bytes]
Body: TypeAlias = bytes | str | AsyncIterator[bytes | str] | None


@dataclass(slots=True)
class Response:
    """An HTTP answer. A `body` that is an async iterator is sent as it comes.

    `headers` are a mapping, or pairs where a name comes more than once.
    """

    body: Body = None
    status: int = 200
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """`value` as JSON. Raises TypeError for what JSON cannot say."""
        return cls(
            msgspec.json.encode(value), status, {"content-type": "application/json", **(headers or {})}
        )

    @classmethod
    def of(cls, output: Any) -> Response:
        """What a handler returned: text, bytes, an async iterator of either, a dict or list as JSON.

        Raises TypeError for anything else, also for None: whoever forgets to answer shall hear of it.
        """
        if isinstance(output, Response):
            return output
        if isinstance(output, str):
            return cls(output, headers={"content-type": "text/plain; charset=utf-8"})
        if isinstance(output, bytes) or hasattr(output, "__aiter__"):
            return cls(output, headers={"content-type": "application/octet-stream"})
        if isinstance(output, dict | list):
            return cls.json(output)
        raise TypeError(f"on_request must return a response, not {type(output).__name__}")


class Request:
    """One HTTP request below `/request`. `path` is what follows there, still percent-encoded; never empty.

    `headers` have lower-case names, `query` is the query string without the gateway's own parameters,
    `conn` the connection of this request, `django` Django's request, whose body belongs to this object.
    """

    __slots__ = ("_chunks", "_whole", "conn", "django", "headers", "method", "path", "query")

    def __init__(
        self,
        method: str,
        target: tuple[str, str],
        headers: Mapping[str, str],
        conn: Conn[Any],
        chunks: Chunks,
        django: Any = None,
    ) -> None:
        self.method = method
        self.path, self.query = target
        self.headers = headers
        self.conn = conn
        self.django = django
        self._chunks: Chunks | None = chunks
        self._whole: bytes | None = None

    @property
    def scope(self) -> Mapping[str, Any]:
        """The ASGI scope of the request."""
        scope: Mapping[str, Any] = self.conn.request.scope
        return scope

    @property
    def query_params(self) -> dict[str, str]:
        """The query, decoded; of repeated parameters the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def stream(self) -> Chunks:
        """The body as it arrives: the client sends on only as fast as it is read here.

        May be read once. Raises guard.invalid_request_body behind 20 MiB, ConnectionResetError if the client
        goes away, RuntimeError when read a second time.
        """
        if self._whole is not None:
            return _one(self._whole)
        if self._chunks is None:
            raise RuntimeError("the body of the request has been streamed already")
        chunks, self._chunks = self._chunks, None
        return chunks

    async def body(self) -> bytes:
        """The whole body. Raises as `stream` does, but may be asked for again."""
        if self._whole is None:
            self._whole = b"".join([chunk async for chunk in self.stream()])
        return self._whole

    async def text(self) -> str:
        """The body as UTF-8. Raises UnicodeDecodeError."""
        return (await self.body()).decode()

    async def json(self) -> Any:
        """The body as JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(await self.body())


async def _one(whole: bytes) -> Chunks:
    yield whole
