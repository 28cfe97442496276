"""Who is connected: seen, told an event, sent away, and found by the list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs, complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import DESKTOP, PHONE, Enter, are_in_sight, is_live, put_to_sleep
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def visited(site: LiveServer, tabs: Callable[..., Tabs]) -> Iterator[tuple[Inhabitant, list[Page]]]:
    """A counter that two clients look at."""
    name = uuid4().hex[:12]
    visitors = [tabs().open(f"{site.url}/counter/{name}/") for _ in range(2)]
    for one in visitors:
        expect(one.locator("[data-status]")).to_have_attribute("data-status", "live")
    yield Inhabitant(site.url, "counter", "increment", 1, key=name), visitors


def test_whoever_hibernates_is_told_of_from_storage_and_nobody_is_woken(
    enter: Enter, site: LiveServer, tabs: Callable[..., Tabs], axe: str, picture: Callable[[Page, str], Path]
) -> None:
    name = uuid4().hex[:12]
    visitor = tabs().open(f"{site.url}/cursors/{name}/")
    expect(visitor.locator("[data-status]")).to_have_attribute("data-status", "live")
    visitor.get_by_label("Your name").fill("Ada")
    visitor.get_by_role("button", name="Rename").click()
    expect(visitor.get_by_text("Ada (you)")).to_be_visible()
    room = Inhabitant(site.url, "cursorRoom", "getPeople", key=name)
    page = enter("operator")(f"actors/{room.id}/connections/")
    is_live(page)
    put_to_sleep(page)
    expect(page.get_by_text("asleep with their sockets open, read from storage")).to_be_visible()
    row = page.get_by_role("region", name="Who is connected").locator("tbody tr")
    expect(row).to_contain_text("/connect")
    expect(row.locator("[data-label='Subscribed to']")).to_contain_text("moved")
    expect(row.locator("[data-label=State]")).to_contain_text('"Ada"')
    for label in ("Since", "Round trip", "Received", "Sent"):
        expect(row.locator(f"[data-label='{label}']")).to_have_text("–")
    picture(page, "inspector-hibernating-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "inspector-hibernating-phone")
    assert complaints(page, axe) == []
    page.reload()
    expect(row.locator("[data-label=State]")).to_contain_text('"Ada"')
    expect(page.locator(".how .status")).to_have_text("sleeping")


def test_a_client_is_seen_and_sent_away_and_the_page_says_why_the_actor_is_awake(
    enter: Enter, site: LiveServer, tabs: Callable[..., Tabs], axe: str, picture: Callable[[Page, str], Path]
) -> None:
    name = uuid4().hex[:12]
    visitor = tabs().open(f"{site.url}/counter/{name}/")
    expect(visitor.locator("[data-status]")).to_have_attribute("data-status", "live")
    found = Inhabitant(site.url, "counter", "increment", 1, key=name)
    operator = enter("operator")
    page = operator(f"actors/{found.id}/metadata/")
    is_live(page)
    expect(page.get_by_label("Metadata", exact=True)).to_contain_text("it falls asleep in")
    page.get_by_role("link", name="Connections").click()
    row = page.get_by_role("region", name="Who is connected").locator("tbody tr")
    expect(row).to_contain_text("127.0.0.1")
    expect(row).to_contain_text("json")
    expect(row.locator("[data-label='Round trip']")).to_have_text(re.compile(r"\d m?s$"))
    expect(row.locator("[data-label=Since] time")).to_have_count(2)
    expect(row.locator("[data-label=Since]")).to_contain_text("last seen")
    sent = row.locator("[data-label=Sent] span")
    expect(sent).to_have_text(re.compile(r"\d+"))
    before = int(sent.inner_text())
    found.act("get", "increment", 1)
    expect(sent).to_have_text(str(before + 1))
    are_in_sight(row.get_by_role("button"))
    picture(page, "inspector-connected-desktop")
    page.set_viewport_size(PHONE)
    picture(page, "inspector-connected-phone")
    assert complaints(page, axe) == []
    page.set_viewport_size(DESKTOP)
    in_admin = operator(f"../admin/actors/actor/{found.id}/change/").locator(".field-connected tbody tr")
    expect(in_admin).to_contain_text("127.0.0.1")
    key = row.get_attribute("data-key")
    row.get_by_role("button", name="Disconnect").click()
    page.get_by_label("Reason").fill("moderated")
    page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.locator(f'tr[data-key="{key}"]')).to_have_count(0)
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator disconnect done")
    expect(page.locator(".history li").first).to_contain_text("moderated")


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
