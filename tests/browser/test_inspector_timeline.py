"""What happens to an actor: a call of the console, what it led to, and the timeline through its sleep."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs, complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import PHONE, Enter, content, is_live, put_to_sleep
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_the_console_calls_and_shows_results_and_refusals(enter: Enter, counter: Counter) -> None:
    page = enter("operator", ignored=["400"])(f"actors/{counter.id}/console/")
    page.get_by_role("button", name="increment").click()
    expect(page.get_by_label("amount")).to_be_focused()
    page.keyboard.type("37")
    page.get_by_label("Wait").select_option("5 s")
    expect(page.get_by_label("Arguments, as a JSON list")).to_have_value("[37]")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".results .json").first).to_have_text("42")
    expect(page.locator(".results .hint").first).to_have_text(re.compile(r"^[\d.]+ ms, 2 B, \w{30}$"))
    page.get_by_label("Arguments, as a JSON list").fill("[9999999]")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".results .json").first).to_contain_text("At most 1,000,000 at once.")
    page.get_by_label("Arguments, as a JSON list").press("ArrowUp")
    page.get_by_label("Arguments, as a JSON list").press("ArrowUp")
    expect(page.get_by_label("Arguments, as a JSON list")).to_have_value("[37]")


def test_the_timeline_follows_an_actor_from_the_first_look_on_through_its_sleep(
    enter: Enter, counter: Counter
) -> None:
    page = enter("operator")(f"actors/{counter.id}/timeline/")
    is_live(page)
    expect(page.get_by_text("Followed since")).to_be_visible()
    counter.add(1)
    lines = page.locator(".timeline li")
    expect(lines.filter(has_text="increment")).to_have_count(1)
    expect(lines.filter(has_text=re.compile(r"state.*stored.*revision 3"))).to_have_count(1)
    put_to_sleep(page)
    expect(lines.filter(has_text="left asleep, moved")).to_have_count(1)
    expect(lines.filter(has_text="operator: sleep")).to_have_count(1)
    counter.add(1)
    expect(lines.filter(has_text="awake, generation 2")).to_have_count(1)
    counter.add(1)
    expect(lines.filter(has_text="increment")).not_to_have_count(1)
    page.get_by_role("checkbox", name="deed").check()
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**kind=deed")
    expect(lines.filter(has_text="created")).to_have_count(0)
    expect(lines).to_have_count(1)


def test_the_timeline_is_downloaded_as_it_is_filtered(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")(f"actors/{counter.id}/timeline/?kind=call")
    is_live(page)
    counter.add(1)
    expect(page.locator(".timeline li")).to_have_count(1)
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as NDJSON").click()
    [line] = map(json.loads, content(started.value).splitlines())
    assert (line["kind"], line["what"]) == ("call", "increment")


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
