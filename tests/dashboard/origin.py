"""The demo site with RivetKit's pages on the same origin: `ASGI_APPLICATION` of the server under test.

What a proxy would do in front of a site: the pages come from their cache, everything else from the site. For
an inspector that agrees on no version it plays the server of April 2026, which spoke version 4.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any

from rivet_project.asgi import application as site
from tests.dashboard import bundles

FRAME = re.compile(r"/gateway/[^/]+/inspector/ui(/.*)?")
INDEX = "index.html"
CONNECT = "/inspector/connect"
APRIL = b"\x04\x00"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """A page of the dashboard, or the site."""
    page = page_of(scope["path"]) if scope["type"] == "http" else None
    if page is None:
        await site(*in_april(scope, receive, send))
        return
    kind = mimetypes.guess_type(page.name)[0] or "application/octet-stream"
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.read_bytes()})


def in_april(scope: Any, receive: Any, send: Any) -> tuple[Any, Any, Any]:
    """A websocket of the inspector of then, turned into one of today: each frame said its own version."""
    unversioned = b"protocol_version" not in scope.get("query_string", b"")
    if not (scope["type"] == "websocket" and scope["path"].endswith(CONNECT) and unversioned):
        return scope, receive, send

    async def receive_plain() -> Any:
        message = await receive()
        if message.get("bytes"):
            assert message["bytes"][:2] == APRIL
            message = {**message, "bytes": message["bytes"][2:]}
        return message

    async def send_prefixed(message: Any) -> None:
        if message.get("bytes"):
            message = {**message, "bytes": APRIL + message["bytes"]}
        await send(message)

    return {**scope, "query_string": b"protocol_version=4"}, receive_plain, send_prefixed


def page_of(path: str) -> Path | None:
    """Whatever is below /ui/ and no file is a page of the one-page application."""
    if path == "/ui" or path.startswith("/ui/"):
        return _file(bundles.folder(bundles.SHELL), path.removeprefix("/ui"))
    frame = FRAME.fullmatch(path)
    return None if frame is None else _file(bundles.folder(bundles.INSPECTOR), frame[1] or "")


def _file(folder: Path, path: str) -> Path:
    file = (folder / path.strip("/")).resolve()
    return file if file.is_file() and file.is_relative_to(folder) else folder / INDEX
