"""Columns of the list: what each shows, that only what is shown is looked up, and that a choice is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.gateway.attending import Act, Attendance
from actors.gateway.platform import current
from actors.models import ActorState, Alarm, HibernatingConn, Message, Node
from inspector import looking
from inspector.columns import COLUMNS, DEFAULT
from inspector.looking import Attendees
from tests.face.test_admin import sequential_scans
from tests.inspector.conftest import LOOK
from tests.inspector.rows import fill, make

pytestmark = pytest.mark.django_db

ALL = [column.name for column in COLUMNS]


def choose(client: Client, *columns: str) -> Any:
    return client.post(reverse("inspector:columns"), {"columns": columns}, content_type="application/json")


def page(client: Client) -> str:
    return client.get(reverse("inspector:list")).content.decode()


def cells(text: str) -> dict[str, str]:
    """Of the first row, by their labels."""
    row = text.partition("</tr>")[2].partition("</tr>")[0]
    found = re.findall(r'<td data-label="([^"]*)"[^>]*>(.*?)</td>', row)
    return {label: re.sub(r"<[^>]*>", "", cell) for label, cell in found}


def test_migrations_know_the_models() -> None:
    call_command("makemigrations", "inspector", check=True, dry_run=True, verbosity=0)


def test_a_choice_is_kept_for_its_person_alone_also_where_a_site_is_read_only(
    login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=True))
    make(1)
    mine, other = login(LOOK), login(LOOK)
    assert [*cells(page(mine))] == [column.label for column in COLUMNS if column.name in DEFAULT]
    assert choose(mine, "queue", "id").status_code == 200
    assert [*cells(page(mine))] == ["Queue", "Id"]
    assert 'value="queue" autocomplete="off" checked' in page(mine)
    assert "Queue" not in cells(page(other))
    assert choose(mine).status_code == 200
    assert cells(page(mine)) == {}


def test_a_column_that_there_is_not_is_refused_with_a_word(viewer: Client) -> None:
    refused = choose(viewer, "state", "colour")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert "there is no 'colour'" in refused.json()["message"]


def test_an_actor_that_sleeps_shows_what_is_stored(viewer: Client) -> None:
    actor = make(1, slept_at=5000, error={"group": "user", "code": "broke", "message": "m"})
    ActorState.objects.create(actor=actor, generation=1, revision=1, state=b"x" * 1500)
    for number in (1, 2):
        Message.objects.create(actor=actor, id=number, name="jobs", body=b"", created_at=1, available_at=1)
        HibernatingConn.objects.create(actor=actor, generation=1, id=f"conn-{number}", record=b"")
        Alarm.objects.create(actor=actor, source=f"source-{number}", due_at=number * 1000, wake_at=1)
    HibernatingConn.objects.create(actor=actor, generation=1, id="conn-3", record=b"")
    choose(viewer, *ALL)
    shown = cells(page(viewer))
    assert shown == {
        "Type": "counter",
        "State": "1.5 kB",
        "Queue": "2",
        "Connections": "3",
        "Next alarm": "1970-01-01 00:00:01 UTC",
        "Last action": "–",
        "At rest since": "1970-01-01 00:00:05 UTC",
        "Owner": "",
        "Node": "",
        "Created": "1970-01-01 00:00:00 UTC",
        "Last error": "user.broke",
        "Id": actor.pk,
    }


@pytest.mark.parametrize(
    ("attendance", "shown"),
    [
        (Attendance("id-0000001", 2, None), ("2", "none since it woke", "awake")),
        (
            Attendance("id-0000001", 0, 5000, Act("increment", 4000)),
            ("0", "increment 1970-01-01 00:00:04 UTC", "1970-01-01 00:00:05 UTC"),
        ),
        (None, ("not told", "not told", "not told")),
    ],
)
def test_of_one_that_is_awake_its_node_is_asked(
    viewer: Client,
    node: Node,
    monkeypatch: pytest.MonkeyPatch,
    attendance: Attendance | None,
    shown: tuple[str, str, str],
) -> None:
    make(1, node_id=node.pk, connectable_at=1)
    asked = []

    async def told(actor_ids: list[str]) -> Attendees:
        asked.append(actor_ids)
        told = [] if attendance is None else [attendance]
        return Attendees({one.actor_id: one for one in told}, silent=1 - len(told), whole=True)

    monkeypatch.setattr(looking, "attendance", told)
    assert "Connections" not in cells(page(viewer))
    assert asked == []
    choose(viewer, "connections", "action", "rest")
    text = page(viewer)
    assert cells(text) == dict(zip(("Connections", "Last action", "At rest since"), shown, strict=True))
    assert ("1 of the nodes did not answer" in text) == (attendance is None)
    assert asked == [["id-0000001"]]


def test_an_owner_is_shown_to_those_who_may_see_it(login: Callable[..., Client]) -> None:
    ada = get_user_model().objects.create_user("ada")
    make(1, name="reminders", key="ada")
    client = login(LOOK)
    choose(client, "owner")
    assert cells(page(client)) == {"Owner": ""}
    user = get_user_model().objects.latest("pk")
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert cells(page(client)) == {"Owner": "user ada"}
    assert reverse("admin:auth_user_change", args=[ada.pk]) in page(client)


def test_each_column_costs_one_statement_that_an_index_serves(login: Callable[..., Client]) -> None:
    fill(100_000)
    client = login(LOOK)
    choose(client, *ALL)
    with CaptureQueriesContext(connection) as captured:
        page(client)
    about = [one["sql"] for one in captured if re.search('FROM "actors_(?!node)', one["sql"])]
    assert len(about) == 5  # the page, states, messages, connections, alarms
    for statement in about:
        assert not {"actors_actor", "actors_state"} & set(sequential_scans(statement))
