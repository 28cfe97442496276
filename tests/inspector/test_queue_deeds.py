"""What is done to dead letters and messages from their page: those that are meant, and no others.

What becomes of them in a living actor is seen in `tests/browser/test_inspector.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from actors.gateway.platform import current
from inspector import reach
from inspector.models import AuditEntry
from tests.face.belongings import message
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db

PAGE = reverse("inspector:queue", args=["id-0000001"])


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    actor = make(1)
    message(actor, 1)
    for number, queue, error in ((2, "jobs", "KeyError: ink"), (3, "jobs", "Timeout"), (4, "mail", "no INK")):
        message(actor, number, name=queue, error=error, died_at=5)


@pytest.fixture
def operator(login: Callable[..., Client]) -> Client:
    return login(LOOK, OPERATE)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the actor was asked for, in place of being woken."""
    found: list[tuple[str, Any]] = []

    async def change(actor_id: str, path: str, body: bytes) -> bool:
        found.append((path, msgspec.json.decode(body)))
        return True

    monkeypatch.setattr(reach, "change", change)
    return found


def do(client: Client, deed: str, **members: Any) -> Any:
    address = reverse(f"inspector:{deed}", args=["id-0000001"])
    return client.post(address, json.dumps(members), content_type="application/json")


def listed(client: Client, **query: str) -> list[str]:
    return re.findall('aria-label="Replay message (.*?)"', client.get(PAGE, query).content.decode())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["2", "3", "4"]),
        ({"queue": "jobs"}, ["2", "3"]),
        ({"error": "ink"}, ["2", "4"]),
        ({"error": "ink", "queue": "mail"}, ["4"]),
        ({"error": "tea"}, []),
        ({"error": "\0"}, ["2", "3", "4"]),
    ],
)
def test_dead_letters_are_filtered_by_queue_and_error(
    operator: Client, query: dict[str, str], found: list[str]
) -> None:
    assert listed(operator, **query) == found


def test_the_buttons_say_how_many_they_are_for(operator: Client) -> None:
    page = operator.get(PAGE, {"error": "ink"}).content.decode()
    assert "Replay 1 of jobs" in page
    assert "Discard 1 of mail" in page
    assert "Replay 2 of jobs" in operator.get(PAGE).content.decode()
    assert "No dead letter is like that" in operator.get(PAGE, {"error": "tea"}).content.decode()


def test_what_a_filter_chooses_is_replayed_and_no_other(operator: Client, asked: list[Any]) -> None:
    assert do(operator, "replay", name="jobs", error="INK").status_code == 200
    assert do(operator, "replay", name="jobs").status_code == 200
    assert asked == [
        ("/queue/replay", {"name": "jobs", "ids": [2]}),
        ("/queue/replay", {"name": "jobs", "ids": None}),
    ]
    audit = AuditEntry.objects.order_by("id").values_list("deed", "before", "outcome")
    assert list(audit) == [
        ("replay", {"name": "jobs", "ids": [2], "error": "INK"}, "done"),
        ("replay", {"name": "jobs", "ids": None}, "done"),
    ]


def test_more_than_named_letters_are_discarded_only_once_the_key_is_typed(
    operator: Client, asked: list[Any]
) -> None:
    for key in ("", "key-2"):
        answer = do(operator, "discard", name="jobs", error="ink", key=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_confirmed")
    assert not AuditEntry.objects.exists()
    assert do(operator, "discard", name="jobs", error="ink", key="key-1").status_code == 200
    assert do(operator, "discard", name="jobs", ids=[3]).status_code == 200
    assert asked == [
        ("/queue/discard", {"name": "jobs", "ids": [2]}),
        ("/queue/discard", {"name": "jobs", "ids": [3]}),
    ]
    assert AuditEntry.objects.filter(deed="discard", outcome="done").count() == 2
