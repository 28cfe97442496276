"""What the tests of the dashboard's pages share: who opens them, on which screens, and when one is live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.conftest import complaints
from tests.browser.inhabitants import Inhabitant

Open = Callable[..., Page]
Enter = Callable[..., Open]

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "desktop": DESKTOP}
TABS = ("", "connections/", "queue/", "schedules/", "kv/", "console/", "timeline/", "metadata/", "history/")
BEYOND = """buttons => buttons
    .filter((one) => one.getBoundingClientRect().right > one.closest(".scroll").getBoundingClientRect().right)
    .map((one) => one.textContent)"""


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


def content(download: Download) -> str:
    return Path(download.path()).read_text()


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
