"""Attending: who is connected to the actors that are awake here, what those did last, how long they rest.

For lists. `take` is the door `POST /actors/attended`, open to the platform's own processes alone. It wakes
nobody and answers of at most MOST actors.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from actors.clock import Clock
from actors.errors import error
from actors.gateway.asking import Asker, Question
from actors.gateway.elsewhere import ask
from actors.gateway.entry import read_body
from actors.gateway.platform import Platform
from actors.gateway.recent import Recent
from actors.gateway.records import ApiRequest
from actors.runtime.node import Node
from actors.runtime.task import ActorTask

PATH: Final = "/actors/attended"
MOST: Final = 1000
"""Actors of one node that are told of."""
STEP: Final = 1000
"""Actors that are looked at before others may run."""
_BODY_LIMIT: Final = 64 * 1024


class Which(msgspec.Struct):
    """The actors that are asked for; without `ids` those that somebody is connected to."""

    ids: list[str] | None = None


class Act(msgspec.Struct, array_like=True, frozen=True):
    """An action, and when it ended in Unix milliseconds."""

    name: str
    ended_at: int


class Attendance(msgspec.Struct, array_like=True, frozen=True):
    """Of one actor: how many are connected, since when nothing has held it awake, and what it did last.

    `rests_since` is in Unix milliseconds, None while something does or where rest does not count. `acted`:
    None if it has run no action since it woke.
    """

    actor_id: str
    connections: int
    rests_since: int | None
    acted: Act | None = None


class Attended(msgspec.Struct):
    """`whole`: nobody was left out for being one too many."""

    actors: list[Attendance]
    whole: bool = True


_found: WeakKeyDictionary[Platform, Recent[Attended]] = WeakKeyDictionary()


async def take(request: ApiRequest) -> Any:
    """Raises api.forbidden, guard.service_unavailable while draining."""
    if request.seal is None:
        raise error("api.forbidden")
    which = msgspec.json.decode(await read_body(request.http, _BODY_LIMIT, request.seal), type=Which)
    return await attended_here(request.platform, await request.platform.ready(), which)


async def attended_here(platform: Platform, node: Node, which: Which) -> Attended:
    """What this node knows; of all that somebody is connected to, what it has found lately."""
    if which.ids is None:
        found = _found.setdefault(platform, Recent())
        return await found.get(partial(_walk, platform, node), platform.clock)
    awake = (node.local(actor_id) for actor_id in which.ids[:MOST])
    clock = platform.clock
    return Attended([_told(task, clock) for task in awake if task is not None])


async def attended(platform: Platform, node: Node, which: Which) -> list[Attended | None]:
    """What each node that is alive knows, this one first; None of one that does not answer in time."""
    others = [one for one in await node.store.live_nodes() if one.node_id != node.node_id]
    asker = Asker(partial(ask, platform), platform.clock)
    asked = [asker.answer(one, Question(PATH, which, Attended)) for one in others]
    return [await attended_here(platform, node, which), *await asyncio.gather(*asked)]


async def _walk(platform: Platform, node: Node) -> Attended:
    """All residents, and others run in between."""
    found: list[Attendance] = []
    tasks = node.residents()
    for first in range(0, len(tasks), STEP):
        found += [_told(task, platform.clock) for task in tasks[first : first + STEP] if task.connections]
        if len(found) > MOST:
            return Attended(found[:MOST], whole=False)
        await platform.clock.sleep(0)
    return Attended(found)


def _told(task: ActorTask, clock: Clock) -> Attendance:
    left, now = task.sleeps_in, clock.now_ms()
    rested = None if left is None else round((task.definition.options.sleep_timeout - left) * 1000)
    return Attendance(
        actor_id=task.actor_id,
        connections=task.connections,
        rests_since=None if rested is None else now - rested,
        acted=_acted(task, clock),
    )


def _acted(task: ActorTask, clock: Clock) -> Act | None:
    if task.inspection.acted is None:
        return None
    name, ended = task.inspection.acted
    return Act(name, clock.now_ms() - round((clock.monotonic() - ended) * 1000))
