"""What an operator does to one connection, as it is asked, refused and written down."""

from __future__ import annotations

import json
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
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db

EDIT = {"id": "c-1", "seen": '{"row": 4}', "state": '{"row": ["$BigInt", "5"]}'}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the actor's node was asked. It knows one connection, which nobody else has changed."""
    seen: list[tuple[str, Any]] = []

    async def change(actor_id: str, path: str, body: bytes) -> bool:
        seen.append((path, msgspec.json.decode(body)))
        return bool(seen[-1][1]["id"] == "c-1")

    monkeypatch.setattr(reach, "change", change)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    make(1)
    return seen


@pytest.fixture
def do(login: Callable[..., Client]) -> Callable[..., Any]:
    """`do("mute", id="c-1")`"""
    operator = login(LOOK, OPERATE)

    def post(name: str, **members: Any) -> Any:
        address = reverse(f"inspector:{name}", args=["id-0000001"])
        return operator.post(address, json.dumps(members), content_type="application/json")

    return post


def test_who_is_muted_is_written_down_and_so_is_that_nobody_was(
    do: Callable[..., Any], asked: list[tuple[str, Any]]
) -> None:
    for name, conn_id in (("mute", "c-1"), ("unmute", "c-1"), ("mute", "gone")):
        assert do(name, id=conn_id).status_code == 200
    assert [path for path, _ in asked] == [
        "/connections/mute",
        "/connections/unmute",
        "/connections/mute",
    ]
    entries = AuditEntry.objects.order_by("id").values_list("deed", "before", "outcome")
    assert list(entries) == [
        ("mute", {"id": "c-1"}, "done"),
        ("unmute", {"id": "c-1"}, "done"),
        ("mute", {"id": "gone"}, "nothing to do"),
    ]


def test_a_state_goes_to_the_node_as_it_was_typed_with_what_was_seen(
    do: Callable[..., Any], asked: list[tuple[str, Any]]
) -> None:
    assert do("edit_connection", **EDIT).status_code == 200
    state = {"id": "c-1", "expected": {"row": 4}, "state": {"row": ["$BigInt", "5"]}}
    assert asked == [("/connections/state", state)]
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"id": "c-1", "state": EDIT["seen"]}, {"state": EDIT["state"]})


def test_what_somebody_else_has_changed_is_refused_and_what_is_no_json_is_not_asked(
    do: Callable[..., Any], asked: list[tuple[str, Any]]
) -> None:
    late = do("edit_connection", **{**EDIT, "id": "gone"})
    assert (late.status_code, late.json()["code"]) == (409, "state_changed")
    assert AuditEntry.objects.get().outcome == "inspector.state_changed"
    wrong = do("edit_connection", **{**EDIT, "state": "{"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_request")
    assert "state: this is no JSON" in wrong.json()["message"]
    assert len(asked) == 1
