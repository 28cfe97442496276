"""Finding an actor: the list's filter, and the palette."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import Enter, is_live, put_to_sleep
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


def seek(page: Page, text: str) -> None:
    """Type it into the palette."""
    page.keyboard.press("Control+k")
    page.keyboard.type(text)


def test_the_palette_jumps_to_an_actor_by_its_key_as_soon_as_it_is_found(
    enter: Enter, counter: Counter
) -> None:
    page = enter("viewer")("")
    seek(page, counter.key[:10])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/actors/{counter.id}/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_the_palette_opens_the_list_of_a_type(enter: Enter) -> None:
    page = enter("viewer")("")
    seek(page, "counter")
    expect(page.get_by_role("option", name="counter type", exact=True)).to_be_visible()
    page.get_by_role("option", name="counter type", exact=True).click()
    page.wait_for_url("**/actors/?type=counter")


def test_the_palette_chooses_no_key_that_is_only_near(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    seek(page, f"{counter.key}~")
    expect(page.locator("[data-palette-hint]")).to_have_text("No such id or key. These keys are near:")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_palette_finds_a_new_actor_by_any_part_of_its_key(
    enter: Enter, counter: Counter, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("viewer")("")
    seek(page, counter.key[-6:].upper())
    expect(page.get_by_role("option", name=counter.key)).to_be_visible()
    expect(page.locator("[data-palette-hint]")).to_contain_text("the newest 2,000 actors")
    picture(page, "inspector-palette")
    assert complaints(page, axe) == []


def test_a_command_of_the_palette_does_what_its_button_does_and_asks_what_it_asks(
    enter: Enter, counter: Counter
) -> None:
    page = enter("operator")(f"actors/{counter.id}/")
    is_live(page)
    commands = page.get_by_role("option").filter(has_text="command")
    seek(page, "slp")
    expect(commands).to_have_text(["Sleepcommand"])
    with page.expect_response(re.compile("/do/sleep$")):
        page.keyboard.press("Enter")
    expect(page.locator(".how .status")).to_have_text("sleeping")
    seek(page, "destr")
    commands.first.click()
    expect(page.get_by_role("heading", name="Destroy this actor?")).to_be_visible()
    expect(page.get_by_role("button", name="Destroy", exact=True)).to_be_disabled()
    page.keyboard.press("Escape")
    seek(page, "edit")
    commands.first.click()
    expect(page.get_by_label("The state, as JSON")).to_be_visible()
    expect(page.locator(".how .status")).to_have_text("sleeping")


def test_a_command_whose_button_has_gone_meanwhile_does_nothing(enter: Enter, counter: Counter) -> None:
    page = enter("operator")(f"actors/{counter.id}/")
    is_live(page)
    page.keyboard.press("Control+k")
    asleep = page.get_by_role("option", name="Sleep command")
    expect(asleep).to_be_visible()
    put_to_sleep(enter("operator")(f"actors/{counter.id}/"))
    expect(page.locator(".how .status")).to_have_text("sleeping")
    asleep.click()
    expect(page.locator("[data-palette-hint]")).to_have_text("Sleep is no longer there.")
    expect(page.get_by_role("option", name="Wake command")).to_be_visible()
    expect(page.locator(".how .status")).to_have_text("sleeping")


def test_the_palette_has_the_commands_of_its_page_and_of_whoever_looks_and_none_of_a_row(
    enter: Enter, site: LiveServer
) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    shown = enter("operator")(f"actors/{board.id}/schedules/")
    is_live(shown)
    expect(shown.get_by_role("button", name="Delete the schedule 1")).to_be_visible()
    shown.keyboard.press("Control+k")
    for name in ("Sleep", "Pause actor", "Clone…", "Live. Pause", "Keys"):
        expect(shown.get_by_role("option", name=f"{name} command", exact=True)).to_be_visible()
    expect(shown.get_by_role("option", name="the schedule 1")).to_have_count(0)
    seen = enter("viewer")
    page = seen(f"actors/{board.id}/")
    is_live(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Export the actor command")).to_be_visible()
    expect(
        page.get_by_role("option", name=re.compile("^(Sleep|Pause actor|Clone|Destroy|Edit)"))
    ).to_have_count(0)
    page = seen("actors/")
    is_live(page)
    seek(page, "filter")
    page.get_by_role("option", name="Go to the filter command").click()
    expect(page.get_by_label("Key begins with")).to_be_focused()
