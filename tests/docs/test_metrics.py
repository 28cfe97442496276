"""docs/metrics.md has a row for every series that a scrape shows, with its type and labels."""

from __future__ import annotations

import re

from prometheus_client import CollectorRegistry

from actors.gateway.exposition import install
from actors.gateway.outbox_exposition import OUTBOX_SERIES
from actors.gateway.outbox_operator import COUNTED
from actors.runtime.measures import BOUNDS, PREFIX, SERIES
from tests.databases import ROOT

PAGE = (ROOT / "docs" / "metrics.md").read_text()
ROW = re.compile(r"^\| `(rivetkit_actor_\w+)` \| (\w+) \| (.*?) \| (.+) \|$", re.MULTILINE)


def test_the_table_is_what_a_scrape_shows() -> None:
    registry = CollectorRegistry()
    install(registry)
    scraped = {}
    for family in registry.collect():
        name = family.name + "_total" * (family.type == "counter")
        labels = {label for sample in family.samples for label in sample.labels} - {"actor_name", "le"}
        scraped[name] = family.type, labels
    scraped |= {PREFIX + series.name: (series.sort, set()) for series in OUTBOX_SERIES}
    about = scraped.pop("rivetkit_info")
    assert about == ("gauge", {"runtime", "version", "type"})
    told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in ROW.findall(PAGE)}
    assert told == scraped


def test_the_page_says_what_prometheus_is_told() -> None:
    meanings = {name.removeprefix("rivetkit_actor_"): meaning for name, _, _, meaning in ROW.findall(PAGE)}
    assert meanings == {series.name: series.text for series in (*SERIES, *OUTBOX_SERIES)}
    assert ", ".join(f"{bound:g}" for bound in BOUNDS) in PAGE
    assert f"up to {COUNTED:,}" in PAGE
