"""The page of the order desk: orders are packed, get stuck, and are sent on."""

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
    return f"{site.url}/orders/{uuid4().hex[:12]}/"


def test_an_order_that_is_stuck_is_sent_on_from_another_tab(
    address: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    ada, bob = opened(tabs(), address), opened(tabs(), address)
    order(ada, "Tea")
    expect(ada.get_by_role("listitem").filter(has_text="Tea")).to_contain_text("packed")
    ada.get_by_role("button", name="Unplug the card reader").click()
    expect(bob.get_by_role("button", name="Plug the card reader in")).to_be_visible()
    order(ada, "Coffee")
    coffee = bob.get_by_role("listitem").filter(has_text="Coffee")
    expect(coffee).to_contain_text("stuck")
    picture(bob, "orders")
    bob.get_by_role("button", name="Plug the card reader in").click()
    coffee.get_by_role("button", name="Send on").click()
    expect(coffee).to_contain_text("packed")
    expect(ada.get_by_text("0 of 2 to be packed.")).to_be_visible()


def test_orders_are_there_tomorrow_and_a_bad_one_is_refused(address: str, tabs: Callable[..., Tabs]) -> None:
    page = opened(tabs(), address)
    expect(page.get_by_text("Nothing has been ordered yet.")).to_be_visible()
    order(page, "   ")
    expect(page.get_by_role("alert")).to_have_text("An item has 1 to 60 characters.")
    order(page, "<b>Tea</b>")
    expect(page.get_by_role("listitem").filter(has_text="<b>Tea</b>")).to_contain_text("packed")
    page.reload()
    expect(page.get_by_text("0 of 1 to be packed.")).to_be_visible()


def opened(tabs: Tabs, address: str) -> Page:
    page = tabs.open(address)
    expect(page.get_by_role("button", name="Order", exact=True)).to_be_enabled()
    return page


def order(page: Page, item: str) -> None:
    page.get_by_label("Item").fill(item)
    page.get_by_role("button", name="Order", exact=True).click()
