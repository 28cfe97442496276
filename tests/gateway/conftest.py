"""A platform in memory for the doors under test, and clients that speak to it without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actors.api.registry import registry
from actors.clock import Clock, LoopClock
from actors.conf import NodeConfig
from actors.gateway import platform as platforms
from actors.gateway.asgi import ActorsApplication
from actors.gateway.platform import Platform
from actors.storage.memory import MemoryDatabase, MemoryStore
from tests.gateway import actors, queue_actors, raw_actors  # noqa: F401 - registers them
from tests.gateway.inspecting import Inspector

CONFIG = NodeConfig(
    open_on_loopback=True,
    internal_secret="between-nodes",
    expose_errors=False,
    inspector_read_only=False,
    # Doors are tested here, no leases: a busy machine may be too late for the next heartbeat.
    lease_duration=3600.0,
)


@pytest.fixture(scope="session", autouse=True)
def logins_are_counted(redis_url: str) -> None:
    """In Redis, by django-axes: whoever logs in needs it."""


@pytest.fixture
def config() -> NodeConfig:
    return CONFIG


@pytest.fixture
def clock() -> Clock:
    """Of the platform and its database; a module may turn one by hand in its place."""
    return LoopClock()


@pytest.fixture
def database(config: NodeConfig, clock: Clock) -> MemoryDatabase:
    return MemoryDatabase(clock, config.lease_duration)


@pytest.fixture
async def platform(config: NodeConfig, database: MemoryDatabase, clock: Clock) -> AsyncIterator[Platform]:
    """The platform of this process, with a node over a database in memory."""
    made = Platform(config, registry, lambda: MemoryStore(database), clock)
    made.address = "http://127.0.0.1:1"
    platforms.install(made)
    await made.ready()
    yield made
    await made.drain()


@pytest.fixture(params=["slim", "django"])
def handler(request: pytest.FixtureRequest) -> str:
    """Which handler serves the framework routes: tests that use it run over both."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def application(platform: Platform, handler: str, settings: Any) -> ActorsApplication:
    from django.core.handlers.asgi import ASGIHandler

    settings.ALLOWED_HOSTS = ["localhost"]
    platform.config = replace(platform.config, slim_handler=handler == "slim")
    return ActorsApplication(ASGIHandler())


@pytest.fixture
async def http(application: ActorsApplication) -> AsyncIterator[httpx.AsyncClient]:
    transport: Any = httpx.ASGITransport(application, client=("127.0.0.1", 9), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def query() -> Callable[..., str]:
    """`query("probe", "key", "/action/echo")`: the gateway URL in query form."""

    def make(name: str, key: str, rest: str, method: str = "getOrCreate") -> str:
        pool = "&rvt-runner=default" if method == "getOrCreate" else ""
        return f"/gateway/{name}{rest}?rvt-namespace=default&rvt-method={method}{pool}&rvt-key={key}"

    return make


@pytest.fixture
def inspector(
    http: httpx.AsyncClient, platform: Platform, query: Callable[..., str]
) -> Callable[..., Awaitable[Inspector]]:
    """`await inspector("inspected")`: of an actor of that class, which is awake."""

    async def make(name: str = "inspected", key: str = "i") -> Inspector:
        made = await http.get(query(name, key, "/health"))
        return Inspector(http, platform, made.headers["x-rivet-actor"])

    return make
