"""The admin of a site that wears django-unfold: every list, a page of each row, actions, the panel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inhabitants import Counter, Inhabitant
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

Enter = Callable[..., Callable[[str], Page]]
Picture = Callable[[Page, str], Path]
THEME = "tests.browser.unfold_settings"
ROWS = "#result_list .data-row"


@pytest.fixture(scope="module")
def site(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    log = tmp_path_factory.mktemp("site") / "server.log"
    with closing(LiveServer("daphne", log, {"DJANGO_SETTINGS_MODULE": THEME})) as live:
        live.start()
        yield live


@pytest.fixture
def admin(enter: Enter) -> Callable[[str], Page]:
    """`admin("actors/actor/")`: the operator at that page; whatever a page complains of fails the test."""
    return lambda path: enter("operator")(f"../admin/{path}")


def do(page: Page, action: str) -> None:
    """To the only row."""
    rows = page.locator(ROWS)
    expect(rows).to_have_count(1)
    rows.locator("input.action-select").check()
    page.get_by_label("Select action to run").select_option(label=action)
    page.get_by_role("button", name="Run").click()


def is_told(page: Page, text: str) -> None:
    expect(page.locator("#main")).to_contain_text(text)


@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
def test_every_list_opens_and_leads_to_a_page_of_each_row_and_to_the_inspector(
    width: int, enter: Enter, site: LiveServer, picture: Picture
) -> None:
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = enter("operator", viewport={"width": width, "height": 800})(f"actors/{desk.id}/queue/")
    expect(page.get_by_role("region", name="Dead letters")).to_contain_text("NoCardReader")
    for path in (f"actor/?q={desk.id}", f"givenup/?q={desk.id}", f"plannedrun/?q={board.id}", "node/"):
        name = path.partition("/")[0]
        page.goto(f"{site.url}/admin/actors/{path}")
        expect(page.locator(ROWS).first).to_be_visible()
        picture(page, f"unfold-{name}-{width}")
        page.locator(f"{ROWS} a").first.click()
        expect(page.locator("fieldset").first).to_be_visible()
        picture(page, f"unfold-{name}-detail-{width}")
        if name != "node":
            page.get_by_role("link", name="Open in inspector").click()
            expect(page.locator("[data-live=live]")).to_be_visible()
    for path in ("actors/queuedmessage", "actors/waitingconn", "actors/outboxcall", "inspector/auditentry"):
        page.goto(f"{site.url}/admin/{path}/")
        expect(page.locator("#changelist")).to_be_visible()
        picture(page, f"unfold-{path.partition('/')[2]}-{width}")


def test_actors_are_chosen_by_status_put_to_sleep_woken_and_after_a_question_destroyed(
    admin: Callable[[str], Page], site: LiveServer, picture: Picture
) -> None:
    counter = Counter(site.url)
    page = admin(f"actors/actor/?q={counter.key}")
    for action, then in (("Put to sleep", "sleeping"), ("Wake", "awake")):
        do(page, action)
        is_told(page, f"{action}: 1 done.")
        expect(page.locator(".field-status")).to_have_text(then)
    do(page, "Destroy")
    expect(page.get_by_text("all that they keep is gone")).to_be_visible()
    picture(page, "unfold-sure")
    page.get_by_role("button", name="Destroy").click()
    is_told(page, "Destroy: 1 done.")
    page.locator("#changelist a").filter(has_text="Filters").click()
    page.get_by_role("link", name="destroyed", exact=True).click()
    expect(page).to_have_url(re.compile("status=destroyed"))
    expect(page.locator(".field-status")).to_have_text("destroyed")


def test_a_dead_letter_is_requeued_and_a_schedule_paused(
    admin: Callable[[str], Page], site: LiveServer
) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000)
    page = admin(f"actors/plannedrun/?q={board.id}")
    do(page, "Pause")
    is_told(page, "Pause: 1 done.")
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    page.goto(f"{site.url}/inspector/actors/{desk.id}/queue/")
    expect(page.get_by_role("region", name="Dead letters")).to_contain_text("NoCardReader")
    page.goto(f"{site.url}/admin/actors/givenup/?q={desk.id}")
    do(page, "Requeue")
    is_told(page, "Requeue: 1 done.")


def test_pages_are_turned(admin: Callable[[str], Page], site: LiveServer, picture: Picture) -> None:
    key = Counter(site.url).key
    for number in range(101):
        Inhabitant(site.url, "counter", "increment", 1, key=f"{key}-{number}")
    page = admin(f"actors/actor/?q={key}-")
    expect(page.locator(ROWS)).to_have_count(100)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("link", name="Newer").click()
    expect(page.locator(ROWS)).to_have_count(100)
    picture(page, "unfold-actors")


def test_the_page_of_a_model_shows_its_actor(
    admin: Callable[[str], Page], site: LiveServer, picture: Picture
) -> None:
    board = Inhabitant(site.url, "reminders", "remind", "Tea", 3000, key="operator")
    page = admin("auth/user/?q=operator")
    page.get_by_role("link", name="operator", exact=True).click()
    panel = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Actor", exact=True))
    expect(panel).to_contain_text("reminders[operator]")
    panel.scroll_into_view_if_needed()
    picture(page, "unfold-panel")
    panel.get_by_role("link", name="Open in inspector").click()
    expect(page).to_have_url(re.compile(board.id))
