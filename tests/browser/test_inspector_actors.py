"""The list's columns and rarer filters, and what else an actor's page does: clone, export, tell, end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import Tabs, complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.test_inspector import DESKTOP, Enter, are_in_sight, is_live
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
MORE = ("Queue", "Connections", "Next alarm", "At rest since")


@pytest.fixture
def counter(site: LiveServer) -> Counter:
    return Counter(site.url)


@pytest.fixture
def visited(site: LiveServer, tabs: Callable[..., Tabs]) -> Iterator[tuple[Inhabitant, list[Page]]]:
    """A counter that two clients look at."""
    name = uuid4().hex[:12]
    visitors = [tabs().open(f"{site.url}/counter/{name}/") for _ in range(2)]
    for one in visitors:
        expect(one.locator("[data-status]")).to_have_attribute("data-status", "live")
    yield Inhabitant(site.url, "counter", "increment", 1, key=name), visitors


def content(download: Download) -> str:
    return Path(download.path()).read_text()


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


def test_rarer_filters_hold_together_and_one_finds_who_is_connected(
    enter: Enter, counter: Counter, visited: tuple[Inhabitant, list[Page]]
) -> None:
    actor, visitors = visited
    page = enter("viewer")("actors/")
    is_live(page)
    page.get_by_role("checkbox", name="connections", exact=True).check()
    page.get_by_text("More filters").click()
    page.get_by_role("combobox", name="Node").select_option(index=1)
    page.get_by_label("from").first.fill("2020-01-01")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**has=connections**")
    is_live(page)
    expect(page.get_by_text("for 3 seconds at most")).to_be_visible()
    expect(page.get_by_label("from").first).to_have_value("2020-01-01")
    expect(page.get_by_role("link", name="Without created from: 2020-01-01")).to_be_visible()
    expect(page.get_by_role("link", name=actor.key)).to_be_visible()
    expect(page.get_by_role("link", name=counter.key)).to_have_count(0)
    for one in visitors:
        one.close()
    expect(page.get_by_role("link", name=actor.key)).to_have_count(0)


def test_an_event_is_sent_to_one_client_and_no_other_hears_it(
    enter: Enter, visited: tuple[Inhabitant, list[Page]], axe: str
) -> None:
    actor, visitors = visited
    page = enter("operator", ignored=["400"])(f"actors/{actor.id}/connections/")
    is_live(page)
    rows = page.get_by_role("region", name="Who is connected").locator("tbody tr")
    expect(rows).to_have_count(2)
    are_in_sight(rows.get_by_role("button"))
    page.set_viewport_size(DESKTOP)
    rows.first.get_by_role("button", name="Send an event").click()
    expect(page.get_by_role("combobox", name="Event")).to_be_focused()
    assert complaints(page, axe) == []
    page.get_by_label("Arguments, as a JSON list").fill("{}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("it is a list")
    page.get_by_label("Arguments, as a JSON list").fill("[4711]")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-problem]")).to_be_empty()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator send event done")
    is_live(page)
    first, second = visitors  # as they came
    expect(first.locator("[data-count]")).to_have_text("4,711")
    expect(second.locator("[data-count]")).to_have_text("1")
    assert actor.act("get", "getCount").json()["output"] == 1


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


def test_the_timeline_is_downloaded_as_it_is_filtered(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")(f"actors/{counter.id}/timeline/?kind=call")
    is_live(page)
    counter.add(1)
    expect(page.locator(".timeline li")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as NDJSON").click()
    [line] = map(json.loads, content(started.value).splitlines())
    assert (line["kind"], line["what"]) == ("call", "increment")
