"""The document's page: one text in two tabs, and what a person has missed when they come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def address(site: LiveServer) -> str:
    return f"{site.url}/document/{uuid4().hex[:12]}/"


def test_what_one_writes_the_other_reads(
    address: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    ada, bob = opened(tabs(), address), opened(tabs(), address)
    write(ada, "Dear all,")
    expect(ada.get_by_text("Stored as revision 1.")).to_be_visible()
    expect(bob.get_by_label("Text")).to_have_value("Dear all,")
    write(bob, "Dear all, and you")
    expect(ada.get_by_label("Text")).to_have_value("Dear all, and you")
    picture(ada, "document")


def test_who_comes_back_is_told_what_they_missed(address: str, tabs: Callable[..., Tabs]) -> None:
    mine = tabs()
    ada, bob = opened(mine, address), opened(tabs(), address)
    write(bob, "one")
    expect(ada.get_by_label("Text")).to_have_value("one")
    ada.goto("about:blank")
    write(bob, "one, two")
    expect(bob.get_by_text("Stored as revision 2.")).to_be_visible()
    ada.goto(address)
    expect(ada.get_by_text("1 change since you were here.")).to_be_visible()
    expect(ada.get_by_label("Text")).to_have_value("one, two")


def opened(tabs: Tabs, address: str) -> Page:
    page = tabs.open(address)
    expect(page.get_by_label("Text")).to_be_enabled()
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Text").fill(text)
