"""docs/logging.md has a row for every event of the log, and its settings work."""

from __future__ import annotations

import ast
import logging.config
import re

from actors.json_logs import JsonFormatter
from actors.logs import EVENTS, LogEvent
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "logging.md").read_text()
ROW = re.compile(r"^\| (.+) \| ([A-Z]+(?:, traced)?) \| (.+) \|$", re.MULTILINE)


def row(event: LogEvent) -> tuple[str, str, str]:
    level = logging.getLevelName(event.level) + ", traced" * event.traced
    return event.text, level, ", ".join(f"`{field}`" for field in event.fields) or "-"


def test_the_table_is_what_the_code_says() -> None:
    assert ROW.findall(PAGE) == [row(event) for event in EVENTS.values()]


def test_the_settings_of_the_page_give_json() -> None:
    [settings] = [text for kind, text in BLOCK.findall(PAGE) if kind == "python"]
    value = ast.literal_eval(settings.partition("LOGGING = ")[2])
    made = logging.config.DictConfigurator(value).configure_formatter(value["formatters"]["json"])  # type: ignore[attr-defined]
    assert isinstance(made, JsonFormatter)
