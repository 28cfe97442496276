"""`manage.py actors outbox`: what waits, and what was given up, to retry or discard; the doctor too."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from actors.gateway.outbox_operator import LONG_WAIT
from actors.gateway.platform import current
from actors.management.verbs.doctor import outbox
from actors.models import OutboxCall
from inspector.models import AuditEntry
from tests.face.belongings import NOW, call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current().clock, "now_ms", lambda: NOW)
    call(1, failed_at=NOW - 5, attempts=10, error="user.no: not today" * 9)
    call(2)
    call(3, next_at=NOW + 5, attempts=2, error="actor.gone: away")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command prints."""

    def run(*words: str) -> str:
        call_command("actors", "outbox", *words)
        return capsys.readouterr().out

    return run


def test_it_lists_what_waits_and_what_was_given_up(said: Any) -> None:
    assert [(row["id"], row["stage"]) for row in json.loads(said("--json"))] == [
        (2, "waiting"),
        (3, "to be tried again"),
    ]
    (given_up,) = json.loads(said("--failed", "--json"))
    assert (given_up["actor"], given_up["member"], given_up["attempts"]) == ("counter/key-1", "add", 10)
    head, line = said("--failed").splitlines()
    assert head.split() == ["id", "actor", "member", "stage", "stored", "attempts", "error"]
    assert line.endswith("…")
    OutboxCall.objects.all().delete()
    assert said() == "No calls.\n"


def test_what_was_given_up_is_retried_or_discarded_and_nothing_else_is(
    said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(4, failed_at=NOW)
    assert said("retry", "1") == "call 1 will be tried again\n"
    assert OutboxCall.objects.get(pk=1).stage(NOW) == "waiting"
    monkeypatch.setattr("sys.stdin", StringIO("no\n"))
    with pytest.raises(CommandError, match="Nothing has been done"):
        said("discard", "4")
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="nobody could be asked"):
        said("discard", "4")
    assert OutboxCall.objects.filter(pk=4).exists()
    with pytest.raises(CommandError, match="Not given up, or no calls: 1, 9"):
        said("discard", "1", "4", "9", "--no-input")
    assert sorted(OutboxCall.objects.values_list("pk", flat=True)) == [1, 2, 3]


def test_what_is_done_to_calls_is_written_down(said: Any) -> None:
    AuditEntry.objects.all().delete()
    assert json.loads(said("--json", "retry", "1")) == {"ids": [1], "done": "retry"}
    with pytest.raises(CommandError, match=r"outbox\.not_given_up: .*: 2, 9\. Nothing was done"):
        said("discard", "2", "9", "--no-input")
    told = AuditEntry.objects.order_by("id").values_list("actor", "deed", "outcome", "before__id")
    assert list(told) == [
        ("counter[key-1]", "retry call", "done", 1),
        ("counter[key-1]", "discard call", "nothing to do", 2),
    ]


def test_the_doctor_tells_of_calls_that_were_given_up_and_of_those_that_wait_for_long() -> None:
    given_up, late = outbox(NOW)
    assert (given_up.well, given_up.text) == (False, "1 to counter given up")
    assert "actors outbox --failed" in given_up.remedy
    assert late.well
    OutboxCall.objects.filter(pk=1).delete()
    given_up, late = outbox(NOW + LONG_WAIT * 1000 + 1)
    assert given_up.well
    assert (late.well, late.text) == (False, f"2 to counter wait, the oldest for {LONG_WAIT} s")


def test_the_doctor_stops_counting_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.gateway.outbox_operator.COUNTED", 1)
    _, late = outbox(NOW + LONG_WAIT * 1000 + 1)
    assert late.text.startswith("1 or more to counter wait")
