"""An actor that does a little of everything in one atomic block: state, a key, a message, rows of the ORM."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, OperationalError, connection, transaction

from actors import Actor, Queue, UserError, action


@dataclass
class Ledger:
    entries: list[str] = field(default_factory=list)


class Clerk(Actor, name="rowClerk"):
    state: Ledger
    jobs = Queue(str)

    async def enter(self, name: str) -> None:
        self.state.entries.append(name)
        await self.kv.put(name, "entered")
        await self.jobs.send(name)
        await Group.objects.acreate(name=name)

    @action
    async def record(self, name: str, fails: bool = False) -> list[str]:
        async with self.atomic():
            await self.enter(name)
            if fails:
                raise UserError("no")
        return self.state.entries

    @action
    async def without_rows(self, name: str) -> int:
        """How many threads there are meanwhile."""
        async with self.atomic():
            self.state.entries.append(name)
            return sum(thread.name.startswith("actors-atomic") for thread in threading.enumerate())

    @action
    async def several(self) -> list[int]:
        """The connection outside, and those that the calls of one block use."""
        pids = [await sync_to_async(_pid)()]
        async with self.atomic():
            pids += [await sync_to_async(_pid)() for _ in range(2)]
            pids.append(await database_sync_to_async(_pid)())
        return pids

    @action
    async def duplicate(self, how: str) -> str:
        """Breaks a unique constraint, and catches that in one way or another."""
        async with self.atomic():
            await self.enter(how)
            try:
                if how == "savepoint":
                    await sync_to_async(_create_in_savepoint)(how)
                elif how == "bare":
                    await Group.objects.acreate(name=how)
                else:
                    await sync_to_async(_insert)(how)
            except IntegrityError:
                if how == "uncaught":
                    raise
        return "stored"

    @action
    async def first_call_is(self, how: str, fails: bool) -> None:
        """Where the first use of the connection is Django's own atomic."""
        async with self.atomic():
            self.state.entries.append(how)
            if how == "durable":
                await sync_to_async(_durable)()
            else:
                await sync_to_async(_create_in_savepoint)(how)
            await Group.objects.acreate(name=how + " 2")
            if fails:
                raise UserError("no")

    @action
    async def dangle(self) -> None:
        """A foreign key that leads nowhere: Postgres looks at it when the transaction ends."""
        async with self.atomic():
            await self.enter("dangling")
            await sync_to_async(_dangle)()

    @action
    async def hooked(self, seen: str, fails: bool) -> None:
        async with self.atomic():
            await self.enter(seen)
            await sync_to_async(_hang_on)(seen, fails)

    @action
    async def set_rollback(self) -> None:
        async with self.atomic():
            await self.enter("rolled back")
            await sync_to_async(transaction.set_rollback)(True)

    @action
    async def lock(self, name: str, seconds: float) -> int:
        """Reads and writes a row that it has locked."""
        async with self.atomic():
            await sync_to_async(_append_to_locked)(name)
            self.state.entries.append(name)
        return len(self.state.entries)

    @action
    async def ask(self, other: str, fails: bool) -> None:
        """Another actor's rows are no part of this one's block."""
        async with self.atomic():
            await self.enter(self.key[0])
            await Clerk.actors.get_or_create(other).plain(other)
            if fails:
                raise UserError("no")

    @action
    async def plain(self, name: str) -> None:
        await Group.objects.acreate(name=name)

    @action
    async def ask_itself(self) -> None:
        async with self.atomic():
            await Clerk.actors.get_or_create(self.key[0]).plain("never")

    @action
    async def lose(self, applied: bool) -> str:
        """The connection breaks at the COMMIT, before or after the database has done it."""
        async with self.atomic():
            await self.enter("lost")
            await sync_to_async(_break_at_commit)(applied)
        return "stored"

    @action
    async def wait_inside(self) -> None:
        async with self.atomic():
            await self.enter("waiting")
            await asyncio.Event().wait()


hooks: list[str] = []


def _pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def _insert(name: str) -> Any:
    return Group.objects.create(name=name)


def _create_in_savepoint(name: str) -> None:
    with transaction.atomic():
        Group.objects.create(name=name)


def _durable() -> None:
    with transaction.atomic(durable=True):
        pass


def _dangle() -> None:
    Permission.objects.create(codename="x", name="x", content_type_id=999_999)


def _hang_on(seen: str, fails: bool) -> None:
    def hook() -> None:
        hooks.append(seen)
        if fails:
            raise ValueError(seen)

    transaction.on_commit(hook)


def _break_at_commit(applied: bool) -> None:
    commit = connection.commit

    def commit_and_break() -> None:
        if applied:
            commit()
        connection.connection.close()
        raise OperationalError("the connection is lost")

    connection.commit = commit_and_break


def _append_to_locked(name: str) -> None:
    group = Group.objects.select_for_update().get(pk=1)
    group.name += name
    group.save()
