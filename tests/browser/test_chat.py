"""The chat's page: two people in a room, and what nasty text does there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

NASTY = '''<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> & "that"'''


@pytest.fixture
def address(site: LiveServer) -> str:
    return f"{site.url}/chat/{uuid4().hex[:12]}/"


def test_two_tabs_talk_and_the_history_stays(
    address: str, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    mine = tabs()
    ada, bob = enter(mine, address, "Ada"), enter(mine, address, "Bob")
    expect(ada.get_by_text("No messages yet")).to_be_visible()
    write(ada, "Hello, is anybody here?")
    expect(texts(bob)).to_have_text(["Hello, is anybody here?"])
    write(bob, "I am.")
    expect(texts(ada)).to_have_text(["Hello, is anybody here?", "I am."])
    expect(ada.locator(".message.mine .text")).to_have_text(["Hello, is anybody here?"])
    picture(ada, "chat")
    late = enter(mine, address, "Cyd")
    expect(texts(late)).to_have_text(["Hello, is anybody here?", "I am."])


def test_what_people_write_is_text_and_nothing_else(address: str, tabs: Callable[..., Tabs]) -> None:
    mine = tabs()
    ada = enter(mine, address, "$Set")
    bob = enter(mine, address, "<b>Bob</b>")
    write(ada, "a name and a text that look like a tagged value")
    write(bob, NASTY)
    expect(texts(ada)).to_have_text(["a name and a text that look like a tagged value", NASTY])
    expect(ada.locator(".message .by").first).to_contain_text("$Set")
    assert ada.title().startswith("Chat")
    assert ada.locator(".messages img, .messages script, .messages b").count() == 0


def test_a_refused_message_is_explained(address: str, tabs: Callable[..., Tabs]) -> None:
    page = enter(tabs(), address, "Ada")
    page.get_by_label("Message", exact=True).evaluate("(field) => field.removeAttribute('maxlength')")
    write(page, "x" * 2001)
    expect(page.get_by_role("alert")).to_have_text("The text has more than 2000 characters.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("x" * 2001)
    expect(texts(page)).to_have_count(0)


def test_shift_enter_is_a_new_line(address: str, tabs: Callable[..., Tabs]) -> None:
    page = enter(tabs(), address, "Ada")
    field = page.get_by_label("Message", exact=True)
    field.fill("one")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    field.press("Enter")
    expect(texts(page)).to_have_text(["one\ntwo"])


def test_the_form_leads_to_another_room(site: LiveServer, tabs: Callable[..., Tabs]) -> None:
    page = tabs().open(f"{site.url}/chat/")
    expect(page.get_by_role("heading", level=1)).to_have_text("lobby")
    page.get_by_label("Room name").fill("Tea time!")
    page.get_by_role("button", name="Go").click()
    page.wait_for_url("**/chat/tea-time/")
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")


def enter(tabs: Tabs, address: str, name: str) -> Page:
    page = tabs.open(address)
    page.get_by_label("Your name").fill(name)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    return page


def write(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def texts(page: Page) -> Locator:
    return page.locator(".message .text")
