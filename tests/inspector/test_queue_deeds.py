"""What is done to dead letters and messages from their page: those that are meant, and no others.

What becomes of them in a living actor is seen in `tests/browser/test_inspector_queue.py`.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Actor
from actors.protocol import cbor
from inspector import reach
from inspector.models import AuditEntry
from inspector.queue import EDITABLE_BYTES
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
        return "gone" not in body.decode()

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


def form_of(client: Client, number: int) -> dict[str, str]:
    """What the page fills its form with, to edit that message."""
    page = client.get(PAGE).content.decode()
    forms = [json.loads(html.unescape(text)) for text in re.findall('data-fill="(.*?)"', page)]
    (form,) = [form for form in forms if form["id"] == str(number)]
    return form


def test_a_body_is_edited_as_it_was_seen(operator: Client, asked: list[Any]) -> None:
    form = form_of(operator, 1)
    assert json.loads(form["body"]) == {"n": 1}
    assert do(operator, "rewrite", **{**form, "body": '{"n": 2}'}).status_code == 200
    expected = b64encode(cbor.encode({"n": 1})).decode()
    assert asked == [("/queue/edit", {"name": "jobs", "id": 1, "expected": expected, "body": {"n": 2}})]
    entry = AuditEntry.objects.get()
    assert (entry.deed, entry.outcome, entry.after) == ("edit message", "done", {"body": '{"n": 2}'})
    assert json.loads(entry.before["body"]) == {"n": 1}


@pytest.mark.parametrize(
    ("deed", "members", "status", "outcomes"),
    [
        ("rewrite", {"name": "jobs", "id": "1", "body": "2", "seen": "other"}, 409, ["state_changed"]),
        ("rewrite", {"name": "jobs", "id": "9", "body": "2", "seen": "other"}, 409, ["state_changed"]),
        ("rewrite", {"name": "jobs", "id": "1", "body": "{", "seen": ""}, 400, []),
        ("rewrite", {"name": "jobs", "id": "1e9", "body": "2", "seen": ""}, 400, []),
        ("front", {"name": "gone", "id": 1}, 409, ["state_changed"]),
        ("front", {"name": "jobs", "id": 1}, 200, ["done"]),
    ],
)
def test_what_waits_no_more_or_was_changed_is_left_alone_and_written_down(
    deed: str, members: Any, status: int, outcomes: list[str], operator: Client, asked: list[Any]
) -> None:
    assert do(operator, deed, **members).status_code == status
    assert [
        outcome.split(".")[-1] for outcome in AuditEntry.objects.values_list("outcome", flat=True)
    ] == outcomes
    assert len(asked) == (deed == "front")


def test_what_waits_can_be_amended_and_what_is_dead_or_too_large_for_the_page_cannot(
    operator: Client,
) -> None:
    message(Actor.objects.get(), 5, body=cbor.encode("x" * (EDITABLE_BYTES + 1)))
    page = operator.get(PAGE).content.decode()
    assert re.findall('aria-label="Edit message (.*?)"', page) == ["1"]
    assert re.findall('aria-label="To front: message (.*?)"', page) == ["1", "5"]


def test_what_waits_is_listed_as_it_is_handed_out(operator: Client) -> None:
    actor = Actor.objects.get()
    message(actor, 5, available_at=2**47)
    message(actor, 6, priority=1)
    message(actor, 7, available_at=2**46, priority=9)
    page = operator.get(PAGE).content.decode()
    assert re.findall('aria-label="To front: message (.*?)"', page) == ["6", "1", "7", "5"]


def test_who_does_what_changes_nothing_is_told_so(operator: Client, asked: list[Any]) -> None:
    assert do(operator, "purge", name="jobs", ids=[1]).json() == {"nothing": False}
    assert do(operator, "purge", name="gone", ids=[1]).json() == {"nothing": True}
