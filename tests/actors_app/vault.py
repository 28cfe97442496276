"""An actor that writes one of each kind in a block, and kills its own process at the step it is told."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection, transaction

from actors import Actor, Queue, action

Step = Literal["begun", "state", "key", "message", "row", "checked", "statements", "commit"]
STEPS = get_args(Step)
A_YEAR = 365 * 86_400


@dataclass
class Deposits:
    tokens: list[str] = field(default_factory=list)


class Vault(Actor):
    state: Deposits
    notes = Queue(str)

    @action
    async def deposit(self, token: str, fatal: Step | None = None, rows: bool = True) -> int:
        """With `rows` Django's connection commits, else the store's own."""
        async with self.atomic():
            _step("begun", fatal)
            self.state.tokens.append(token)
            _step("state", fatal)
            await self.kv.put(token, "kept")
            _step("key", fatal)
            await self.schedule.after(A_YEAR, self.forget, token)
            await self.notes.send(token)
            _step("message", fatal)
            if rows:
                await Group.objects.acreate(name=token)
                _step("row", fatal)
                await sync_to_async(_die_later)(fatal)
        _step("commit", fatal)
        return len(self.state.tokens)

    @action
    async def forget(self, token: str) -> None:
        self.state.tokens.remove(token)

    @action
    async def take(self, token: str, fatal: Step | None, marker: str) -> None:
        """As a call of the outbox, which comes again: it dies the first time alone."""
        first = fatal is not None and not await asyncio.to_thread(Path(marker).exists)
        await asyncio.to_thread(Path(marker).touch)
        self.state.tokens.append(token)
        await self.schedule.after(A_YEAR, self.forget, token)
        await Group.objects.acreate(name=token)
        if first:
            _step("state", fatal)
            await sync_to_async(_die_later)(fatal)


def _step(now: Step, fatal: Step | None) -> None:
    if now == fatal:
        os.kill(os.getpid(), signal.SIGKILL)


def _die_later(fatal: Step | None) -> None:
    """At a step of the block's end, all of which go through this connection."""
    if fatal == "commit":
        transaction.on_commit(lambda: _step("commit", fatal))
    if fatal == "checked":
        check = connection.check_constraints

        def check_and_die(*args: Any) -> None:
            check(*args)
            _step("checked", fatal)

        connection.check_constraints = check_and_die
    if fatal == "statements":
        commit = connection.commit

        def die_or_commit() -> None:
            _step("statements", fatal)
            commit()

        connection.commit = die_or_commit
