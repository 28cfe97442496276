"""Every page of an operator fits on a phone and on a desktop, and is pleasant by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inhabitants import Inhabitant
from tests.browser.inspecting import SIZES, Enter, is_live, is_pleasant, pages_of

pytestmark = pytest.mark.browser


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
