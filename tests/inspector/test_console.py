"""The console's call: how long it waits, what it tells of itself, and where JSON that was mistyped ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from actors.clock import LoopClock, Timeout
from actors.gateway.platform import current
from inspector import reach
from inspector.models import AuditEntry
from inspector.typed import typed_value
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`call(args="[]")`: what the console is answered."""
    make(1)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    operator, address = login(LOOK, OPERATE), reverse("inspector:call", args=["id-0000001"])

    def post(**members: Any) -> Any:
        asked = json.dumps({"action": "add", "args": "[1]", **members})
        return operator.post(address, asked, content_type="application/json")

    return post


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Any]) -> None:
    async def answered(actor: Any, action: str, args: Any) -> Any:
        return await answer()

    monkeypatch.setattr(reach, "call", answered)


def test_a_call_tells_its_time_and_an_id_that_stands_in_the_audit(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two() -> int:
        return 2

    answering(monkeypatch, two)
    told = call(timeout=5).json()
    assert (told["result"], told["took_ms"] >= 0) == ("2", True)
    assert AuditEntry.objects.get().after == {"action": "add", "args": "[1]", "ray": told["ray"]}
    assert call().json()["ray"] != told["ray"]


def test_nobody_waits_longer_than_was_chosen(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []

    class Hasty(LoopClock):
        def timeout(self, seconds: float | None) -> Timeout:
            waits.append(seconds)
            return super().timeout(None if seconds is None else 0)

    async def never() -> None:
        if waits[-1] is not None:
            await asyncio.Event().wait()

    monkeypatch.setattr(current(), "clock", Hasty())  # its own: others have the old one in their hands
    answering(monkeypatch, never)
    refused = call(timeout=120).json()["refused"]
    assert (refused["group"], refused["code"]) == ("inspector", "timed_out")
    assert "within 120 s" in refused["message"]
    assert "goes on" in refused["hint"]
    assert call(timeout=None).json()["result"] == "null"
    assert waits == [120, None]
    assert list(AuditEntry.objects.order_by("id").values_list("outcome", flat=True)) == [
        "inspector.timed_out",
        "done",
    ]
    assert call(timeout=7).json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[1, }", "line 1, column 5, before }"),
        ('[\n  "a"\n  "b"]', 'line 3, column 3, before "b"]'),
        ("[1", "line 1, column 3, at the end"),
        ("NaN", "invalid"),
        ('["$Nonsense", 1]', "Nonsense"),
    ],
)
def test_json_that_was_mistyped_is_told_its_place(text: str, place: str) -> None:
    with pytest.raises(Exception, match=r"inspector\.invalid_request") as refused:
        typed_value("args", text)
    assert place in str(refused.value)


def test_the_console_says_where_and_calls_nothing(call: Callable[..., Any]) -> None:
    answer = call(args="[1,, 2]")
    assert answer.status_code == 400
    assert "args: this is no JSON" in answer.json()["message"]
    assert "line 1, column 4, before , 2]" in answer.json()["message"]
    assert "a list" in call(args="{}").json()["message"]
    assert not AuditEntry.objects.exists()


def test_a_key_that_is_too_long_is_told_its_length_and_the_limit(login: Callable[..., Client]) -> None:
    answer = login(LOOK).get(reverse("inspector:kv", args=[make(1).pk]), {"prefix": "x" * 3000})
    assert answer.status_code == 400
    assert "it has 3,000 bytes, and a key has at most 2,048" in answer.content.decode()
