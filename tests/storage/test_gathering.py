"""Questions that come while one is under way are asked together."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping, Sequence

import pytest

from actors.storage import gathering
from actors.storage.gathering import Gathering


class Oracle:
    """Answers with the square, once it may; not to numbers below zero."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.free = asyncio.Event()

    async def __call__(self, questions: Sequence[int]) -> Mapping[int, int]:
        self.asked.append(list(questions))
        await self.free.wait()
        if 13 in questions:
            raise ConnectionError("13")
        return {number: number * number for number in questions if number >= 0}


async def begun(gathered: Gathering[int, int], *questions: int) -> list[asyncio.Task[int | None]]:
    tasks = [asyncio.ensure_future(gathered.answer(question)) for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_the_first_goes_at_once_and_the_others_behind_it_together() -> None:
    oracle = Oracle()
    asking = await begun(Gathering(oracle), 1, 2, -3, 4)
    oracle.free.set()
    assert await asyncio.gather(*asking) == [1, 4, None, 16]
    assert oracle.asked == [[1], [2, -3, 4]]


async def test_the_same_question_is_asked_once() -> None:
    oracle = Oracle()
    asking = await begun(Gathering(oracle), 1, 2, 2)
    oracle.free.set()
    assert await asyncio.gather(*asking) == [1, 4, 4]
    assert oracle.asked == [[1], [2]]


async def test_what_fails_fails_for_all_of_one_statement_and_for_nobody_else() -> None:
    oracle = Oracle()
    gathered = Gathering(oracle)
    asking = await begun(gathered, 1, 2, 13)
    oracle.free.set()
    assert await asking[0] == 1
    for failed in asking[1:]:
        with pytest.raises(ConnectionError):
            await failed
    assert await gathered.answer(2) == 4


async def test_who_asks_for_all_and_is_cancelled_leaves_the_others_to_the_next() -> None:
    oracle = Oracle()
    gathered = Gathering(oracle)
    first, *others = await begun(gathered, 1, 2, 3)
    first.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others[0].cancel()  # asks for both by now
    oracle.free.set()
    assert await others[1] == 9
    assert first.cancelled() and others[0].cancelled()


async def test_nobody_complains_of_a_failure_whose_asker_has_gone(caplog: pytest.LogCaptureFixture) -> None:
    oracle = Oracle()
    asking = await begun(Gathering(oracle), 1, 2, 13)
    asking[2].cancel()
    oracle.free.set()
    assert await asking[0] == 1
    with pytest.raises(ConnectionError):
        await asking[1]
    asking.clear()
    gc.collect()
    assert caplog.records == []


async def test_a_statement_has_its_most_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 2)
    oracle = Oracle()
    asking = await begun(Gathering(oracle), *range(6))
    oracle.free.set()
    await asyncio.gather(*asking)
    assert oracle.asked == [[0], [1, 2], [3, 4], [5]]
