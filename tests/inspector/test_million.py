"""With a million actors no page of the admin or the dashboard reads more than a page's worth of blocks.

Blocks are what a statement costs wherever it runs; nothing here is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.gateway.platform import current
from inspector.agenda import LISTS
from tests import databases, environment
from tests.face.belongings import NOW
from tests.face.test_admin import LIST as ACTORS
from tests.face.test_admin_lists import CALLS, CONNS, LETTERS, MESSAGES, SCHEDULES
from tests.inspector import million, test_listing
from tests.inspector.conftest import LOOK

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("filled", "redis_url")]

FEW: Final = 4000
"""Blocks. A page of 100 rows takes up to 1,000, a search three more for each actor that begins so; the table
of actors alone has 14,000.
"""
ADMIN: Final[list[tuple[str, dict[str, str]]]] = [
    (ACTORS, {}),
    (ACTORS, {"older_than": "25000.id-0050000"}),
    (ACTORS, {"newer_than": "25000.id-0050000"}),
    (ACTORS, {"q": "key-99999"}),
    (ACTORS, {"q": "id-00999"}),
    (ACTORS, {"q": "rare"}),
    (ACTORS, {"type": "rare"}),
    (ACTORS, {"type": "counter"}),
    (ACTORS, {"type": "rare", "older_than": "25000.id-0050000"}),
    (ACTORS, {"type": "counter", "status": "destroyed"}),
    (ACTORS, {"status": "living"}),
    (ACTORS, {"status": "sleeping"}),
    (ACTORS, {"status": "crashed"}),
    (ACTORS, {"status": "destroyed"}),
    (ACTORS, {"status": "destroyed", "older_than": "25000.id-0050000"}),
    (ACTORS, {"type": "rare", "status": "crashed"}),
    (ACTORS, {"_facets": "True"}),
    (MESSAGES, {}),
    (MESSAGES, {"older_than": "id-0000500.50000"}),
    (MESSAGES, {"newer_than": "id-0000500.50000"}),
    (MESSAGES, {"q": "key-500"}),
    (MESSAGES, {"stage": "waiting"}),
    (LETTERS, {}),
    (LETTERS, {"older_than": "50000.id-0000500.50000"}),
    (LETTERS, {"q": "key-500"}),
    (SCHEDULES, {}),
    (SCHEDULES, {"older_than": "id-0000500.50000"}),
    (SCHEDULES, {"q": "id-0000500"}),
    (SCHEDULES, {"situation": "due"}),
    (SCHEDULES, {"situation": "late"}),
    (SCHEDULES, {"situation": "running"}),
    (SCHEDULES, {"situation": "failed"}),
    (SCHEDULES, {"situation": "paused"}),
    (SCHEDULES, {"situation": "orphaned"}),
    (CONNS, {}),
    (CONNS, {"older_than": "id-0000500.1.conn-50000"}),
    (CALLS, {}),
    (CALLS, {"older_than": "50000"}),
    (CALLS, {"q": "rare"}),
    (CALLS, {"q": "counter/key-5000"}),
    (CALLS, {"stage": "waiting"}),
    (CALLS, {"stage": "being delivered"}),
    (CALLS, {"stage": "to be tried again"}),
    (CALLS, {"stage": "given up"}),
]
DASHBOARD: Final = [
    *(("inspector:list", query) for query in test_listing.LARGE_TABLE_QUERIES),
    *(("inspector:agenda", {"show": show}) for show in LISTS),
    *(("inspector:find", {"q": text}) for text in ("id-0000007", "key-9", "k", "/", "-77", "y9", "nothing")),
    ("inspector:overview", {}),
]


@pytest.fixture(scope="module")
def filled(postgres_server: None, django_db_blocker: Any) -> Iterator[None]:
    name = f"{environment.worker_database()}_million"
    with databases.database(name), django_db_blocker.unblock(), million.moved_to(name):
        million.fill()
        yield


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current().clock, "now_ms", lambda: NOW)


@pytest.fixture
def viewer(filled: None, login: Callable[..., Client]) -> Client:
    return login(LOOK)


def read_for(client: Client, address: str, query: Any) -> tuple[str, dict[str, int]]:
    """A page, and the blocks of each statement about actors that was run for it, under its settings."""
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address, query)
    assert page.status_code == 200, (address, query)
    statements = [one["sql"] for one in captured]
    settings = next((one for one in statements if "set_config" in one), "SELECT 1")
    about_actors = [one for one in statements if "FROM" in one and "actors_" in one]
    return page.content.decode(), {one: million.blocks(one, settings) for one in about_actors}


def greedy(client: Client, pages: Any) -> dict[str, int]:
    """Statements that count, or read more than FEW blocks."""
    found = {}
    for name, query in pages:
        page, statements = read_for(client, reverse(name), query)
        assert "key-" in page or name == "inspector:agenda", (name, query)
        for statement, read in statements.items():
            if read > FEW or "COUNT(*) AS" in statement.upper():
                found[f"{name} {query}: {statement}"] = read
    return found


def test_what_would_read_the_whole_table_is_noticed() -> None:
    assert million.blocks("SELECT id FROM actors_actor WHERE crash_policy = 'other'") > 3 * FEW


def test_lists_of_the_admin_read_a_page(viewer: Client) -> None:
    assert greedy(viewer, ADMIN) == {}


def test_pages_of_the_dashboard_read_a_page(viewer: Client) -> None:
    assert greedy(viewer, DASHBOARD) == {}


def test_a_row_is_looked_up_by_its_index(viewer: Client) -> None:
    for model, reference in (
        ("actor", "id-0500000"),
        ("queuedmessage", "id-0000500.50001"),
        ("plannedrun", "id-0000500.50001"),
        ("waitingconn", "id-0000500.1.conn-50001"),
    ):
        page, read = read_for(viewer, reverse(f"admin:actors_{model}_change", args=[reference]), {})
        assert reference.partition(".")[0] in page
        assert max(read.values()) < 20, model


def test_who_is_awake_is_in_no_index_and_found_within_the_bound(viewer: Client) -> None:
    """Each wake and each sleep would have to write it."""
    for address, answer in ((ACTORS, "took longer"), ("inspector:list", "inspector.too_slow")):
        page, _ = read_for(viewer, reverse(address), {"status": "awake"})
        assert "key-" in page
        assert answer not in page
