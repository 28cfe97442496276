"""Where the actors of a test are stored: in memory, or in the project's own test database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import on_commit

from actors.apps import open_store
from actors.clock import Clock
from actors.conf import NodeConfig
from actors.gateway.orm import DjangoTransaction
from actors.gateway.outbox import write_by_django
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.outbox import OutboxCall
from actors.storage.store import Store

StoreName = Literal["memory", "postgres"]


@dataclass(frozen=True, slots=True)
class News:
    """How a node hears of a commit: `tell` on its `loop`. Postgres alone says it later, over a socket."""

    loop: asyncio.AbstractEventLoop
    tell: Callable[[], None]


class Database(Protocol):
    """A server that several processes may reach, one after the other or together."""

    def open_store(self) -> Store:
        """The store of one process, not open yet."""
        ...

    async def state(self, actor_id: str) -> bytes | None:
        """The state as stored, None if there is none."""
        ...

    def store_call(self, news: News, call: OutboxCall) -> None:
        """Into the outbox, with Django's transaction of this thread."""
        ...


def database(store: StoreName, config: NodeConfig, clock: Clock) -> Database:
    """Raises ValueError for a name that is no store."""
    if store not in get_args(StoreName):
        raise ValueError(f"store is one of {', '.join(get_args(StoreName))}, not {store!r}")
    return InMemory(clock, config.lease_duration) if store == "memory" else InPostgres(config)


class InMemory(MemoryDatabase):
    """Lives as long as this object."""

    def open_store(self) -> MemoryStore:
        return MemoryStore(self, DjangoTransaction)

    async def state(self, actor_id: str) -> bytes | None:
        row = self.rows.get(actor_id)
        return None if row is None else row.state

    def store_call(self, news: News, call: OutboxCall) -> None:
        connections[DEFAULT_DB_ALIAS].ensure_connection()  # in an atomic block it joins only now
        on_commit(lambda: news.loop.call_soon_threadsafe(self.outbox.add, call))


class InPostgres:
    """Django's default database. What is stored is committed: whoever runs the test empties the tables."""

    def __init__(self, config: NodeConfig) -> None:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        if vendor != "postgresql":
            raise ValueError(f"store='postgres' needs a default database on PostgreSQL, not on {vendor}")
        self._config = config

    def open_store(self) -> Store:
        return open_store(self._config)

    async def state(self, actor_id: str) -> bytes | None:
        # Asked for late: this module is imported before Django has its models.
        states = apps.get_model("actors", "ActorState")._default_manager
        found = await states.filter(pk=actor_id).values_list("state", flat=True).afirst()
        return None if found is None else bytes(found)

    def store_call(self, news: News, call: OutboxCall) -> None:
        write_by_django(call)
        on_commit(lambda: news.loop.call_soon_threadsafe(news.tell))
