"""The files that are named as the longest are there, each once."""

from __future__ import annotations

from tests.databases import ROOT
from tests.order import LONGEST, rank


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_they_come_first_and_in_order() -> None:
    ranks = [rank(ROOT / "tests" / name) for name in LONGEST]
    assert ranks == sorted(ranks)
    assert ranks[-1] < rank(ROOT / "tests" / "test_order.py")
