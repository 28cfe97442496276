"""Vector files that no test replays yet, each with the capability that it waits for."""

from __future__ import annotations

WAITING: dict[str, str] = {}
