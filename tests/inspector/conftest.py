"""People of the inspector, and a node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

LOOK, OPERATE, DESTROY = "view_actor", "change_actor", "delete_actor"


@pytest.fixture(autouse=True)
def an_empty_audit(request: pytest.FixtureRequest) -> None:
    """Whatever browsers and servers have left behind: these tests ask what they have written themselves."""
    if request.node.get_closest_marker("django_db"):
        from inspector.models import AuditEntry  # once the apps are ready

        request.getfixturevalue("db")
        AuditEntry.objects.all().delete()


@pytest.fixture(scope="session", autouse=True)
def logins_are_counted(redis_url: str) -> None:
    """In Redis, by django-axes: whoever logs in needs it."""


@pytest.fixture
def writable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deeds are done, whatever the platform says that another test has left in this process."""
    from actors.gateway.platform import current  # once the apps are ready

    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))


@pytest.fixture
def login() -> Callable[..., Client]:
    """`login(*codenames, staff=True)`: a client of a fresh person with those permissions on actors."""

    from django.contrib.auth.models import Permission  # once the apps are ready

    def enter(*codenames: str, staff: bool = True, **options: Any) -> Client:
        name = f"person-{get_user_model().objects.count()}"
        user = get_user_model().objects.create_user(name, is_staff=staff)
        given = Permission.objects.filter(content_type__app_label="actors", codename__in=codenames)
        user.user_permissions.set(given)
        client = Client(**options)
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def viewer(login: Callable[..., Client]) -> Client:
    return login(LOOK)


@pytest.fixture
def node() -> Any:
    from django.db.models.functions import Now

    from actors.models import Node

    return Node.objects.create(
        id="node-1", address="http://10.0.0.1:8000", lock_key=1, started_at=Now(), heartbeat_at=Now()
    )
