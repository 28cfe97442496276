"""The Store in Postgres: one object per process and event loop. Its statements are in queries.sql.

Each method but `write_together` is one statement, so one transaction and one round trip; only a lost race is
asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.errors import error
from actors.logs import HEARTBEAT_REFUSED
from actors.storage.alarms_postgres import PostgresAlarms
from actors.storage.archive_postgres import PostgresArchives
from actors.storage.block_postgres import steps
from actors.storage.channel import Channels
from actors.storage.claims import answer, arguments
from actors.storage.connect import Row
from actors.storage.kv_postgres import PostgresKv
from actors.storage.nodes import SessionLock
from actors.storage.outbox_postgres import PostgresOutbox
from actors.storage.pool import Pool, column
from actors.storage.queue_postgres import PostgresQueues
from actors.storage.releases import parameters
from actors.storage.schedules_postgres import PostgresSchedules
from actors.storage.store import (
    ActorQuery,
    ActorRecord,
    BlockWrite,
    ClaimRequest,
    ClaimResult,
    HoldChange,
    Missing,
    NewActor,
    NodeRecord,
    Release,
    StateWrite,
    StoreInterrupted,
    Transaction,
    Usage,
)
from actors.storage.text import check_claim, check_new, check_text
from actors.storage.transaction import MakeTransaction, OwnTransaction

TRIES: Final = 5
END_OF_TIME: Final = 2**63 - 1

logger = logging.getLogger(__name__)


class PostgresStore:
    """`dsn` is a libpq URL; sessions need a direct connection, not a pooler that shares them.

    `lease_duration` in seconds: how old a heartbeat may be, by the database's clock. `make_transaction`
    lets what the application writes take part in atomic blocks.
    """

    def __init__(
        self, dsn: str, lease_duration: float = 15.0, make_transaction: MakeTransaction = OwnTransaction
    ) -> None:
        self._make_transaction = make_transaction
        self._dsn = dsn
        self._lease = {"lease": lease_duration}
        self._pool = Pool(dsn)
        self.kv = PostgresKv(self._pool)
        self.queues = PostgresQueues(self._pool)
        self.alarms = PostgresAlarms(self._pool, lease_duration)
        self.schedules = PostgresSchedules(self._pool)
        self.archives = PostgresArchives(self._pool)
        self.outbox = PostgresOutbox(self._pool, dsn)
        self._channels = Channels(dsn)
        self._locks: dict[str, SessionLock] = {}

    async def open(self) -> None:
        """Connect. Raises storage.unavailable."""
        await self._pool.open()

    async def close(self) -> None:
        for lock in self._locks.values():
            await lock.release()
        self._locks.clear()
        self._channels.close()
        await self.outbox.close()
        await self._pool.close()

    # -- nodes ---------------------------------------------------------------------------------------
    def usage(self) -> Usage:
        return self._pool.usage()

    async def join(self, node: NodeRecord, lost: Callable[[], None], vitals: str | None = None) -> None:
        check_text(node.node_id, node.address)
        lock = SessionLock(lost)
        # The lock comes first: a row without one is a dead node's.
        await lock.take(self._dsn)
        row = {"id": node.node_id, "address": node.address, "lock_key": lock.key, "vitals": vitals}
        try:
            await self._pool.write("join", row | self._lease)
        except BaseException:
            await lock.release()
            raise
        self._locks[node.node_id] = lock

    async def heartbeat(self, node_id: str, vitals: str | None = None) -> bool:
        known = bool(await self._pool.write("heartbeat", {"id": node_id, "vitals": vitals} | self._lease))
        if not known:
            await self._note_refusal(node_id)
        return known

    async def _note_refusal(self, node_id: str) -> None:
        """A refusal while the node runs is rare and hard to explain later: say what the database sees."""
        rows = await self._pool.read("refusal", {"id": node_id})
        age, lock_free = rows[0] if rows else (None, None)
        fields = {"node_id": node_id, "row": bool(rows), "heartbeat_age_s": age, "lock_free": lock_free}
        HEARTBEAT_REFUSED.say(logger, fields)

    async def leave(self, node_id: str) -> None:
        lock = self._locks.pop(node_id, None)
        if lock is not None:
            await lock.release()
        await self._pool.write("leave", {"id": node_id})

    async def live_nodes(self) -> list[NodeRecord]:
        return [NodeRecord(*row) for row in await self._pool.read("live_nodes", self._lease)]

    # -- directory -----------------------------------------------------------------------------------
    async def claim(self, node_id: str, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        for request in requests:
            check_claim(request)
        results: list[ClaimResult | None] = [None] * len(requests)
        left = list(range(len(requests)))
        fruitless = 0
        while left and fruitless < TRIES:
            asked = [requests[index] for index in left]
            rows = await self._pool.write("claim", arguments(asked, node_id) | self._lease)
            for index, result in zip(left, answer(asked, rows), strict=True):
                results[index] = result
            still = [index for index in left if results[index] is None]
            fruitless = fruitless + 1 if len(still) == len(left) else 0
            left = still
        # What cannot be made at all bears the id of an actor that was destroyed.
        return [Missing() if result is None else result for result in results]

    async def create(self, new: NewActor) -> ActorRecord:
        record, created = await self.get_or_create(new)
        if not created:
            raise error("actor.duplicate_key", key=new.key, existing_actor_id=record.actor_id)
        return record

    async def get_or_create(self, new: NewActor) -> tuple[ActorRecord, bool]:
        check_new(new)
        row = {
            "id": new.actor_id,
            "name": new.name,
            "key": new.key,
            "crash_policy": new.crash_policy,
            "input": new.input,
            "created_at": new.created_at,
        }
        for _ in range(TRIES):
            try:
                rows = await self._pool.write("create", row)
            except StoreInterrupted:
                continue  # an insert that did arrive is recognised by its id
            if rows:
                record = ActorRecord(*rows[0])
                return record, record.actor_id == new.actor_id
        raise error("actor.destroyed_during_creation")

    async def find(self, name: str, key: str) -> ActorRecord | None:
        check_text(name, key)
        rows = await self._pool.read("find", {"name": name, "key": key})
        return ActorRecord(*rows[0]) if rows else None

    async def get(self, actor_ids: Sequence[str]) -> list[ActorRecord]:
        check_text(*actor_ids)
        return _records(await self._pool.read("get", {"ids": list(actor_ids)}))

    async def names(self, after: str | None, limit: int) -> list[str]:
        check_text(after)
        return column(await self._pool.read("names", {"after": after or "", "limit": limit}))

    async def locate(self, actor_id: str) -> NodeRecord | None:
        check_text(actor_id)
        rows = await self._pool.read("locate", {"id": actor_id} | self._lease)
        return NodeRecord(*rows[0]) if rows else None

    async def list(self, query: ActorQuery) -> list[ActorRecord]:
        check_text(*query.names, query.key)
        params: dict[str, Any] = {
            "names": list(set(query.names)),
            "key": query.key,
            "before": END_OF_TIME if query.before is None else query.before,
            "destroyed": query.include_destroyed,
            "limit": query.limit,
        }
        statement = "list_by_key" if query.key is not None else "list_by_name" if query.names else "list_all"
        return _records(await self._pool.read(statement, params))

    # -- state ---------------------------------------------------------------------------------------
    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        return await self._channels.commit(writes)

    async def write_together(self, write: BlockWrite) -> bool:
        return await self._pool.together(steps(write))

    def transaction(self) -> Transaction:
        return self._make_transaction(self)

    async def revisions(self, actor_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        rows = await self._pool.read("revisions", {"ids": list(actor_ids)})
        return {actor_id: (generation, revision) for actor_id, generation, revision in rows}

    async def release(self, releases: Sequence[Release]) -> frozenset[str]:
        return frozenset(column(await self._pool.write("release", parameters(releases))))

    async def hold(self, actor_id: str, change: HoldChange, now: int) -> ActorRecord | None:
        check_text(actor_id)
        params = {"id": actor_id, "calls": change.calls, "queues": change.queues, "now": now}
        rows = await self._pool.write("hold", params)
        return ActorRecord(*rows[0]) if rows else None

    async def forget_conns(self, actor_id: str, generation: int) -> None:
        await self._pool.write("forget_conns", {"id": actor_id, "generation": generation})

    async def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool:
        check_text(actor_id)
        params = {"id": actor_id, "generation": generation, "destroyed_at": destroyed_at}
        return bool(await self._pool.write("destroy", params))


def _records(rows: Sequence[Row]) -> list[ActorRecord]:
    return [ActorRecord(*row) for row in rows]
