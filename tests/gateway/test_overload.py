"""A client that sends far more than an actor takes: told so at once, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import islice
from typing import Any

import httpx
import pytest

from actors.gateway.forward import Answer
from actors.gateway.passage import brought_back_whole
from actors.gateway.platform import Platform
from actors.gateway.session import Session
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.conn import ConnectRequest
from actors.runtime.lifecycle import State
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest, NewActor
from tests.gateway import limit_actors

CAPACITY = 1024
FLOOD = 5 * CAPACITY
ID = "tpm899o4hpr4v5nz6us6k94knval00"


class Port:
    """The client's end: what it has been told."""

    def __init__(self) -> None:
        self.codec: Codec = codec_for("json")
        self.traffic = None
        self.round_trip = None
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def codes(self) -> set[str]:
        return {json.loads(frame)["body"]["val"].get("code") for frame in self.frames}


def act(number: int, name: str) -> str:
    return json.dumps({"body": {"tag": "ActionRequest", "val": {"id": number, "name": name, "args": []}}})


async def wide(platform: Platform, key: str = "k") -> ActorTask:
    limit_actors.stalling.clear()
    node = await platform.ready()
    new = NewActor(ID[:-6] + key.rjust(4, "0") + "00", "wide", key)
    task = await node.ensure(ClaimRequest(name="wide", key=key, new=new))
    assert isinstance(task, ActorTask)
    return task


async def session_of(platform: Platform, task: ActorTask, port: Port) -> Session:
    node = await platform.ready()
    session = Session(port, ConnectRequest(), node.parking, platform.config)
    session.attach(task, await task.connect(session.request, port, session))
    return session


async def test_a_flood_is_answered_frame_by_frame_and_costs_no_task(platform: Platform) -> None:
    """As many clients as it takes, since each of them is read from only up to 256 open frames."""
    task, ports = await wide(platform), [Port() for _ in range(FLOOD // 256)]
    sessions = [await session_of(platform, task, port) for port in ports]
    number, tasks = 0, 0
    for session, port in zip(sessions, ports, strict=True):
        for _ in range(256):
            before = len(port.frames)
            session.receive(act(number, "stall"))
            number += 1
            refused = number > CAPACITY
            assert len(port.frames) - before == refused, "an answer at once, or none yet"
        if number == CAPACITY:
            tasks = len(asyncio.all_tasks())
    assert len(asyncio.all_tasks()) == tasks
    assert {code for port in ports for code in port.codes()} == {"overloaded"}
    assert [port.closed for port in ports] == [None] * len(ports), "the sockets stay open"
    task.fence()


async def test_another_actor_does_not_notice(platform: Platform) -> None:
    crowded, quiet, port = await wide(platform, "a"), await wide(platform, "b"), Port()
    for flood in range(CAPACITY // 256 + 1):
        session = await session_of(platform, crowded, Port())
        for number in range(256):
            session.receive(act(flood * 256 + number, "stall"))
    calm = await session_of(platform, quiet, port)
    calm.receive(act(1, "echo"))
    await calm.backlog.idle()
    assert port.codes() == {None}
    crowded.fence()


async def turns_until_stop(task: ActorTask, ask: Callable[[ActorTask], None]) -> int:
    ask(task)
    turns = 0
    while task.state is State.STARTED:
        turns += 1
        await asyncio.sleep(0)
    return turns


@pytest.mark.parametrize("ask", [ActorTask.request_sleep, ActorTask.request_destroy, ActorTask.fence])
@pytest.mark.parametrize("begun", [False, True])
async def test_stop_does_not_wait_behind_what_is_queued(
    platform: Platform, ask: Callable[[ActorTask], None], begun: bool
) -> None:
    """Counted in turns of the event loop: as many for a full inbox as for an empty one."""
    empty, full = await wide(platform, "a"), await wide(platform, "b")
    sessions = [await session_of(platform, full, Port()) for _ in range(FLOOD // 256)]
    for number in range(FLOOD):
        sessions[number % len(sessions)].receive(act(number, "stall"))
    if begun:
        await asyncio.sleep(0)
    assert await turns_until_stop(full, ask) == await turns_until_stop(empty, ask)
    full.fence()
    empty.fence()


async def test_http_calls_beyond_the_capacity_are_answered_while_the_others_wait(
    platform: Platform, http: httpx.AsyncClient, query: Callable[..., str]
) -> None:
    url = query("narrow", "k", "/action/stall")
    calls = [asyncio.ensure_future(http.post(url, json={})) for _ in range(102)]
    answers = [await first for first in islice(asyncio.as_completed(calls), 100)]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "1")}
    assert {answer.json()["code"] for answer in answers} == {"overloaded"}
    stuck = [call for call in calls if not call.done()]
    assert len(stuck) == 2
    await fall(platform)
    assert {answer.json()["code"] for answer in await asyncio.gather(*stuck)} == {"outcome_unknown"}


async def fall(platform: Platform) -> None:
    """The generation ends at once: its callers are answered."""
    task = (await platform.ready()).local_by_key("narrow", "k")
    assert task is not None
    task.fence()


def test_the_owners_advice_to_come_again_reaches_the_client() -> None:
    answer = Answer(503, httpx.Headers({"retry-after": "1", "x-other": "1"}), b"")
    response: Any = brought_back_whole(answer)
    assert (response.status_code, response["retry-after"], "x-other" in response) == (503, "1", False)


async def test_every_503_says_when_to_come_again(
    platform: Platform, http: httpx.AsyncClient, query: Callable[..., str]
) -> None:
    unlucky = await http.post(query("narrow", "k", "/action/unlucky"), json={})
    platform.draining = True
    answers = [unlucky, await http.get("/health")]
    platform.draining = False
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "1")] * 2
