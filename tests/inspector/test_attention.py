"""What the first page says of the outbox and of pauses: given up, waiting for long, perhaps forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.gateway.outbox_operator import LONG_WAIT
from actors.gateway.platform import current
from tests.face.belongings import call
from tests.face.test_admin import sequential_scans
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db
TROUBLE = r'<a href="([^"]*)" data-row><code>([^<]*)</code></a> <span>(Calls of the outbox [^:]*):'
ABOUT = "Calls of the outbox"


def troubles(client: Client) -> list[tuple[str, str, str]]:
    """Of the outbox: where each leads, what it counts, and what it says."""
    return re.findall(TROUBLE, client.get(reverse("inspector:overview")).content.decode())


def test_calls_that_were_given_up_lead_to_their_list_in_the_admin(viewer: Client) -> None:
    now = current().clock.now_ms()
    call(1, failed_at=now, attempts=10, error="user.no: not today")
    call(2, failed_at=now, name="room")
    call(3, failed_at=now, name="room")
    call(4, created_at=now, next_at=now)
    ((url, which, what),) = troubles(viewer)
    assert (which, what) == ("1 to counter, 2 to room", f"{ABOUT} were given up")
    assert re.findall(r"outboxcall/(\d+)/change", viewer.get(url).content.decode()) == ["3", "2", "1"]


def test_calls_that_wait_for_long_are_told_once_they_do(viewer: Client) -> None:
    now = current().clock.now_ms()
    call(1, created_at=now - LONG_WAIT * 1000 + 60_000)
    assert troubles(viewer) == []
    call(2, created_at=now - LONG_WAIT * 1000 - 1, next_at=now + 5000, error="actor.gone: away")
    ((url, which, what),) = troubles(viewer)
    assert (which, what) == ("2 to counter", f"{ABOUT} wait for more than 5 min")
    assert re.findall(r"outboxcall/(\d+)/change", viewer.get(url).content.decode()) == ["2", "1"]


MANY = """
    INSERT INTO actors_outbox (name, key, kind, member, body, target, created_at, next_at, failed_at)
    SELECT 'counter', n::text, 'action', 'add', '', '', n, n, CASE WHEN n %% 2 = 0 THEN n END
    FROM generate_series(1, 50000) AS n;
    ANALYZE actors_outbox
"""


def test_of_50000_calls_no_more_are_read_than_are_counted(viewer: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, [])
    with CaptureQueriesContext(connection) as captured:
        told = [which for _, which, _ in troubles(viewer)]
    assert told == ["1000 or more to counter"] * 2
    asked = [one["sql"] for one in captured if "FROM actors_outbox" in one["sql"]]
    assert asked
    assert not [scan for statement in asked for scan in sequential_scans(statement)]


def test_actors_that_are_paused_are_told_of_until_they_go_on(viewer: Client) -> None:
    def told() -> list[tuple[str, str]]:
        page = viewer.get(reverse("inspector:overview")).content.decode()
        return re.findall(
            r'<a href="([^"]*)" data-row><code>([^<]*)</code></a> <span>Actors are paused', page
        )

    assert told() == []
    make(1, paused_at=5)
    make(2, queues_paused_at=5)
    make(3)
    ((url, which),) = told()
    assert which == "2 paused"
    assert re.findall(r"data-row>(key-\d)</a>", viewer.get(url).content.decode()) == ["key-2", "key-1"]


@pytest.mark.usefixtures("writable")
def test_an_actor_that_cannot_read_its_state_is_mended_and_not_woken(login: Callable[..., Client]) -> None:
    torn, other = (
        make(number, error={"group": "protocol", "code": code, "message": "m"})
        for number, code in ((1, "invalid_persisted_data"), (2, "other"))
    )
    page = login(LOOK, OPERATE).get(reverse("inspector:overview")).content.decode()
    address = reverse("inspector:actor", args=[torn.pk])
    assert f'<a class="button" href="{address}" aria-label="Mend the state: counter[key-1]">' in page
    assert [reverse("inspector:wake", args=[one.pk]) in page for one in (torn, other)] == [False, True]
