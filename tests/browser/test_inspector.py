"""The inspector's pages as three people see them: live, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Tabs, complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
Enter = Callable[..., Open]

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "desktop": DESKTOP}
BEYOND = """buttons => buttons
    .filter((one) => one.getBoundingClientRect().right > one.closest(".scroll").getBoundingClientRect().right)
    .map((one) => one.textContent)"""
TABS = ("", "connections/", "queue/", "schedules/", "kv/", "console/", "timeline/", "metadata/", "history/")


@pytest.fixture
def desk(site: LiveServer) -> Inhabitant:
    """An order desk whose card reader is unplugged, with one order that nobody can pay."""
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    return desk


@pytest.fixture
def counter(site: LiveServer) -> Counter:
    return Counter(site.url)


def is_live(page: Page) -> None:
    expect(page.locator("[data-live]")).to_have_attribute("data-live", "live")


def are_in_sight(buttons: Locator) -> None:
    """No button is beyond the edge of its table, on a desktop or on a phone."""
    page = buttons.page
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert buttons.evaluate_all(BEYOND) == [], size


def put_to_sleep(page: Page) -> None:
    page.get_by_role("button", name="Sleep").click()
    expect(page.locator(".how .status")).to_have_text("sleeping")


def test_who_has_no_permission_is_told_which(enter: Enter, counter: Counter) -> None:
    mine = enter("none", ignored=["403"])
    expect(mine(f"actors/{counter.id}/").get_by_role("heading")).to_contain_text("actors.view_actor")


def test_a_viewer_sees_and_an_operator_does(enter: Enter, counter: Counter) -> None:
    seen = enter("viewer")(f"actors/{counter.id}/")
    is_live(seen)
    expect(seen.locator("[data-state]")).to_have_text("5")
    expect(seen.get_by_role("button", name="Sleep")).to_have_count(0)
    done = enter("operator")(f"actors/{counter.id}/")
    put_to_sleep(done)
    expect(seen.locator(".how .status")).to_have_text("sleeping")
    expect(seen.locator("[data-from-storage]")).to_be_visible()
    done.get_by_role("button", name="Wake").click()
    expect(seen.locator(".how .status")).to_have_text("awake")
    seen.get_by_role("link", name="Metadata").click()
    expect(seen.locator("dd").nth(3)).to_contain_text(re.compile(r"^2\b"))
    done.get_by_role("button", name="Restart the actor").click()
    expect(seen.locator("dd").nth(3)).to_contain_text(re.compile(r"^3\b"))
    expect(seen.get_by_label("Metadata", exact=True)).to_contain_text("Its lease")
    is_live(seen)


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


def test_a_message_is_sent_is_given_up_and_replayed_once_it_can_be_done(
    enter: Enter, desk: Inhabitant, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    page = enter("operator", ignored=["400"])(f"actors/{desk.id}/queue/")
    is_live(page)
    dead = page.get_by_role("region", name="Dead letters")
    expect(dead).to_contain_text("NoCardReader")
    page.get_by_label("Body, as JSON", exact=True).fill('{"order": "x"}')
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-problem]")).not_to_be_empty()
    page.get_by_label("Body, as JSON", exact=True).fill('{"order": 1, "step": "charge"}')
    page.get_by_role("button", name="Send").click()
    expect(dead.get_by_role("button", name="Discard")).to_have_count(2)
    dead.get_by_text("Trace").first.click()
    expect(dead.locator("details pre").first).to_contain_text("Traceback (most recent call last)")
    page.get_by_label("Error says").fill("out of tea")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No dead letter is like that.")).to_be_visible()
    page.get_by_label("Error says").fill("nocard")
    page.get_by_role("button", name="Filter").click()
    is_live(page)
    expect(dead.get_by_role("button", name="Discard")).to_have_count(2)
    picture(page, "inspector-dead-letters-desktop")
    page.set_viewport_size(PHONE)
    dead.get_by_role("button", name="Discard").last.scroll_into_view_if_needed()
    picture(page, "inspector-dead-letters-phone")
    are_in_sight(dead.get_by_role("button"))
    assert complaints(page, axe) == []
    page.once("dialog", lambda dialog: dialog.accept())
    dead.get_by_role("button", name="Discard").last.click()
    expect(dead.get_by_role("button", name="Discard")).to_have_count(1)
    desk.act("get", "plug", True)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Replay 1 of tasks").click()
    expect(dead).to_have_count(0)
    assert desk.act("get", "look").json()["output"]["orders"]["1"]["progress"] in ("charged", "packed")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator replay done")
    is_live(page)


def test_a_schedule_is_looked_at_while_its_actor_sleeps_and_deleted(
    enter: Enter, site: LiveServer, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = enter("operator")(f"actors/{board.id}/schedules/")
    is_live(page)
    put_to_sleep(page)
    page.get_by_role("link", name="1", exact=True).click()
    is_live(page)
    expect(page.get_by_text("It has not run yet")).to_be_visible()
    picture(page, "inspector-schedules-desktop")
    assert complaints(page, axe) == []
    expect(page.locator(".how .status")).to_have_text("sleeping")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Delete the schedule 1").click()
    expect(page.locator(".how .status")).to_have_text("sleeping")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete the schedule 1").click()
    expect(page.get_by_text("Nothing is to run")).to_be_visible()
    assert board.act("get", "overview").json()["output"]["coming"] == []
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator unschedule done")
    is_live(page)


def is_paused_skipped_and_backfilled(page: Page, axe: str, picture: Callable[[Page, str], Path]) -> None:
    """The schedule nightly, which is the chosen one, and then goes on."""
    runs = page.get_by_role("region", name="Its latest runs")
    page.get_by_role("button", name="Pause the schedule nightly").click()
    expect(page.get_by_text("paused since")).to_be_visible()
    page.get_by_role("button", name="Skip next of the schedule nightly").click()
    expect(runs).to_contain_text("skipped")
    page.get_by_role("button", name="Backfill the schedule nightly").click()
    expect(page.get_by_label("From (UTC)")).to_be_focused()
    for field, day in (("From (UTC)", "01"), ("To (UTC)", "02")):
        page.get_by_label(field).fill(f"2026-06-{day}T00:00:00")
    are_in_sight(page.get_by_role("region", name="What is to run").get_by_role("button"))
    picture(page, "inspector-paused-desktop")
    assert complaints(page, axe) == []
    page.get_by_role("button", name="Backfill", exact=True).click()
    expect(runs).to_contain_text("waiting")
    page.get_by_role("button", name="Resume the schedule nightly").click()
    expect(runs).to_contain_text("ok")
    expect(page.get_by_text("paused since")).to_have_count(0)


def is_previewed(page: Page, axe: str) -> None:
    """What is mistyped is refused beside its field; what is right is read aloud, with its next times."""
    coming, when = page.locator("[data-coming]"), page.get_by_label("When")
    when.fill("61 22 * * *")
    expect(coming).to_contain_text("Each five minutes is */5 * * * *")
    expect(when).to_have_attribute("aria-invalid", "true")
    assert complaints(page, axe) == []
    when.fill("0 22 * * *")
    page.get_by_role("textbox", name="Time zone").fill("Europe/Berlin")
    expect(coming).to_contain_text("It runs at 22:00 every day (Europe/Berlin).")
    expect(coming).to_contain_text("22:00:00")
    expect(when).to_have_attribute("aria-invalid", "false")


def test_a_schedule_is_previewed_made_changed_paused_and_run_now(
    enter: Enter, site: LiveServer, axe: str, picture: Callable[[Page, str], Path]
) -> None:
    board = Inhabitant(site.url, "reminders", "stopDigest")
    page = enter("operator", ignored=["400"])(f"actors/{board.id}/schedules/")
    is_live(page)
    put_to_sleep(page)
    page.get_by_label("How often").select_option("cron")
    is_previewed(page, axe)
    expect(page.locator(".how .status")).to_have_text("sleeping")
    page.locator("select[name=action]").select_option("speakUp")
    page.get_by_role("textbox", name="Name").fill("nightly")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.locator("[data-problem]")).to_contain_text("actor.invalid_request")
    page.get_by_label("Arguments, as a JSON list").fill('["Tea"]')
    page.get_by_role("button", name="Schedule", exact=True).click()
    planned = page.get_by_role("region", name="What is to run")
    expect(planned.get_by_title("0 22 * * * (Europe/Berlin)")).to_have_text(
        "at 22:00 every day (Europe/Berlin)"
    )
    page.get_by_role("button", name="Change the schedule nightly").click()
    page.get_by_label("When").fill("30 21 * * *")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(planned.get_by_title("30 21 * * * (Europe/Berlin)")).to_be_visible()
    page.get_by_role("link", name="nightly").click()
    is_live(page)
    is_paused_skipped_and_backfilled(page, axe, picture)
    runs = page.get_by_role("region", name="Its latest runs").locator("tbody tr")
    before = runs.count()
    page.get_by_role("button", name="Run now the schedule nightly").click()
    expect(runs).to_have_count(before + 1)
    expect(planned.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="State").click()
    expect(page.locator("[data-state]")).to_contain_text("Tea")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history li").first).to_contain_text("operator run now done")
    expect(page.locator(".history")).to_contain_text("operator schedule done")
    is_live(page)


def test_the_schedules_of_all_actors_are_listed_and_the_page_draws_how_late_alarms_wake(
    enter: Enter, site: LiveServer
) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = enter("viewer")("schedules/")
    is_live(page)
    expect(page.get_by_role("region", name="upcoming")).to_contain_text(board.key)
    expect(page.get_by_label("Who wakes them")).to_contain_text("alive node")
    canvas = page.locator("[data-lateness] canvas")
    expect(canvas).to_be_visible()
    canvas.evaluate("(canvas) => { canvas.dataset.first = 'yes' }")
    other = Inhabitant(site.url, "reminders", "remind", "Cake", 3000)
    expect(page.get_by_role("region", name="upcoming")).to_contain_text(other.key)
    expect(canvas).to_have_attribute("data-first", "yes")
    page.get_by_role("link", name="Failed").click()
    is_live(page)
    expect(page.get_by_role("link", name="Failed")).to_have_attribute("aria-current", "page")


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


def test_the_console_calls_and_shows_results_and_refusals(enter: Enter, counter: Counter) -> None:
    page = enter("operator", ignored=["400"])(f"actors/{counter.id}/console/")
    page.get_by_role("button", name="increment").click()
    page.get_by_label("amount").fill("37")
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


def test_the_palette_jumps_to_an_actor_by_its_key(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type(counter.key[:10])
    option = page.get_by_role("option", name=counter.key)
    expect(option).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/actors/{counter.id}/")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_the_palette_opens_the_list_of_a_type(enter: Enter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type("counter")
    expect(page.get_by_role("option", name="counter type", exact=True)).to_be_visible()
    page.get_by_role("option", name="counter type", exact=True).click()
    page.wait_for_url("**/actors/?type=counter")


def test_the_palette_chooses_no_key_that_is_only_near(enter: Enter, counter: Counter) -> None:
    page = enter("viewer")("")
    page.keyboard.press("Control+k")
    page.keyboard.type(f"{counter.key}~")
    expect(page.locator("[data-palette-hint]")).to_have_text("No such id or key. These keys are near:")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


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
    looking.get_by_role("button", name="Plug the reader in").click()
    expect(looking.get_by_role("alert")).to_contain_text("actors.change_actor")
    seen.close()
    done = enter("operator", ignored=["503"])(f"actors/{desk.id}/")
    done.get_by_role("link", name="Orders").click()
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


DOING = "[data-deed], form[data-post], form[data-console], [data-editor]"
"""Whatever changes something."""


def pages_of(actor: Inhabitant) -> dict[str, str]:
    """Every page by the name of its picture; those of one actor among them."""
    pages = {"overview": "", "actors": "actors/", "nodes": "nodes/"}
    pages |= {"schedules-of-all": "schedules/", "charts": "charts/"}
    return pages | {f"actor-{tab.strip('/') or 'state'}": f"actors/{actor.id}/{tab}" for tab in TABS}


def is_pleasant(
    page: Page,
    axe: str,
    picture: Callable[[Page, str], Path],
    name: str,
    judged: Sequence[str] = ("light", "dark"),
) -> None:
    """It fits, by day and by night, and keeps nobody out: one load, two pictures."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"inspector-{name}-{scheme}")
        assert scheme not in judged or complaints(page, axe) == [], f"{name}, {scheme}"


@pytest.mark.parametrize("width", SIZES)
def test_a_viewer_finds_nothing_to_do_on_any_page_and_without_permission_there_is_no_page(
    width: str, enter: Enter, desk: Inhabitant, picture: Callable[[Page, str], Path], axe: str
) -> None:
    """The viewer's pages are the operator's without their buttons, which are judged by day as well.

    One who may not look gets the same answer everywhere: its looks are judged once.
    """
    seen = enter("viewer", viewport=SIZES[width])("")
    refused = enter("none", ignored=["403"], viewport=SIZES[width])("")
    home, shown = seen.url, set()
    for name, path in pages_of(desk).items():
        seen.goto(home + path)
        is_live(seen)
        assert seen.locator(DOING).count() == 0, name
        shown |= {name} if desk.key in seen.locator("main").inner_text() else set()
        is_pleasant(seen, axe, picture, f"{name}-viewer-{width}", judged=["dark"])
        refused.goto(home + path)
        expect(refused.get_by_role("heading")).to_contain_text("actors.view_actor")
        assert desk.key not in refused.content(), name
    is_pleasant(refused, axe, picture, f"refused-{width}")
    assert {"overview", "actors", "actor-queue"} <= shown, "the desk has a dead letter"


@pytest.mark.parametrize("width", SIZES)
def test_every_page_fits_and_is_pleasant(
    width: str, enter: Enter, desk: Inhabitant, picture: Callable[[Page, str], Path], axe: str
) -> None:
    page = enter("operator", viewport=SIZES[width])("")
    home = page.url
    for name, path in pages_of(desk).items():
        page.goto(home + path)
        is_live(page)
        if name == "actor-queue":
            expect(page.get_by_role("button", name="Discard").first).to_be_visible()
        is_pleasant(page, axe, picture, f"{name}-{width}")
