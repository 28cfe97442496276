"""A range of past times as it is typed: what is no range is refused, and nothing is written down of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from actors.errors import ActorError
from actors.gateway.platform import current
from actors.runtime.schedule import LONGEST_RANGE, MOST_WAITING
from inspector.models import AuditEntry
from inspector.schedule_deeds import _unix
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db


def test_a_moment_is_in_utc_unless_it_says_otherwise() -> None:
    assert _unix("since", "1970-01-02T00:00") == 86_400_000
    assert _unix("since", "1970-01-02T00:00:01") == 86_401_000
    assert _unix("since", "1970-01-02T00:00+01:00") == 82_800_000


def test_the_form_of_a_range_says_what_is_allowed(
    login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(1)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    page = login(LOOK, OPERATE).get(reverse("inspector:schedules", args=["id-0000001"])).content.decode()
    (hint,) = re.findall(r'id="range">([^<]*)<', page)
    assert f"{LONGEST_RANGE // 86_400_000} days at most" in hint
    assert f"at most {MOST_WAITING} runs" in hint
    assert page.count('aria-describedby="range"') == 2


@pytest.mark.parametrize("text", ["", "yesterday", "1970-13-01T00:00", "\0"])
def test_what_is_no_moment_is_refused(
    text: str, login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ActorError):
        _unix("since", text)
    make(1)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    asked = {"id": "nightly", "kind": "cron", "since": text, "until": "2026-01-01T00:00"}
    address = reverse("inspector:backfill", args=["id-0000001"])
    answer = login(LOOK, OPERATE).post(address, asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert not AuditEntry.objects.exists()
