"""The page of the webhook bin: requests show while one watches, in every tab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests import web
from tests.browser.conftest import Tabs
from tests.gateway.wire import url_of
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


@pytest.fixture
def key() -> str:
    return uuid4().hex[:12]


def watching(tabs: Tabs, site: LiveServer, key: str) -> Page:
    page = tabs.open(f"{site.url}/webhooks/{key}/")
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    return page


def test_a_request_shows_in_every_tab_and_is_there_tomorrow(
    site: LiveServer, key: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine = tabs()
    ada, bob = watching(mine, site, key), watching(tabs(), site, key)
    expect(ada.get_by_text("Nothing has come yet.")).to_be_visible()
    url = url_of(site.url, "webhookBin", key, "/request/orders/7")
    web.post(url, json={"paid": True}, headers={"x-shop": "tea"}).raise_for_status()
    for page in (ada, bob):
        expect(page.get_by_text("1 request.")).to_be_visible()
        page.get_by_text("/orders/7").click()
        expect(page.get_by_text('{"paid":true}')).to_be_visible()
        expect(page.get_by_text("tea", exact=True)).to_be_visible()
    picture(ada, "webhooks")
    ada.reload()
    expect(ada.get_by_text("/orders/7")).to_be_visible()


def test_the_page_sends_and_empties(site: LiveServer, key: str, tabs: Callable[..., Tabs]) -> None:
    page = watching(tabs(), site, key)
    page.get_by_label("Body", exact=True).fill("<b>from here</b>")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".request summary").click()
    expect(page.get_by_text("<b>from here</b>", exact=True)).to_be_visible()
    page.get_by_role("button", name="Empty the bin").click()
    expect(page.get_by_text("Nothing has come yet.")).to_be_visible()


def test_the_page_comes_back_after_a_restart(
    live_server_process: Callable[..., LiveServer], key: str, tabs: Callable[..., Tabs]
) -> None:
    server = live_server_process("daphne")
    mine = tabs()
    mine.ignored.append("WebSocket connection to")
    page = watching(mine, server, key)
    url = url_of(server.url, "webhookBin", key, "/request/before")
    web.post(url).raise_for_status()
    server.stop()
    expect(page.locator("[data-status]")).not_to_have_attribute("data-status", "live")
    server.start()
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    expect(page.get_by_text("/before")).to_be_visible()
