"""The release statement's arguments. Used by the Postgres store and its archives; no I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from actors.storage.store import Release
from actors.storage.text import clean


def parameters(releases: Sequence[Release]) -> dict[str, Any]:
    """One array for each column: of the actors, and of their connections."""
    return {
        "ids": [release.actor_id for release in releases],
        "generations": [release.generation for release in releases],
        "slept": [release.slept_at for release in releases],
        "restarts": [release.restart_at for release in releases],
        "errors": [None if r.error is None else json.dumps(clean(r.error)) for r in releases],
        "bound": [bool(release.conns) for release in releases],
        "woken": [release.woken_at for release in releases],
        "conn_actors": [release.actor_id for release in releases for _ in release.conns],
        "conn_ids": [conn.conn_id for release in releases for conn in release.conns],
        "records": [conn.record for release in releases for conn in release.conns],
    }
