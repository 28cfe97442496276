"""What an actor keeps, its state and its keys: looked at, changed over what was seen, brought together."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import DESKTOP, PHONE, Enter, are_in_sight, is_live, put_to_sleep
from tests.databases import ROOT
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_a_state_is_edited_over_the_revision_that_was_shown_and_over_no_other(
    enter: Enter, counter: Counter
) -> None:
    page = enter("operator", ignored=["409"])(f"actors/{counter.id}/")
    is_live(page)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("The state, as JSON").fill("40")
    expect(page.locator("[data-diff] del")).to_have_text("- 5")
    expect(page.locator("[data-diff] ins")).to_have_text("+ 40")
    expect(page.locator("[data-edit-status]")).to_have_text("Modified")
    counter.add(1)
    expect(page.locator("[data-edit-status]")).to_contain_text("has changed meanwhile")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-edit-problem]")).to_contain_text("inspector.state_changed")
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("[data-edit-problem]")).to_contain_text("Both have changed /: yours stands")
    expect(page.get_by_label("The state, as JSON")).to_have_value("40")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_label("The state, as JSON")).to_have_value("6")
    page.get_by_label("The state, as JSON").fill("41")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-state]")).to_have_text("41")
    assert counter.act("get", "increment", 1).json()["output"] == 42


def test_changes_of_two_are_brought_together(enter: Enter, site: LiveServer) -> None:
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    page = enter("operator")(f"actors/{desk.id}/")
    is_live(page)
    page.get_by_role("button", name="Edit").click()
    field = page.get_by_label("The state, as JSON")
    field.fill(field.input_value().replace('"placed": 0', '"placed": 7'))
    desk.act("get", "plug", True)
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("[data-diff]")).to_contain_text('"placed": 7')
    expect(page.locator("[data-diff]")).not_to_contain_text("reader_works")
    expect(page.locator("[data-edit-problem]")).to_be_empty()
    field.fill(json.dumps(json.loads(field.input_value())))
    expect(page.locator("[data-diff] del")).to_have_text(['-   "placed": 0,'])
    expect(page.locator("[data-diff] ins")).to_have_text(['+   "placed": 7,'])
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-edit-status]")).to_have_text("Saved")
    assert desk.act("get", "look").json()["output"] == {"placed": 7, "orders": {}, "reader_works": True}


@pytest.mark.parametrize(
    ("torn", "begins"), [(msgspec.msgpack.encode("many"), '"many"'), (b"\xffgarbage", "")]
)
def test_a_state_that_its_class_cannot_read_is_mended(
    enter: Enter, counter: Counter, postgres_url: str, torn: bytes, begins: str
) -> None:
    page = enter("operator", ignored=["500"])(f"actors/{counter.id}/")
    is_live(page)
    put_to_sleep(page)
    command = [sys.executable, "-m", "tests.browser.tearing", counter.id, torn.hex()]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": postgres_url}, check=True)
    page.get_by_role("button", name="Wake").click()
    expect(page.locator("[data-problem]")).to_contain_text("protocol.invalid_persisted_data")
    expect(page.get_by_text("The class cannot read this state")).to_be_visible()
    expect(page.get_by_label("Search the state")).to_be_visible(visible=bool(begins))
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("The state, as JSON")).to_have_value(begins)
    page.get_by_label("The state, as JSON").fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-edit-status]")).to_have_text("Saved")
    expect(page.get_by_label("Search the state")).to_be_visible()
    expect(page.get_by_text("The class cannot read this state")).to_have_count(0)
    expect(page.locator(".how .status")).to_have_text("awake")
    counter.add(1)
    expect(page.locator("[data-state]")).to_have_text("41")


def test_a_state_is_a_tree_that_folds_is_searched_and_stays_open_when_it_changes(
    enter: Enter, desk: Inhabitant
) -> None:
    page = enter("viewer")(f"actors/{desk.id}/")
    is_live(page)
    tree = page.get_by_role("region", name="State as a tree")
    tree.locator("summary", has_text="orders").click()
    expect(tree.locator("summary", has_text=re.compile("^1 "))).to_be_visible()
    desk.act("get", "place", "milk")
    expect(tree.locator("summary", has_text=re.compile("^2 "))).to_be_visible()
    page.get_by_label("Search the state").fill("MILK")
    expect(tree.locator("li")).to_have_count(1)
    expect(tree.locator("li")).to_contain_text('"milk"')
    page.get_by_role("button", name="As text").click()
    expect(page.get_by_role("region", name="Stored state")).to_contain_text('"milk"')


def is_browsed_by_folder(page: Page, axe: str, picture: Callable[[Page, str], Path]) -> None:
    """To the folder a/, which fits a phone, and back."""
    page.get_by_role("link", name="As folders").click()
    page.get_by_role("link", name="a/", exact=True).click()
    page.wait_for_url("**by=/&prefix=a/")
    is_live(page)
    expect(page.get_by_role("region", name="Keys and values").locator("tbody tr")).to_have_count(2)
    are_in_sight(page.get_by_role("region", name="Keys and values").get_by_role("button"))
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(page, "inspector-folder-phone")
    assert complaints(page, axe) == []
    page.set_viewport_size(DESKTOP)
    page.get_by_role("link", name="As a list").click()
    page.wait_for_url("**?prefix=a/")


def test_keys_are_written_changed_over_what_was_seen_and_deleted_by_prefix(
    enter: Enter, counter: Counter, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("operator")(f"actors/{counter.id}/kv/")
    is_live(page)
    for name, kind, value in (
        ("a/1", "text", "one"),
        ("a/2", "CBOR", '{"two": 2}'),
        ("0xff", "hex", "00 ff"),
    ):
        page.get_by_label("Key", exact=True).fill(name)
        page.get_by_label("As").select_option(kind)
        page.get_by_label("Value", exact=True).fill(value)
        page.get_by_role("button", name="Write").click()
        expect(page.locator(f'tr[data-key="{name}"]')).to_be_visible()
        expect(page.get_by_label("Key", exact=True)).to_be_empty()
    assert complaints(page, axe) == []
    page.get_by_role("button", name="Change a/1").click()
    page.get_by_label("Value", exact=True).fill("uno")
    page.get_by_role("button", name="Write").click()
    expect(page.locator('tr[data-key="a/1"]')).to_contain_text("uno")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete 0xff").click()
    expect(page.locator('tr[data-key="0xff"]')).to_have_count(0)
    is_browsed_by_folder(page, axe, picture)
    page.get_by_label("Keys that begin with").fill("a/")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**prefix=a%2F&by=")
    page.get_by_role("button", name="Delete all of these…").click()
    expect(page.get_by_role("heading", name="Delete 2 keys?")).to_be_visible()
    page.get_by_label("The key of the actor").fill(counter.key)
    page.get_by_role("button", name="Delete them").click()
    expect(page.get_by_text("No key begins like that")).to_be_visible()
