"""The bounded writer: straight through while the client reads, bounded while it does not, closed beyond."""

from __future__ import annotations

import asyncio

import pytest

from actors.clock import ManualClock
from actors.gateway.outlet import BURST, CLOSE_GRACE, PATIENCE, Outlet
from actors.gateway.pipe import Message
from actors.protocol.codec import codec_for
from actors.runtime.conn import Traffic


class Tap:
    """A server whose client reads while the tap is open."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.aborted = False
        self.gone = False
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def send(self, message: Message) -> None:
        if not self._open.is_set():
            await self._open.wait()
        if self.gone:
            raise OSError("the client is gone")
        self.sent.append(message)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    @property
    def round_trip(self) -> float | None:
        return None

    def abort(self) -> None:
        self.aborted = True
        self.gone = True
        self.open()

    def frames(self) -> list[str | bytes]:
        return [message.get("text") or message.get("bytes") or b"" for message in self.sent]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tap() -> Tap:
    return Tap()


@pytest.fixture
def outlet(tap: Tap, clock: ManualClock) -> Outlet:
    return Outlet(tap, codec_for("json"), clock, limit=10, largest=20)


async def test_a_frame_passes_at_once_and_without_a_task(outlet: Outlet, tap: Tap) -> None:
    tasks = len(asyncio.all_tasks())
    outlet.write("text")
    outlet.write(b"bytes")
    assert tap.sent == [
        {"type": "websocket.send", "text": "text"},
        {"type": "websocket.send", "bytes": b"bytes"},
    ]
    assert len(asyncio.all_tasks()) == tasks
    assert outlet.unsent == 0


async def test_frames_and_bytes_are_counted_as_they_go_over_the_wire(outlet: Outlet, tap: Tap) -> None:
    outlet.write("tée")
    tap.shut()
    outlet.write(b"bytes")
    assert outlet.traffic == Traffic(sent=2, sent_bytes=9, unsent=5)
    tap.open()
    await outlet.room()
    assert outlet.traffic == Traffic(sent=2, sent_bytes=9)


async def test_what_is_dropped_is_counted_and_not_as_sent(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    for _ in range(25):
        outlet.write("xxxx")  # 20 of them fill a burst
    assert outlet.traffic == Traffic(sent=1, sent_bytes=4, dropped=24)
    tap.open()
    await clock.settle()
    assert len(tap.frames()) == 2, "the first, and the close"


async def test_a_frame_too_long_and_what_follows_a_close_are_dropped(outlet: Outlet, tap: Tap) -> None:
    outlet.write("x" * 21)
    outlet.write("late")
    assert outlet.traffic == Traffic(dropped=2)


async def test_frames_wait_in_order_for_a_client_that_pauses(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    for frame in ("a", "b", "c"):
        outlet.write(frame)
    await clock.settle()
    assert (tap.sent, outlet.unsent) == ([], 3)
    tap.open()
    await clock.settle()
    assert (tap.frames(), outlet.unsent) == (["a", "b", "c"], 0)
    outlet.write("d")
    assert tap.frames()[-1] == "d"


async def test_many_frames_at_once_reach_a_client_that_reads(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    frames = [f"{number:4}" for number in range(20)]
    for frame in frames:
        outlet.write(frame)
    await clock.advance(PATIENCE - 0.1)
    tap.open()
    await clock.advance(1)
    assert tap.frames() == frames
    assert not outlet.closed


async def test_a_client_that_stays_behind_is_a_slow_consumer(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    for _ in range(3):
        outlet.write("xxxx")
    await clock.advance(PATIENCE - 0.1)
    assert not outlet.closed
    await clock.advance(0.2)
    assert outlet.closed and outlet.unsent == 0


async def test_a_client_that_catches_up_gets_its_time_anew(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    for _ in range(3):
        tap.shut()
        for _ in range(3):
            outlet.write("xxxx")
        await clock.advance(PATIENCE - 0.1)
        tap.open()
        await clock.settle()
    assert len(tap.frames()) == 9
    assert not outlet.closed


async def test_a_slow_consumer_costs_no_more_than_a_burst(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    most = 0
    for _ in range(100):
        outlet.write("xxxx")
        most = max(most, outlet.unsent)
    assert most <= 10 * BURST
    assert outlet.closed and outlet.unsent == 0
    tap.open()
    await clock.settle()
    # The frame that the server was already taking, then the close; what waited behind is dropped.
    assert tap.frames()[0] == "xxxx"
    assert tap.sent[1] == {"type": "websocket.close", "code": 1008, "reason": "message.slow_consumer"}
    assert len(tap.sent) == 2 and not tap.aborted


async def test_a_client_that_never_reads_again_is_cut(outlet: Outlet, tap: Tap, clock: ManualClock) -> None:
    tap.shut()
    outlet.write("xxxxxx")
    outlet.write("xxxxxx")
    await clock.advance(PATIENCE + CLOSE_GRACE - 0.1)
    assert not tap.aborted
    await clock.advance(0.2)
    assert tap.aborted


async def test_the_close_comes_after_what_was_written(outlet: Outlet, tap: Tap, clock: ManualClock) -> None:
    tap.shut()
    outlet.write("last words")
    outlet.close(1011, "user.rejected")
    tap.open()
    await clock.settle()
    assert [message["type"] for message in tap.sent] == ["websocket.send", "websocket.close"]
    await clock.advance(CLOSE_GRACE + 1)
    assert not tap.aborted


@pytest.mark.parametrize("frame", ["x" * 21, "ü" * 11, b"x" * 21])
async def test_a_frame_over_the_limit_ends_the_connection(
    outlet: Outlet, tap: Tap, frame: str | bytes
) -> None:
    outlet.write(frame)
    assert tap.sent == [{"type": "websocket.close", "code": 1011, "reason": "message.outgoing_too_long"}]


async def test_only_the_first_close_counts_and_nothing_follows_it(outlet: Outlet, tap: Tap) -> None:
    outlet.close(1000, "first")
    outlet.close(1011, "second")
    outlet.write("too late")
    assert tap.sent == [{"type": "websocket.close", "code": 1000, "reason": "first"}]


async def test_a_long_reason_is_cut_to_what_a_close_frame_holds(outlet: Outlet, tap: Tap) -> None:
    outlet.close(1000, "ü" * 100)
    assert tap.sent[0]["reason"] == "ü" * 61


async def test_a_client_that_is_gone_is_no_error(outlet: Outlet, tap: Tap, clock: ManualClock) -> None:
    tap.gone = True
    outlet.write("a")
    assert outlet.closed
    outlet.write("b")
    outlet.close(1000, "")
    assert tap.sent == []


async def test_a_client_that_goes_while_frames_wait_is_no_error(
    outlet: Outlet, tap: Tap, clock: ManualClock
) -> None:
    tap.shut()
    outlet.write("a")
    outlet.write("b")
    tap.abort()
    await clock.settle()
    assert outlet.closed and outlet.unsent == 0


async def test_detaching_frees_what_waits(outlet: Outlet, tap: Tap, clock: ManualClock) -> None:
    tap.shut()
    outlet.write("a")
    outlet.write("b")
    outlet.detach()
    assert outlet.unsent == 0
    tap.open()
    await clock.settle()
    assert tap.frames() == ["a"]
