"""The reminders' page: what is to come, what has come, and what a second tab sees of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_a_reminder_comes_and_another_is_cancelled(
    site: LiveServer, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine, address = tabs(), f"{site.url}/reminders/{uuid4().hex[:12]}/"
    ada, bob = mine.open(address), mine.open(address)
    coming = "To come"
    ask(ada, "<b>Tea</b>", "in an hour")
    ask(ada, "Now", "in 5 seconds")
    expect(items(bob, coming)).to_contain_text(["Now", "<b>Tea</b>"])
    expect(items(bob, "Reminded, the latest first")).to_contain_text(["Now"], timeout=10_000)
    expect(items(ada, coming)).to_have_count(1)
    ada.get_by_role("button", name="Daily digest").click()
    expect(bob.get_by_text("Digest each day")).to_be_visible()
    picture(ada, "reminders")
    bob.get_by_role("button", name="Stop the digest").click()
    bob.get_by_role("button", name="Cancel").click()
    expect(ada.get_by_text("Nothing is to come.")).to_be_visible()
    expect(ada.get_by_text("No daily digest.")).to_be_visible()


def ask(page: Page, text: str, when: str) -> None:
    page.get_by_label("Text").fill(text)
    page.get_by_label("When").select_option(label=when)
    page.get_by_role("button", name="Remind me").click()
    expect(page.get_by_label("Text")).to_have_value("")


def items(page: Page, label: str) -> Locator:
    return page.get_by_role("list", name=label, exact=True).get_by_role("listitem")
