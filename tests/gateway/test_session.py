"""One conversation without I/O: frames in, dispatches and answers out, and the count of what is open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from actors.gateway.backlog import MAX_PENDING, MAX_WAITING, frame_size
from actors.gateway.client_socket import MAX_RUNS
from actors.gateway.platform import Platform
from actors.gateway.session import Session
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.connections import ConnectRequest
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor


class Recorder:
    """The gateway's end of a connection, as far as a session needs one."""

    def __init__(self) -> None:
        self.codec: Codec = codec_for("json")
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self.written = asyncio.Event()

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.written.set()

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self.written.set()

    async def end(self) -> None:
        while self.closed is None:
            self.written.clear()
            await self.written.wait()

    async def values(self, count: int) -> list[dict[str, Any]]:
        while len(self.frames) < count:
            self.written.clear()
            await self.written.wait()
        return [json.loads(frame)["body"]["val"] for frame in self.frames]


@pytest.fixture
def port() -> Recorder:
    return Recorder()


@pytest.fixture
async def session(platform: Platform, port: Recorder) -> AsyncIterator[Session]:
    node = await platform.ready()
    new = NewActor("tpm899o4hpr4v5nz6us6k94knval00", "probe", "s")
    task = await node.ensure(ClaimRequest(name="probe", key="s", new=new))
    assert not isinstance(task, HeldElsewhere)
    config = replace(platform.config, max_incoming_message=1000, max_outgoing_message=2000)
    opened = Session(port, ConnectRequest(), node.parking, config)
    opened.attach(task, await task.connect(opened.request, port, opened))
    yield opened
    opened.end(1000, "")


def act(action_id: int, name: str, *args: Any) -> str:
    return json.dumps(
        {"body": {"tag": "ActionRequest", "val": {"id": action_id, "name": name, "args": list(args)}}}
    )


async def test_an_action_is_pending_until_its_answer_is_out(session: Session, port: Recorder) -> None:
    session.receive(act(3, "inc", 2))
    assert len(session.backlog.held) == 1
    (answer,) = await port.values(1)
    assert answer == {"id": ["$BigInt", "3"], "output": 2}
    assert not session.backlog.held


async def test_a_refused_action_is_answered_and_not_pending(session: Session, port: Recorder) -> None:
    session.receive(act(1, "nope"))
    (answer,) = await port.values(1)
    assert (answer["code"], answer["actor"]["key"]) == ("action_not_found", "s")
    assert not session.backlog.held


async def test_what_comes_after_a_disconnect_has_no_answer_ahead_of_the_close(
    session: Session, port: Recorder
) -> None:
    assert session._serving is not None
    _, conn = session._serving
    session.receive(act(1, "inc", 2))
    conn.disconnect("bye")  # which waits for what the action has changed
    assert port.closed is None
    session.receive(act(2, "inc", 2))
    await port.end()
    assert port.closed == (1000, "bye")
    assert port.frames == [] and not session.backlog.held


async def test_an_answer_over_the_limit_becomes_an_error(session: Session, port: Recorder) -> None:
    session.receive(act(1, "bigret", 3000))
    (answer,) = await port.values(1)
    assert (answer["code"], answer["actionId"]) == ("outgoing_too_long", ["$BigInt", "1"])


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("x" * 1001, "message.incoming_too_long"),
        ("ü" * 501, "message.incoming_too_long"),
        (b"x" * 1001, "message.incoming_too_long"),
        ("{}", "actor.invalid_request"),
        (b"\xff", "actor.invalid_request"),
    ],
)
async def test_a_bad_frame_closes_and_dispatches_nothing(
    session: Session, port: Recorder, frame: Frame, reason: str
) -> None:
    session.receive(frame)
    assert port.closed == (1011, reason)
    assert not session.backlog.held and port.frames == []


async def test_the_codec_follows_a_newer_client_and_never_goes_back(session: Session, port: Recorder) -> None:
    port.codec = codec_for("bare", 3)
    for version, expected in ((3, 3), (4, 4), (3, 4)):
        session.receive(bytes([version, 0]) + bytes.fromhex("0000") + b"\x03get\x01\x80")
        assert port.codec.version == expected


async def test_waiting_for_room_ends_with_the_answers(session: Session, port: Recorder) -> None:
    for number in range(MAX_PENDING):
        session.receive(act(number, "inc", 1))
    assert session.backlog.full
    await session.backlog.room()
    await session.backlog.idle()
    assert not session.backlog.full and len(port.frames) == MAX_PENDING


async def test_waiting_that_is_cancelled_disturbs_no_other_wait(session: Session, port: Recorder) -> None:
    session.receive(act(0, "slow"))
    first = asyncio.ensure_future(session.backlog.idle())
    second = asyncio.ensure_future(session.backlog.idle())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled() and not session.backlog.held


# -- while the actor sleeps ------------------------------------------------------------------------------
def subscribe(event: str) -> str:
    return json.dumps(
        {"body": {"tag": "SubscriptionRequest", "val": {"eventName": event, "subscribe": True}}}
    )


async def test_what_comes_while_nobody_serves_waits_in_order(session: Session, port: Recorder) -> None:
    task, conn = serving(session)
    session.detach()
    for frame in (subscribe("tick"), act(1, "inc"), act(2, "inc")):
        session.receive(frame)
    assert (session.waiting, len(session.backlog.held), port.frames) == (True, 3, [])
    session.attach(task, conn)
    values = await port.values(4)
    assert [value.get("output", value.get("args")) for value in values] == [[1], 1, [2], 2]
    assert not (session.waiting or session.backlog.held)


async def test_an_answer_that_was_on_its_way_is_written_by_whoever_serves(
    session: Session, port: Recorder
) -> None:
    session.receive(act(1, "inc"))
    session.detach()
    assert [value["output"] for value in await port.values(1)] == [1]
    assert not session.waiting


async def test_a_replay_decodes_the_frame_anew(session: Session, port: Recorder) -> None:
    """A handler that was cut off may have changed its arguments."""
    task, conn = serving(session)
    seen: list[list[Any]] = []

    class Spoiler:
        """A task that takes an action and never answers it."""

        actor_id, generation, key = task.actor_id, task.generation, task.key

        def dispatch(self, action: str, args: list[Any], *rest: Any) -> None:
            seen.append(list(args[0]))
            args[0].append("spoilt")

    for _ in range(2):
        session.attach(Spoiler(), conn)  # type: ignore[arg-type]  # as far as an action goes, it is one
        if not seen:
            session.receive(act(1, "echo", ["sound"]))
        session.detach()
    session.attach(task, conn)
    assert (await port.values(1))[0]["output"] == [["sound"]]
    assert seen == [["sound"]] * 2


async def test_an_action_that_no_generation_ends_is_given_up(session: Session, port: Recorder) -> None:
    task, conn = serving(session)
    session.receive(act(1, "slow"))
    for _ in range(MAX_RUNS - 1):
        session.detach()
        session.attach(task, conn)
    assert port.frames == []
    session.detach()
    session.attach(task, conn)
    (answer,) = await port.values(1)
    assert (answer["code"], answer["actionId"]) == ("outcome_unknown", ["$BigInt", "1"])


async def test_the_index_counts_frames_wraps_and_stops_before_what_is_unanswered(session: Session) -> None:
    assert session.acknowledged == 0
    for number in range(3):
        session.receive(subscribe("tick"))
        assert session.acknowledged == number + 1
    session.receive(act(1, "slow"))
    session.receive(subscribe("tick"))
    assert session.acknowledged == 3
    session.close(1000, "")
    for _ in range(0xFFFF - 5 + 2):
        session.receive(subscribe("tick"))
    assert session.acknowledged == 1


async def test_a_sleeping_actor_is_sent_a_bounded_number_of_bytes(session: Session, port: Recorder) -> None:
    task, conn = serving(session)
    session.detach()
    frame = act(1, "echo", "x" * 900)
    session.backlog._waiting = MAX_WAITING - frame_size(frame)
    assert not session.backlog.full
    session.receive(frame)
    assert session.backlog.full
    waiting = asyncio.ensure_future(session.backlog.room())
    session.attach(task, conn)
    await waiting
    assert not session.backlog.full


async def test_closing_forgets_what_waits_and_lets_go_who_waits_for_room(
    session: Session, port: Recorder
) -> None:
    session.detach()
    for number in range(MAX_PENDING):
        session.receive(act(number, "inc"))
    waiting = asyncio.ensure_future(session.backlog.room())
    await asyncio.sleep(0)
    session.close(1011, "actor.restarting")
    await waiting
    assert (port.closed, session.waiting) == ((1011, "actor.restarting"), False)


async def test_an_answer_after_the_close_is_not_written(session: Session, port: Recorder) -> None:
    session.receive(act(1, "inc"))
    (held,) = session.backlog.held
    session.close(1000, "")
    held.deliver("late")
    assert port.frames == []


async def test_what_a_row_says_of_the_request_leaves_credentials_out(platform: Platform) -> None:
    secret = [b"cookie", b"authorization", b"x-rivet-token", b"sec-websocket-protocol"]
    headers = [(b"host", b"x"), *[(name, b"secret") for name in secret]]
    scope = {"path": "/here/gateway/some-id@secret/websocket/a@b", "headers": headers}
    node = await platform.ready()
    session = Session(Recorder(), ConnectRequest(scope=scope), node.parking, platform.config)
    assert session.origin() == ("/here/gateway/some-id/websocket/a@b", {"host": "x"})


def serving(session: Session) -> Any:
    """The task and the connection that serve it now."""
    return session._serving


def test_the_size_of_a_frame_is_its_bytes() -> None:
    assert [frame_size(frame) for frame in ("abc", "ü", b"\xff\xff", "\ud800")] == [3, 2, 2, 3]
