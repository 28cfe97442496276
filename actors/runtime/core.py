"""Core: the five parts of a running actor that all others need. Plain data, made by `parts.py`."""

from __future__ import annotations

from dataclasses import dataclass

from actors.runtime.hold import Hold
from actors.runtime.state import ActorState
from actors.runtime.stream import Stream
from actors.runtime.watch import Watch
from actors.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Core:
    """What it is busy with, what it keeps, what it sends, who looks on from outside, and what is paused."""

    work: Work
    state: ActorState
    stream: Stream
    watch: Watch
    hold: Hold
