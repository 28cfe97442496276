"""The arguments of the statement `write_queues`. Used by the Postgres store; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.storage.queue import QueueWrite


def written(writes: Sequence[QueueWrite]) -> dict[str, Any]:
    """One array for each column: of the queues, of what is put in, of what is marked and what is dropped."""
    puts = [(write.actor_id, put.message, put.body) for write in writes for put in write.puts]
    marks = [(write.actor_id, mark) for write in writes for mark in write.marks]
    drops = [(write.actor_id, message_id) for write in writes for message_id in write.drops]
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
        "drop_actors": [actor_id for actor_id, _ in drops],
        "drop_ids": [message_id for _, message_id in drops],
    }
