"""The game's page: two tabs play a game to its end, a third one watches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Tabs
from tests.servers import LiveServer

pytestmark = pytest.mark.browser


def test_two_tabs_play_and_a_third_watches(
    site: LiveServer, tabs: Callable[..., Tabs], picture: Callable[[Page, str], Path]
) -> None:
    address = f"{site.url}/game/{uuid4().hex[:12]}/"
    mine = tabs()
    first = mine.open(address)
    expect(first.get_by_text("You are X. Waiting for another player.")).to_be_visible()
    second = mine.open(address)
    expect(second.get_by_text("You are O. It is X’s turn.")).to_be_visible()
    third = mine.open(address)
    expect(third.get_by_text("You are watching.")).to_be_visible()
    for player, field in ((first, 1), (second, 4), (first, 2), (second, 5), (first, 3)):
        player.get_by_label(f"Field {field}: free").click()
        expect(third.get_by_label(f"Field {field}: {'X' if player is first else 'O'}")).to_be_visible()
    expect(first.get_by_text("You have won.")).to_be_visible()
    expect(second.get_by_text("X has won.")).to_be_visible()
    picture(first, "game")
    expect(third.get_by_role("button", name="Play again")).to_be_hidden()
    second.get_by_role("button", name="Play again").click()
    expect(third.get_by_label("Field 1: free")).to_be_visible()
