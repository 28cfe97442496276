"""The table of docs/limits.md, and the doors at which its limits are reached."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from django.core.handlers.asgi import ASGIHandler

from actors.errors import ActorError
from actors.gateway.asgi import ActorsApplication
from tests.databases import ROOT
from tests.gateway.sockets import Socket

NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """`default` is the number alone; `http`, `socket` and `python` are what each door does."""

    default: str
    set_by: str
    http: str
    socket: str
    python: str


def _rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for line in (ROOT / "docs" / "limits.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "Limit":
            name, default, *rest = cells
            assert name not in found
            found[name] = Row(re.findall(r"`([^`]+)`", default)[0], *rest)
    return found


ROWS = _rows()


def holds(name: str, *, http: str = NOTHING, socket: str = NOTHING, python: str = NOTHING) -> None:
    """What was seen at each door is what the row says."""
    row = ROWS[name]
    assert (http, socket, python) == (row.http, row.socket, row.python)


@dataclass(frozen=True)
class Doors:
    """One actor behind its three doors. Each method says what came back, in the words of the table."""

    client: httpx.AsyncClient
    actor: Any
    key: str = "k"

    def url(self, rest: str, **more: str) -> str:
        query = {
            "namespace": "default",
            "method": "getOrCreate",
            "runner": "default",
            "key": self.key,
            **more,
        }
        words = "&".join(f"rvt-{name}={quote(value)}" for name, value in query.items())
        return f"/gateway/{self.actor.__blueprint__.name}{rest}?{words}"

    async def http(self, action: str, *args: Any, **more: Any) -> str:
        return seen(await self.client.post(self.url(f"/action/{action}"), json={"args": args}, **more))

    async def python(self, action: str, *args: Any, **more: Any) -> str:
        return await raised(lambda: getattr(self.actor.actors.get_or_create(self.key, **more), action)(*args))

    async def send(self, body: Any, **more: Any) -> dict[str, str]:
        """What comes back for a message, at the doors that take one."""
        params = {} if not more else {"headers": {"x-rivet-conn-params": json.dumps(more["params"])}}
        by_http = seen(await self.client.post(self.url("/queue/parcels"), json={"body": body}, **params))
        handle = self.actor.actors.get_or_create(self.key, **more)
        return {"http": by_http, "python": await raised(lambda: handle.parcels.send(body))}

    async def socket(self, action: str, *args: Any) -> str:
        async with self.connected() as socket:
            await socket.act(1, action, *args)
            return await told(socket)

    @asynccontextmanager
    async def connected(
        self, params: Any = None, rest: str = "/connect", **more: str
    ) -> AsyncIterator[Socket]:
        """A websocket, greeted if it has been let in."""
        offered = ["rivet", "rivet_encoding.json"]
        if params is not None:
            offered.append(f"rivet_conn_params.{quote(json.dumps(params))}")
        socket = Socket(ActorsApplication(ASGIHandler()), self.url(rest, **more), offered)
        await socket.open()
        try:
            yield socket
        finally:
            await socket.leave()


def seen(response: httpx.Response) -> str:
    """An answer over HTTP."""
    if response.status_code == 200:
        return "200"
    body = response.json()
    return f"{response.status_code} `{body['group']}.{body['code']}`"


async def told(socket: Socket) -> str:
    """The next thing that a socket hears, its greeting aside."""
    while (frame := await socket.receive()) is not None:
        body = json.loads(frame)["body"]
        if body["tag"] == "Error" and body["val"]["actionId"] is not None:
            return f"error `{body['val']['group']}.{body['val']['code']}`"
        if body["tag"] in ("ActionResponse", "Event"):
            return str(body["tag"])
    assert socket.close is not None
    code, reason = socket.close
    return f"close {code} `{reason.partition('#')[0]}`"


async def raised(call: Callable[[], Any]) -> str:
    """What a call in Python raises."""
    try:
        await call()
    except ActorError as err:
        return f"raises `{err.name}`"
    return "returns"
