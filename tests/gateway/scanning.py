"""What a scan of the HTTP doors needs: a platform in a thread of its own, and made-up requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import Any

import httpx
import requests
import schemathesis
from django.core.handlers.asgi import ASGIHandler
from hypothesis import strategies as st
from schemathesis.generation.case import Case
from schemathesis.generation.modes import GenerationMode

from actors.api.registry import registry
from actors.conf import NodeConfig
from actors.gateway import platform as platforms
from actors.gateway.asgi import ActorsApplication
from actors.gateway.openapi import described
from actors.gateway.openapi_operations import Operation
from actors.gateway.platform import Platform
from actors.protocol.ids import new_actor_id
from actors.storage.store import ActorRecord, NewActor, Store
from actors.testing.thread import running_loop
from tests.gateway import inspected_actors  # noqa: F401 - registers them

BASE = "http://localhost"
TOKEN = "t" * 40
CONFIG = NodeConfig(token=TOKEN, internal_secret="between-nodes", expose_errors=False)
DOCUMENT = described("/", "sessionid")
ACTIONS = ("inc", "first", "echo", "no such action")
"""Without those whose author lets them fail, and the one that takes its time."""


class Scanned:
    """The doors of one process, from outside its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, platform: Platform) -> None:
        self._loop = loop
        self.platform = platform
        platforms.install(platform)
        self._application: Any = ActorsApplication(ASGIHandler())
        self._addresses = map(str, IPv4Network("10.0.0.0/8"))
        self.schema = schemathesis.openapi.from_dict(DOCUMENT)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """From an address of its own: whoever guesses tokens is soon heard no more."""
        platforms.install(self.platform)
        return self._wait(self._request(method, url, **more))

    async def _request(self, method: str, url: str, **more: Any) -> httpx.Response:
        peer = next(self._addresses), 9
        transport = httpx.ASGITransport(self._application, client=peer, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, url, **more)

    def make_actor(self, key: str) -> str:
        """The id of an actor that nobody has woken yet."""
        record = self._wait(self._store_actor(key))
        actor_id: str = record.actor_id
        return actor_id

    async def _store_actor(self, key: str) -> ActorRecord:
        store = await self.platform.store()
        return await store.create(NewActor(new_actor_id(), "inspected", key))

    def send(self, case: Case, headers: dict[str, str]) -> httpx.Response:
        """As a client would, whatever has been made up."""
        told = case.as_transport_kwargs(base_url=BASE, headers=headers)
        allowed = {"method", "url", "headers", "params", "data", "json", "cookies", "files"}
        fields = {name: value for name, value in told.items() if name in allowed}
        made = requests.Request(**fields).prepare()
        body = made.body.encode() if isinstance(made.body, str) else made.body
        return self.request(made.method or "", made.url or "", headers=dict(made.headers), content=body)

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@contextmanager
def scanned(open_store: Callable[[], Store]) -> Iterator[Scanned]:
    with running_loop() as loop:

        async def start() -> Scanned:
            platform = Platform(CONFIG, registry, open_store)
            platform.address = "http://127.0.0.1:1"
            await platform.ready()
            return Scanned(loop, platform)

        doors = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
        yield doors
        asyncio.run_coroutine_threadsafe(doors.platform.drain(), loop).result(30)


def cases(doors: Scanned, operation: Operation) -> st.SearchStrategy[Case]:
    """Requests that are as the document has them, and some that are not."""
    described = doors.schema[operation.path][operation.method]
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return st.one_of(*(described.as_strategy(generation_mode=mode) for mode in modes))


def aim(case: Case, actor_id: str, action: str) -> None:
    """At something that is there: what is made up by chance would meet nothing."""
    known = {"actor_id": actor_id, "action": action, "queue": "jobs"}
    case.path_parameters.update({name: known[name] for name in known.keys() & case.path_parameters.keys()})
    if "namespace" in case.query:
        case.query["namespace"] = "default"
    if not isinstance(case.body, dict):
        return
    body = case.body
    if body.get("wait"):
        body["timeout"] = 0
    if "runner_name_selector" in body:
        body.update(name="inspected", runner_name_selector="default", input=None, datacenter=None)
    elif "name" in body:
        body["name"] = "jobs"
    if "state" in body:
        body.update(state={"count": 1}, revision=None)
