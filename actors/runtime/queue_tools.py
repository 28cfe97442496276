"""QueueTools: the parts of a mailbox, for what people do to its messages by hand.

`Removal`, `Requeue` and `Amendment` are that. Made by `Mailbox.by_hand`, which has opened the queue; for one
deed, and nobody keeps them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from actors.clock import Clock
from actors.runtime.backlog import Backlog, Entry
from actors.runtime.completions import Completions
from actors.runtime.leases import Leases
from actors.runtime.queue_rows import QueueRows

GiveBack: TypeAlias = Callable[[Entry, int, float | None, str | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class QueueTools:
    """`put_back` lets messages be had from their time on, `give_back` ends the attempt that is under way."""

    rows: QueueRows
    backlog: Backlog
    leases: Leases
    completions: Completions
    clock: Clock
    put_back: Callable[[Iterable[Entry]], None]
    give_back: GiveBack
