"""An action as a call of the outbox runs it: inside one atomic block, whose commit removes the call.

Used by the entrance in place of the action itself. Whoever delivers the call again is answered as the first
time, but nothing runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actors.runtime.atomic import Blocks
from actors.runtime.block import DeliveredBefore
from actors.runtime.definition import ActionDefinition


def delivered_once(action: ActionDefinition, blocks: Blocks, row_id: int) -> ActionDefinition:
    """Answers with None: nobody waits for a result."""

    async def handler(instance: object, *args: Any) -> None:
        try:
            async with blocks.delivery(row_id):
                output = action.handler(instance, *args)
                if action.is_async:
                    await output
        except DeliveredBefore:
            return

    return replace(action, handler=handler, is_async=True, stepwise=True)
