"""Faults: which of the next calls of the store are to go wrong, and which the test holds back.

Outlives a restart of the node: a fault may be meant for the node that comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Literal, get_args

from actors.errors import error
from actors.storage.store import StoreInterrupted, StoreRejected

StoreCall = Literal[
    "join", "heartbeat", "leave", "live_nodes", "claim", "create", "get_or_create", "find", "get", "names",
    "locate", "list", "commit", "write_together", "revisions", "release", "hold", "forget_conns", "destroy",
    "kv_get", "kv_list", "kv_write", "kv_sweep", "queue_open", "queue_write", "queue_read",
    "alarm_next", "alarm_claim", "alarm_beats",
    "schedule_open", "schedule_write", "schedule_history",
    "outbox_claim", "outbox_follow", "outbox_renew", "outbox_mark", "outbox_hasten", "outbox_holds",
    "outbox_listen",
]  # fmt: skip
Failing = Literal["unavailable", "interrupted", "rejected"]

# What the contract allows: a broken connection leaves a doubt about writes alone.
INTERRUPTIBLE = frozenset(
    {
        "join",
        "heartbeat",
        "leave",
        "claim",
        "commit",
        "write_together",
        "release",
        "hold",
        "forget_conns",
        "destroy",
        "kv_write",
        "kv_sweep",
        "queue_open",
        "queue_write",
        "alarm_claim",
        "schedule_open",
        "schedule_write",
        "outbox_claim",
        "outbox_follow",
        "outbox_renew",
        "outbox_mark",
        "outbox_hasten",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`applied`: the call does its work first, and its answer is lost."""

    failing: Failing
    applied: bool

    def exception(self) -> Exception:
        if self.failing == "unavailable":
            return error("storage.unavailable")
        if self.failing == "interrupted":
            return StoreInterrupted("ordered by the test")
        return StoreRejected("ordered by the test")


class Hold:
    """Calls of one name wait for `release`. On the node's loop only."""

    def __init__(self) -> None:
        self._gate = asyncio.Event()

    @property
    def released(self) -> bool:
        return self._gate.is_set()

    def release(self) -> None:
        """May be repeated."""
        self._gate.set()

    async def passage(self) -> None:
        await self._gate.wait()


class Faults:
    """Called on the node's loop only."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Fault]] = {}
        self._holds: dict[str, Hold] = {}

    def fail_next(
        self, call: StoreCall, failing: Failing = "unavailable", *, applied: bool = False, times: int = 1
    ) -> None:
        """See `ActorNode.fail_next`. Raises ValueError for what no store does."""
        fault = Fault(failing, applied)
        _check(call, fault)
        self._next.setdefault(call, deque()).extend([fault] * times)

    def take(self, call: StoreCall) -> Fault | None:
        """What is to happen to this call."""
        waiting = self._next.get(call)
        return waiting.popleft() if waiting else None

    def waiting(self) -> list[str]:
        """The calls that are to fail and have not come yet."""
        return sorted(call for call, waiting in self._next.items() for _ in waiting)

    def clear(self) -> list[str]:
        """Forget every order and release every call. Returns the calls that were to fail and never came."""
        unused = self.waiting()
        self._next.clear()
        for hold in self._holds.values():
            hold.release()
        return unused

    def hold(self, call: StoreCall) -> Hold:
        """Calls of this name wait until the hold is released. Raises ValueError if they do already."""
        before = self._holds.get(call)
        if before is not None and not before.released:
            raise ValueError(f"{call!r} is held already")
        hold = self._holds[call] = Hold()
        return hold

    async def passage(self, call: StoreCall) -> None:
        """Wait while calls of this name are held."""
        while (hold := self._holds.get(call)) is not None and not hold.released:
            await hold.passage()


def _check(call: str, fault: Fault) -> None:
    if call not in get_args(StoreCall):
        raise ValueError(f"the store has no call {call!r}; it has {', '.join(get_args(StoreCall))}")
    if fault.failing not in get_args(Failing):
        raise ValueError(f"a call fails as {', '.join(get_args(Failing))}, not as {fault.failing!r}")
    if fault.failing == "interrupted" and call not in INTERRUPTIBLE:
        raise ValueError(f"{call!r} changes nothing, so there is no doubt: it fails as 'unavailable'")
    if fault.applied and fault.failing != "interrupted":
        raise ValueError("only an interrupted call may have been applied: the others say that it was not")
