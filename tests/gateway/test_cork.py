"""The cork: one write a turn, in order, none kept back too long, none lost at the close."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from actors.gateway.cork import FLUSH_SIZE, Cork


class Wire:
    """A transport that notes what reaches it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False
        self.peer = "someone"

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def cork(wire: Wire) -> Any:
    return Cork(cast(asyncio.Transport, wire))


async def test_the_writes_of_one_turn_are_one(cork: Any, wire: Wire) -> None:
    for part in (b"head", b"body", b"frame"):
        cork.write(part)
    assert wire.writes == []
    await asyncio.sleep(0)
    assert wire.writes == [b"headbodyframe"]
    cork.write(b"next")
    await asyncio.sleep(0)
    assert wire.writes == [b"headbodyframe", b"next"]


async def test_much_is_written_at_once(cork: Any, wire: Wire) -> None:
    cork.write(b"x")
    cork.write(b"y" * FLUSH_SIZE)
    assert [len(data) for data in wire.writes] == [FLUSH_SIZE + 1]
    await asyncio.sleep(0)
    assert len(wire.writes) == 1


async def test_a_close_comes_after_what_was_written(cork: Any, wire: Wire) -> None:
    cork.write(b"last")
    cork.close()
    assert (wire.writes, wire.closed) == ([b"last"], True)


async def test_an_abort_drops_what_is_held(cork: Any, wire: Wire) -> None:
    cork.write(b"last")
    cork.abort()
    await asyncio.sleep(0)
    assert wire.writes == []


async def test_the_rest_is_the_transports_own(cork: Any, wire: Wire) -> None:
    assert cork.peer == "someone"
