"""Actors for suites about raw HTTP: one tells what it was asked, one has routes, one forgets to answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from actors import Actor, Request, Response

Handler = Callable[[Request], Awaitable[Any]]


class Site(Actor):
    """A few pages, and a count of the requests."""

    state: int

    async def on_request(self, request: Request) -> Response:
        self.state += 1
        if request.path == "/api/hello":
            return Response.json({"message": "hello"})
        if request.path == "/api/count":
            return Response.json({"requests": self.state})
        if request.path == "/api/headers":
            return Response.json(dict(request.headers))
        if request.path == "/api/echo" and request.method == "POST":
            return Response(await request.body())
        if request.path == "/api/members":
            params = request.conn.params
            allowed = isinstance(params, dict) and params.get("allow") is True
            return Response.json({"ok": allowed}, 200 if allowed else 403)
        return Response(status=404)


class Mirror(Actor):
    """Tells a request back as it was seen."""

    async def on_request(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status=204)
        if request.method == "HEAD":
            return Response()
        text = await request.text()
        return Response.json(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "params": request.query_params,
                "headers": dict(request.headers),
                "text": text,
            }
        )


class Silent(Actor):
    """Forgets to answer."""

    async def on_request(self, request: Request) -> None:
        await request.body()


class Registry(Actor):
    """People by number, behind routes that are made when the actor wakes."""

    def create_vars(self) -> dict[str, Handler]:
        self.people = {1: "Ada", 2: "Bob"}
        return {
            "GET /": self._welcome,
            "GET /people": self._list,
            "POST /people": self._add,
            "GET /people/*": self._show,
            "PUT /people/*": self._rename,
            "DELETE /people/*": self._remove,
        }

    async def on_request(self, request: Request) -> Any:
        head, _, last = request.path.rpartition("/")
        path = f"{head}/*" if last.isdigit() else request.path
        handler: Handler | None = self.vars.get(f"{request.method} {path}")
        return Response(status=404) if handler is None else await handler(request)

    async def _welcome(self, request: Request) -> Any:
        return {"message": "welcome"}

    async def _list(self, request: Request) -> Any:
        return [{"id": number, "name": name} for number, name in self.people.items()]

    async def _add(self, request: Request) -> Any:
        number = max(self.people) + 1
        self.people[number] = (await request.json())["name"]
        return Response.json({"id": number, "name": self.people[number]}, 201)

    async def _show(self, request: Request) -> Any:
        number = self._number(request)
        return {"id": number, "name": self.people[number]}

    async def _rename(self, request: Request) -> Any:
        number = self._number(request)
        self.people[number] = json.loads(await request.body())["name"]
        return {"id": number, "name": self.people[number]}

    async def _remove(self, request: Request) -> Any:
        del self.people[self._number(request)]
        return Response(status=204)

    def _number(self, request: Request) -> int:
        return int(request.path.rpartition("/")[2])
