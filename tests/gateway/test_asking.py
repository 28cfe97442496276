"""A question to a node: what is no answer to it leaves the node out."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from actors.gateway.asking import Asker, Question
from actors.gateway.forward import Answer, Call
from actors.storage.store import NodeRecord
from actors.testing.clock import TurnedClock


class Asked(msgspec.Struct):
    actor_id: str


class Told(msgspec.Struct):
    count: int


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(200, httpx.Headers(), b'{"count":3}'), Told(3)),
        (Answer(200, httpx.Headers(), b'{"count":3,"new":1}'), Told(3)),
        (Answer(200, httpx.Headers(), b'{"number":3}'), None),  # a node of another version
        (Answer(200, httpx.Headers(), b"<html>"), None),
        (Answer(503, httpx.Headers(), b""), None),
        (None, None),
    ],
)
async def test_only_an_answer_of_its_shape_is_one(answer: Answer | None, told: Told | None) -> None:
    async def send(node: NodeRecord, call: Call) -> Answer | None:
        return answer

    asker = Asker(send, TurnedClock())
    node = NodeRecord("node", "http://127.0.0.1:1")
    assert await asker.answer(node, Question("/actors/seen", Asked("id"), Told)) == told
