"""A call of the console leads to what it did: its id is a link to the lines of the timeline that have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs, complaints
from tests.browser.inhabitants import Inhabitant
from tests.browser.test_inspector import PHONE, Enter, is_live
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_the_id_of_a_call_leads_to_what_it_did_and_to_nothing_else(
    enter: Enter,
    site: LiveServer,
    tabs: Callable[..., Tabs],
    axe: str,
    picture: Callable[[Page, str], Path],
) -> None:
    counter = Inhabitant(site.url, "counter", "increment", 1, key=uuid4().hex[:12])
    visitor = tabs().open(f"{site.url}/counter/{counter.key}/")
    expect(visitor.locator("[data-status]")).to_have_attribute("data-status", "live")
    page = enter("operator")(f"actors/{counter.id}/console/?action=increment")
    is_live(page)
    for result in ("2", "3"):
        page.get_by_label("Arguments, as a JSON list").fill("[1]")
        page.get_by_role("button", name="Call").click()
        expect(page.locator(".results .json").first).to_have_text(result)
    picture(page, "inspector-call-desktop")
    link = page.locator(".results a").first
    ray = link.inner_text()
    link.click()
    is_live(page)
    lines = page.locator(".timeline li")
    expect(lines).to_have_count(3)
    for told in ("operator: call", "increment", "newCount"):
        expect(lines.filter(has_text=told)).to_have_count(1)
    expect(lines.filter(has_text=ray)).to_have_count(3)
    picture(page, "inspector-trace-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "inspector-trace-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert complaints(page, axe) == []
