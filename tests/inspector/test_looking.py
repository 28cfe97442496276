"""What the pages of one node tell of an actor that lives at another: who is there, why, and what happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.core.handlers.asgi import ASGIHandler

from actors import Actor, action
from actors.api.registry import registry
from actors.conf import NodeConfig
from actors.gateway import platform as platforms
from actors.gateway.asgi import ActorsApplication
from actors.gateway.asking import PATIENCE
from actors.gateway.attending import Act, Attendance
from actors.gateway.forward import Forwarder
from actors.gateway.platform import Platform
from actors.gateway.recent import SECONDS
from actors.gateway.seeing import Origin
from actors.gateway.tailing import FORGOTTEN
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.conn import ConnectRequest, Traffic
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor
from actors.testing.clock import TurnedClock
from inspector import looking

ID = "tpm899o4hpr4v5nz6us6k94knval00"


class Host(Actor, name="inspectorHost"):
    """Has visitors, and somebody who does not leave."""

    state: int = 0

    @action
    def nod(self) -> None:
        pass

    @action
    def stay(self) -> None:
        self.keep_awake(asyncio.Event().wait())


class Port:
    """A client that reads nothing."""

    codec: Codec = codec_for("json")
    traffic = Traffic(received=3, received_bytes=70, dropped=2, heard_at=5)
    round_trip = 0.25

    def write(self, frame: Frame) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        pass


class Wire(httpx.ASGITransport):
    """To the doors of one platform, unless it is `cut`."""

    def __init__(self, platform: Platform) -> None:
        application: Any = ActorsApplication(ASGIHandler())
        super().__init__(application, client=("10.0.0.1", 9))
        self.cut = False
        self._platform = platform

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            await asyncio.Event().wait()
        before = platforms.install(self._platform)
        try:
            return await super().handle_async_request(request)
        finally:
            platforms.install(before)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def nodes(clock: TurnedClock) -> AsyncIterator[tuple[Platform, Platform]]:
    """This process, and another one."""
    database, config = MemoryDatabase(clock), NodeConfig(internal_secret="s", open_on_loopback=True)
    here, there = (Platform(config, registry, lambda: MemoryStore(database), clock) for _ in range(2))
    before = platforms.install(here)
    for number, one in enumerate((here, there)):
        one.address = f"http://localhost:{number + 1}"
        await one.ready()
    yield here, there
    for one in (here, there):
        draining = asyncio.ensure_future(one.drain())
        await clock.advance(config.drain_timeout)
        await draining
    platforms.install(before)


@pytest.fixture
def wire(nodes: tuple[Platform, Platform]) -> Wire:
    """From here to the other."""
    here, there = nodes
    made = Wire(there)
    here.forwarder = Forwarder(here.config, here.clock)
    here.forwarder.client = httpx.AsyncClient(transport=made)
    return made


async def awake_at(platform: Platform) -> ActorTask:
    node = await platform.ready()
    new = NewActor(ID, "inspectorHost", "one")
    task = await node.ensure(ClaimRequest(name="inspectorHost", key="one", new=new), ("inspectorHost", "one"))
    assert isinstance(task, ActorTask)
    return task


async def asleep(task: ActorTask) -> None:
    task.request_sleep()
    await task.stopped()


def told(followed: looking.Followed | None) -> list[tuple[str, str]]:
    assert followed is not None
    return [(node_id, one.what) for node_id, one in followed.happenings if one.kind in ("life", "call")]


async def call(task: ActorTask, name: str) -> None:
    reply = Reply()
    task.call(ConnectRequest(), name, [], reply)
    await reply.answer


class Reply:
    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def encode(self, output: Any) -> Any:
        return output

    def encode_error(self, err: Any) -> Any:
        return err

    def deliver(self, frame: Any) -> None:
        self.answer.set_result(frame)


@pytest.mark.usefixtures("wire")
async def test_the_node_of_the_actor_tells_who_is_connected_and_what_holds_it_awake(
    nodes: tuple[Platform, Platform],
) -> None:
    task = await awake_at(nodes[1])
    scope = {
        "client": ("10.1.1.1", 5),
        "headers": [(b"user-agent", b"Netscape")],
        "path": "/gateway/some-id@some-token/connect",
    }
    user = get_user_model()(pk=7, username="ada")
    await task.connect(ConnectRequest({"a": [1]}, user, None, scope, 1234), Port())
    await call(task, "stay")
    seen = await looking.seen(ID)
    assert seen is not None
    [client] = seen.clients
    assert client.user is not None
    assert (client.user.name, client.user.model, client.user.key) == ("ada", "auth.user", "7")
    assert (client.origin, client.since) == (Origin("10.1.1.1", "Netscape", "/connect"), 1234)
    assert client.round_trip == 0.25
    assert (client.params, client.traffic) == ('{\n  "a": [\n    1\n  ]\n}', Port.traffic)
    assert {"keep_awake", "connection"} <= {one.label for one in seen.holders}
    assert await looking.seen("nobody") is None


@pytest.mark.usefixtures("wire")
async def test_each_node_tells_how_many_are_connected_and_who_rests(
    nodes: tuple[Platform, Platform], clock: TurnedClock
) -> None:
    task = await awake_at(nodes[1])
    rested_from = clock.now_ms()
    await clock.advance(3)
    attendance = await looking.attendance([ID, "nobody"])
    assert attendance is not None
    [(one_id, one)] = attendance.actors.items()
    assert (one_id, one.connections, one.rests_since, one.acted) == (ID, 0, rested_from, None)
    assert (await looking.connected() or attendance).actors == {}
    await task.connect(ConnectRequest(), Port())
    await clock.advance(SECONDS)
    connected = await looking.connected()
    assert connected is not None
    assert connected.actors[ID] == Attendance(ID, 1, None)
    acted_at = clock.now_ms()
    await call(task, "nod")
    await clock.advance(SECONDS)
    acted = await looking.attendance([ID])
    assert acted is not None and acted.actors[ID].acted == Act("nod", acted_at)
    assert (connected.silent, connected.whole) == (0, True)
    await asleep(task)
    attendance = await looking.attendance([ID])
    assert attendance is not None and attendance.actors == {}
    assert nodes[1].node is not None and nodes[1].node.local(ID) is None, "looking has woken it"


@pytest.mark.usefixtures("wire")
async def test_a_node_names_a_thousand_at_most(
    nodes: tuple[Platform, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.gateway.attending.MOST", 0)
    await (await awake_at(nodes[1])).connect(ConnectRequest(), Port())
    connected = await looking.connected()
    assert connected is not None and (connected.actors, connected.whole) == ({}, False)


@pytest.mark.usefixtures("wire")
async def test_what_happens_is_told_by_each_node_to_which_the_actor_comes(
    nodes: tuple[Platform, Platform],
) -> None:
    here, there = [(await one.ready()).node_id for one in nodes]
    task = await awake_at(nodes[1])
    assert told(await looking.followed(ID)) == []
    await call(task, "nod")
    assert told(await looking.followed(ID)) == [(there, "nod")]
    await asleep(task)
    await looking.followed(ID)
    assert nodes[1].node is not None and nodes[1].node.local(ID) is None, "looking has woken it"
    await call(await awake_at(nodes[0]), "nod")
    assert told(await looking.followed(ID)) == [
        (here, "nod"),
        (here, "awake, generation 2"),
        (there, "left"),
        (there, "nod"),
    ]


@pytest.mark.usefixtures("wire")
async def test_no_node_listens_when_nobody_looks_any_more(
    nodes: tuple[Platform, Platform], clock: TurnedClock
) -> None:
    task = await awake_at(nodes[1])
    await call(task, "stay")
    await looking.followed(ID)
    assert task.inspection._watch.followers
    await clock.advance(FORGOTTEN + 1)
    assert not task.inspection._watch.followers
    assert told(await looking.followed(ID)) == []


async def test_a_node_that_is_silent_is_left_out_in_time(
    nodes: tuple[Platform, Platform], wire: Wire, clock: TurnedClock
) -> None:
    await awake_at(nodes[1])
    wire.cut = True
    for look, answer in ((looking.seen(ID), None), (looking.followed(ID), 1), (looking.connected(), 1)):
        looked: Any = asyncio.ensure_future(look)
        await clock.advance(PATIENCE)
        found = await looked
        assert (found and found.silent) == answer
    wire.cut = False
    found = await looking.followed(ID)
    assert found is not None and found.silent == 0
