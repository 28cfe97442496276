"""The list's columns, and what an actor's page does with the whole of it: clone, export, end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Counter
from tests.browser.inspecting import Enter, content, is_live

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
MORE = ("Queue", "Connections", "Next alarm", "At rest since")


def test_columns_are_chosen_stay_chosen_and_are_cards_on_a_phone(
    enter: Enter, counter: Counter, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("viewer")(f"actors/?key={counter.key}")
    is_live(page)
    page.get_by_text("Columns", exact=True).click()
    for name in MORE:
        page.get_by_role("checkbox", name=name, exact=True).check()
        expect(page.get_by_role("columnheader", name=name)).to_be_visible()
    page.reload()
    is_live(page)
    row = page.locator("[data-rows] tr")
    expect(row.locator("[data-label=Connections]")).to_have_text("0")
    expect(row.locator("[data-label='At rest since'] time")).to_be_visible()
    picture(page, "inspector-columns-desktop")
    page.set_viewport_size(NARROW)
    page.get_by_text("Columns", exact=True).click()
    page.get_by_text("More filters").click()
    picture(page, "inspector-columns-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert complaints(page, axe) == []
    for name in MORE:
        page.get_by_role("checkbox", name=name, exact=True).uncheck()
        expect(row.locator(f"[data-label='{name}']")).to_have_count(0)


def test_an_actor_is_cloned_under_a_key_that_is_asked_for_and_exported(
    enter: Enter, counter: Counter
) -> None:
    page = enter("operator", ignored=["400"])(f"actors/{counter.id}/")
    is_live(page)
    page.get_by_role("button", name="Clone…").click()
    page.get_by_role("button", name="Clone", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("actor.duplicate_key")
    page.get_by_role("button", name="Clone…").click()
    page.get_by_label("The key of the copy").fill(f"{counter.key}/copy")
    page.get_by_role("button", name="Clone", exact=True).click()
    expect(page.locator("h1")).to_have_text(f"{counter.key}/copy")
    is_live(page)
    expect(page.locator(".how .status")).to_have_text("sleeping")
    expect(page.locator("[data-state]")).to_have_text("5")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export the actor").click()
    archive = json.loads(content(started.value))
    assert archive["format"] == "rivet-actor"
    assert archive["actor"]["key"] == f"{counter.key}/copy"
    assert started.value.suggested_filename.startswith("counter-")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator export done")
    is_live(page)


def test_what_can_be_done_goes_live_with_the_actor(enter: Enter, counter: Counter) -> None:
    open_page = enter("operator")
    state, keys = open_page(f"actors/{counter.id}/"), open_page(f"actors/{counter.id}/kv/")
    for page in (state, keys):
        is_live(page)
    state.get_by_role("button", name="Edit").click()
    expect(keys.get_by_role("heading", name="Write a key")).to_be_visible()
    ending = open_page(f"actors/{counter.id}/metadata/")
    ending.get_by_role("button", name="Destroy…").click()
    ending.get_by_label("The key of the actor").fill(counter.key)
    ending.get_by_role("button", name="Destroy", exact=True).click()
    expect(ending.locator(".how .status")).to_have_text("destroyed")
    for page in (state, keys):
        expect(page.locator(".how .status")).to_have_text("destroyed")
        expect(page.locator("[data-deed], [data-editor], form[data-post]")).to_have_count(0)
