"""An author's own tabs: found where the class is written, and handed down to its subclasses."""

from __future__ import annotations

from pathlib import Path

from actors import Actor, HiddenTab, Tab
from actors.api.problems import find_problems
from actors.runtime.definition import TabDefinition

HERE = Path(__file__).parent


class Tabbed(Actor, abstract=True):
    inspector_tabs = [Tab("board", "Board", folder="board", icon="tag"), HiddenTab("queue")]


class Offspring(Tabbed):
    inspector_tabs = [Tab("more", "More", folder=Path("/elsewhere")), Tab("board", "Own", folder="own")]


class Bare(Actor):
    pass


def test_a_folder_lies_beside_the_module_of_the_class() -> None:
    board = TabDefinition("board", "Board", "tag", HERE / "board")
    assert Tabbed.__definition__.tabs == (board, TabDefinition("queue"))


def test_tabs_are_inherited_and_the_nearest_of_an_id_counts() -> None:
    assert Offspring.__definition__.tabs == (
        TabDefinition("board", "Own", None, HERE / "own"),
        TabDefinition("queue"),
        TabDefinition("more", "More", None, Path("/elsewhere")),
    )
    assert Bare.__definition__.tabs == ()


def test_what_is_no_tab_is_left_out_and_left_to_the_checks() -> None:
    class Odd(Actor):
        inspector_tabs = [Tab("a/b", "Board", folder="board"), "board", Tab("fine", "Fine", folder="fine")]  # type: ignore[list-item]

    assert [tab.id for tab in Odd.__definition__.tabs] == ["fine"]
    found = [problem.message for problem in find_problems([Odd.__blueprint__])]
    assert len(found) == 3, "the two, and the folder that is not there"
