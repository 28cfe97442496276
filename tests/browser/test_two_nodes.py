"""The dashboard of one process for actors that live at another: each tab tells and does the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs
from tests.browser.inhabitants import Inhabitant
from tests.browser.inspecting import is_live, put_to_sleep
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def elsewhere(site: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A second process of the site, on another server."""
    with closing(LiveServer("uvicorn", tmp_path_factory.mktemp("elsewhere") / "server.log", {})) as live:
        live.start()
        yield live


@pytest.fixture
def look(enter: Callable[..., Open]) -> Open:
    """A page of the first process, as an operator."""
    return enter("operator")


def turn_to(page: Page, tab: str) -> None:
    page.locator(".tabs").get_by_role("link", name=tab, exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text(tab)
    is_live(page)


def test_both_processes_stand_on_the_page_of_nodes(
    site: LiveServer, elsewhere: LiveServer, look: Open
) -> None:
    page = look("nodes/")
    is_live(page)
    for server, answers in ((site, 1), (elsewhere, 0)):
        row = page.locator("tr[data-key]", has_text=f"{server.pid} on ")
        expect(row).to_contain_text(server.url)
        expect(row).to_contain_text("alive")
        expect(row.get_by_text("answers you")).to_have_count(answers)
        expect(row.locator('[data-label="Memory"]')).to_have_text(re.compile(r"\d+\.\d MB"))
        expect(row.locator('[data-label="Database"]')).to_have_text(re.compile(r"[0-3] of 3"))


def test_a_counter_at_another_node_is_told_of_and_called_tab_by_tab(
    elsewhere: LiveServer, look: Open, tabs: Callable[..., Tabs]
) -> None:
    name = uuid4().hex[:12]
    visitor = tabs().open(f"{elsewhere.url}/counter/{name}/")
    expect(visitor.locator("[data-status]")).to_have_attribute("data-status", "live")
    counter = Inhabitant(elsewhere.url, "counter", "increment", 4, key=name)
    page = look(f"actors/{counter.id}/")
    is_live(page)
    expect(page.locator("[data-state]")).to_have_text("4")
    counter.act("get", "increment", 1)
    expect(page.locator("[data-state]")).to_have_text("5")
    turn_to(page, "Connections")
    expect(page.get_by_role("region", name="Who is connected").locator("tbody tr")).to_contain_text(
        "127.0.0.1"
    )
    turn_to(page, "Timeline")
    expect(page.get_by_text("Followed since")).to_be_visible()
    turn_to(page, "Console")
    page.get_by_role("button", name="increment").click()
    page.get_by_label("amount").fill("2")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".results .json").first).to_have_text("7")
    turn_to(page, "Timeline")
    expect(page.locator(".timeline li").filter(has_text="increment").first).to_be_visible()
    turn_to(page, "KV")
    page.get_by_label("Key", exact=True).fill("a/1")
    page.get_by_label("Value", exact=True).fill("one")
    page.get_by_role("button", name="Write").click()
    expect(page.locator('tr[data-key="a/1"]')).to_contain_text("one")
    turn_to(page, "Metadata")
    facts = page.get_by_label("Metadata", exact=True)
    expect(facts).to_contain_text("it falls asleep in")
    expect(page.locator("dd").nth(3)).to_contain_text(re.compile(r"^1\b"))
    turn_to(page, "History")
    for done in ("operator call done", "operator put key done"):
        expect(page.locator(".history li").filter(has_text=done)).to_have_count(1)
    is_live(page)


def test_a_client_at_another_node_is_told_something_muted_and_given_another_state(
    elsewhere: LiveServer, look: Open, tabs: Callable[..., Tabs]
) -> None:
    name = uuid4().hex[:12]
    mine = tabs()
    ada, bob = [mine.open(f"{elsewhere.url}/cursors/{name}/") for _ in range(2)]
    for person, called in ((ada, "Ada"), (bob, "Bob")):
        expect(person.locator("[data-status]")).to_have_attribute("data-status", "live")
        person.get_by_label("Your name").fill(called)
        person.get_by_role("button", name="Rename").click()
        expect(person.get_by_text(f"{called} (you)")).to_be_visible()
    room = Inhabitant(elsewhere.url, "cursorRoom", "getPeople", key=name)
    here = ada.get_by_label("People here").locator("li")
    expect(here).to_have_text(["Ada (you)", "Bob"])
    page = look(f"actors/{room.id}/connections/")
    is_live(page)
    row = page.get_by_role("region", name="Who is connected").locator("tbody tr", has_text='"Ada"')
    row.get_by_role("button", name="Send an event").click()
    page.get_by_role("combobox", name="Event").select_option("entered")
    page.get_by_label("Arguments, as a JSON list").fill('[{"id": "x", "name": "Eve", "x": 0, "y": 0}]')
    page.get_by_role("button", name="Send", exact=True).click()
    expect(here).to_have_text(["Ada (you)", "Bob", "Eve"])
    expect(bob.get_by_text("Eve")).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="Mute").click()
    expect(row.get_by_text("muted", exact=True)).to_be_visible()
    bob.close()
    expect(page.get_by_role("region", name="Who is connected").locator("tbody tr")).to_have_count(1)
    expect(row.locator("[data-label=Sent]")).to_contain_text("1 dropped")
    row.get_by_role("button", name="Unmute").click()
    expect(row.get_by_text("muted", exact=True)).to_have_count(0)
    expect(here).to_have_text(["Ada (you)", "Bob", "Eve"])
    row.get_by_role("button", name="Edit the state").click()
    text = page.get_by_label("Its state, as JSON")
    text.fill(text.input_value().replace("Ada", "Grace"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="Who is connected")).to_contain_text("Grace")
    assert [one["name"] for one in room.act("get", "getPeople").json()["output"]] == ["Grace"]
    turn_to(page, "History")
    for done in ("send event", "mute", "unmute", "edit connection state"):
        expect(page.locator(".history li").filter(has_text=f"operator {done} done")).to_have_count(1)


def test_a_desk_at_another_node_is_mended_tab_by_tab(elsewhere: LiveServer, look: Open) -> None:
    desk = Inhabitant(elsewhere.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    page = look(f"actors/{desk.id}/queue/")
    is_live(page)
    dead = page.get_by_role("region", name="Dead letters")
    expect(dead).to_contain_text("NoCardReader")
    turn_to(page, "Orders")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("1 placed, 1 stuck. The card reader is unplugged.")).to_be_visible()
    frame.get_by_role("button", name="Plug the reader in").click()
    expect(frame.get_by_text("The card reader is plugged in.")).to_be_visible()
    turn_to(page, "Queue")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Replay 1 of tasks").click()
    expect(dead).to_have_count(0)
    put_to_sleep(page)


def test_a_board_at_another_node_is_planned_for(elsewhere: LiveServer, look: Open) -> None:
    board = Inhabitant(elsewhere.url, "reminders", "remind", "Tea", 3000)
    page = look(f"actors/{board.id}/schedules/")
    is_live(page)
    expect(page.get_by_role("link", name="1", exact=True)).to_be_visible()
    page.get_by_label("How often").select_option("every")
    page.get_by_label("When").fill("3600")
    page.get_by_role("textbox", name="Name").fill("hourly")
    page.locator("select[name=action]").select_option("speakUp")
    page.get_by_label("Arguments, as a JSON list").fill('["Tea"]')
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.get_by_role("link", name="hourly")).to_be_visible()
    put_to_sleep(page)
