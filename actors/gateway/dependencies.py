"""What the platform stands on: database, Redis, Celery's broker, worker and beat. Each says what is wrong.

Used by `/ready`, by `manage.py actors doctor` and by the pages. A question takes SECONDS at most, and
changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

# Here, because Celery replaces its own module: of two threads that import it at once, one finds it empty.
from celery import current_app
from channels.layers import get_channel_layer
from django.conf import settings

from actors.clock import Clock
from actors.gateway.platform import Platform
from actors.gateway.recent import Recent
from actors.storage.store import Store

SECONDS: Final = 2.0
WORKER_SECONDS: Final = 1

UNKNOWN: Final = "cannot be known without the database"

NO_CELERY: Final = "default"
"""The name of Celery's own app, which is there when the site has none."""
GROUP: Final = "actors-ready"
"""A group of the channel layer in which nobody is."""

OpenStore: TypeAlias = Callable[[], Awaitable[Store]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one `part`, and how long its answer took in seconds.

    `without`: what stops while it is not well; `remedy`: what to do.
    """

    part: str
    well: bool
    text: str
    without: str = ""
    remedy: str = ""
    took: float = 0.0


_found: WeakKeyDictionary[Platform, Recent[Sequence[Finding]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Dependency:
    """`ask` returns what to say when all is well, and raises when it is not. None: the site has none.

    `told_by_database`: only the database knows how it is.
    """

    part: str
    ask: Callable[[], Awaitable[str | None]]
    without: str
    remedy: str
    told_by_database: bool = False


def _dependencies(opened: OpenStore) -> list[Dependency]:
    """Those of this site, the one without which nothing works first."""

    async def database() -> str:
        nodes = await (await opened()).live_nodes()
        return f"answers, and knows {len(nodes)} node{'' if len(nodes) == 1 else 's'}"

    return [
        Dependency(
            "database",
            database,
            "No actor can wake or store anything.",
            "Start Postgres, or correct DATABASES['default'].",
        ),
        Dependency(
            "redis",
            _channel_layer,
            "Notices between processes do not arrive.",
            "Start Redis or Valkey, or correct CHANNEL_LAYERS.",
        ),
        Dependency(
            "broker",
            _celery_broker,
            "No Celery task starts; sleeping actors are woken late, by the sweep of the nodes.",
            "Start it, or correct CELERY_BROKER_URL.",
        ),
        Dependency(
            "worker",
            _celery_worker,
            "Tasks wait; sleeping actors are woken late, by the sweep of the nodes.",
            "Start one: celery -A <project> worker",
        ),
        Dependency(
            "beat",
            partial(_celery_beat, opened),
            "Periodic tasks do not run; sleeping actors are woken late, by the sweep of the nodes.",
            "Start one: celery -A <project> beat",
            told_by_database=True,
        ),
    ]


async def _channel_layer() -> str | None:
    layer = get_channel_layer()
    if layer is None:
        return None
    await layer.group_send(GROUP, {"type": "actors.ready"})
    return "answers"


async def _celery_broker() -> str | None:
    return await asyncio.to_thread(_reach_broker)


def _reach_broker() -> str | None:
    with broker_connection() as connection:
        return None if connection is None else "answers"


@contextmanager
def broker_connection() -> Iterator[Any]:
    """To Celery's broker, which has answered; None where the site has no Celery. It blocks."""
    if current_app.main == NO_CELERY:
        yield None
        return
    with current_app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=WORKER_SECONDS)
        yield connection


async def _celery_worker() -> str | None:
    return await asyncio.to_thread(_ping_worker)


def _ping_worker() -> str | None:
    with broker_connection() as connection:
        if connection is None:
            return None
        answers = current_app.control.ping(connection=connection, timeout=WORKER_SECONDS, limit=1)
    if not answers:
        raise TimeoutError("no worker answers")
    return f"{next(iter(answers[0]))} answers"


async def _celery_beat(opened: OpenStore) -> str | None:
    if not str(getattr(settings, "CELERY_BEAT_SCHEDULER", "")).startswith("actors."):
        return None
    count = await (await opened()).alarms.beats()
    if not count:
        raise TimeoutError("none listens for alarms")
    return f"{count} listen{'s' if count == 1 else ''} for alarms"


async def found_lately(platform: Platform) -> Sequence[Finding]:
    """What this process has found within the last seconds. Looking starts no node."""
    return await _found.setdefault(platform, Recent()).get(partial(_look, platform), platform.clock)


async def _look(platform: Platform) -> Sequence[Finding]:
    async with lent_store(platform) as opened:
        return await examine(opened, platform.clock)


@asynccontextmanager
async def lent_store(platform: Platform) -> AsyncIterator[OpenStore]:
    """The store of this process's node; without one, a store of its own, opened by the first who asks."""
    async with AsyncExitStack() as ending:
        own: Store | None = None

        async def opened() -> Store:
            nonlocal own
            if platform.node is not None:
                return platform.node.store
            if own is None:
                store = platform.open_store()
                await store.open()
                ending.push_async_callback(store.close)
                own = store
            return own

        yield opened


async def examine(opened: OpenStore, clock: Clock) -> list[Finding]:
    """Ask all at once; what the site does not have is left out."""
    asked = _dependencies(opened)
    findings = await asyncio.gather(*(_finding(dependency, clock) for dependency in asked))
    found = [(one, finding) for one, finding in zip(asked, findings, strict=True) if finding is not None]
    known = reached([finding for _, finding in found])
    return [
        Finding(one.part, False, UNKNOWN) if one.told_by_database and not known else finding
        for one, finding in found
    ]


def reached(findings: Sequence[Finding]) -> bool:
    """Whether the database answers."""
    return any(finding.part == "database" and finding.well for finding in findings)


async def _finding(dependency: Dependency, clock: Clock) -> Finding | None:
    began = clock.monotonic()
    try:
        async with clock.timeout(SECONDS):
            text = await dependency.ask()
    except Exception as problem:  # whatever a driver raises means the same here
        text = f"does not answer: {str(problem) or type(problem).__name__}"
        return Finding(dependency.part, False, text, dependency.without, dependency.remedy)
    took = clock.monotonic() - began
    return None if text is None else Finding(dependency.part, True, text, took=took)
