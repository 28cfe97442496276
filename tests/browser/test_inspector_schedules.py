"""Schedules: looked at while their actor sleeps, previewed, made, paused, run, and listed for all actors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Inhabitant
from tests.browser.inspecting import Enter, are_in_sight, is_live, put_to_sleep
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


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
