"""The admin as an operator uses it: lists, filters, actions asked again, the way to the dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import Enter
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

Picture = Callable[[Page, str], Path]


def listed(enter: Enter, who: str, path: str) -> Page:
    """A tab of the admin; `enter` begins at the inspector."""
    return enter(who)(f"../admin/actors/{path}")


def tick_and(page: Page, action: str) -> None:
    """Choose an action for the only row."""
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(1)
    rows.locator("input.action-select").check()
    page.get_by_label("Action:").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def is_told(page: Page, text: str) -> None:
    expect(page.locator(".messagelist .success")).to_have_text(text)


def is_sure(page: Page, action: str) -> None:
    page.get_by_role("button", name=action, exact=True).click()
    is_told(page, f"{action}: 1 done.")


def test_a_key_of_the_greatest_length_leaves_the_other_columns_in_sight(
    enter: Enter, site: LiveServer, picture: Picture
) -> None:
    key = f"{uuid4().hex}{'k' * 96}"
    Inhabitant(site.url, "counter", "increment", 1, key=key)
    page = listed(enter, "operator", f"actor/?q={key}")
    expect(page.locator(".field-key")).to_have_text(key)
    picture(page, "admin-long-key")
    expect(page.locator(".field-created")).to_be_in_viewport(ratio=1)


def test_an_actor_is_found_put_to_sleep_looked_at_woken_and_destroyed(
    enter: Enter, counter: Counter, picture: Picture
) -> None:
    page = listed(enter, "operator", f"actor/?q={counter.key}")
    page.get_by_role("link", name="counter", exact=True).click()
    status = page.locator("td.field-status")
    expect(status).to_have_text("awake")
    tick_and(page, "Put to sleep")
    is_told(page, "Put to sleep: 1 done.")
    expect(status).to_have_text("sleeping")
    page.locator("#result_list .field-key a").click()
    expect(page.locator(".field-state")).to_contain_text("5")
    page.go_back()
    page.reload()
    expect(status).to_have_text("sleeping")
    tick_and(page, "Wake")
    is_told(page, "Wake: 1 done.")
    expect(status).to_have_text("awake")
    tick_and(page, "Destroy")
    expect(page.get_by_text("all that they keep is gone")).to_be_visible()
    picture(page, "admin-destroy-desktop")
    is_sure(page, "Destroy")
    expect(status).to_have_text("destroyed")
    page.locator("#result_list .field-key a").click()
    page.get_by_role("link", name="Open in inspector").click()
    expect(page.get_by_role("heading", name=counter.key)).to_be_visible()


def test_a_viewer_is_offered_nothing_to_do_with_what_an_operator_does(
    enter: Enter, site: LiveServer, counter: Counter, picture: Picture
) -> None:
    for _ in range(4):
        Counter(site.url)
    for who, menus in (("viewer", 0), ("operator", 1)):
        page = listed(enter, who, "actor/?status=living")
        expect(page.locator("#result_list")).to_contain_text(counter.key.partition("/")[2])
        expect(page.get_by_label("Action:")).to_have_count(menus)
    picture(page, "admin-actors-desktop")


def test_a_dead_letter_is_requeued_and_leaves_the_list(
    enter: Enter, site: LiveServer, picture: Picture
) -> None:
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    queue = enter("operator")(f"actors/{desk.id}/queue/")
    expect(queue.get_by_role("region", name="Dead letters")).to_contain_text("NoCardReader")
    page = listed(enter, "operator", f"givenup/?q={desk.id}")
    picture(page, "admin-dead-letters-desktop")
    desk.act("get", "plug", True)
    tick_and(page, "Requeue")
    is_told(page, "Requeue: 1 done.")
    expect(page.locator("#result_list tbody tr")).to_have_count(0)


def test_a_schedule_is_run_at_once_or_deleted(enter: Enter, site: LiveServer, picture: Picture) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = listed(enter, "operator", f"plannedrun/?q={board.id}")
    picture(page, "admin-schedules-desktop")
    tick_and(page, "Pause")
    is_told(page, "Pause: 1 done.")
    page = listed(enter, "operator", f"plannedrun/?q={board.id}&situation=paused")
    tick_and(page, "Resume")
    is_told(page, "Resume: 1 done.")
    expect(page.locator("#result_list tbody tr")).to_have_count(0)
    page = listed(enter, "operator", f"plannedrun/?q={board.id}")
    tick_and(page, "Run now")
    is_told(page, "Run now: 1 done.")
    board = Inhabitant(site.url, "reminders", "remind", "Cake", 3000)
    page = listed(enter, "operator", f"plannedrun/?q={board.id}")
    tick_and(page, "Delete")
    expect(page.get_by_text(re.compile("speakUp|speak_up"))).to_be_visible()
    is_sure(page, "Delete")
    assert board.act("get", "overview").json()["output"]["coming"] == []


@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
def test_every_page_of_ours_keeps_nobody_out(
    width: int, enter: Enter, site: LiveServer, counter: Counter, picture: Picture, axe: str
) -> None:
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = enter("operator", viewport={"width": width, "height": 800})(f"actors/{counter.id}/")
    page.get_by_role("button", name="Sleep").click()
    expect(page.locator(".how .status")).to_have_text("sleeping")
    home = page.url.partition("/inspector/")[0] + "/admin/"
    lists = ("actors/queuedmessage/", "actors/node/", "actors/waitingconn/", "inspector/auditentry/")
    pages = {f"list-{path.split('/')[1]}": path for path in lists}
    pages |= {"actor": f"actors/actor/{counter.id}/change/", "actors": f"actors/actor/?q={counter.key}"}
    pages |= {"schedules": f"actors/plannedrun/?q={board.id}", "letters": f"actors/givenup/?q={desk.id}"}
    for name, path in pages.items():
        page.goto(home + path)
        expect(page.locator("#content h1")).to_be_visible()
        check(page, axe, picture, f"admin-{name}-{width}")
    tick_and(page, "Discard")
    expect(page.locator("#content")).to_contain_text("tasks")
    check(page, axe, picture, f"admin-sure-{width}")


OURS = {"include": ["#content"], "exclude": ["#changelist-search"]}
"""What Django's own templates make around it names its search field by a title alone, whatever we do."""


def check(page: Page, axe: str, picture: Picture, name: str) -> None:
    """Nobody is kept out, by day and by night."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"{name}-{scheme}")
        assert complaints(page, axe, OURS) == [], f"{name}, {scheme}"
