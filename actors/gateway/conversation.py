"""Conversation: what consumer and drain need of a session, whichever protocol its websocket speaks."""

from __future__ import annotations

from typing import Any, Protocol

from actors.gateway.backlog import Backlog
from actors.protocol.messages import Frame
from actors.runtime.conn import Port


class Conversation(Protocol):
    """`port` is its way out; `backlog` what it has received and its actor still has to deal with."""

    @property
    def port(self) -> Port: ...

    @property
    def backlog(self) -> Backlog[Any]: ...

    def receive(self, frame: Frame) -> None:
        """The client has sent this. Never blocks."""
        ...

    def end(self, code: int, reason: str) -> None:
        """The client is gone, and this is how it said so."""
        ...
