"""The websocket that keeps a page live: it sends the page's live part again whenever that has changed.

One message is under way at a time: the next is read when the page has drawn the last. So neither a page that
cannot follow nor 500 changes a second make anything pile up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from channels.db import DatabaseSyncToAsync
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve, reverse

from actors.errors import ActorError, sanitize
from actors.gateway.auth import headers_of
from actors.gateway.identity import is_own_page, person_of
from actors.gateway.permissions import VIEW, may
from actors.gateway.pipe import Receive, Send
from actors.gateway.platform import current
from actors.gateway.slim import Application
from inspector.access import explained, page
from inspector.screens import Look, Screen

INTERVAL: Final = 0.5
"""Seconds between two looks at least; a slow look is followed by a longer pause."""
IDLE_SHARE: Final = 4
RECHECKED: Final = 15.0
"""Seconds after which it is asked again who looks, and whether they still may."""
REFUSED: Final = 4403
UNKNOWN: Final = 4404

T = TypeVar("T")


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """One page that somebody has open."""

    async def connect(self) -> None:
        self._drawn = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        headers = headers_of(self.scope)
        await self.accept()
        if not is_own_page(self.scope, headers) or not await self._may_look():
            await self.close(REFUSED)
            return
        found = _screen_of(_asked(self.scope["query_string"]))
        if found is None:
            await self.close(UNKNOWN)
            return
        self._keeping = current().clock.spawn(self._keep(*found), name="inspector live")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Whatever the page says, it has drawn what it got."""
        self._drawn.set()

    async def disconnect(self, code: int) -> None:
        if self._keeping is not None:
            self._keeping.cancel()

    async def _may_look(self) -> bool:
        """Asks for session, user and permissions anew."""
        fresh = {name: value for name, value in self.scope.items() if name != "actors.person"}
        person = await person_of(fresh, headers_of(self.scope))
        self._user = person.user
        return await _in_thread(lambda: may(person.user, VIEW))

    async def _keep(self, screen: Screen, query: QueryDict, words: dict[str, str]) -> None:
        clock = current().clock
        last, checked = "", clock.monotonic()
        while True:
            began = clock.monotonic()
            if began - checked > RECHECKED:
                if not await self._may_look():
                    await self.close(REFUSED)
                    return
                checked = began
            text = await self._read(screen, Look(self._user, query), words)
            if text != last:
                self._drawn.clear()
                await self.send(text_data=text)
                last = text
                await self._drawn.wait()
            await clock.sleep(max(INTERVAL, (clock.monotonic() - began) * IDLE_SHARE))

    async def _read(self, screen: Screen, look: Look, words: dict[str, str]) -> str:
        """What to send: the live part, or why there is none."""
        try:
            html = await _in_thread(lambda: screen.render_live(look, **words))
        except ActorError as err:
            shown = sanitize(err, current().config.expose_errors)
            return json.dumps({"error": explained(shown)})
        return json.dumps({"html": html})


async def websocket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application for `ActorsApplication(django, websocket=websocket)`; closes all other paths."""
    if scope["path"].removeprefix(scope.get("root_path") or "") == reverse("inspector:live"):
        await cast(Application, LiveConsumer.as_asgi())(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close"})


@page
def no_websocket(request: HttpRequest) -> HttpResponse:
    """The websocket's address, asked for by plain HTTP."""
    return HttpResponse("This address speaks websocket.", status=426, headers={"Upgrade": "websocket"})


async def _in_thread(work: Callable[[], T]) -> T:
    """In any thread, so that a slow look holds up no other; its database connection goes back afterwards."""
    return cast(T, await DatabaseSyncToAsync(work, thread_sensitive=False)())


def _asked(query_string: bytes) -> str:
    return QueryDict(query_string).get("path", "")


def _screen_of(address: str) -> tuple[Screen, QueryDict, dict[str, str]] | None:
    """The screen at an address of this site, its query, and the words of its path."""
    try:
        parts = urlsplit(address)
        match = resolve(parts.path)
    except (ValueError, Resolver404):
        return None
    screen = getattr(match.func, "screen", None)
    return None if screen is None else (screen, QueryDict(parts.query), match.kwargs)
