"""Vector files that no test replays yet, each with the capability that it waits for."""

from __future__ import annotations

WAITING = {
    "live/http_queue.json": "queues behind POST /queue/{name}",
}
