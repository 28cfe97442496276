"""The files of an author's own tabs, `/inspector/custom-tabs/{tab}/...`, and the sheet `/inspector/tab.css`.

Anybody may read them, for a frame shows no token: they belong to a class and tell nothing of an actor,
which is neither made nor woken. What a tab then asks of an actor goes through the inspector's other doors.
RivetKit: rivetkit-core/src/registry/inspector.rs, but for the policy, which keeps a tab to its own files.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from os import fstat
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from actors.errors import ActorError, error
from actors.gateway.inspector_routes import error_json
from actors.gateway.inspector_view import LARGEST
from actors.gateway.platform import Platform
from actors.gateway.resolve import check_target
from actors.gateway.responses import JSON
from actors.gateway.routes import Route
from actors.protocol.urls import DirectTarget

SHEET: Final = "/inspector/tab.css"
TABS: Final = "/inspector/custom-tabs/"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of its own site, and framed by nothing but its own site. Nothing inline."""

_INDEX: Final = "index.html"
_OWN: Final = Path(__file__).parent / "assets"
_UNKNOWN: Final = "application/octet-stream"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """What was read, with the mark by which a browser asks whether it has changed."""

    content: bytes
    kind: str
    mark: str


def is_tab_file(method: str | None, path: str) -> bool:
    """Whether this is a request for a file of a tab. Only GET is; the rest is the inspector's to refuse."""
    return method == "GET" and (path == SHEET or path.startswith(TABS))


async def tab_file(platform: Platform, request: ASGIRequest, route: Route) -> HttpResponseBase:
    """The file, or what it has not changed. Raises what keeps it from finding out the actor's class."""
    try:
        folder, name = _OWN, PurePosixPath(SHEET).name
        if route.path != SHEET:
            tab, _, name = route.path.removeprefix(TABS).partition("/")
            folder = await _folder(platform, route, tab)
        file = await asyncio.to_thread(read, folder, name)
    except ActorError as failure:
        if failure.group != "inspector":
            raise
        return _protected(HttpResponse(error_json(failure), status=failure.status, content_type=JSON))
    whole = HttpResponse(file.content, content_type=file.kind, headers={"etag": file.mark})
    return _protected(get_conditional_response(request, etag=file.mark, response=whole) or whole)


async def _folder(platform: Platform, route: Route, tab: str) -> Path:
    """Where the files of the actor's tab are. Raises inspector.custom_tab_not_found."""
    folders = {kind.name: one.folder for kind in platform.registry for one in kind.tabs if one.id == tab}
    # Anybody may ask: for a tab that no class has, the directory is not read.
    folder = folders.get(await _class_of(platform, route)) if any(folders.values()) else None
    if folder is None:
        raise error("inspector.custom_tab_not_found")
    return folder


async def _class_of(platform: Platform, route: Route) -> str:
    """The name of the actor's class, as the URL or the directory says it. Raises actor.not_found."""
    target = route.target
    check_target(platform.config, target)
    if not isinstance(target, DirectTarget):
        return target.name
    node = await platform.ready()
    task = node.local(target.actor_id)
    if task is not None:
        return task.name
    for record in await node.store.get([target.actor_id]):
        if record.destroyed_at is None:
            return record.name
    raise error("actor.not_found")


def read(folder: Path, name: str) -> File:
    """The file of that name, still percent-encoded, in `folder`, of a folder its index. For a thread.

    Raises inspector.invalid_request for what leads out of it, by name or by link,
    inspector.custom_tab_asset_not_found, and message.outgoing_too_long.
    """
    asked = _plain(name) + (_INDEX if name.endswith("/") or not name else "")
    try:
        place = folder.resolve()
        file = (place / asked).resolve()
        if not file.is_relative_to(place):
            raise _astray()
        with file.open("rb") as opened:
            about = fstat(opened.fileno())
            content = opened.read(LARGEST + 1)
    except OSError:
        raise error("inspector.custom_tab_asset_not_found") from None
    if len(content) > LARGEST:
        raise error("message.outgoing_too_long")
    mark = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
    return File(content, _KINDS.get(file.suffix.lower(), _UNKNOWN), mark)


def _plain(name: str) -> str:
    """The name as text. Raises inspector.invalid_request for one with a step that leads elsewhere."""
    try:
        text = unquote(name, errors="strict")
    except UnicodeDecodeError:
        raise _astray() from None
    steps = text.removesuffix("/").split("/") if text else []
    if not {"", ".", ".."}.isdisjoint(steps) or "\\" in text or "\0" in text:
        raise _astray()
    return text


def _astray() -> ActorError:
    return error("inspector.invalid_request", field="path", reason="it leads out of the tab's folder")


def _protected(response: HttpResponseBase) -> HttpResponseBase:
    response["cache-control"] = "no-cache"
    response["content-security-policy"] = POLICY
    response["referrer-policy"] = "no-referrer"
    response["x-content-type-options"] = "nosniff"
    # Where Django's own handler serves the doors: the policy says who may frame it, and more exactly.
    response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response
