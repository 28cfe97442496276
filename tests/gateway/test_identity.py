"""Whose cookie counts: the session of our own pages, and nobody's else."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore

from actors.gateway.identity import anonymous, user_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cookie() -> str:
    """The session cookie of a user who has logged in."""
    user = get_user_model().objects.create_user(f"ada-{secrets.token_hex(4)}", password="x")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{django_settings.SESSION_COOKIE_NAME}={session.session_key}"


async def seen(cookie: str | None, **headers: str) -> Any:
    named = {name.encode(): value.encode() for name, value in headers.items()}
    if cookie is not None:
        named[b"cookie"] = cookie.encode()
    return await user_of({"type": "websocket", "headers": list(named.items())}, named)


async def test_the_session_of_our_own_page_is_the_user(cookie: str) -> None:
    assert (await seen(cookie, host="site.example")).username.startswith("ada-")
    user = await seen(cookie, host="site.example:8000", origin="https://site.example:8000")
    assert user.is_authenticated


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://site.example.evil.example", "x"])
async def test_a_page_of_another_site_has_no_user(cookie: str, origin: str) -> None:
    assert await seen(cookie, host="site.example", origin=origin) is anonymous()


async def test_a_trusted_origin_counts_as_ours(cookie: str, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example"]
    assert (await seen(cookie, host="site.example", origin="https://app.example")).is_authenticated


@pytest.mark.parametrize("text", [None, "", "other=1", f"{django_settings.SESSION_COOKIE_NAME}=forged"])
async def test_without_a_session_the_user_is_anonymous(text: str | None) -> None:
    assert isinstance(await seen(text, host="site.example"), AnonymousUser)
