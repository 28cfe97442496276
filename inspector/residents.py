"""Residents: those awake in this process that need somebody, held awake for long, or near their cap.

Walks a bounded number of them, those first that came first, and lets others run in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

from actors.gateway.platform import Platform, current
from actors.gateway.recent import Recent
from actors.runtime.kinds import POLICIES, Kind
from actors.runtime.task import ActorTask
from inspector.reach import at_home

WALKED: Final = 1000
STEP: Final = 100
LONG: Final = 3600.0
"""Seconds."""
NEAR: Final = 0.8
_BY_DESIGN: Final = POLICIES[Kind.RUN].label
"""A `run` that never rests was written so."""


@dataclass(frozen=True, slots=True)
class Noted:
    """`held_by` has held the actor awake for `seconds`, or its state has used `share` of its room."""

    actor_id: str
    label: str
    held_by: str = ""
    seconds: float = 0.0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Walk:
    """`whole`: no actor was left out."""

    noted: Sequence[Noted]
    whole: bool


_walks: WeakKeyDictionary[Platform, Recent[Walk]] = WeakKeyDictionary()


async def walked_lately() -> Walk:
    """What was found within the last seconds."""
    platform = current()
    walk = partial(_walk, platform)
    return await at_home(_walks.setdefault(platform, Recent()).get(walk, platform.clock))


async def _walk(platform: Platform) -> Walk:
    tasks = [] if platform.node is None else platform.node.residents()
    noted: list[Noted] = []
    for first in range(0, min(len(tasks), WALKED), STEP):
        for task in islice(tasks, first, first + STEP):
            noted += _judged(task)
        await platform.clock.sleep(0)
    return Walk(noted, len(tasks) <= WALKED)


def _judged(task: ActorTask) -> list[Noted]:
    label = f"{task.name}[{'/'.join(task.key)}]"
    found = []
    holders = [one for one in task.inspection.holders() if one.label != _BY_DESIGN]
    oldest = max(holders, key=lambda one: one.seconds or 0, default=None)
    if oldest is not None and (oldest.seconds or 0) > LONG:
        found.append(Noted(task.actor_id, label, held_by=oldest.label, seconds=oldest.seconds or 0))
    share = task.inspection.state_share
    return [*found, Noted(task.actor_id, label, share=share)] if share > NEAR else found
