"""The tab of the queues: what waits is seen, edited, moved to the front; what was given up is replayed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Inhabitant
from tests.browser.inspecting import PHONE, Enter, are_in_sight, is_live, put_to_sleep
from tests.browser.waiting import FIRST, SECOND
from tests.databases import ROOT
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

DOING = re.compile("Edit|front|Requeue|Delete|Purge|Send")


@pytest.fixture
def asleep(site: LiveServer, enter: Enter, postgres_url: str) -> Inhabitant:
    """An order desk that sleeps, and has two messages for tomorrow."""
    desk = Inhabitant(site.url, "orderDesk", "plug", True)
    page = enter("operator")(f"actors/{desk.id}/")
    is_live(page)
    put_to_sleep(page)
    command = [sys.executable, "-m", "tests.browser.waiting", desk.id]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": postgres_url}, check=True)
    return desk


def test_who_may_only_look_sees_what_waits_and_no_button(enter: Enter, asleep: Inhabitant) -> None:
    page = enter("viewer")(f"actors/{asleep.id}/queue/")
    is_live(page)
    expect(page.get_by_role("region", name="Waiting").locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name=DOING)).to_have_count(0)
    expect(page.locator(".how .status")).to_have_text("sleeping")


def test_a_message_that_waits_is_edited_and_another_goes_to_the_front(
    enter: Enter, asleep: Inhabitant, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("operator", ignored=["400", "409"])(f"actors/{asleep.id}/queue/")
    is_live(page)
    rows = page.get_by_role("region", name="Waiting").locator("tbody tr")
    expect(rows).to_have_count(2)
    are_in_sight(rows.get_by_role("button"))
    expect(page.locator(".how .status")).to_have_text("sleeping")
    page.get_by_role("button", name=f"Edit message {FIRST}").click()
    body = page.get_by_label("Its body, as JSON")
    expect(body).to_be_focused()
    expect(page.get_by_role("button", name="Save (wakes the actor)")).to_be_visible()
    picture(page, "inspector-message-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "inspector-message-phone")
    assert complaints(page, axe) == []
    body.fill('{"order": 7, "step": "fly"}')
    page.get_by_role("button", name="Save (wakes the actor)").click()
    expect(page.locator("[data-problem]")).to_contain_text("fly")
    body.fill('{"order": 7, "step": "charge"}')
    page.get_by_role("button", name="Save (wakes the actor)").click()
    expect(rows.first).to_contain_text("charge")
    expect(page.locator(".how .status")).to_have_text("awake")
    expect(page.locator("[data-problem]")).to_be_empty()
    expect(body).to_be_hidden()
    page.get_by_role("button", name=f"To front: message {SECOND}").click()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("charge")
    page.get_by_role("link", name="History").click()
    for done in ("operator edit message done", "operator move to front done"):
        expect(page.locator(".history li").filter(has_text=done)).to_have_count(1)


def test_a_message_is_sent_is_given_up_and_replayed_once_it_can_be_done(
    enter: Enter, desk: Inhabitant, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("operator", ignored=["400"])(f"actors/{desk.id}/queue/")
    is_live(page)
    dead = page.get_by_role("region", name="Dead letters")
    expect(dead).to_contain_text("NoCardReader")
    page.get_by_label("Body, as JSON", exact=True).fill('{"order": "x"}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-problem]")).not_to_be_empty()
    page.get_by_label("Body, as JSON", exact=True).fill('{"order": 1, "step": "charge"}')
    page.get_by_role("button", name="Send").click()
    expect(dead.get_by_role("button", name="Discard")).to_have_count(2)
    dead.get_by_text("Trace").first.click()
    expect(dead.locator("details pre").first).to_contain_text("Traceback (most recent call last)")
    page.get_by_label("Error says").fill("out of tea")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No dead letter is like that.")).to_be_visible()
    page.get_by_label("Error says").fill("nocard")
    page.get_by_role("button", name="Filter").click()
    is_live(page)
    expect(dead.get_by_role("button", name="Discard")).to_have_count(2)
    picture(page, "inspector-dead-letters-desktop")
    page.set_viewport_size(PHONE)
    dead.get_by_role("button", name="Discard").last.scroll_into_view_if_needed()
    picture(page, "inspector-dead-letters-phone")
    are_in_sight(dead.get_by_role("button"))
    assert complaints(page, axe) == []
    page.once("dialog", lambda dialog: dialog.accept())
    dead.get_by_role("button", name="Discard").last.click()
    expect(dead.get_by_role("button", name="Discard")).to_have_count(1)
    desk.act("get", "plug", True)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Replay 1 of tasks").click()
    expect(dead).to_have_count(0)
    assert desk.act("get", "look").json()["output"]["orders"]["1"]["progress"] in ("charged", "packed")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator replay done")
    is_live(page)
