"""Somebody who has logged in, as their browser shows it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore


def logged_in(name: str, **fields: Any) -> str:
    """The session cookie of a new user whose name begins with `name`."""
    user = get_user_model().objects.create_user(f"{name}-{secrets.token_hex(4)}", **fields)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def allowed(may: Iterable[str] = (), **fields: Any) -> str:
    """The session cookie of a new user with those permissions on actors."""
    cookie = logged_in("ada", **fields)
    user = get_user_model().objects.latest("pk")
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return cookie


def staff(*permissions: str) -> str:
    """As `allowed`, for the staff."""
    return allowed(permissions, is_staff=True)
