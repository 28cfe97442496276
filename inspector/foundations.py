"""What the platform stands on, in numbers: the database, Redis and what Celery has not begun.

Looked at for all who look together, every few seconds at most; what does not answer in time has no numbers.
Whether each of it is up at all is found by `actors.gateway.dependencies`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary

from celery import current_app
from channels.db import DatabaseSyncToAsync
from django.conf import settings

from actors.gateway.dependencies import broker_connection
from actors.gateway.platform import Platform, current
from actors.gateway.recent import Recent
from inspector.database import FULL, Fact, Table, facts_of_database
from inspector.reach import at_home
from inspector.templatetags.inspector import millis, weight

EVERY: Final = 5.0
PATIENCE: Final = 2.0
"""Seconds."""
WAITING: Final = 1000
"""Tasks."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Foundations:
    """Facts by the part that they are of, and the largest tables."""

    facts: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    tables: Sequence[Table] = ()


_found: WeakKeyDictionary[Platform, Recent[Foundations]] = WeakKeyDictionary()


async def foundations() -> Foundations:
    """As found within the last seconds."""
    platform = current()
    recent = _found.setdefault(platform, Recent(EVERY))
    return await at_home(recent.get(partial(_look, platform), platform.clock))


async def _look(platform: Platform) -> Foundations:
    database, redis, broker = await asyncio.gather(
        _in_time(platform, _database),
        _in_time(platform, partial(_redis, platform)),
        _in_time(platform, _broker),
    )
    facts, tables = database or ((), ())
    return Foundations({"database": facts, "redis": redis or (), "broker": broker or ()}, tables)


async def _in_time(platform: Platform, ask: Callable[[], Awaitable[T]]) -> T | None:
    with suppress(Exception):  # whatever a driver raises: that it is down is told elsewhere
        async with platform.clock.timeout(PATIENCE):
            return await ask()
    return None


async def _database() -> tuple[list[Fact], list[Table]]:
    """In any thread; its connection goes back afterwards."""
    asked = DatabaseSyncToAsync(facts_of_database, thread_sensitive=False)
    return cast("tuple[list[Fact], list[Table]]", await asked())


async def _redis(platform: Platform) -> list[Fact]:
    """Of each Redis of the channel layer, where that is one of channels_redis."""
    from channels_redis.utils import create_pool, decode_hosts  # not every site has it
    from redis.asyncio import Redis

    layer: Mapping[str, Any] = settings.CHANNEL_LAYERS["default"]
    if not layer["BACKEND"].startswith("channels_redis."):
        return []
    facts: list[Fact] = []
    for host in decode_hosts(layer.get("CONFIG", {}).get("hosts")):
        client: Any = Redis.from_pool(create_pool(host))
        try:
            info = await client.info()  # and connect, which is no part of a round trip
            began = platform.clock.monotonic()
            await client.ping()
            facts.append(Fact("Round trip", millis(platform.clock.monotonic() - began)))
            facts += _facts_of_redis(info)
        finally:
            await client.aclose()
    return facts


def _facts_of_redis(info: Mapping[str, Any]) -> list[Fact]:
    used, most = info["used_memory"], info.get("maxmemory", 0)
    full = bool(most) and used > FULL * most
    of = f" of {weight(most)}" if most else ", with no limit of its own"
    return [
        Fact(
            "Memory",
            f"{weight(used)}{of}",
            "Nearly none is left: raise maxmemory, or look what fills it." if full else "",
        ),
        Fact("Clients", f"{info['connected_clients']}"),
    ]


async def _broker() -> list[Fact]:
    return await asyncio.to_thread(_tasks_waiting)


def _tasks_waiting() -> list[Fact]:
    """In the queue that Celery uses unless told otherwise. One that is not there yet holds none."""
    queue, waiting = current_app.conf.task_default_queue, 0
    with broker_connection() as connection:
        if connection is None:
            return []
        channel: Any = connection.default_channel
        with suppress(*connection.channel_errors):
            waiting = channel.queue_declare(queue=queue, passive=True).message_count
    much = "Start more workers, or look what keeps those that run." if waiting > WAITING else ""
    return [Fact("Tasks waiting", f"{waiting:,} in {queue}", much)]
