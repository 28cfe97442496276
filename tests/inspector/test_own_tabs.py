"""The tabs of a class: in the strip, in a sandboxed frame, with a pass that does what its visitor may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Node
from inspector.models import AuditEntry
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db


def desk(number: int = 1) -> str:
    return make(number, name="orderDesk").pk


def page(client: Client, actor_id: str, tab: str) -> str:
    return client.get(reverse("inspector:own", args=[actor_id]), {"tab": tab}).content.decode()


def strip(text: str) -> list[str]:
    [tabs] = re.findall(r'<nav class="tabs".*?</nav>', text, re.DOTALL)
    return re.findall(r">([^<]+)</a>", tabs)


def test_the_strip_has_the_tabs_of_the_class_and_not_those_that_it_hides(viewer: Client) -> None:
    shown = strip(page(viewer, desk(), "orders"))
    assert shown[-1] == "Orders"
    assert "Schedules" not in shown
    other = viewer.get(reverse("inspector:actor", args=[make(2).pk])).content.decode()
    assert "Schedules" in strip(other)
    assert "Orders" not in strip(other)


def test_the_page_frames_the_tab_of_this_site_in_a_sandbox(viewer: Client) -> None:
    actor_id = desk()
    answer = viewer.get(reverse("inspector:own", args=[actor_id]), {"tab": "orders"})
    text = answer.content.decode()
    assert '<iframe sandbox="allow-scripts" title="Orders">' in text
    assert f'data-frame="/gateway/{actor_id}/inspector/custom-tabs/orders/"' in text
    assert 'aria-current="page">Orders<' in text
    assert "It is shown while the actor is awake." in text
    assert "frame-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("codenames", "read_only", "words"),
    [
        ([LOOK], False, "You may only look"),
        ([LOOK, OPERATE], True, "Nobody may change"),
        ([LOOK, OPERATE], False, None),
    ],
)
def test_whoever_may_only_look_reads_so_before_a_button_of_the_tab_is_refused(
    login: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    node: Node,
    codenames: list[str],
    read_only: bool,
    words: str | None,
) -> None:
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=read_only))
    actor_id = make(1, name="orderDesk", node_id=node.pk, connectable_at=1).pk
    told = re.findall(r"You may only look|Nobody may change", page(login(*codenames), actor_id, "orders"))
    assert told == ([] if words is None else [words])


@pytest.mark.parametrize("tab", ["", "schedules", "none", "<b>"])
def test_a_tab_that_there_is_not_says_so(viewer: Client, tab: str) -> None:
    text = page(viewer, desk(), tab)
    assert "has no tab of that name" in text
    assert "<iframe" not in text


@pytest.mark.parametrize(
    ("codenames", "read_only", "right"),
    [([LOOK], False, "look"), ([LOOK, OPERATE], True, "look"), ([LOOK, OPERATE], False, "change")],
)
def test_a_pass_has_the_rights_of_its_visitor_and_one_to_change_is_written_down(
    login: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    codenames: list[str],
    read_only: bool,
    right: str,
) -> None:
    config = replace(current().config, inspector_read_only=read_only, internal_secret="between nodes")
    monkeypatch.setattr(current(), "config", config)
    url = reverse("inspector:let_in", args=[desk()])
    client = login(*codenames)
    answer = client.post(url, json.dumps({"tab": "orders"}), content_type="application/json")
    assert answer.json()["token"].startswith(f"{right}.")
    written = list(AuditEntry.objects.values_list("deed", "after", "outcome"))
    assert written == ([("let in", {"tab": "orders"}, "done")] if right == "change" else [])
    refused = client.post(url, json.dumps({"tab": "none"}), content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (404, "custom_tab_not_found")
