"""The page of nodes: what each told last, also one that is silent or of another version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import Node

pytestmark = pytest.mark.django_db

TOLD = {
    "host": "tea<pot", "pid": 4711, "versions": {"actors": "1.0", "Django": "5.2"}, "classes": "aa",
    "actors": 1234, "connections": 56, "late": 0.0042, "memory": 80_000_000,
    "database": {"in_use": 2, "size": 3, "waiting": 0}, "draining": False,
}  # fmt: skip


def make(number: int, *, silent: bool = False, vitals: Any = TOLD) -> None:
    Node.objects.create(
        id=f"node-{number}", address=f"http://10.0.0.{number}:80", lock_key=number, started_at=Now(),
        heartbeat_at=Now() - timedelta(hours=silent), vitals=vitals,
    )  # fmt: skip


def shown(client: Client) -> str:
    return client.get(reverse("inspector:nodes")).content.decode()


def test_every_node_is_shown_with_what_it_said_last(viewer: Client) -> None:
    make(1)
    make(2, silent=True, vitals=TOLD | {"host": "cup", "database": {"in_use": 3, "size": 3, "waiting": 8}})
    make(3, vitals=TOLD | {"draining": True})
    page = shown(viewer)
    for text in ("4711 on tea&lt;pot", "4711 on cup", "silent", "alive", "draining", "1,234", "56"):
        assert text in page
    for text in ("4.2 ms", "80.0 MB", "2 of 3", "8 wait", "Django 5.2, actors 1.0"):
        assert text in page
    assert "do not run the same" not in page


@pytest.mark.parametrize("odd", [None, {}, {"pid": "x"}, [1], TOLD | {"late": None}])
def test_a_node_that_says_nothing_or_something_else_is_shown_without(viewer: Client, odd: Any) -> None:
    make(1, vitals=odd)
    page = shown(viewer)
    assert "http://10.0.0.1:80" in page
    assert "alive" in page
    assert "do not run the same" not in page


def test_a_rollout_that_has_stopped_half_way_is_said(viewer: Client) -> None:
    make(1)
    make(2, vitals=TOLD | {"versions": {"actors": "1.1", "Django": "5.2"}, "classes": "bb"})
    page = shown(viewer)
    assert "do not run the same: actors 1.0 and 1.1; other actor classes" in page
    Node.objects.filter(pk="node-2").update(heartbeat_at=Now() - timedelta(hours=1))
    assert "do not run the same" not in shown(viewer), "the silent are gone"


def test_the_page_costs_the_same_for_many_nodes(viewer: Client) -> None:
    counts = []
    for number in (1, 40):
        make(number)
        with CaptureQueriesContext(connection) as captured:
            shown(viewer)
        counts.append(len(captured))
    assert counts[0] == counts[1]
