"""Who may only look sees what an operator does, and finds nothing to do; who may not look sees nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inhabitants import Counter, Inhabitant
from tests.browser.inspecting import SIZES, Enter, is_live, is_pleasant, pages_of, put_to_sleep

pytestmark = pytest.mark.browser

DOING = "[data-deed], form[data-post], form[data-console], [data-editor]"
"""Whatever changes something."""


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
