"""DjangoTransaction: lets the ORM calls of an atomic block take part in its one transaction.

Inside the block async ORM calls and `sync_to_async` have a thread of their own, so a connection of their own,
whose first use begins the transaction. Without one there is neither thread nor connection.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from asgiref.sync import ThreadSensitiveContext
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.signals import connection_created
from django.db.transaction import Atomic, atomic, on_commit
from psycopg import pq

from actors.errors import error
from actors.storage.block_postgres import run_on, steps
from actors.storage.failures import Conflict, meaning
from actors.storage.postgres import PostgresStore
from actors.storage.store import AfterCommit, BlockWrite, Store, StoreInterrupted, StoreRejected

T = TypeVar("T")

_here = threading.local()
"""In the thread of a block its transaction."""


class DjangoTransaction:
    """See `Transaction`. It is Django's default database that joins: there the actors are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = _Thread(self)
        self._context = ThreadSensitiveContext(executor=self._thread)
        self._blocks: list[Atomic] = []
        self._committed = False

    async def open(self) -> None:
        await self._context.__aenter__()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self._context.__aexit__(None, None, None)  # type: ignore[no-untyped-call]

    async def check(self) -> None:
        if self._thread.used:
            await self._run(self._check)

    async def commit(self, write: BlockWrite) -> bool:
        if not self._blocks:
            applied = await self._store.write_together(write)
            await self.roll_back()
            return applied
        if isinstance(self._store, PostgresStore):
            return await self._run(lambda: self._commit(write))
        applied = await self._store.write_together(write)  # in memory: a test
        await self._run(lambda: self._end(keep=applied))
        return applied

    async def roll_back(self) -> None:
        if self._thread.used:
            with suppress(Exception):  # a connection that broke has been rolled back by its server
                await self._run(lambda: self._end(keep=False))
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        """Behind what the block has begun there."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # -- in the thread -------------------------------------------------------------------------------
    def join(self) -> None:
        """The connection has just been made, perhaps by the author's own transaction.atomic()."""
        if not self._blocks:
            # That would take the level below for its outermost one: so there are two.
            self._blocks = [atomic(), atomic(savepoint=False)]
            for block in self._blocks:
                block.__enter__()

    def _check(self) -> None:
        if not self._blocks:
            return
        connection: Any = connections[DEFAULT_DB_ALIAS]
        if connection.needs_rollback or not connection.in_atomic_block or connection.closed_in_transaction:
            raise error("atomic.transaction_broken", reason="it has been rolled back")
        if connection.vendor == "postgresql":
            if connection.connection.info.transaction_status == pq.TransactionStatus.INERROR:
                raise error("atomic.transaction_broken", reason="an earlier statement failed")
            connection.check_constraints()  # now: at the COMMIT it would be too late to tell

    def _commit(self, write: BlockWrite) -> bool:
        connection: Any = connections[DEFAULT_DB_ALIAS].connection
        try:
            applied = run_on(connection, steps(write))
        except psycopg.Error as failure:
            meant = meaning(failure, "block", broken=connection.closed)
            # No COMMIT has been sent, and what the author did cannot be repeated.
            unsent = isinstance(meant, StoreInterrupted | Conflict)
            raise (error("storage.unavailable") if unsent else meant) from failure
        except (UnicodeEncodeError, OverflowError) as failure:
            raise StoreRejected(str(failure)) from failure
        self._end(keep=applied)
        return applied

    def _end(self, *, keep: bool) -> None:
        """Commit or roll back, and let go of every connection of the thread."""
        _here.transaction = None  # Django may connect anew on its way out
        blocks, self._blocks = self._blocks, []
        connection: Any = connections[DEFAULT_DB_ALIAS]
        wire = connection.connection
        try:
            if blocks:
                self._leave(connection, blocks, keep)
        except DatabaseError as failure:
            if keep and not self._committed and getattr(wire, "closed", False):
                raise StoreInterrupted("COMMIT") from failure
            raise
        except Exception as failure:
            if self._committed:
                raise AfterCommit from failure
            raise
        finally:
            connection.atomic_blocks.clear()
            connections.close_all()
            self._thread.shutdown(wait=False)

    def _leave(self, connection: Any, blocks: list[Atomic], keep: bool) -> None:
        if keep:
            hooks, connection.run_on_commit = connection.run_on_commit, []
            on_commit(self._note_commit)
            connection.run_on_commit += hooks
        else:
            connection.needs_rollback = True
        connection.commit_on_exit = True
        for block in reversed(blocks):
            block.__exit__(None, None, None)

    def _note_commit(self) -> None:
        self._committed = True


class _Thread(ThreadPoolExecutor):
    """At most one thread, started by the first call; `used` from then on. Does not keep its transaction."""

    def __init__(self, transaction: DjangoTransaction) -> None:
        super().__init__(1, "actors-atomic", _begin, (weakref.ref(transaction),))
        self.used = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self.used = True
        return super().submit(fn, *args, **kwargs)


def _begin(transaction: weakref.ref[DjangoTransaction]) -> None:
    """Before a thread's first call. Nothing is connected yet, but a durable atomic() is refused."""
    _here.transaction = transaction()
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.atomic_blocks.append(atomic())
    # Channels' database_sync_to_async would close a connection that is not in autocommit.
    connection.close_if_unusable_or_obsolete = _nothing


def _join(connection: Any, **_: Any) -> None:
    transaction: DjangoTransaction | None = getattr(_here, "transaction", None)
    if transaction is not None and connection.alias == DEFAULT_DB_ALIAS:
        transaction.join()


def _nothing() -> None:
    """There is nothing old about it."""


connection_created.connect(_join, dispatch_uid="actors.gateway.orm")
