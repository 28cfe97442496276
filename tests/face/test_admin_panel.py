"""The panel on the page of a project's model: the object's actor, as it is stored, for those who may look."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from actors.models import Actor, ActorState
from tests.face.test_admin import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url")]


@pytest.fixture
def ada() -> Any:
    return get_user_model().objects.create_user("ada")


def manager(*codenames: str) -> Client:
    """Of users, with permissions beside that."""
    user = get_user_model().objects.create_user("manager", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("change_user", "add_user", *codenames)))
    client = Client()
    client.force_login(user)
    return client


def panel(client: Client, person: Any) -> str:
    page = client.get(reverse("admin:auth_user_change", args=[person.pk])).content.decode()
    found = re.search(r"field-actor_panel.*?</fieldset>", page, re.DOTALL)
    return found.group() if found else ""


def test_the_page_of_a_user_shows_their_actor(ada: Any) -> None:
    actor = make(1, name="reminders", key="ada")
    make(2, name="reminders", key="ada", destroyed_at=5)
    state = msgspec.msgpack.encode({"reminded": []})
    ActorState.objects.create(actor=actor, generation=1, revision=1, state=state)
    shown = panel(manager("view_actor"), ada)
    for text in ("reminders[ada]", "sleeping", "&quot;reminded&quot;", "/inspector/actors/id-0000001/"):
        assert text in shown
    assert "<input" not in shown


def test_an_actor_that_there_is_not_yet_is_not_made_by_looking(ada: Any) -> None:
    assert "it is made by its first call" in panel(manager("view_actor"), ada)
    assert not Actor.objects.exists()


def test_whoever_may_not_look_at_actors_sees_the_user_alone(ada: Any) -> None:
    make(1, name="reminders", key="ada")
    assert panel(manager(), ada) == ""


def test_a_new_object_has_no_actor_yet_and_can_be_made() -> None:
    client = manager("view_actor")
    assert "actor_panel" not in client.get(reverse("admin:auth_user_add")).content.decode()


def test_what_is_saved_beside_the_panel_is_saved(ada: Any) -> None:
    client = manager("view_actor", "view_user")
    fields = {
        "username": "ada",
        "first_name": "Ada",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00:00",
    }
    answer = client.post(reverse("admin:auth_user_change", args=[ada.pk]), fields)
    assert answer.status_code == 302
    ada.refresh_from_db()
    assert ada.first_name == "Ada"
