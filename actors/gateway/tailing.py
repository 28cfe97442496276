"""Tailing: what happens to one actor, or to all of a class, in this process, kept while somebody asks.

`take` is the door `POST /actors/tail`, open to the platform's own processes alone; `hear` asks there. For
`actors tail` and the dashboard. Nobody is woken or kept awake; who is not asked for pays nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from actors.errors import error
from actors.gateway.asking import Asker, Question
from actors.gateway.entry import read_body
from actors.gateway.platform import Platform
from actors.gateway.records import ApiRequest
from actors.runtime.lifecycle import State
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from actors.storage.store import NodeRecord

PATH: Final = "/actors/tail"
KEPT: Final = 2000
"""Happenings between two looks: of more the latest."""
FORGOTTEN: Final = 15.0
"""Seconds after the last look."""
_BODY_LIMIT: Final = 64 * 1024


class Asked(msgspec.Struct):
    """`of` is an actor's id, or the name of a class. `after`: the last number that is known, if any.

    Of what came behind it at most the latest `most`.
    """

    of: str
    after: int | None = None
    most: int = KEPT


class Happening(msgspec.Struct, array_like=True, frozen=True):
    """`number` counts up; `at` in Unix milliseconds; the rest as a `Follower` is told it."""

    number: int
    at: int
    actor: str
    kind: str
    what: str
    note: str
    ray: str | None = None


class Heard(msgspec.Struct):
    """What has happened; `number` is that of the latest. Listened `since`, in Unix milliseconds."""

    since: int
    number: int
    happenings: list[Happening]


class Ear:
    """A `Follower` of one generation, which says whose it is."""

    __slots__ = ("_tail", "task")

    def __init__(self, tail: Tail, task: ActorTask) -> None:
        self._tail = tail
        self.task = task

    def happened(self, kind: str, what: str, note: str, ray: str | None) -> None:
        self._tail.note(self.task, kind, what, note, ray)

    def ended(self) -> None:
        self._tail.note(self.task, "life", "left", "asleep, moved, crashed or destroyed")
        self._tail.ears.pop(self.task.actor_id, None)


class Tail:
    """Of one actor or one class, at one node. Ends `FORGOTTEN` seconds after the last look."""

    def __init__(self, platform: Platform, node: Node, of: str) -> None:
        self.ears: dict[str, Ear] = {}
        self._platform = platform
        self._of = of
        self._kept: deque[Happening] = deque(maxlen=KEPT)
        self._count = 0
        self._since = platform.clock.now_ms()
        self._looked_at = platform.clock.monotonic()
        self._leave_node = node.on_arrival(self._arrived)
        for task in node.residents():
            if task.state is State.STARTED:
                self._follow(task)
        platform.clock.call_later(FORGOTTEN, self._expire)

    def look(self, asked: Asked) -> Heard:
        """What has happened behind the number `after`; one of an earlier tail counts as 0."""
        self._looked_at = self._platform.clock.monotonic()
        known = self._count if asked.after is None else asked.after
        if known > self._count:
            known = 0
        first = max(known, self._count - asked.most)
        return Heard(self._since, self._count, [one for one in self._kept if one.number > first])

    def note(self, task: ActorTask, kind: str, what: str, note: str, ray: str | None = None) -> None:
        self._count += 1
        actor, now = f"{task.name}/{task.serialized_key}", self._platform.clock.now_ms()
        self._kept.append(Happening(self._count, now, actor, kind, what, note, ray))

    def _arrived(self, task: ActorTask) -> None:
        if self._follow(task):
            self.note(task, "life", f"awake, generation {task.generation}", "")

    def _follow(self, task: ActorTask) -> bool:
        wanted = self._of in (task.name, task.actor_id)
        if wanted:
            self.ears[task.actor_id] = ear = Ear(self, task)
            task.inspection.follow(ear)
        return wanted

    def _expire(self) -> None:
        left = self._looked_at + FORGOTTEN - self._platform.clock.monotonic()
        if left > 0:
            self._platform.clock.call_later(left, self._expire)
            return
        self._leave_node()
        for ear in self.ears.values():
            ear.task.inspection.leave(ear)
        _tails[self._platform].pop(self._of, None)


_tails: WeakKeyDictionary[Platform, dict[str, Tail]] = WeakKeyDictionary()


async def take(request: ApiRequest) -> Any:
    """Raises api.forbidden, guard.service_unavailable while draining."""
    if request.seal is None:
        raise error("api.forbidden")
    asked = msgspec.json.decode(await read_body(request.http, _BODY_LIMIT, request.seal), type=Asked)
    return listen(request.platform, await request.platform.ready(), asked)


def listen(platform: Platform, node: Node, asked: Asked) -> Heard:
    """What this node has heard; from now on, if nobody has asked before."""
    tails = _tails.setdefault(platform, {})
    tail = tails.get(asked.of)
    if tail is None:
        tail = tails[asked.of] = Tail(platform, node, asked.of)
    return tail.look(asked)


async def hear(asker: Asker, asked: Sequence[tuple[NodeRecord, Asked]]) -> list[Heard | None]:
    """What each of the nodes has heard, in their order; None from one that does not answer."""
    return await asyncio.gather(*(asker.answer(node, Question(PATH, one, Heard)) for node, one in asked))
