"""The Store in memory: one `MemoryDatabase` is the server, each `MemoryStore` on it is one process.

Used by tests and by `actors.testing`. Keeps the contract to the letter. One event loop, no threads: no races.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from actors.clock import Clock
from actors.errors import error
from actors.storage.alarms import Source
from actors.storage.alarms_memory import Alarms, MemoryAlarms
from actors.storage.archive import Archive, Replaced
from actors.storage.archive_memory import MemoryArchives
from actors.storage.directory_memory import held, page, quiet
from actors.storage.kv_memory import Keys, MemoryKv
from actors.storage.outbox_memory import MemoryOutbox, Outbox
from actors.storage.queue_memory import MemoryQueues, Messages
from actors.storage.schedules_memory import MemorySchedules, Schedules
from actors.storage.store import (
    ActorQuery,
    ActorRecord,
    BlockWrite,
    Claimed,
    ClaimRequest,
    ClaimResult,
    HeldElsewhere,
    HoldChange,
    Missing,
    NewActor,
    NodeRecord,
    Release,
    StateWrite,
    Transaction,
    Usage,
)
from actors.storage.text import check_claim, check_new, check_text, clean
from actors.storage.transaction import MakeTransaction, OwnTransaction


@dataclass(slots=True)
class _Row:
    """One actor: the cold record with its input, and the hot state with its revision."""

    record: ActorRecord
    input: bytes | None
    state: bytes | None = None
    revision: int = 0
    conns: list[tuple[int, bytes]] = field(default_factory=list)
    """Records of hibernating connections, each with the generation that stored it."""


@dataclass(slots=True)
class _Session:
    """One node's row together with its session lock."""

    node: NodeRecord
    heartbeat_at: float
    lost: Callable[[], None]
    locked: bool = True


class MemoryDatabase:
    """The shared part: rows, nodes and the server's clock. `lease_duration` in seconds."""

    def __init__(self, clock: Clock, lease_duration: float = 15.0) -> None:
        self.clock = clock
        self.lease_duration = lease_duration
        self.rows: dict[str, _Row] = {}
        self.kv: dict[str, Keys] = {}
        self.queues: dict[str, Messages] = {}
        self.alarms = Alarms()
        self.schedules: dict[str, Schedules] = {}
        self.outbox = Outbox()
        self.live_keys: dict[tuple[str, str], str] = {}
        self.sessions: dict[str, _Session] = {}

    def drop_session(self, node_id: str) -> None:
        """The server ends a node's session, as when its connection breaks: the lock is free at once."""
        session = self.sessions[node_id]
        if session.locked:
            session.locked = False
            session.lost()

    def live_node(self, node_id: str | None) -> NodeRecord | None:
        """The node of this id while its lock is held and its lease runs."""
        session = self.sessions.get(node_id) if node_id is not None else None
        return session.node if session is not None and self.is_live(session) else None

    def is_live(self, session: _Session) -> bool:
        """Whether the lock is held and the lease runs, by the server's clock."""
        return session.locked and self.clock.monotonic() < session.heartbeat_at + self.lease_duration

    def live_row(self, actor_id: str | None) -> _Row | None:
        """The row of an actor that is not destroyed."""
        row = self.rows.get(actor_id) if actor_id is not None else None
        return row if row is not None and row.record.destroyed_at is None else None

    def owns(self, actor_id: str, generation: int) -> bool:
        """Whether that generation of the actor is the last one."""
        row = self.live_row(actor_id)
        return row is not None and row.record.generation == generation

    def owns_parts(self, write: BlockWrite) -> bool:
        """Whether the generation that writes a block opened last what it writes to."""
        actor_id = write.state.actor_id
        pairs = [(write.queue, self.queues.get(actor_id)), (write.schedules, self.schedules.get(actor_id))]
        return all(
            mine is None or (held is not None and held.generation == mine.generation) for mine, held in pairs
        )

    def awake(self, actor_id: str) -> bool:
        """Whether a living node keeps the actor awake."""
        row = self.live_row(actor_id)
        return (
            row is not None
            and row.record.connectable_at is not None
            and self.address_of(actor_id) is not None
        )

    def address_of(self, actor_id: str) -> str | None:
        """The address of the living node that holds the actor, awake or asleep."""
        row = self.live_row(actor_id)
        node = None if row is None else self.live_node(row.record.node_id)
        return None if node is None else node.address

    def pass_on(self, actor_id: str, generation: int) -> int | None:
        """Queue and schedules belong to that generation now. Returns when a schedule falls due."""
        if actor_id in self.queues:
            self.queues[actor_id].generation = generation
        if actor_id not in self.schedules:
            return None
        self.schedules[actor_id].generation = generation
        return self.schedules[actor_id].due_at

    def make(self, new: NewActor) -> _Row | None:
        """The live row of (name, key), inserted if absent; None if the id was another actor's."""
        found = self.live_row(self.live_keys.get((new.name, new.key)))
        if found is not None or new.actor_id in self.rows:
            return found
        record = ActorRecord(new.actor_id, new.name, new.key, new.crash_policy, created_at=new.created_at)
        row = self.rows[new.actor_id] = _Row(record, new.input)
        self.live_keys[new.name, new.key] = new.actor_id
        return row

    def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool:
        """See `Store.destroy`."""
        row = self.live_row(actor_id)
        if row is None or generation not in (None, row.record.generation):
            return False
        record = held(row.record, HoldChange(calls=False, queues=False), destroyed_at)
        row.record = replace(record, node_id=None, connectable_at=None, destroyed_at=destroyed_at)
        row.input = row.state = None
        row.conns.clear()
        self.kv.pop(actor_id, None)
        self.queues.pop(actor_id, None)
        self.alarms.destroyed(actor_id)
        self.schedules.pop(actor_id, None)
        del self.live_keys[row.record.name, row.record.key]
        return True

    def hold(self, actor_id: str, change: HoldChange, now: int) -> ActorRecord | None:
        """See `Store.hold`."""
        row = self.live_row(actor_id)
        if row is None:
            return None
        row.record = held(row.record, change, now)
        if False in (change.calls, change.queues):
            self.alarms.resumed(actor_id, awake=row.record.connectable_at is not None)
        return row.record

    def paused(self, actor_id: str, source: Source) -> bool:
        """Whether that alarm of the actor is to be passed over."""
        row = self.live_row(actor_id)
        return row is not None and quiet(row.record, source)

    def holds_calls(self, name: str, key: str) -> bool:
        """Whether the actor of that name and key, or with that id, is paused."""
        row = self.live_row(self.live_keys.get((name, key), key))
        return row is not None and row.record.paused_at is not None

    def free_for(self, archive: Archive, replaced: Replaced | None) -> bool:
        """Whether nothing that lives has its id or key but what it replaces, which is as it was."""
        if replaced is not None and not self.owns(replaced.actor_id, replaced.generation):
            return False
        there = {archive.actor_id, self.live_keys.get((archive.name, archive.key))}
        living = {actor_id for actor_id in there if self.live_row(actor_id) is not None}
        return living <= {None if replaced is None else replaced.actor_id}

    def restore(self, archive: Archive, now: int) -> int:
        """Make the row of the actor, asleep. Returns its generation."""
        before = self.rows.get(archive.actor_id)
        record = ActorRecord(
            archive.actor_id,
            archive.name,
            archive.key,
            archive.crash_policy,
            1 if before is None else before.record.generation + 1,
            created_at=archive.created_at,
            started_at=archive.started_at,
            slept_at=now,
        )
        self.rows[archive.actor_id] = _Row(record, archive.input, archive.state, archive.revision)
        self.live_keys[archive.name, archive.key] = archive.actor_id
        return record.generation


class MemoryStore:
    """One process's view of a `MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase, make_transaction: MakeTransaction = OwnTransaction) -> None:
        self._make_transaction = make_transaction
        self.kv = MemoryKv(database)
        self.queues = MemoryQueues(database)
        self.alarms = MemoryAlarms(database)
        self.schedules = MemorySchedules(database)
        self.archives = MemoryArchives(database)
        self.outbox = MemoryOutbox(database)
        self._database = database
        self._joined: set[str] = set()

    async def open(self) -> None:
        return None

    async def close(self) -> None:
        """The process's sessions end with it: locks are free, rows of nodes that did not leave stay."""
        self.outbox.close()
        for node_id in self._joined & self._database.sessions.keys():
            self._database.sessions[node_id].locked = False

    # -- nodes ---------------------------------------------------------------------------------------
    def usage(self) -> Usage:
        return Usage()

    async def join(self, node: NodeRecord, lost: Callable[[], None], vitals: str | None = None) -> None:
        check_text(node.node_id, node.address)
        now = self._database.clock.monotonic()
        self._database.sessions[node.node_id] = _Session(node, now, lost)
        self._joined.add(node.node_id)

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        if self._database.live_node(node_id) is None:
            return False
        self._database.sessions[node_id].heartbeat_at = self._database.clock.monotonic()
        return True

    async def leave(self, node_id: str) -> None:
        self._database.sessions.pop(node_id, None)

    async def live_nodes(self) -> list[NodeRecord]:
        database = self._database
        return [session.node for session in database.sessions.values() if database.is_live(session)]

    # -- directory -----------------------------------------------------------------------------------
    async def claim(self, node_id: str, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        for request in requests:
            check_claim(request)
        return [self._claim(node_id, request) for request in requests]

    def _claim(self, node_id: str, request: ClaimRequest) -> ClaimResult:
        row = self._wanted(request)
        if row is None:
            return Missing()
        record = row.record
        holder = self._database.live_node(record.node_id)
        if holder is not None and holder.node_id != node_id:
            return HeldElsewhere(record.actor_id, holder)
        now = self._database.clock.now_ms()
        row.record = replace(
            record,
            generation=record.generation + 1,
            node_id=node_id,
            started_at=now if record.started_at is None else record.started_at,
            connectable_at=now,
            slept_at=None,
            error=None,
            restart_at=None,
        )
        self._database.alarms.claimed(record.actor_id)
        due_at = self._database.pass_on(record.actor_id, row.record.generation)
        created = request.new is not None and request.new.actor_id == record.actor_id
        conns = [record for _, record in row.conns]
        return Claimed(row.record, row.input, row.state, row.revision, created, conns, due_at)

    def _wanted(self, request: ClaimRequest) -> _Row | None:
        if request.actor_id is not None:
            return self._database.live_row(request.actor_id)
        if request.new is not None:
            return self._database.make(request.new)
        if request.name is None or request.key is None:
            return None
        return self._database.live_row(self._database.live_keys.get((request.name, request.key)))

    async def create(self, new: NewActor) -> ActorRecord:
        record, created = await self.get_or_create(new)
        if not created:
            raise error("actor.duplicate_key", key=new.key, existing_actor_id=record.actor_id)
        return record

    async def get_or_create(self, new: NewActor) -> tuple[ActorRecord, bool]:
        check_new(new)
        row = self._database.make(new)
        if row is None:
            raise error("actor.destroyed_during_creation")
        return row.record, row.record.actor_id == new.actor_id

    async def find(self, name: str, key: str) -> ActorRecord | None:
        check_text(name, key)
        row = self._database.live_row(self._database.live_keys.get((name, key)))
        return None if row is None else row.record

    async def get(self, actor_ids: Sequence[str]) -> list[ActorRecord]:
        check_text(*actor_ids)
        rows = self._database.rows
        return [rows[actor_id].record for actor_id in set(actor_ids) if actor_id in rows]

    async def names(self, after: str | None, limit: int) -> list[str]:
        check_text(after)
        known = {row.record.name for row in self._database.rows.values()}
        return sorted(name for name in known if after is None or name > after)[:limit]

    async def locate(self, actor_id: str) -> NodeRecord | None:
        check_text(actor_id)
        row = self._database.live_row(actor_id)
        return None if row is None else self._database.live_node(row.record.node_id)

    async def list(self, query: ActorQuery) -> list[ActorRecord]:
        check_text(*query.names, query.key)
        return page((row.record for row in self._database.rows.values()), query)

    # -- state ---------------------------------------------------------------------------------------
    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        written = []
        for write in writes:
            if self._database.owns(write.actor_id, write.generation):
                row = self._database.rows[write.actor_id]
                row.state, row.revision = write.state, write.revision
                written.append(write.actor_id)
        return frozenset(written)

    async def write_together(self, write: BlockWrite) -> bool:
        taken = write.outbox is None or write.outbox in self._database.outbox.rows
        if not (taken and self._database.owns_parts(write)) or not await self.commit([write.state]):
            return False
        if write.kv is not None:
            await self.kv.write([write.kv])
        if write.queue is not None:
            await self.queues.write([write.queue])
        if write.schedules is not None:
            await self.schedules.write([write.schedules])
        if write.outbox is not None:
            del self._database.outbox.rows[write.outbox]
        return True

    def transaction(self) -> Transaction:
        return self._make_transaction(self)

    async def revisions(self, actor_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        found = ((actor_id, self._database.live_row(actor_id)) for actor_id in actor_ids)
        return {actor_id: (row.record.generation, row.revision) for actor_id, row in found if row is not None}

    async def release(self, releases: Sequence[Release]) -> frozenset[str]:
        return frozenset(release.actor_id for release in releases if self._release(release))

    def _release(self, release: Release) -> bool:
        row = self._database.live_row(release.actor_id)
        if row is None or row.record.connectable_at is None or row.record.generation != release.generation:
            return False
        row.record = replace(
            row.record,
            node_id=row.record.node_id if release.conns else None,
            connectable_at=None,
            slept_at=release.slept_at,
            error=None if release.error is None else clean(release.error),
            restart_at=release.restart_at,
        )
        row.conns += [(release.generation, conn.record) for conn in release.conns]
        failed = release.error is not None
        self._database.alarms.released(release.actor_id, release.woken_at, release.slept_at, failed=failed)
        return True

    async def hold(self, actor_id: str, change: HoldChange, now: int) -> ActorRecord | None:
        check_text(actor_id)
        return self._database.hold(actor_id, change, now)

    async def forget_conns(self, actor_id: str, generation: int) -> None:
        row = self._database.live_row(actor_id)
        if row is not None:
            row.conns = [(stored, record) for stored, record in row.conns if stored >= generation]

    async def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool:
        check_text(actor_id)
        return self._database.destroy(actor_id, generation, destroyed_at)
