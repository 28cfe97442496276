"""Pausing an actor and its queues, and storing it now, as an operator does it and a viewer sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import Enter, is_live
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

DOING = re.compile("^(Pause|Resume|Store)")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_call_from_the_page_waits_while_the_actor_is_paused(
    enter: Enter, site: LiveServer, picture: Callable[[Page, str], Path]
) -> None:
    counter = Counter(site.url)
    seen = enter("viewer")(f"actors/{counter.id}/")
    open_page = enter("operator")
    page, other = open_page(f"actors/{counter.id}/console/"), open_page(f"actors/{counter.id}/")
    press(page, "Pause actor")
    expect(page.locator("[data-paused]")).to_contain_text("paused since")
    expect(seen.locator("[data-paused]")).to_contain_text("paused since")
    expect(seen.get_by_role("button", name=DOING)).to_have_count(0)
    page.get_by_role("button", name="increment").click()
    page.get_by_label("amount").fill("37")
    with page.expect_request(re.compile("/do/call$")):
        press(page, "Call")
    picture(page, "paused-desktop")
    expect(other.locator("[data-paused]")).to_be_visible()
    other.get_by_role("button", name="Edit").click()
    other.get_by_label("The state, as JSON").fill("10")
    press(other, "Save")
    expect(seen.locator("[data-state]")).to_have_text("10")
    expect(page.locator(".results .json")).to_have_count(0)
    press(other, "Resume actor")
    expect(page.locator(".results .json")).to_have_text("47")
    expect(seen.locator("[data-paused]")).to_have_count(0)
    press(other, "Store now")
    expect(other.locator("[data-done]")).to_have_text("Its state is stored.")
    history = open_page(f"actors/{counter.id}/history/")
    for done in ("operator pause actor done", "operator resume actor done", "operator save done"):
        expect(history.locator(".history li").filter(has_text=done)).to_have_count(1)


def test_a_paused_sleeper_sleeps_on_and_the_list_finds_it(enter: Enter, site: LiveServer) -> None:
    counter = Counter(site.url)
    open_page = enter("operator")
    page = open_page(f"actors/{counter.id}/")
    press(page, "Sleep")
    expect(page.locator(".how .status")).to_have_text("sleeping")
    press(page, "Pause actor")
    expect(page.locator(".how .status")).to_have_text(["sleeping", "paused"])
    listed = open_page(f"actors/?paused=1&key={counter.key}")
    row = listed.locator("tbody tr")
    expect(row).to_contain_text("paused")
    expect(row).to_contain_text("sleeping")
    press(page, "Resume actor")
    expect(row.filter(has_text=counter.key)).to_have_count(0)
    expect(page.locator(".how .status")).to_have_text(["sleeping"])


def test_messages_wait_while_consuming_is_paused_and_calls_do_not(enter: Enter, site: LiveServer) -> None:
    desk = Inhabitant(site.url, "orderDesk", "plug", True)
    page, seen = (enter(who)(f"actors/{desk.id}/queue/") for who in ("operator", "viewer"))
    press(page, "Pause consuming")
    expect(page.get_by_text("No message is handed out.")).to_be_visible()
    expect(seen.locator("[data-paused]")).to_contain_text("its queues")
    expect(seen.get_by_role("button", name=DOING)).to_have_count(0)
    desk.act("get", "place", "bread")
    waiting = seen.get_by_role("region", name="Waiting")
    expect(waiting).to_contain_text("reserve")
    press(page, "Resume consuming")
    expect(waiting).to_have_count(0)
    assert "bread" in json.dumps(desk.act("get", "look").json())
    is_live(page)
