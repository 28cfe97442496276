"""Vector files that no test replays yet, each with the capability that it waits for."""

from __future__ import annotations

WAITING = {
    "inspector_protocol.json": "the BARE messages of the inspector, versions 1 to 6",
    "live/http_inspector.json": "the inspector's HTTP routes",
    "live/ws_inspector.json": "the inspector's websocket",
}
