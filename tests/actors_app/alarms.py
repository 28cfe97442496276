"""Reminder: notes a token when its time has come, asleep or awake, so that a test can count the firings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from actors import Actor, Options, action
from actors.api.registry import registry
from actors.errors import ActorError
from actors.protocol import cbor
from actors.runtime.definition import QueueDefinition

DUE = QueueDefinition("due", cbor.encode, cbor.decode)


@dataclass
class Fired:
    """Token and time, in Unix milliseconds, of each firing."""

    tokens: list[tuple[str, int]] = field(default_factory=list)


class Reminder(Actor):
    state: Fired
    options = Options(sleep_timeout=0.2)

    @action
    async def remind(self, token: str, delay: float) -> None:
        await self._context.mailbox.send(DUE, cbor.encode(token), delay=delay)

    @action(readonly=True)
    async def fired(self) -> list[tuple[str, int]]:
        return self.state.tokens

    async def run(self) -> None:
        try:
            while True:
                [message] = await self._context.mailbox.receive(("due",))
                self.state.tokens.append((message.body, time.time_ns() // 1_000_000))
                await message.complete()
        except ActorError:
            return  # it falls asleep


Reminder.__definition__ = replace(Reminder.__definition__, queues={"due": DUE})
registry.register(Reminder.__definition__)
