"""Raw HTTP in the runtime: what leaves when, what holds sleep, and how a request ends that cannot go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.logs import OVERLOADED
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.http import Request, Response
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.support import Instance, World, define


class Door:
    """An `Exchange` that writes down what leaves; `limit` bytes may be unread."""

    def __init__(self, limit: int = 1 << 20) -> None:
        self.head: Response | None = None
        self.error: str | None = None
        self.cut = False
        self.chunks: list[bytes] = []
        self.limit = limit
        self.held = 0
        self.read = asyncio.Event()

    def encode(self, output: Any) -> Response:
        return Response.of(output)

    def encode_error(self, err: ActorError) -> Response:
        return Response(err.name, status=err.status)

    def deliver(self, frame: Response) -> None:
        if self.head is None:
            self.head = frame
        else:
            self.cut = True

    async def room(self, size: int) -> None:
        while self.held + size > self.limit:
            self.read.clear()
            await self.read.wait()
        self.held += size

    def chunk(self, data: bytes) -> None:
        self.chunks.append(data)

    @property
    def body(self) -> Any:
        assert self.head is not None, "not answered"
        return self.head.body


async def nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def ask(task: ActorTask, door: Door, path: str = "/") -> asyncio.Task[None]:
    conn: Conn[Any] = Conn(ConnectRequest())
    return task.request(Request("GET", (path, ""), {}, conn, nothing()), door)


async def count(self: Instance, request: Request) -> str:
    self.ctx.state += 1
    return str(self.ctx.state)


async def test_the_head_leaves_once_the_state_is_durable(world: World) -> None:
    task = await world.actor(define(hooks={"on_request": count}))
    commits = world.faults.hold("commit")
    door = Door()
    ask(task, door)
    await world.clock.settle()
    assert door.head is None
    commits.release()
    await world.clock.settle()
    assert (door.body, world.stored(task)) == ("1", 1)


async def test_each_part_leaves_once_what_was_written_before_it_is_durable(world: World) -> None:
    async def parts(self: Instance) -> AsyncIterator[str]:
        for _ in range(2):
            self.ctx.state += 1
            yield str(self.ctx.state)
            await going.wait()

    going = asyncio.Event()
    task = await world.actor(define(hooks={"on_request": lambda self, request: parts(self)}))
    door = Door()
    commits = world.faults.hold("commit")
    ask(task, door)
    await world.clock.settle()
    assert (door.chunks, world.stored(task)) == ([], 0)
    commits.release()
    await world.clock.settle()
    assert (door.chunks, world.stored(task)) == ([b"1"], 1)
    going.set()
    await world.clock.settle()
    assert (door.chunks, world.stored(task)) == ([b"1", b"2", b""], 2)


async def test_a_request_in_progress_holds_sleep_and_the_grace_period_waits_for_it(world: World) -> None:
    async def hook(self: Instance, request: Request) -> str:
        await going.wait()
        return "done"

    going = asyncio.Event()
    task = await world.actor(define(hooks={"on_request": hook}, options=Options(sleep_timeout=1)))
    door = Door()
    ask(task, door)
    await world.clock.advance(10)
    assert task.state is State.STARTED
    task.request_sleep()
    await world.clock.advance(1)
    assert task.state is State.SLEEP_GRACE
    going.set()
    await world.clock.settle()
    assert (door.body, task.state) == ("done", State.TERMINATED)


async def test_a_streamed_answer_holds_sleep_until_its_end(world: World) -> None:
    async def parts() -> AsyncIterator[str]:
        yield "a"
        await going.wait()

    going = asyncio.Event()
    task = await world.actor(
        define(hooks={"on_request": lambda self, request: parts()}, options=Options(sleep_timeout=1))
    )
    ask(task, Door())
    await world.clock.advance(10)
    assert task.state is State.STARTED
    going.set()
    await world.clock.advance(2)
    assert task.state is State.TERMINATED


async def test_a_slow_client_slows_the_actor(world: World) -> None:
    made: list[int] = []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(10):
            made.append(number)
            yield b"x" * 10

    task = await world.actor(define(hooks={"on_request": lambda self, request: parts()}))
    door = Door(limit=30)
    ask(task, door)
    await world.clock.settle()
    assert len(made) == 4, "the fourth waits for room"
    door.held = 0
    door.read.set()
    await world.clock.settle()
    assert len(made) == 7


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (UserError("no", code="no"), "user.no"),
        (ValueError("secret"), "rivetkit.internal_error"),
        (ActorError("actor", "stopping", ""), "actor.outcome_unknown"),
    ],
)
async def test_a_failure_is_answered_and_its_changes_are_kept(
    world: World, failure: Exception, code: str
) -> None:
    def hook(self: Instance, request: Request) -> None:
        self.ctx.state += 1
        raise failure

    task = await world.actor(define(hooks={"on_request": hook}))
    door = Door()
    ask(task, door)
    await world.clock.settle()
    assert (door.body, world.stored(task)) == (code, 1)


async def test_the_hook_has_a_time_of_its_own_or_that_of_actions(world: World) -> None:
    async def hook(self: Instance, request: Request) -> None:
        await asyncio.Event().wait()

    own = await world.actor(define("own", hooks={"on_request": hook}, options=Options(on_request_timeout=2)))
    shared = await world.actor(
        define("shared", hooks={"on_request": hook}, options=Options(action_timeout=5))
    )
    first, second = Door(), Door()
    ask(own, first)
    ask(shared, second)
    await world.clock.advance(3)
    assert (first.body, second.head) == ("actor.callback_timed_out", None)
    await world.clock.advance(3)
    assert second.body == "actor.callback_timed_out"


async def test_the_inbox_is_bounded(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def hook(self: Instance, request: Request) -> None:
        await going.wait()

    going = asyncio.Event()
    task = await world.actor(define(hooks={"on_request": hook}, options=Options(max_pending_actions=2)))
    ask(task, Door())
    ask(task, Door())
    with pytest.raises(ActorError, match="overloaded"):
        ask(task, Door())
    assert world.counted("inbox_overload_total", "dispatch", "on_request") == 1
    assert world.gauges()["http_requests_active",] == 2
    (record,) = [record for record in caplog.records if record.msg == OVERLOADED.text]
    assert record.__dict__["operation"] == "on_request"
    going.set()
    await world.clock.settle()
    ask(task, Door())


@pytest.mark.parametrize("started", [False, True])
async def test_a_cancelled_request_is_answered_and_gives_its_permit_back(world: World, started: bool) -> None:
    async def hook(self: Instance, request: Request) -> None:
        await asyncio.Event().wait()

    task = await world.actor(define(hooks={"on_request": hook}, options=Options(max_pending_actions=1)))
    door = Door()
    work = ask(task, door)
    if started:
        await world.clock.settle()
    work.cancel()
    await world.clock.settle()
    assert door.body == ("actor.outcome_unknown" if started else "actor.stopping")
    ask(task, Door())


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_generation_that_falls_answers_or_cuts(world: World, streaming: bool) -> None:
    async def parts() -> AsyncIterator[str]:
        yield "a"
        await asyncio.Event().wait()

    async def hook(self: Instance, request: Request) -> Any:
        return parts() if streaming else await asyncio.Event().wait()

    task = await world.actor(define(hooks={"on_request": hook}))
    door = Door()
    ask(task, door)
    await world.clock.settle()
    task.fence()
    await world.clock.settle()
    assert door.cut is streaming
    if not streaming:
        assert door.body == "actor.outcome_unknown"


async def test_the_connection_comes_and_goes_with_the_request(world: World) -> None:
    log: list[str] = []
    hooks: dict[str, Any] = {
        "on_connect": lambda self, conn: log.append("connect"),
        "on_disconnect": lambda self, conn: log.append("disconnect"),
        "on_request": lambda self, request: log.append(f"request {self.ctx.conn is request.conn}") or "ok",
    }
    task = await world.actor(define(hooks=hooks))
    ask(task, Door())
    await world.clock.settle()
    assert log == ["connect", "request True", "disconnect"]


async def test_a_refusal_of_the_connection_is_the_answer(world: World) -> None:
    def refuse(self: Instance, request: Any) -> None:
        raise UserError("no", code="no_entry")

    task = await world.actor(define(hooks={"on_before_connect": refuse, "on_request": count}))
    door = Door()
    ask(task, door)
    await world.clock.settle()
    assert (door.body, world.stored(task)) == ("user.no_entry", 0)


async def test_a_body_is_streamed_once_and_kept_whole(world: World) -> None:
    async def two() -> AsyncIterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    def request() -> Request:
        return Request("POST", ("/", "x=1&x=2&y"), {}, Conn(ConnectRequest()), two())

    whole = request()
    assert (await whole.json(), await whole.text(), whole.query_params) == (
        {"a": 1},
        '{"a":1}',
        {"x": "2", "y": ""},
    )
    assert [chunk async for chunk in whole.stream()] == [b'{"a":1}']
    streamed = request()
    assert len([chunk async for chunk in streamed.stream()]) == 2
    with pytest.raises(RuntimeError, match="streamed already"):
        await streamed.body()
