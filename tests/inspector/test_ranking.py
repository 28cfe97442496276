"""What begins so is nearer than what has it as a word, that nearer than what has it in it, or its letters."""

from __future__ import annotations

import pytest

from inspector.ranking import BEGINS, LETTERS, WITHIN, WORD, rank


@pytest.mark.parametrize(
    ("typed", "name", "nearness"),
    [
        ("room", "room/7", (BEGINS, 6)),
        ("ROOM", "Room", (BEGINS, 4)),
        ("7", "room/7", (WORD, 6)),
        ("tea", "steam/tea", (WORD, 9)),
        ("oom/7", "room/7", (WITHIN, 6)),
        ("tea", "steam", (WITHIN, 5)),
        ("r7", "room/7", (LETTERS, 6)),
        ("rm7", "rrr/room/7", (LETTERS, 6)),
        ("a b", "axxb", (LETTERS, 4)),
        ("7r", "room/7", None),
        ("rooms", "room", None),
        ("rr", "room", None),
    ],
)
def test_how_near_it_is(typed: str, name: str, nearness: tuple[int, int] | None) -> None:
    assert rank(typed, name) == nearness


def test_the_nearest_come_first() -> None:
    names = ["h-o-m-e", "at-home", "athome", "home/of/many", "ho-me", "home"]
    assert sorted(names, key=lambda name: rank("home", name) or (LETTERS + 1, 0)) == [
        "home",
        "home/of/many",
        "at-home",
        "athome",
        "ho-me",
        "h-o-m-e",
    ]
