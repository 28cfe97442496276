"""The tabs of an actor, read from rows: what is stored is shown as people read it, and left alone."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Actor, ActorState, HibernatingConn, KvEntry, Message, Run, Schedule
from actors.protocol import cbor
from inspector.actor import FIRST, TABS
from inspector.models import AuditEntry
from tests.databases import ROOT
from tests.face.belongings import message
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db

TEMPLATES = ROOT / "inspector" / "templates" / "inspector"


def shown(client: Client, tab: str, actor: Actor, **query: str) -> str:
    return client.get(reverse(f"inspector:{tab}", args=[actor.pk]), query).content.decode()


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (msgspec.msgpack.encode({"text": "<script>"}), "&quot;text&quot;: &quot;&lt;script&gt;&quot;"),
        (msgspec.msgpack.encode("x" * 300_000), "300,005 bytes are too many to show."),
        (b"\xc1", "1 bytes that are no JSON"),
        (None, "has never been initialized"),
    ],
)
def test_every_stored_state_can_be_looked_at(viewer: Client, state: bytes | None, text: str) -> None:
    actor = make(1)
    ActorState.objects.create(actor=actor, generation=1, revision=12, state=state)
    assert text in shown(viewer, "actor", actor)


def test_a_large_state_is_read_whole_when_somebody_asks_for_it(viewer: Client) -> None:
    actor = make(1)
    state = msgspec.msgpack.encode({"text": "x" * 300_000})
    ActorState.objects.create(actor=actor, generation=1, revision=1, state=state)
    address = reverse("inspector:whole_state", args=[actor.pk])
    assert f'data-whole="{address}"' in shown(viewer, "actor", actor)
    assert msgspec.json.decode(viewer.get(address).content) == {"text": "x" * 300_000}


def test_keys_are_shown_as_what_they_are_by_prefix_and_page_by_page(viewer: Client) -> None:
    actor = make(1)
    values = {
        b"a/1": b"plain",
        b"a/2": b'{"one": 1}',
        b"a/3": cbor.encode({"two": 2}),
        b"\xff\x00": b"\xff\xfe",
    }
    for key, value in values.items():
        KvEntry.objects.create(actor=actor, key=key, value=value)
    KvEntry.objects.create(actor=actor, key=b"a/gone", value=b"x", expires_at=1)
    page = shown(viewer, "kv", actor)
    for text in ("plain", "JSON", "CBOR", "0xff00"):
        assert text in page
    assert "a/gone" not in page
    assert "0xff00" not in shown(viewer, "kv", actor, prefix="a/")
    assert "a/1" not in shown(viewer, "kv", actor, prefix="0xff")
    KvEntry.objects.bulk_create(
        [KvEntry(actor=actor, key=f"z/{number:04}".encode(), value=b"") for number in range(150)]
    )
    assert "after=z/0099" in shown(viewer, "kv", actor, prefix="z/")
    assert "z/0149" in shown(viewer, "kv", actor, prefix="z/", after="z/0099")


def test_a_prefix_that_is_no_hex_is_refused_with_a_word(viewer: Client) -> None:
    answer = viewer.get(reverse("inspector:kv", args=[make(1).pk]), {"prefix": "0xq"})
    assert answer.status_code == 400
    assert "pairs of hex digits" in answer.content.decode()


def test_messages_and_dead_letters_stand_apart(viewer: Client) -> None:
    actor = make(1)
    body = cbor.encode({"order": "<7>"})
    for number, died_at in ((1, None), (2, 5)):
        Message.objects.create(
            actor=actor, id=number, name="jobs", body=body, created_at=1, available_at=1,
            died_at=died_at, error="it broke" if died_at else None,
        )  # fmt: skip
    waiting, _, dead = shown(viewer, "queue", actor).partition("Dead letters")
    assert "&quot;order&quot;: &quot;&lt;7&gt;&quot;" in waiting
    assert "it broke" not in waiting
    assert "it broke" in dead


def test_a_dead_letter_shows_its_trace_behind_a_fold_here_and_in_the_admin(viewer: Client) -> None:
    actor = make(1)
    for number, traced in ((1, "Traceback: line 7 of <module>"), (2, None)):
        message(actor, number, died_at=5, error="it broke", trace=traced)
    page = shown(viewer, "queue", actor)
    assert page.count("<details>") == 1
    assert ">Traceback: line 7 of &lt;module&gt;</pre></details>" in page
    for number, trace in ((1, "<pre>Traceback: line 7 of &lt;module&gt;</pre>"), (2, "-")):
        letter = viewer.get(reverse("admin:actors_givenup_change", args=[f"{actor.pk}.{number}"]))
        assert f'<div class="readonly">{trace}</div>' in letter.content.decode()


def test_a_queue_says_how_much_room_it_has(viewer: Client) -> None:
    actor = make(1, name="orderDesk")
    for number in (1, 2):
        Message.objects.create(actor=actor, id=number, name="tasks", body=b"", created_at=1, available_at=1)
    assert "<strong data-flash>2</strong> of at most 1000 messages" in shown(viewer, "queue", actor)


def test_schedules_are_shown_with_the_runs_of_the_one_in_the_address(viewer: Client) -> None:
    actor = make(1)
    assert "Nothing is to run" in shown(viewer, "schedules", actor)
    rules = {"expression": "0 22 * * *", "timezone": "Europe/Berlin"}
    every = {"actor": actor, "action": "wash", "args": cbor.encode(["<cup>"]), "created_at": 1}
    Schedule.objects.create(**every, id=1, kind="cron", name="nightly", rules=rules, due_at=9, orphaned_at=5)
    Schedule.objects.create(**every, id=2, kind="at", rules={}, due_at=8)
    Schedule.objects.create(
        **every, id=3, kind="every", name="often", rules={"interval": 90_000}, due_at=9, paused_at=7
    )
    failure = {"group": "user", "code": "broke", "message": "no water"}
    Run.objects.create(
        actor=actor, schedule_id=1, number=1, scheduled_at=1, started_at=2, attempts=1, result="failed",
        ended_at=3, error=failure,
    )  # fmt: skip
    page = shown(viewer, "schedules", actor)
    for text in (
        "nightly",
        "0 22 * * * (Europe/Berlin)",
        "&lt;cup&gt;",
        "once",
        "every 90 s",
        "paused since",
        "no such action since",
    ):
        assert text in page
    assert "no water" not in page
    assert "no water" in shown(viewer, "schedules", actor, schedule="1")
    assert "It has not run yet" in shown(viewer, "schedules", actor, schedule="2")
    for odd in ("4", "x", "9" * 40):
        assert "Runs of" not in shown(viewer, "schedules", actor, schedule=odd)


def test_connections_that_hibernate_are_read_from_storage(viewer: Client) -> None:
    actor = make(1)
    HibernatingConn.objects.create(actor=actor, generation=1, id="conn-1", record=b"")
    assert "conn-1" in shown(viewer, "connections", actor)


def test_a_key_of_several_parts_is_shown_as_parts(viewer: Client) -> None:
    page = shown(viewer, "actor", make(1, key="org\\/1/<b>"))
    assert 'org/1<span class="slash">/</span>&lt;b&gt;' in page


def test_the_audit_stands_in_the_history_and_in_the_admin_and_cannot_be_changed(viewer: Client) -> None:
    actor = make(1)
    entry = AuditEntry.objects.create(
        who="ada",
        actor_id=actor.pk,
        actor="counter[key-1]",
        deed="call",
        after={"args": "[1]"},
        outcome="done",
    )
    assert "ada" in shown(viewer, "history", actor)
    root = Client()
    root.force_login(get_user_model().objects.create_superuser("root"))
    assert (
        "ada" in root.get(reverse("admin:inspector_auditentry_changelist"), {"deed": "call"}).content.decode()
    )
    assert (
        root.post(reverse("admin:inspector_auditentry_change", args=[entry.pk]), {"who": "eve"}).status_code
        == 403
    )
    assert root.get(reverse("admin:inspector_auditentry_add")).status_code == 403


def test_what_the_platform_stands_on_is_asked_without_starting_a_node(viewer: Client) -> None:
    page = viewer.get(reverse("inspector:nodes")).content.decode()
    assert "<strong>database</strong> <span>answers, and knows 0 nodes, after " in page
    assert current().node is None


def test_the_timeline_has_what_is_stored_and_filters_by_kind_and_word(viewer: Client) -> None:
    actor = make(1, created_at=1000, slept_at=5000, error={"group": "user", "code": "broke", "message": "m"})
    Run.objects.create(
        actor=actor, schedule_id=3, number=7, scheduled_at=1, started_at=2000, attempts=2, result="retrying"
    )
    message = {"body": b"", "created_at": 1, "available_at": 1, "died_at": 3000, "error": "no ink"}
    Message.objects.create(actor=actor, id=9, name="print", **message)
    AuditEntry.objects.create(who="ada", actor_id=actor.pk, actor="", deed="call", outcome="user.broke")
    page = shown(viewer, "timeline", actor)
    told = ["ada: call", "crashed: user.broke", "message 9 of print was given up", "schedule 3, run 7"]
    places = [page.index(text) for text in (*told, "created")]
    assert places == sorted(places), "the latest first"
    assert "retrying, attempt 2" in page
    assert "no ink" in page
    assert "ada: call" not in shown(viewer, "timeline", actor, kind="queue")
    assert "ada: call" in shown(viewer, "timeline", actor, q="CALL")
    assert "Nothing is like that" in shown(viewer, "timeline", actor, q="tea")


@pytest.mark.parametrize("after", [None, "5", 5, [], {"key": "k"}, {"ray": "r-1"}])
def test_the_timeline_tells_of_a_deed_whatever_it_has_changed(viewer: Client, after: Any) -> None:
    actor = make(1)
    AuditEntry.objects.create(who="ada", actor_id=actor.pk, actor="", deed="edit state", after=after)
    assert "ada: edit state" in shown(viewer, "timeline", actor)


def test_the_timeline_is_taken_along_as_its_filters_leave_it(viewer: Client) -> None:
    actor = make(1, created_at=1000, slept_at=5000)
    AuditEntry.objects.create(who="ada", actor_id=actor.pk, actor="", deed="call", outcome="user.broke")
    address = reverse("inspector:timeline_export", args=[actor.pk])
    answer = viewer.get(address, {"kind": ["life", "run"]})
    assert f'filename="timeline-{actor.pk}.ndjson"' in answer.headers["content-disposition"]
    assert [msgspec.json.decode(line) for line in answer.content.splitlines()] == [
        {"at": "1970-01-01T00:00:05Z", "kind": "life", "what": "fell asleep", "note": "", "bad": False},
        {"at": "1970-01-01T00:00:01Z", "kind": "life", "what": "created", "note": "", "bad": False},
    ]
    assert b"ada: call" in viewer.get(address, {"q": "CALL"}).content
    page = shown(viewer, "timeline", actor, q="a", kind="life")
    assert f'href="{address}?q=a&amp;kind=life" download' in page


def test_what_changes_something_outside_of_the_live_part_goes_with_the_actor() -> None:
    """`deeds.js` takes away what says `data-living`."""
    pages = [page for page in TEMPLATES.glob("actor_*.html") if not page.stem.endswith("_live")]
    sections = [part for page in pages for part in page.read_text().split("<section")]
    changing = [part for part in sections if re.search("data-(post|console|editor)", part)]
    assert len(changing) > 5
    assert [part for part in changing if "data-living" not in part] == []


def test_looking_changes_nothing(viewer: Client) -> None:
    actor = make(1)
    ActorState.objects.create(actor=actor, generation=1, revision=1, state=b"\x01")
    before = Actor.objects.values().get(pk=actor.pk)
    for tab, _ in TABS:
        shown(viewer, "actor" if tab == FIRST else tab, actor)
    assert Actor.objects.values().get(pk=actor.pk) == before
