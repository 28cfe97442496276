"""The counter's page: two tabs, one number, through restarts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site: LiveServer) -> str:
    return f"{site.url}/counter/{uuid4().hex[:12]}/"


def test_two_tabs_share_one_live_counter(
    address: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine = tabs()
    first, second = mine.open(address), mine.open(address)
    for page in (first, second):
        expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
        expect(count_of(page)).to_have_text("0")
    first.get_by_role("button", name="Add 10").click()
    expect(count_of(second)).to_have_text("10")
    second.get_by_role("button", name="Subtract 1").click()
    expect(count_of(first)).to_have_text("9")
    expect(first.locator("[data-note]")).to_contain_text("Stored and answered in")
    picture(first, "counter")
    first.get_by_role("button", name="Reset").click()
    expect(count_of(second)).to_have_text("0")


def test_two_people_share_it_too(address: str, tabs: Callable[..., Tabs]) -> None:
    ours, theirs = tabs().open(address), tabs().open(address)
    expect(count_of(theirs)).to_have_text("0")
    ours.get_by_role("button", name="Add 1", exact=True).click()
    expect(count_of(theirs)).to_have_text("1")


def test_the_keyboard_is_enough(address: str, tabs: Callable[..., Tabs]) -> None:
    page = tabs().open(address)
    button = page.get_by_role("button", name="Add 1", exact=True)
    expect(button).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(20):
        if button.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(count_of(page)).to_have_text("2")


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_page_survives_a_restart_and_says_so(
    end: str,
    live_server_process: Callable[..., LiveServer],
    tabs: Callable[..., Tabs],
    picture: Callable[[Page, str], Path],
) -> None:
    server = live_server_process("daphne")
    mine = tabs()
    mine.ignored += ["WebSocket connection"]
    page = mine.open(f"{server.url}/counter/{uuid4().hex[:12]}/")
    status = page.locator("[data-status]")
    page.get_by_role("button", name="Add 10").click()
    expect(count_of(page)).to_have_text("10")

    getattr(server, end)()
    expect(status).to_contain_text("Reconnecting in")
    expect(page.get_by_role("button", name="Add 10")).to_be_disabled()
    picture(page, f"counter-reconnecting-{end}")

    server.start()
    # Dispatched, because the page may be back before a real click finds the button.
    page.locator("[data-status-retry]").dispatch_event("click")
    expect(status).to_have_attribute("data-status", "live")
    expect(count_of(page)).to_have_text("10")
    page.get_by_role("button", name="Add 1", exact=True).click()
    expect(count_of(page)).to_have_text("11")


def count_of(page: Page) -> Locator:
    return page.locator("[data-count]")
