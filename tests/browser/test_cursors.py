"""The cursors' page: two people see each other point, and see each other go."""

from __future__ import annotations

import re
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
    return f"{site.url}/cursors/{uuid4().hex[:12]}/"


def test_two_tabs_see_each_other_point(
    address: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine = tabs()
    ada, bob = enter(mine, address, "Ada"), enter(mine, address, "Bob")
    expect(people(ada)).to_have_text(["Ada (you)", "Bob"])
    plane = bob.get_by_role("application")
    box = plane.bounding_box()
    assert box is not None
    bob.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    pointer = ada.locator(".pointer:not(.mine)")
    expect(pointer).to_have_attribute("style", re.compile(r"--x: 0\.2[45]"))
    picture(ada, "cursors")
    bob.close()
    expect(people(ada)).to_have_text(["Ada (you)"])


def test_the_keyboard_points_too(address: str, tabs: Callable[..., Tabs]) -> None:
    mine = tabs()
    ada, bob = enter(mine, address, "Ada"), enter(mine, address, "Bob")
    for _ in range(5):
        ada.get_by_role("application").press("ArrowRight")
    expect(bob.locator(".pointer:not(.mine)")).to_have_attribute("style", re.compile(r"--x: 0\.(6|59)"))


def enter(tabs: Tabs, address: str, name: str) -> Page:
    page = tabs.open(address)
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text(f"{name} (you)")).to_be_visible()
    return page


def people(page: Page) -> Locator:
    return page.get_by_label("People here").locator("li")
