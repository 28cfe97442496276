"""The demo site with RivetKit's pages on the same origin: `ASGI_APPLICATION` of the server under test.

What a proxy would do in front of a site: the pages come from their cache, everything else from the site.
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


async def application(scope: Any, receive: Any, send: Any) -> None:
    """A page of the dashboard, or the site."""
    page = page_of(scope["path"]) if scope["type"] == "http" else None
    if page is None:
        await site(scope, receive, send)
        return
    kind = mimetypes.guess_type(page.name)[0] or "application/octet-stream"
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.read_bytes()})


def page_of(path: str) -> Path | None:
    """Whatever is below /ui/ and no file is a page of the one-page application."""
    if path == "/ui" or path.startswith("/ui/"):
        return _file(bundles.folder(bundles.SHELL), path.removeprefix("/ui"))
    frame = FRAME.fullmatch(path)
    return None if frame is None else _file(bundles.folder(bundles.INSPECTOR), frame[1] or "")


def _file(folder: Path, path: str) -> Path:
    file = (folder / path.strip("/")).resolve()
    return file if file.is_file() and file.is_relative_to(folder) else folder / INDEX
