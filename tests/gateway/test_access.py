"""Whose login opens the doors of actors: by each rule, and for our own pages only."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway.access import authorize_caller, rule_of
from tests.gateway.logins import logged_in

pytestmark = pytest.mark.django_db(transaction=True)

OWN = {"host": "site.example", "origin": "http://site.example"}
FOREIGN = {"host": "site.example", "origin": "http://evil.example"}


async def only_ada(user: Any) -> bool:
    return bool(user.get_username().startswith("ada"))


def truthy(user: Any) -> Any:
    return "yes"


HERE = "tests.gateway.test_access"


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["site.example"]


async def passes(rule: str | None, cookie: str | None, **headers: str) -> bool:
    named = {name.encode(): value.encode() for name, value in headers.items()}
    if cookie is not None:
        named[b"cookie"] = cookie.encode()
    scope = {"type": "http", "scheme": "http", "path": "/", "headers": list(named.items())}
    try:
        await authorize_caller(NodeConfig(token="x" * 40, session_access=rule), scope, named)
    except ActorError as err:
        assert (err.name, err.status) == ("api.forbidden", 403)
        return False
    return True


@pytest.mark.parametrize(
    ("rule", "user", "may"),
    [
        (None, {}, False),
        ("authenticated", {}, True),
        ("staff", {}, False),
        ("staff", {"is_staff": True}, True),
        ("authenticated", {"is_active": False}, False),
        (f"{HERE}.only_ada", {}, True),
        (f"{HERE}.truthy", {}, False),
    ],
)
async def test_each_rule(rule: str | None, user: dict[str, Any], may: bool) -> None:
    cookie = await sync_to_async(logged_in)("ada", **user)
    assert await passes(rule, cookie, **OWN) is may


async def test_a_foreign_page_gets_nothing_from_its_visitors_login() -> None:
    cookie = await sync_to_async(logged_in)("ada")
    assert not await passes("authenticated", cookie, **FOREIGN)
    assert await passes("authenticated", cookie, **OWN)


@pytest.mark.parametrize("cookie", [None, "sessionid=forged", "other=1"])
async def test_without_a_session_nobody_passes(cookie: str | None) -> None:
    assert not await passes("authenticated", cookie, **OWN)


def test_a_rule_is_found_by_its_path() -> None:
    assert rule_of(f"{HERE}.only_ada") is only_ada
