"""The queue part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.storage.gathering import Gathering, Opened, by_actor, owned
from actors.storage.pool import Pool
from actors.storage.queue import Bodies, QueueContents, QueueWrite, StoredMessage


class PostgresQueues:
    """See `QueueStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._openings = Gathering(self._open)

    async def open(self, actor_id: str, generation: int) -> QueueContents | None:
        return await self._openings.answer((actor_id, generation))

    async def _open(self, openings: Sequence[Opened]) -> dict[Opened, QueueContents]:
        owners = await self._pool.write("queue_open", owned(openings))
        if not owners:
            return {}
        # Only now: what the generations before ours wrote until the line above is to be seen.
        ids = {"ids": [actor_id for actor_id, *_ in owners]}
        messages = by_actor(await self._pool.read("queue_contents", ids))
        return {
            (actor_id, generation): QueueContents(
                last_id, [StoredMessage(*row) for row in messages.get(actor_id, ())], due_at
            )
            for actor_id, generation, last_id, due_at in owners
        }

    async def write(self, writes: Sequence[QueueWrite]) -> dict[str, Bodies]:
        bodies: dict[str, dict[int, bytes]] = {}
        for actor_id, message_id, body in await self._pool.write("queue_write", parameters(writes)):
            found = bodies.setdefault(actor_id, {})
            if message_id is not None:
                found[message_id] = body
        return dict(bodies)

    async def read(self, actor_id: str, message_ids: Sequence[int]) -> Bodies:
        rows = await self._pool.read("queue_read", {"id": actor_id, "ids": list(message_ids)})
        return dict(rows)


def parameters(writes: Sequence[QueueWrite]) -> dict[str, Any]:
    """Of `queue_write`: one array for each column, of queues, and of what is put in, marked and dropped."""
    puts = [(write.actor_id, put.message, put.body) for write in writes for put in write.puts]
    marks = [(write.actor_id, mark) for write in writes for mark in write.marks]
    drops = [(write.actor_id, message_id) for write in writes for message_id in write.drops]
    alarms = [(write.actor_id, write.alarm.due_at) for write in writes if write.alarm is not None]
    return {
        "ids": [write.actor_id for write in writes],
        "generations": [write.generation for write in writes],
        "last_ids": [max((p.message.message_id for p in write.puts), default=0) for write in writes],
        "put_actors": [actor_id for actor_id, _, _ in puts],
        "put_ids": [message.message_id for _, message, _ in puts],
        "names": [message.name for _, message, _ in puts],
        "bodies": [body for _, _, body in puts],
        "created": [message.created_at for _, message, _ in puts],
        "available": [message.available_at for _, message, _ in puts],
        "priorities": [message.priority for _, message, _ in puts],
        "dedupes": [message.dedupe for _, message, _ in puts],
        "mark_actors": [actor_id for actor_id, _ in marks],
        "mark_ids": [mark.message_id for _, mark in marks],
        "attempts": [mark.attempts for _, mark in marks],
        "put_off": [mark.available_at for _, mark in marks],
        "died": [mark.died_at for _, mark in marks],
        "errors": [mark.error for _, mark in marks],
        "traces": [mark.trace for _, mark in marks],
        "new_priorities": [mark.priority for _, mark in marks],
        "new_bodies": [mark.body for _, mark in marks],
        "drop_actors": [actor_id for actor_id, _ in drops],
        "drop_ids": [message_id for _, message_id in drops],
        "alarm_actors": [actor_id for actor_id, _ in alarms],
        "alarm_dues": [due_at for _, due_at in alarms],
    }
