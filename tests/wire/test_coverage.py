"""No vector file lies unused: each is replayed by a test here, or says in `waiting.py` what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

from tests.wire.golden import VECTORS
from tests.wire.waiting import WAITING

FILES = {str(path.relative_to(VECTORS)) for path in VECTORS.rglob("*.json")}
TESTS = Path(__file__).parent.parent
LOADS = re.compile(r'load\("([\w/]+\.json)"\)')
CASES = re.compile(r'cases\("(\w+\.json)"\)')


def replayed() -> set[str]:
    texts = [path.read_text() for path in TESTS.rglob("test_*.py")]
    loaded = {name for text in texts for name in LOADS.findall(text)}
    return loaded | {f"live/{name}" for text in texts for name in CASES.findall(text)}


def test_there_are_vectors() -> None:
    assert len(FILES) > 10


def test_every_file_is_replayed_or_waits() -> None:
    assert FILES - replayed() == set(WAITING)


def test_nothing_waits_that_is_not_there() -> None:
    assert set(WAITING) <= FILES


def test_nothing_replayed_still_waits() -> None:
    assert replayed() & set(WAITING) == set()
