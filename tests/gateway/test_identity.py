"""Whose cookie counts: the session of our own pages, and nobody's else."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from actors.gateway.identity import Person, anonymous, person_of
from tests.gateway.logins import logged_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["site.example", "[::1]"]


@pytest.fixture
def cookie() -> str:
    """The session cookie of a user who has logged in."""
    return logged_in("ada", password="x")


OWN = {"host": "site.example", "origin": "http://site.example"}


async def person(cookie: str | None, scheme: str = "ws", vouched: bool = False, **headers: str) -> Person:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    if cookie is not None:
        named[b"cookie"] = cookie.encode()
    scope = {"type": "websocket", "path": "/", "scheme": scheme, "headers": list(named.items())}
    return await person_of(scope, named, vouched)


async def seen(cookie: str | None, scheme: str = "ws", vouched: bool = False, **headers: str) -> Any:
    return (await person(cookie, scheme, vouched, **headers)).user


async def test_the_session_of_our_own_page_is_the_user(cookie: str) -> None:
    assert (await seen(cookie, **OWN)).username.startswith("ada-")


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("ws", "site.example:8000", "http://site.example:8000"),
        ("wss", "site.example", "https://site.example"),
        ("http", "site.example", "http://site.example"),
        ("https", "[::1]:8443", "https://[::1]:8443"),
    ],
)
async def test_a_page_of_the_same_scheme_host_and_port_is_ours(
    cookie: str, scheme: str, host: str, origin: str
) -> None:
    assert (await seen(cookie, scheme, host=host, origin=origin)).is_authenticated


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "x",
        "http://[",
        "https://site.example.evil.example",
        "https://site.example:8000",
        "http://site.example",
        "",
    ],
)
async def test_a_page_of_another_site_scheme_or_port_has_no_user(cookie: str, origin: str) -> None:
    assert await seen(cookie, "wss", host="site.example", origin=origin) is anonymous().user


async def test_a_host_that_the_site_does_not_serve_has_no_pages(cookie: str) -> None:
    user = await seen(cookie, "wss", host="other.example", origin="https://other.example")
    assert user is anonymous().user


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://app.example", True),
        ("https://app.example:444", False),
        ("http://app.example", False),
        ("https://a.wild.example", True),
        ("https://a.b.wild.example", True),
        ("http://a.wild.example", False),
        ("https://a.wild.example:444", False),
        ("https://notwild.example", False),
    ],
)
async def test_trusted_origins_are_read_as_django_reads_them(
    cookie: str, settings: Any, origin: str, ours: bool
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example", "https://*.wild.example"]
    assert (await seen(cookie, host="site.example", origin=origin)).is_authenticated is ours


@pytest.mark.parametrize(
    ("site", "referer", "ours"),
    [
        ("none", None, True),
        ("same-origin", "http://site.example/page", True),
        (None, None, False),
        (None, "http://site.example/page?q=1", True),
        (None, "https://app.example/page", True),
        (None, "https://evil.example/page", False),
        ("cross-site", None, False),
        ("cross-site", "https://evil.example/page", False),
        ("cross-site", "https://app.example/page", True),
        ("cross-site", "http://[", False),
        ("same-site", None, False),
        ("same-site", "http://other.site.example/", False),
        ("Cross-Site", None, False),
    ],
)
async def test_of_a_link_the_browser_says_where_it_was(
    cookie: str, settings: Any, site: str | None, referer: str | None, ours: bool
) -> None:
    """Links, images and forms by GET carry no Origin."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example"]
    said = {"sec_fetch_site": site, "referer": referer}
    headers = {name: value for name, value in said.items() if value is not None}
    assert (await seen(cookie, "http", host="site.example", **headers)).is_authenticated is ours


async def test_the_proxy_may_say_that_the_page_came_over_tls(cookie: str, settings: Any) -> None:
    page = {"host": "site.example", "origin": "https://site.example", "x_forwarded_proto": "https"}
    assert await seen(cookie, **page) is anonymous().user
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert (await seen(cookie, **page)).is_authenticated


async def test_a_cookie_that_another_node_has_let_pass_counts(cookie: str) -> None:
    page = {"host": "site.example", "origin": "https://site.example"}
    assert (await seen(cookie, vouched=True, **page)).is_authenticated


@pytest.mark.parametrize("text", [None, "", "other=1", f"{django_settings.SESSION_COOKIE_NAME}=forged"])
async def test_without_a_session_the_user_is_anonymous(text: str | None) -> None:
    assert isinstance(await seen(text, **OWN), AnonymousUser)


async def test_user_and_session_are_loaded_and_need_no_database_any_more(
    cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await person(cookie, **OWN)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", refuse)
    assert type(found.user) is get_user_model()
    assert found.user.username.startswith("ada-")
    assert found.session["_auth_user_id"] == str(found.user.pk)
    assert found.session.get("basket") is None


async def test_a_user_who_may_not_log_in_any_more_is_nobody(cookie: str) -> None:
    await get_user_model().objects.aupdate(is_active=False)
    found = await person(cookie, **OWN)
    assert (found.user.is_anonymous, found.session is not None) == (True, True)


async def test_without_a_cookie_there_is_no_session() -> None:
    assert (await person(None, host="site.example")).session is None
