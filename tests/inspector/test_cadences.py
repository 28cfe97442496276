"""When a schedule is to run, as it is typed: its next times before it is made, and what is wrong with it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def preview(client: Client, **typed: str) -> Any:
    return client.get(reverse("inspector:next_times"), typed, headers={"X-Inspector": "1"})


def test_the_next_times_are_told_before_anything_is_made(viewer: Client) -> None:
    told = preview(viewer, kind="cron", when="*/5 * * * *", timezone="Europe/Berlin").json()
    assert told["words"] == "every 5 minutes (Europe/Berlin)"
    times = told["times"]
    assert len(times) == 5
    assert {after - before for before, after in itertools.pairwise(times)} == {300_000}


@pytest.mark.parametrize(
    ("typed", "code", "hint"),
    [
        ({"when": "61 * * * *"}, "invalid_cron_expression", "*/5 * * * *"),
        ({"when": "tea time"}, "invalid_cron_expression", "*/5 * * * *"),
        ({"when": "0 0 31 2 *"}, "invalid_cron_expression", "*/5 * * * *"),
        ({"when": "* * * * *", "timezone": "Mars/Base"}, "invalid_timezone", "Europe/Berlin"),
    ],
)
def test_what_is_mistyped_is_refused_with_an_example_of_what_is_right(
    typed: dict[str, str], code: str, hint: str, viewer: Client
) -> None:
    answer = preview(viewer, kind="cron", **typed)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert hint in answer.json()["hint"]
    assert "internal" not in answer.json()["message"]


@pytest.mark.parametrize("when", ["tea time", "1", "1e300", "nan"])
def test_an_interval_that_is_none_is_refused_as_well(when: str, viewer: Client) -> None:
    assert preview(viewer, kind="every", when=when).status_code == 400
