"""Run as a command: makes the three people of the inspector's tests and prints their session cookies as JSON.

A process of its own, because Django's ORM does not run beside the browser's loop.
"""

from __future__ import annotations

import json

import django

PERMISSIONS = {
    "none": (),
    "viewer": ("view_actor",),
    "operator": ("view_actor", "add_actor", "change_actor", "delete_actor", "view_user"),
}


def enter(name: str, codenames: tuple[str, ...]) -> str:
    """A session of a fresh person with these permissions."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.test import Client

    user, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": True})
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


if __name__ == "__main__":
    django.setup()
    print(json.dumps({name: enter(name, codenames) for name, codenames in PERMISSIONS.items()}))
