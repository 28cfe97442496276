"""docs/limits.md says the defaults that the code has, and a test reaches each of its rows."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, Final

from actors.conf import NodeConfig
from actors.gateway import (
    backlog,
    channel,
    forward,
    guessing,
    inspector_view,
    listing,
    outlet,
    pipe,
    routes,
    session,
)
from actors.protocol import cbor, handshake, keys
from actors.runtime import chain
from actors.runtime.options import Options
from tests.databases import ROOT
from tests.gateway.limits import ROWS

FIXED: Final = {
    "Websocket frame": pipe.MAX_FRAME,
    "Part of a key": keys.MAX_PART_CHARS,
    "Key": keys.MAX_KEY_BYTES,
    "Nesting of CBOR": cbor.MAX_DEPTH,
    "Raw request body": routes.RAW_BODY,
    "Raw message to an actor": pipe.MAX_FRAME,
    "Inspector body": inspector_view.LARGEST,
    "Inspector frame": pipe.MAX_FRAME,
    "Inspector answer": inspector_view.LARGEST,
    "Unanswered frames": backlog.MAX_PENDING,
    "Waiting frames": backlog.MAX_WAITING,
    "Streamed answer": channel.HELD,
    "Call chain": chain.LONGEST,
    "Ids in one list": listing.MAX_IDS,
    "Page of a list": listing.LARGEST_PAGE,
    "Wrong tokens": guessing.GUESSES,
    "Close reason": handshake.MAX_CLOSE_REASON,
    "Answer of another node": forward.RESPONSE_TIMEOUT,
    "Runs of one frame": session.MAX_RUNS,
    "Closing handshake": outlet.CLOSE_GRACE,
}
SETTING = re.compile(r'`ACTORS\["(\w+)"\]`')
OPTION = re.compile(r"`Options\.(\w+)`")


def default_of(kind: Any, name: str) -> Any:
    return {field.name: field.default for field in fields(kind)}[name]


def test_the_defaults_are_those_of_the_code() -> None:
    for name, row in ROWS.items():
        if setting := SETTING.search(row.set_by):
            value = default_of(NodeConfig, setting[1].lower())
        elif option := OPTION.search(row.set_by):
            value = default_of(Options, option[1])
        else:
            value = FIXED[name]
        assert row.default == str(value), name
    assert set(FIXED) == {name for name, row in ROWS.items() if row.set_by == "fixed"}


def test_each_row_is_reached_by_a_test() -> None:
    reached: set[str] = set()
    for file in (ROOT / "tests" / "gateway").glob("test_*.py"):
        for words in re.findall(r"\bholds\(\s*(.+)", file.read_text()):
            reached.update(re.findall(r'^"([^"]+)"', words))
    named = (ROOT / "tests" / "gateway" / "test_limits.py").read_text()
    missing = set(ROWS) - reached
    assert {name for name in missing if f'("{name}", ' not in named} == set()
    assert reached <= set(ROWS)
