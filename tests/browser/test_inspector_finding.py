"""Finding an actor: the list's filter, and the palette."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.inhabitants import Counter
from tests.browser.inspecting import Enter, is_live
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_the_list_filters_by_address_and_grows_live(enter: Enter, site: LiveServer, counter: Counter) -> None:
    page = enter("viewer")("actors/")
    is_live(page)
    page.keyboard.press("/")
    page.keyboard.type("count/")
    page.keyboard.press("Enter")
    page.wait_for_url("**key=count%2F**")
    is_live(page)
    expect(page.get_by_role("link", name=counter.key)).to_be_visible()
    later = Counter(site.url)
    expect(page.get_by_role("link", name=later.key)).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=later.key)).to_be_focused()
    page.get_by_role("link", name="Without key: count/").click()
    page.wait_for_url(re.compile(r"/inspector/actors/\?((?!key).)*$"))
    is_live(page)


def test_the_palette_jumps_to_an_actor_by_its_key(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type(counter.key[:10])
    option = page.get_by_role("option", name=counter.key)
    expect(option).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/actors/{counter.id}/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_the_palette_opens_the_list_of_a_type(enter: Enter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type("counter")
    expect(page.get_by_role("option", name="counter type", exact=True)).to_be_visible()
    page.get_by_role("option", name="counter type", exact=True).click()
    page.wait_for_url("**/actors/?type=counter")


def test_the_palette_chooses_no_key_that_is_only_near(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type(f"{counter.key}~")
    expect(page.locator("[data-palette-hint]")).to_have_text("No such id or key. These keys are near:")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
