"""What belongs to actors in the admin: filters, search, pages of a large table without a count, details."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.test import Client
from django.urls import reverse

from actors.admin.queues import Stage
from actors.gateway.platform import current
from actors.models import Alarm
from tests.face.belongings import NOW, call, fill, hibernating, message, run, schedule
from tests.face.test_admin import column, link, make
from tests.face.test_admin import fill as fill_actors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]

MESSAGES, LETTERS, SCHEDULES, CONNS, CALLS = (
    f"admin:actors_{name}_changelist"
    for name in ("queuedmessage", "givenup", "plannedrun", "waitingconn", "outboxcall")
)


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", "root@example.org", "pass"))
    return client


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current().clock, "now_ms", lambda: NOW)


def names(page: Any, field: str = "id") -> list[str]:
    assert page.status_code == 200
    return re.findall(rf'field-{field}"><a[^>]*>([^<]*)</a>', page.content.decode())


def test_messages_are_chosen_by_their_stage_and_dead_ones_have_a_list_of_their_own(admin: Client) -> None:
    actor = make(1)
    message(actor, 1)
    message(actor, 2, available_at=NOW + 5_000)
    message(actor, 3, attempts=1)
    message(actor, 4, died_at=NOW, attempts=5, error="boom")
    assert names(admin.get(reverse(MESSAGES))) == ["1", "2", "3"]
    chosen = {stage: names(admin.get(reverse(MESSAGES), {"stage": stage})) for stage in STAGES}
    assert chosen == {"waiting": ["1"], "delayed": ["2"], "handed out": ["3"]}
    assert column(admin.get(reverse(MESSAGES)), "stage") == ["waiting", "delayed", "handed out"]
    letters = admin.get(reverse(LETTERS))
    assert names(letters) == ["4"]
    assert column(letters, "error") == ["boom"]


STAGES = ("waiting", "delayed", "handed out")
SITUATIONS = ("due", "late", "running", "failed", "paused", "orphaned")


def test_schedules_are_chosen_by_their_situation(admin: Client) -> None:
    actor, other = make(1), make(2)
    schedule(actor, 1)
    schedule(actor, 2, due_at=NOW - 1)
    schedule(actor, 3, due_at=NOW - 60_000)
    Alarm.objects.create(actor=actor, source="schedule", due_at=NOW - 60_000, wake_at=NOW + 20_000)
    schedule(actor, 7, due_at=NOW - 60_000, paused_at=NOW - 90_000)
    run(schedule(other, 4, runs=2), 2, result="error")
    run(schedule(other, 5, runs=1), 1, result="running", ended_at=None)
    healed = schedule(other, 6, runs=2, orphaned_at=NOW)
    run(healed, 1, result="error")
    run(healed, 2)
    chosen = {one: names(admin.get(reverse(SCHEDULES), {"situation": one}), "title") for one in SITUATIONS}
    assert chosen == {
        "due": ["plan-2", "plan-3"],
        "late": ["plan-3"],
        "running": ["plan-5"],
        "failed": ["plan-4"],
        "paused": ["plan-7"],
        "orphaned": ["plan-6"],
    }
    page = admin.get(reverse(SCHEDULES))
    late = dict(zip(names(page, "title"), column(page, "next"), strict=True))
    assert [name for name, text in late.items() if text.endswith("late")] == ["plan-3"]


@pytest.mark.parametrize("address", [MESSAGES, SCHEDULES, CONNS])
def test_a_search_goes_by_the_beginning_of_the_actors_key_or_id(admin: Client, address: str) -> None:
    for number, key in ((1, "library/7"), (2, "other")):
        actor = make(number, key=key)
        message(actor, 1)
        schedule(actor, 1)
        hibernating(actor, "conn")
    for term, found in (("library/", ["library/7"]), ("id-0000002", ["other"]), ("%", [])):
        assert column(admin.get(reverse(address), {"q": term}), "key") == found


CALL_STAGES = ("waiting", "being delivered", "to be tried again", "given up")


def test_calls_of_the_outbox_are_chosen_by_their_stage_type_and_key(admin: Client) -> None:
    by_id = make(1, key="key-1")
    call(1)
    call(2, next_at=NOW + 15_000)
    call(3, next_at=NOW + 4_000, attempts=2, error="user.no: not now")
    call(4, failed_at=NOW, attempts=10, error="actor.gone", key="other/4")
    call(5, name="room", key=by_id.pk)
    page = admin.get(reverse(CALLS))
    assert names(page) == ["5", "4", "3", "2", "1"]
    assert column(page, "how_far") == ["waiting", *reversed(CALL_STAGES)]
    assert column(page, "last_error") == ["-", "actor.gone", "user.no: not now", "-", "-"]
    chosen = {stage: names(admin.get(reverse(CALLS), {"stage": stage})) for stage in CALL_STAGES}
    assert list(chosen.values()) == [["5", "1"], ["2"], ["3"], ["4"]]
    for query, found in (
        ({"type": "counter"}, ["4", "3", "2", "1"]),
        ({"q": "room"}, ["5"]),
        ({"q": "counter/other/"}, ["4"]),
        ({"q": "counter/key", "stage": "waiting"}, ["1"]),
        ({"q": "key-1"}, []),
    ):
        assert names(admin.get(reverse(CALLS), query)) == found, query


def test_a_call_of_the_outbox_leads_to_its_actor_by_key_or_id_if_there_is_one(admin: Client) -> None:
    actor = make(1)
    call(1)
    call(2, key=actor.pk)
    call(3, key="nobody")
    page = admin.get(reverse(CALLS)).content.decode()
    assert page.count(f'<a href="/inspector/actors/{actor.pk}/">Open in inspector</a>') == 2
    shown = admin.get(reverse("admin:actors_outboxcall_change", args=[2])).content.decode()
    assert "&quot;args&quot;: [" in shown
    assert "&quot;method&quot;: &quot;get&quot;" in shown


def test_pages_of_messages_are_turned_across_actors(admin: Client) -> None:
    fill_actors(10)
    fill(549)
    page = admin.get(reverse(MESSAGES))
    seen = [names(page)]
    while older := link(page, "Next"):
        page = admin.get(reverse(MESSAGES) + older)
        seen.append(names(page))
    assert list(chain(*seen)) == [str(number) for number in range(100, 550)]
    back = [names(page)]
    while newer := link(page, "Previous"):
        page = admin.get(reverse(MESSAGES) + newer)
        back.insert(0, names(page))
    assert back == seen


@pytest.mark.parametrize("page", ["x", "id-1.x", "a.b.c.d", "." * 5, "id-1." + "9" * 40])
@pytest.mark.parametrize("address", [MESSAGES, LETTERS, SCHEDULES, CONNS, CALLS])
def test_a_page_that_does_not_exist_does_no_harm(admin: Client, address: str, page: str) -> None:
    assert admin.get(reverse(address), {"older_than": page}).status_code in (200, 302)


@pytest.mark.parametrize("reference", ["x", "id-0000001.2", "id-0000001.x", "a.b.c", "id-1." + "9" * 40])
def test_what_there_is_not_has_no_page(admin: Client, reference: str) -> None:
    message(make(1), 1)
    page = admin.get(reverse("admin:actors_queuedmessage_change", args=[reference]))
    assert page.status_code == 302, "Django's own way: to the index, with a word"


def test_a_detail_page_shows_body_arguments_and_rules_and_leads_to_the_inspector(admin: Client) -> None:
    actor = make(1)
    message(actor, 1)
    schedule(actor, 2)
    hibernating(actor, "conn.1")
    shown = {
        "queuedmessage": ("id-0000001.1", "&quot;n&quot;: 1", "queue"),
        "plannedrun": ("id-0000001.2", "&quot;interval&quot;: 60000", "schedules"),
        "waitingconn": ("id-0000001.1.conn.1", "conn.1", "connections"),
    }
    for model, (reference, text, tab) in shown.items():
        page = admin.get(reverse(f"admin:actors_{model}_change", args=[reference])).content.decode()
        assert text in page
        assert f'<a href="/inspector/actors/id-0000001/{tab}/">Open in inspector</a>' in page
        assert "Save" not in page


def test_a_list_in_which_no_index_helps_is_given_up_and_says_so(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    message(make(1), 1)
    slow: Any = RawSQL("SELECT pg_sleep(5) IS NULL", [], output_field=BooleanField())
    monkeypatch.setattr(Stage, "conditions", {"waiting": lambda now: Q(slow)})
    monkeypatch.setattr("actors.bounded.LONGEST_READ", 0.05)
    page = admin.get(reverse(MESSAGES), {"stage": "waiting"})
    assert names(page) == []
    assert "took longer than" in page.content.decode()
