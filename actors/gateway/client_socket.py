"""ClientSocket: a client's websocket that outlives the generations of its actor, whatever is spoken on it.

What `Session` and `RawSession` are alike in as the runtime's `Socket`: who it is, what is unanswered, and
what a row may say of where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Generic

from actors.gateway.backlog import Backlog, H
from actors.runtime.conn import ConnectRequest, Port
from actors.runtime.parking import Parking

MAX_RUNS: Final = 5
"""How often something is begun that does not come to its end before its actor sleeps."""

_CREDENTIALS: Final = frozenset({b"authorization", b"cookie", b"sec-websocket-protocol", b"x-rivet-token"})
_TOKEN: Final = re.compile("(?<=/gateway/)([^/@]+)@[^/]*")
"""Behind the actor's id in a path."""


class ClientSocket(Generic[H]):
    """`backlog` has its frames that a generation still has to deal with."""

    __slots__ = ("_parking", "backlog", "id", "muted", "port", "request")

    def __init__(self, port: Port, request: ConnectRequest, parking: Parking) -> None:
        self.id = parking.new_id()
        self.port = port
        self.request = request
        self.muted = False
        self.backlog: Backlog[H] = Backlog()
        self._parking = parking

    @property
    def acknowledged(self) -> int:
        return self.backlog.acknowledged

    def origin(self) -> tuple[str, Mapping[str, str]]:
        scope: Mapping[str, Any] = self.request.scope or {}
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope.get("headers", ())
            if name not in _CREDENTIALS
        }
        return _TOKEN.sub(r"\1", scope.get("path", "")), headers
