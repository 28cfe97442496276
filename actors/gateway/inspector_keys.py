"""Keys that an inspector writes: one by comparison with what was there, or all that begin alike go.

They go the way of the author's own `self.kv`, so what an awake actor remembers of its keys stays right.
"""

from __future__ import annotations

import msgspec

from actors.api.kv import Kv
from actors.runtime.task import ActorTask
from actors.storage.kv import KvRange


class KeyWrite(msgspec.Struct):
    """Bytes in base64. `expected` must be there, `value` is stored in its place; null stands for no key."""

    key: bytes
    expected: bytes | None
    value: bytes | None
    ttl: float | None = None


class KeyPrefix(msgspec.Struct):
    """The beginning of keys, in base64; empty for all."""

    prefix: bytes


async def write_key(task: ActorTask, wanted: KeyWrite) -> bool:
    """Whether the key was as expected; if not, nothing has changed. Raises kv.*, storage.unavailable."""
    kv = Kv(_open(task).context.kv)
    return await kv.compare_and_set(wanted.key, wanted.expected, wanted.value, ttl=wanted.ttl)


async def clear_keys(task: ActorTask, wanted: KeyPrefix) -> None:
    """Remove every key that begins so. Raises storage.unavailable."""
    await _open(task).context.kv.delete_range(KvRange.of_prefix(wanted.prefix))


def _open(task: ActorTask) -> ActorTask:
    """Raises actor.starting, actor.stopping."""
    task.serving  # noqa: B018
    return task
