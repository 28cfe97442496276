"""The platform of a process: one start for all who ask, another try after a failure, address, drain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.api.registry import registry
from actors.clock import LoopClock
from actors.conf import NodeConfig
from actors.errors import ActorError, error
from actors.gateway import platform as platforms
from actors.gateway.asgi import ActorsApplication
from actors.gateway.platform import Platform
from actors.storage.memory import MemoryDatabase, MemoryStore


class Flaky(MemoryStore):
    """A store whose database is away for the first `failures` attempts."""

    failures = 0

    async def open(self) -> None:
        if Flaky.failures:
            Flaky.failures -= 1
            raise error("storage.unavailable")
        await super().open()


@pytest.fixture
def made() -> Platform:
    database = MemoryDatabase(LoopClock())
    platform = Platform(NodeConfig(open_on_loopback=True), registry, lambda: Flaky(database))
    platforms.install(platform)
    return platform


async def test_concurrent_requests_share_one_start(made: Platform) -> None:
    nodes = await asyncio.gather(*[made.ready() for _ in range(5)])
    assert len({id(node) for node in nodes}) == 1
    assert made.loop is asyncio.get_running_loop()
    await made.drain()


async def test_a_start_that_failed_is_tried_again(made: Platform) -> None:
    Flaky.failures = 1
    with pytest.raises(ActorError, match="storage"):
        await made.ready()
    assert made.node is None
    node = await made.ready()
    assert made.node is node
    await made.drain()


async def test_a_drained_process_starts_no_node(made: Platform) -> None:
    await made.ready()
    await made.drain()
    await made.drain()
    with pytest.raises(ActorError) as caught:
        await made.ready()
    assert caught.value.name == "guard.service_unavailable"


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("0.0.0.0", 80, "http://127.0.0.1:80"),
        ("", 81, "http://127.0.0.1:81"),
        ("10.1.2.3", 82, "http://10.1.2.3:82"),
        ("::1", 83, "http://[::1]:83"),
    ],
)
def test_the_launcher_names_the_address(made: Platform, host: str, port: int, address: str) -> None:
    made.announce(host, port)
    assert made.address == address
    made.announce("10.9.9.9", 1)
    assert made.address == address


async def test_the_first_request_names_it_where_nobody_did(made: Platform) -> None:
    made.note_server({"server": None})
    assert made.address is None
    made.note_server({"server": ("testserver", 8123)})
    assert made.address == "http://127.0.0.1:8123"


def test_without_a_platform_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "_installed", None)
    with pytest.raises(ActorError, match="INSTALLED_APPS"):
        platforms.current()


async def lifespan(application: ActorsApplication) -> list[str]:
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    answered: list[str] = []

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(message: Any) -> None:
        answered.append(message["type"])

    await application({"type": "lifespan"}, receive, send)
    return answered


@pytest.mark.parametrize("failures", [0, 1])
async def test_the_lifespan_starts_and_drains_the_node(made: Platform, failures: int) -> None:
    Flaky.failures = failures
    made.announce("127.0.0.1", 1)
    assert await lifespan(ActorsApplication(ASGIHandler())) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert made.draining and made.node is None


async def test_other_websockets_go_to_the_projects_own_application(made: Platform) -> None:
    seen: list[str] = []

    async def own(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        seen.append(message["type"])

    scope = {"type": "websocket", "path": "/chat", "headers": []}
    await ActorsApplication(ASGIHandler(), websocket=own)(scope, receive, send)
    await ActorsApplication(ASGIHandler())(scope, receive, send)
    assert seen == ["/chat", "websocket.close"]
    with pytest.raises(ValueError, match="telegram"):
        await ActorsApplication(ASGIHandler())({"type": "telegram"}, receive, send)


async def test_other_requests_go_to_django(made: Platform) -> None:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    async def django(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299})

    scope = {"type": "http", "path": "/nothing", "method": "GET", "headers": [], "query_string": b""}
    await ActorsApplication(django)(scope, receive, send)
    assert statuses == [299]
