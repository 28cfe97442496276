"""The Store contract: what outlives a process, and the only way the runtime reaches it.

Called by the directory, the committer and the node. Two implementations, memory and Postgres, pass one
contract suite (tests/contract). A Store never knows what a state means: it sees bytes.

Failures: a Store raises `ActorError` with code `storage.unavailable` when nothing was applied because the
database cannot be reached, `StoreInterrupted` when a write may or may not have been applied, `StoreRejected`
when nothing was applied because some row is at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from actors.storage.alarms import AlarmStore
from actors.storage.archive import ArchiveStore
from actors.storage.kv import KvStore, KvWrite
from actors.storage.outbox import OutboxStore
from actors.storage.queue import QueueStore, QueueWrite
from actors.storage.schedules import ScheduleStore, ScheduleWrite


class StoreInterrupted(Exception):
    """The connection broke while a write was in flight: its outcome must be read back."""


class StoreRejected(Exception):
    """The database refused the data of some row: nothing was applied, and repeating it is futile."""


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One process that hosts actors. `address` is its internal base URL, e.g. http://10.0.0.5:8000."""

    node_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Connections to the database: `in_use` of at most `size`; how many callers are `waiting` for one."""

    in_use: int = 0
    size: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """The directory's row of one actor. Times are Unix milliseconds; `key` is the serialized key."""

    actor_id: str
    name: str
    key: str
    crash_policy: str = "sleep"
    generation: int = 0
    node_id: str | None = None
    created_at: int = 0
    started_at: int | None = None
    connectable_at: int | None = None
    slept_at: int | None = None
    destroyed_at: int | None = None
    error: Mapping[str, Any] | None = None
    restart_at: int | None = None
    paused_at: int | None = None
    queues_paused_at: int | None = None


@dataclass(frozen=True, slots=True)
class HoldChange:
    """What an operator says of an actor: True pauses, False lets go on, None leaves it as it is.

    `calls`: all that comes in, messages of its queues included; `queues`: those alone.
    """

    calls: bool | None = None
    queues: bool | None = None


@dataclass(frozen=True, slots=True)
class NewActor:
    """An actor to be made: its id is chosen by the caller, so a retried insert is recognised."""

    actor_id: str
    name: str
    key: str
    input: bytes | None = None
    crash_policy: str = "sleep"
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """Take an actor for a node: by id (`actor_id`), or by name and key, made first if `new` is given."""

    actor_id: str | None = None
    name: str | None = None
    key: str | None = None
    new: NewActor | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim succeeded: `record.generation` is ours alone. `state is None` means never initialized.

    `conns` are the records of connections that hibernate, the latest of each last; `due_at` is when a
    schedule falls due next, in Unix milliseconds.
    """

    record: ActorRecord
    input: bytes | None
    state: bytes | None
    revision: int
    created: bool
    conns: Sequence[bytes] = ()
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """A live node holds the actor: go there."""

    actor_id: str
    node: NodeRecord


@dataclass(frozen=True, slots=True)
class Missing:
    """No such actor (never made, or destroyed)."""


ClaimResult = Claimed | HeldElsewhere | Missing


@dataclass(frozen=True, slots=True)
class StateWrite:
    """One actor's whole state as of `revision`; applied only if `generation` still owns the actor."""

    actor_id: str
    generation: int
    revision: int
    state: bytes


@dataclass(frozen=True, slots=True)
class BlockWrite:
    """All that one generation stores at the end of an atomic block. `outbox`: the call that this delivers."""

    state: StateWrite
    kv: KvWrite | None = None
    queue: QueueWrite | None = None
    schedules: ScheduleWrite | None = None
    outbox: int | None = None


class Transaction(Protocol):
    """The way of one atomic block to the database: opened, then committed or rolled back, once.

    What the application itself writes to that database meanwhile belongs to it, where the store knows how.
    """

    async def open(self) -> None:
        """From here on, in the context of the caller."""
        ...

    async def close(self) -> None:
        """To here; in the same context, before it is ended in any way."""
        ...

    async def check(self) -> None:
        """Raises what keeps the application's own part from being committed: then roll it back."""
        ...

    async def commit(self, write: BlockWrite) -> bool:
        """All or nothing. False: fenced or delivered before, nothing was written. Fails as a `Store` does.

        Raises AfterCommit if it has been committed and the application's own hooks raised thereafter.
        """
        ...

    async def roll_back(self) -> None:
        """Undo the application's part. Must not raise."""
        ...


class AfterCommit(Exception):
    """A transaction was committed; what the application hung on that failed: `__cause__`."""


@dataclass(frozen=True, slots=True)
class ActorQuery:
    """A page of the directory: newest first, strictly older than `before` (created_at, ms) if given."""

    names: Sequence[str] = ()
    key: str | None = None
    include_destroyed: bool = False
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class StoredConn:
    """A connection that hibernates. `record` is what a later generation restores it from."""

    conn_id: str
    record: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """An owner gives an actor back (sleep), with the error that stopped it if there was one.

    `restart_at` (Unix ms) says when a crashed actor is to start again, for those who look.
    With `conns`, whose sockets wait at this node, the actor stays bound to the node while that lives.
    `woken_at` (Unix ms, by the owner's clock) says since when it was awake: what was due before and still is,
    it has not seen to.
    """

    actor_id: str
    generation: int
    slept_at: int
    error: Mapping[str, Any] | None = None
    restart_at: int | None = None
    conns: Sequence[StoredConn] = ()
    woken_at: int = 0


class Store(Protocol):
    """See the module docstring. Every method is safe to call concurrently from one event loop."""

    @property
    def kv(self) -> KvStore:
        """The keys of the actors."""
        ...

    @property
    def queues(self) -> QueueStore:
        """The messages of the actors."""
        ...

    @property
    def alarms(self) -> AlarmStore:
        """When which actor must be awake."""
        ...

    @property
    def schedules(self) -> ScheduleStore:
        """What the actors are to do, and when."""
        ...

    @property
    def archives(self) -> ArchiveStore:
        """Whole actors."""
        ...

    @property
    def outbox(self) -> OutboxStore:
        """Calls that Django code has committed, and that are to be delivered."""
        ...

    async def open(self) -> None: ...
    async def close(self) -> None: ...

    # -- nodes ---------------------------------------------------------------------------------------
    def usage(self) -> Usage:
        """Of the connections on which statements are run."""
        ...

    async def join(self, node: NodeRecord, lost: Callable[[], None], vitals: str | None = None) -> None:
        """Register the node and hold its session lock. `lost()` is called once when that session breaks.

        `vitals`: what the node says of itself, as JSON, for people.
        """
        ...

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        """Renew the lease by the database's clock. False: the row is gone, the node must rejoin.

        `vitals` as in `join`; None leaves what is there.
        """
        ...

    async def leave(self, node_id: str) -> None:
        """Release the lock and remove the node."""
        ...

    async def live_nodes(self) -> list[NodeRecord]:
        """Nodes whose lease is running and whose lock is held."""
        ...

    # -- directory -----------------------------------------------------------------------------------
    async def claim(self, node_id: str, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        """One round trip for all: make what is asked, take what is free or whose node is dead or lapsed.

        A successful claim raises the generation by one and returns input, state and hibernating connections
        with it. A node that claims what it already holds gets it again under a new generation (the old one
        is fenced).
        """
        ...

    async def create(self, new: NewActor) -> ActorRecord:
        """Make without claiming. Raises actor.duplicate_key with the existing id in the metadata."""
        ...

    async def get_or_create(self, new: NewActor) -> tuple[ActorRecord, bool]:
        """The live actor of (name, key), made if absent; True if this call made it."""
        ...

    async def find(self, name: str, key: str) -> ActorRecord | None:
        """The live actor of (name, key)."""
        ...

    async def get(self, actor_ids: Sequence[str]) -> list[ActorRecord]:
        """By id, destroyed ones included, in no particular order; unknown ids are left out."""
        ...

    async def names(self, after: str | None, limit: int) -> list[str]:
        """Distinct actor names, ascending."""
        ...

    async def locate(self, actor_id: str) -> NodeRecord | None:
        """The live node that holds the actor, awake or asleep with hibernating connections, if any."""
        ...

    async def list(self, query: ActorQuery) -> list[ActorRecord]: ...

    # -- state ---------------------------------------------------------------------------------------
    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        """One transaction. Returns the ids that were written; the others have been fenced."""
        ...

    async def write_together(self, write: BlockWrite) -> bool:
        """One transaction: everything is applied, or nothing.

        False: fenced, or some part is not ours, or the outbox holds the call no more.
        """
        ...

    def transaction(self) -> Transaction:
        """For one atomic block. It ends in `write_together`, or in a transaction that does the same."""
        ...

    async def revisions(self, actor_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(generation, revision) as stored: asked after a StoreInterrupted commit."""
        ...

    async def release(self, releases: Sequence[Release]) -> frozenset[str]:
        """Owners give actors back. Returns the ids that were still theirs."""
        ...

    async def hold(self, actor_id: str, change: HoldChange, now: int) -> ActorRecord | None:
        """Mark the actor as paused or not, awake or asleep; the mark outlives generations and nodes.

        Returns its row as it is now, None if there is no such actor. What an actor that goes on has missed
        of its alarms is due at once.
        """
        ...

    async def forget_conns(self, actor_id: str, generation: int) -> None:
        """Remove what generations before this one stored of connections: they have been restored."""
        ...

    async def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool:
        """Remove state, connections, KV, queue, schedules and alarms, free the key, keep the row.

        With a generation: only if it still owns the actor.
        """
        ...
