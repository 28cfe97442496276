"""Every page: phone width, both themes, the policy against foreign content, closed doors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests import web
from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

EXAMPLES = ("counter", "chat", "cursors", "game", "document", "webhooks", "orders", "reminders", "limiter")
PAGES = {"home": "/", **{name: f"/{name}/" for name in EXAMPLES}}
PHONE = {"width": 360, "height": 740}
DARK, LIGHT = "rgb(18, 16, 14)", "rgb(250, 248, 245)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_all_of_it(
    name: str,
    scheme: str,
    site: LiveServer,
    tabs: Callable[..., Tabs],
    picture: Callable[[Page, str], Path],
) -> None:
    page = tabs(viewport=PHONE, color_scheme=scheme, has_touch=True).open(site.url + PAGES[name])
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    picture(page, f"{name}-phone-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.locator("main button:visible, main .button:visible").evaluate_all(
        "(all) => all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent)"
    )
    assert small == [], "these are too small for a finger"


def test_the_theme_follows_the_system_until_somebody_chooses(
    site: LiveServer, tabs: Callable[..., Tabs]
) -> None:
    mine = tabs(color_scheme="dark")
    page = mine.open(site.url)
    assert ground(page) == DARK
    page.get_by_role("button", name="Switch to the light theme").click()
    assert ground(page) == LIGHT
    page.reload()
    assert ground(page) == LIGHT
    assert ground(mine.open(site.url + "/chat/")) == LIGHT
    expect(page.get_by_role("button", name="Switch to the dark theme")).to_be_visible()


def test_nothing_moves_for_who_asked_for_that(site: LiveServer, tabs: Callable[..., Tabs]) -> None:
    page = tabs(reduced_motion="reduce").open(site.url + "/counter/")
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    page.get_by_role("button", name="Add 1", exact=True).click()
    expect(page.locator("[data-note]")).to_contain_text("Stored")
    assert page.evaluate("document.getAnimations().length") == 0


@pytest.mark.parametrize("name", PAGES)
def test_the_names_of_things_are_there_for_those_who_listen(
    name: str, site: LiveServer, tabs: Callable[..., Tabs]
) -> None:
    page = tabs().open(site.url + PAGES[name])
    expect(page.locator("[data-status-announce]")).to_have_text("Live")
    nameless = page.locator("button, a, input, textarea").evaluate_all(
        "(all) => all.filter((one) => !(one.ariaLabel || one.textContent.trim())).map((one) => one.outerHTML)"
    )
    assert nameless == []
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_this_site_only(name: str, site: LiveServer) -> None:
    policy = web.get(site.url + PAGES[name]).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_limited_view_refuses_and_the_bucket_fills_again(
    site: LiveServer, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine, address = tabs(), f"{site.url}/limiter/{uuid4().hex[:12]}/"
    mine.ignored.append("429")  # the browser's own line for such an answer
    ada, bob = mine.open(address), mine.open(address)
    expect(bob.get_by_text("5 of 5 tokens")).to_be_visible()
    expect(ada.get_by_text("5 of 5 tokens")).to_be_visible()
    ada.get_by_role("button", name="Ask 12 times at once").click()
    answers = ada.get_by_role("list", name="Answers, the latest first").get_by_role("listitem")
    expect(answers).to_have_count(12)
    assert answers.filter(has_text="A cup of tea.").count() >= 5
    expect(answers.filter(has_text="Too many requests. Try again in").first).to_be_visible()
    expect(bob.get_by_text("5 of 5 tokens")).to_have_count(0)
    level = "document.querySelector('progress').value"
    bob.wait_for_function(f"(before) => {level} >= Math.max(1, before + 0.1)", arg=bob.evaluate(level))
    bob.get_by_role("button", name="Ask for tea").click()
    expect(bob.get_by_text("A cup of tea.")).to_be_visible()
    picture(ada, "limiter")


def test_with_a_token_the_pages_say_that_the_doors_are_closed(
    live_server_process: Callable[..., LiveServer], tabs: Callable[..., Tabs]
) -> None:
    token = "a-token-that-no-page-may-show"
    server = live_server_process("daphne", ACTORS_TOKEN=token)
    for name in EXAMPLES:
        page = tabs().open(server.url + PAGES[name])
        expect(page.get_by_role("heading", name="The doors are closed to browsers")).to_be_visible()
        assert token not in page.content()


def ground(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return colour
