"""A webhook bin: it keeps the last requests that were sent to its address, and shows them as they come.

Clients know it as `webhookBin`. Programs send to `/gateway/webhookBin/request/...`; a page watches over
`/gateway/webhookBin/websocket`, where each message is JSON: `{"requests": [...]}` is all that is kept, the
newest first, `{"request": {...}}` one more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils import timezone

from actors import Actor, Options, RawWebSocket, Request, Response

KEPT = 50
MAX_BODY = 2000
MAX_HEADERS = 40
MAX_TEXT = 300
# What a browser or a proxy adds by itself is nobody else's business.
SECRET = {"authorization", "cookie", "proxy-authorization", "x-rivet-token"}


@dataclass
class Caught:
    """One request. `body` is its beginning, `size` the bytes of the whole."""

    id: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    size: int
    at: str


@dataclass
class Bin:
    received: int = 0
    requests: list[Caught] = field(default_factory=list)


class WebhookBin(Actor):
    state: Bin
    options = Options(can_hibernate_websocket=True)  # a page that is left open keeps nothing awake

    async def on_request(self, request: Request) -> Response:
        """Any method, any path. Reads the body to its end, and keeps what fits."""
        size, beginning = 0, b""
        async for chunk in request.stream():
            size += len(chunk)
            beginning += chunk[: MAX_BODY - len(beginning)]
        self.state.received += 1
        caught = Caught(
            id=self.state.received,
            method=request.method,
            path=request.path[:MAX_TEXT],
            query=request.query[:MAX_TEXT],
            headers=_shown(request.headers),
            body=beginning.decode("utf-8", "replace"),
            size=size,
            at=timezone.now().isoformat(timespec="milliseconds"),
        )
        self.state.requests = [caught, *self.state.requests][:KEPT]
        self._tell({"request": asdict(caught)})
        return Response.json({"id": caught.id}, status=202)

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        """Shows what is kept, and empties the bin when the page says `clear`."""
        if not websocket.resumed:
            websocket.send(json.dumps({"requests": [asdict(caught) for caught in self.state.requests]}))
        async for message in websocket:
            if message == "clear":
                self.state.requests = []
                self._tell({"requests": []})

    def _tell(self, news: dict[str, Any]) -> None:
        text = json.dumps(news)
        for conn in self.conns.values():
            if conn.websocket is not None:
                conn.websocket.send(text)


def _shown(headers: Any) -> dict[str, str]:
    shown = [(name, value) for name, value in headers.items() if name not in SECRET]
    return {name: value[:MAX_TEXT] for name, value in shown[:MAX_HEADERS]}
