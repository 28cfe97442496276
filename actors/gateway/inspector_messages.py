"""Messages that an inspector amends while they wait: one goes to the front, or gets another body.

What becomes of more of them than one at once stands in `inspector_routes`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from actors.protocol import values
from actors.runtime.task import ActorTask


class WaitingMessage(msgspec.Struct):
    """A message of the queue `name`."""

    name: str
    id: int


class MessageEdit(WaitingMessage):
    """`expected` is the stored body in base64, CBOR as it is; `body` takes its place."""

    expected: bytes
    body: Any


async def move(task: ActorTask, wanted: WaitingMessage) -> bool:
    """Whether it is the first now; if not, it does not wait. Raises storage.unavailable."""
    return await task.serving.front(wanted.name, wanted.id)


async def edit(task: ActorTask, wanted: MessageEdit) -> bool:
    """Whether it waits and was as expected; else nothing has changed. Raises queue.*, storage.unavailable."""
    body = values.revive_json(wanted.body)
    return await task.serving.rewrite(wanted.name, wanted.id, wanted.expected, body)
