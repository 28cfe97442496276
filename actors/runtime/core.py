"""Core: the four parts of a running actor that all others need. Plain data, made by `parts.py`."""

from __future__ import annotations

from dataclasses import dataclass

from actors.runtime.state import ActorState
from actors.runtime.stream import Stream
from actors.runtime.watch import Watch
from actors.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Core:
    """What it is busy with, what it keeps, what it sends, and who looks on from outside."""

    work: Work
    state: ActorState
    stream: Stream
    watch: Watch
