"""The inspector's pages follow an actor: live, in its sleep, to its end, while hundreds of changes come."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import TABS, Enter, is_live, put_to_sleep

pytestmark = pytest.mark.browser


def test_a_change_from_elsewhere_shows_and_a_paused_page_stands_still(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")(f"actors/{counter.id}/")
    is_live(page)
    counter.add(2)
    expect(page.locator("[data-state]")).to_have_text("7")
    page.keyboard.press("p")
    expect(page.locator("[data-live]")).to_have_text("Paused")
    counter.add(1)
    page.keyboard.press("p")
    is_live(page)
    expect(page.locator("[data-state]")).to_have_text("8")


def test_looking_at_every_tab_of_a_sleeping_actor_wakes_it_not(enter: Enter, counter: Counter) -> None:
    open_page = enter("operator")
    page = open_page(f"actors/{counter.id}/")
    put_to_sleep(page)
    for tab in TABS:
        page = open_page(f"actors/{counter.id}/{tab}")
        is_live(page)
        expect(page.locator("[data-from-storage]")).to_be_visible()
    for everywhere in ("", "actors/", "schedules/", "charts/", "nodes/"):
        is_live(open_page(everywhere))
    last = open_page(f"actors/{counter.id}/metadata/")
    expect(last.locator(".how .status")).to_have_text("sleeping")
    expect(last.locator("dd").nth(3)).to_contain_text(re.compile(r"^1\b"))


def test_destroying_wants_the_key_typed(enter: Enter, counter: Counter) -> None:
    page = enter("operator")(f"actors/{counter.id}/")
    is_live(page)
    page.get_by_role("button", name="Destroy…").click()
    yes = page.get_by_role("button", name="Destroy", exact=True)
    expect(yes).to_be_disabled()
    page.get_by_label("The key of the actor").fill(counter.key[:-1])
    expect(yes).to_be_disabled()
    page.get_by_label("The key of the actor").fill(counter.key)
    yes.click()
    expect(page.locator(".how .status")).to_have_text("destroyed")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator destroy done")
    is_live(page)


def test_hundreds_of_changes_are_drawn_a_few_times(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")(f"actors/{counter.id}/")
    is_live(page)
    page.evaluate("window.drawn = 0; document.addEventListener('inspector:drawn', () => (window.drawn += 1))")
    for _ in range(300):
        counter.add(1)
    expect(page.locator("[data-state]")).to_have_text("305")
    assert 0 < page.evaluate("window.drawn") < 150
    expect(page.locator("[data-coalesced]")).to_contain_text(re.compile(r"300 changes in \d+ drawings"))


def test_charts_draw_what_happens_from_the_moment_on_that_somebody_looks(
    enter: Enter, counter: Counter, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("viewer", color_scheme="dark")("charts/")
    is_live(page)
    took = page.get_by_role("figure").filter(has_text="How long calls take")
    expect(page.get_by_role("figure").filter(has_text="Memory")).to_contain_text(
        re.compile(r"resident \d+ MB")
    )
    expect(took).to_contain_text("half –")
    for _ in range(20):
        counter.add(1)
    expect(took).to_contain_text(re.compile(r"half [\d.]+ ms"))
    picture(page, "inspector-charts")


def test_a_tab_of_the_author_does_what_its_visitor_may_and_is_there_while_the_actor_is_awake(
    enter: Enter, desk: Inhabitant, picture: Callable[[Page, str], Path], axe: str
) -> None:
    """Its frame asks the running actor; a page that kept one of a sleeping actor would wake it."""
    seen = enter("viewer", ignored=["403"])(f"actors/{desk.id}/own/?tab=orders")
    looking = seen.frame_locator("iframe")
    expect(looking.get_by_text("1 placed, 1 stuck. The card reader is unplugged.")).to_be_visible()
    expect(seen.get_by_text("You may only look")).to_be_visible()
    looking.get_by_role("button", name="Plug the reader in").click()
    expect(looking.get_by_role("alert")).to_contain_text("actors.change_actor")
    seen.close()
    done = enter("operator", ignored=["503"])(f"actors/{desk.id}/")
    done.get_by_role("link", name="Orders").click()
    expect(done.get_by_text("You may only look")).to_have_count(0)
    doing = done.frame_locator("iframe")
    done.get_by_role("button", name="Switch to the dark theme").click()
    expect(doing.locator("html.dark")).to_have_count(1)
    picture(done, "inspector-own-tab")
    assert complaints(done, axe) == []
    doing.get_by_role("button", name="Plug the reader in").click()
    expect(doing.get_by_text("The card reader is plugged in.")).to_be_visible()
    assert doing.locator("body").evaluate("() => self.origin") == "null"
    expect(done.locator(".how .status")).to_have_text("awake")
    done.get_by_role("button", name="Sleep").click()
    expect(done.get_by_text("It is shown while the actor is awake.")).to_be_visible()
    expect(done.locator("iframe")).to_have_count(0)


def test_without_a_websocket_the_page_asks_every_two_seconds(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    page.route_web_socket(re.compile("/inspector/live"), lambda socket: socket.close())
    page.goto(page.url + f"actors/{counter.id}/")
    expect(page.locator("[data-live]")).to_have_text("Live, every 2 s")
    counter.add(4)
    expect(page.locator("[data-state]")).to_have_text("9")
