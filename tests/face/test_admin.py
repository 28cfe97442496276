"""The admin shows actors as they are stored: read-only, searchable, fast on a large table, waking nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from actors.models import Actor, ActorState, Node
from actors.protocol import cbor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]

LIST = "admin:actors_actor_changelist"
DETAIL = "admin:actors_actor_change"


@pytest.fixture
def admin() -> Client:
    client = Client()
    user = get_user_model().objects.create_superuser("root", "root@example.org", "pass")
    client.force_login(user)
    return client


@pytest.fixture
def node() -> Node:
    return Node.objects.create(
        id="node-1", address="http://10.0.0.1:8000", lock_key=1, started_at=Now(), heartbeat_at=Now()
    )


def make(number: int, **fields: Any) -> Actor:
    values = {"name": "counter", "key": f"key-{number}", "crash_policy": "sleep", "created_at": number}
    return Actor.objects.create(id=f"id-{number:07}", **{**values, **fields})


def fill(rows: int) -> None:
    """Many actors, half of them destroyed; of each thousand one is of a rare type, and one has crashed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO actors_actor
                (id, name, key, crash_policy, generation, created_at, destroyed_at, error)
            SELECT 'id-' || lpad(n::text, 7, '0'), CASE WHEN n %% 1000 = 0 THEN 'rare' ELSE 'counter' END,
                   'key-' || n, 'sleep', 1, n / 2, CASE WHEN n %% 2 = 0 THEN n END,
                   CASE WHEN n %% 1000 = 1 THEN '{"group": "a", "code": "b", "message": "c"}'::jsonb END
            FROM generate_series(1, %s) AS n
            """,
            [rows],
        )
        cursor.execute("ANALYZE actors_actor")


def rows_of(page: Any) -> list[str]:
    """Keys on a change list page, from the top."""
    return re.findall(r'field-key"><a[^>]*>([^<]*)</a>', page.content.decode())


def column(page: Any, name: str) -> list[str]:
    return re.findall(rf'field-{name}[^"]*">(.*?)</td>', page.content.decode())


def link(page: Any, text: str) -> str | None:
    found = re.search(rf'<a href="([^"]*)">[^<]*{text}', page.content.decode())
    return found and found.group(1).replace("&amp;", "&")


def test_a_row_tells_type_key_status_generation_node_created_and_error(admin: Client, node: Node) -> None:
    make(
        1_700_000_000_000,
        generation=7,
        node_id=node.id,
        error={"group": "actor", "code": "start_failed", "message": "<b>no</b>"},
    )
    page = admin.get(reverse(LIST))
    assert rows_of(page) == ["key-1700000000000"]
    assert column(page, "name") == ["counter"]
    assert column(page, "generation") == ["7"]
    assert column(page, "node") == ["node-1"]
    assert column(page, "created") == ["2023-11-14 22:13:20"]
    assert column(page, "last_error") == ["actor.start_failed: &lt;b&gt;no&lt;/b&gt;"]


def test_the_status_is_derived(admin: Client, node: Node) -> None:
    dead = Node.objects.create(id="node-2", address="", lock_key=2, started_at=Now(), heartbeat_at=Now())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE actors_node SET heartbeat_at = now() - interval '1 hour' WHERE id = %s", [dead.id]
        )
    failed = {"group": "actor", "code": "x", "message": "m"}
    make(7, node_id=node.id, connectable_at=1, error=failed)
    make(6, node_id=node.id, connectable_at=1)
    make(5, node_id=node.id)  # asleep with connections that hibernate
    make(4, node_id=dead.id, connectable_at=1)
    make(3)
    make(2, error=failed)
    make(1, error=failed, destroyed_at=5)
    statuses = column(admin.get(reverse(LIST)), "status")
    assert statuses == ["awake", "awake", "sleeping", "sleeping", "sleeping", "crashed", "destroyed"]


def test_pages_are_turned_by_newer_and_older(admin: Client) -> None:
    fill(450)
    newest_first = list(Actor.objects.order_by("-created_at", "-id").values_list("key", flat=True))
    page = admin.get(reverse(LIST))
    assert link(page, "Newer") is None
    seen = [rows_of(page)]
    while older := link(page, "Older"):
        page = admin.get(reverse(LIST) + older)
        seen.append(rows_of(page))
    assert [len(keys) for keys in seen] == [100, 100, 100, 100, 50]
    assert list(chain(*seen)) == newest_first

    back = [rows_of(page)]
    while newer := link(page, "Newer"):
        page = admin.get(reverse(LIST) + newer)
        back.insert(0, rows_of(page))
    assert back == seen


def test_filters_and_searches_begin_at_the_newest_row_again(admin: Client) -> None:
    fill(250)
    older = link(admin.get(reverse(LIST)), "Older")
    assert older
    page = admin.get(reverse(LIST) + older).content.decode()
    assert "older_than" not in "".join(re.findall(r'href="(\?[^"]*destroyed[^"]*)"', page))
    assert 'name="older_than"' not in page


def test_one_type_and_destroyed_ones_can_be_chosen(admin: Client) -> None:
    fill(4000)
    make(9_000_000, name="rare", key="rare-live")
    chosen = rows_of(admin.get(reverse(LIST), {"type": "rare"}))
    assert chosen == ["rare-live", "key-4000", "key-3000", "key-2000", "key-1000"]
    assert rows_of(admin.get(reverse(LIST), {"type": "rare", "status": "living"})) == ["rare-live"]
    assert len(rows_of(admin.get(reverse(LIST), {"type": "rare", "status": "destroyed"}))) == 4
    offered = admin.get(reverse(LIST)).content.decode()
    assert "?type=chatRoom" in offered


def test_the_status_of_a_row_is_what_it_is_chosen_by(admin: Client, node: Node) -> None:
    failed = {"group": "actor", "code": "x", "message": "m"}
    make(5, node_id=node.id, connectable_at=1, error=failed)
    make(4)
    make(3, error=failed)
    make(2, error=failed, destroyed_at=5)
    make(1, node_id="nobody", connectable_at=1)
    everyone = ["awake", "sleeping", "crashed", "destroyed", "sleeping"]
    assert column(admin.get(reverse(LIST), {"status": "dozing"}), "status") == everyone
    assert column(admin.get(reverse(LIST), {"status": "living"}), "status") == [
        status for status in everyone if status != "destroyed"
    ]
    for status in ("awake", "sleeping", "crashed", "destroyed"):
        page = admin.get(reverse(LIST), {"status": status})
        assert column(page, "status") == [one for one in everyone if one == status]
        assert f"?status={status}" in page.content.decode()


@pytest.mark.parametrize("term", ["book", "library/7", "id-0000001", "library/"])
def test_searches_find_the_beginning_of_type_key_and_id(admin: Client, term: str) -> None:
    make(1, name="bookShelf", key="library/7")
    make(2, name="counter", key="other")
    assert rows_of(admin.get(reverse(LIST), {"q": term})) == ["library/7"]


def test_a_slash_that_stands_in_a_part_of_a_key_is_typed_as_it_is_read(admin: Client) -> None:
    make(1, key="library\\/7")
    assert rows_of(admin.get(reverse(LIST), {"q": "library/"})) == ["library\\/7"]


@pytest.mark.parametrize("term", ["%", "_", "\\", "'", "\x00", "\ud7ff" * 300])
def test_odd_searches_find_nothing_and_do_no_harm(admin: Client, term: str) -> None:
    make(1)
    page = admin.get(reverse(LIST), {"q": term})
    assert page.status_code == 200


@pytest.mark.parametrize("page", ["x", "-", "9" * 40 + ".a"])
def test_a_page_that_does_not_exist_leads_back_to_the_list(admin: Client, page: str) -> None:
    make(1)
    answer = admin.get(reverse(LIST), {"older_than": page})
    assert answer.status_code in (200, 302)


def sequential_scans(statement: str) -> Iterator[str]:
    """Tables that the statement would read whole; nodes are few and may be."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    yield from (table for table in re.findall(r"Seq Scan on (\w+)", plan) if table != "actors_node")


def test_the_number_of_queries_does_not_grow_with_the_rows(
    admin: Client, django_assert_num_queries: Any, node: Node
) -> None:
    for number in range(30):
        make(number, node_id=node.id)
    with django_assert_num_queries(6):  # session, user, actors, and three that bound these in time
        assert len(rows_of(admin.get(reverse(LIST)))) == 30


def test_the_detail_page_shows_state_and_input(admin: Client) -> None:
    actor = make(1, input=cbor.encode({"topic": "tea"}))
    state = msgspec.msgpack.encode({"text": "<script>", "list": [1, None]})
    ActorState.objects.create(actor=actor, generation=1, revision=12, state=state)
    page = admin.get(reverse(DETAIL, args=[actor.pk])).content.decode()
    assert "&quot;text&quot;: &quot;&lt;script&gt;&quot;" in page
    assert "&quot;topic&quot;: &quot;tea&quot;" in page
    assert ">12<" in page
    assert "<script>" not in page.partition('id="content"')[2].partition("footer")[0]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (None, "-"),
        (msgspec.msgpack.encode("x" * 100_000), "100,005 bytes, too large to show here"),
        (b"\xc1", "1 bytes that are no JSON"),
        (msgspec.msgpack.encode({"raw": b"\x00\xff"}), "&quot;raw&quot;: &quot;AP8=&quot;"),
    ],
)
def test_every_stored_state_can_be_looked_at(admin: Client, state: bytes | None, shown: str) -> None:
    actor = make(1)
    ActorState.objects.create(actor=actor, generation=1, revision=0, state=state)
    page = admin.get(reverse(DETAIL, args=[actor.pk]))
    assert page.status_code == 200
    assert shown in page.content.decode()


def test_the_detail_page_leads_to_the_inspector(admin: Client) -> None:
    page = admin.get(reverse(DETAIL, args=[make(1).pk])).content.decode()
    assert '<a href="/inspector/actors/id-0000001/">Open in inspector</a>' in page


def test_a_destroyed_actor_has_a_page_too(admin: Client) -> None:
    actor = make(1, destroyed_at=1_700_000_000_000)
    page = admin.get(reverse(DETAIL, args=[actor.pk])).content.decode()
    assert "destroyed" in page
    assert "2023-11-14 22:13:20" in page


def test_looking_changes_nothing(admin: Client, node: Node) -> None:
    actor = make(1, node_id=node.id)
    before = Actor.objects.values().get(pk=actor.pk)
    admin.get(reverse(LIST))
    admin.get(reverse(DETAIL, args=[actor.pk]))
    assert Actor.objects.values().get(pk=actor.pk) == before


def test_nothing_can_be_done(admin: Client, node: Node) -> None:
    actor = make(1)
    detail = reverse(DETAIL, args=[actor.pk])
    assert admin.post(detail, {"name": "other"}).status_code == 403
    assert admin.get(reverse("admin:actors_actor_add")).status_code == 403
    assert (
        admin.post(reverse("admin:actors_actor_delete", args=[actor.pk]), {"post": "yes"}).status_code == 403
    )
    admin.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [actor.pk]})
    assert Actor.objects.filter(pk=actor.pk, name="counter").exists()
    assert "Save" not in admin.get(detail).content.decode()


def test_a_person_without_the_permission_sees_nothing() -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_user("staff", is_staff=True))
    assert client.get(reverse(LIST)).status_code == 403


def test_nodes_are_listed(admin: Client, node: Node) -> None:
    page = admin.get(reverse("admin:actors_node_changelist")).content.decode()
    assert node.id in page
    assert node.address in page
    assert admin.get(reverse("admin:actors_node_add")).status_code == 403
    detail = admin.get(reverse("admin:actors_node_change", args=[node.pk]))
    assert detail.status_code == 200
