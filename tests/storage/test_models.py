"""Django's models and the migrated tables are the same thing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection

from actors.models import Actor, ActorState, Node


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "actors", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_an_operator_is_offered_djangos_four_permissions_and_no_others() -> None:
    ours = Permission.objects.filter(content_type__app_label__in=("actors", "inspector"))
    offered = {permission.codename for permission in ours}
    assert offered == {"view_actor", "add_actor", "change_actor", "delete_actor"}


@pytest.mark.django_db
def test_rows_of_the_store_are_read_through_the_models() -> None:
    with connection.cursor() as cursor:
        columns = "(id, name, key, crash_policy, created_at)"
        cursor.execute(f"INSERT INTO actors_actor {columns} VALUES ('m', 'a', 'b', 'sleep', 5)")
        cursor.execute("INSERT INTO actors_state (actor_id, generation, state) VALUES ('m', 3, 'x')")
        cursor.execute("INSERT INTO actors_node VALUES ('n', 'http://x', 1, now(), now())")
    actor = Actor.objects.get(id="m")
    stored = ActorState.objects.get(actor=actor)
    assert (str(actor), actor.generation, actor.node_id, actor.destroyed_at) == ("a[b]", 0, None, None)
    assert (stored.generation, stored.revision, stored.encoding, bytes(stored.state or b"")) == (
        3,
        0,
        1,
        b"x",
    )
    assert str(stored) == "m at revision 0"
    assert str(Node.objects.get()) == "n"


@pytest.mark.django_db
def test_text_sorts_by_code_point_in_every_database() -> None:
    names = ["a", "Z", "é", "_", "b"]
    Node.objects.all().delete()
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("INSERT INTO actors_node VALUES (%s, '', 1, now(), now())", [name])
    assert list(Node.objects.order_by("id").values_list("id", flat=True)) == sorted(names)
