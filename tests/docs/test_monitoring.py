"""The dashboard and the alert rules of docs/monitoring ask for series, labels and values that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
import yaml

from actors.gateway.outbox_exposition import OUTBOX_SERIES
from actors.runtime.measures import PREFIX, SERIES
from tests.databases import ROOT

FOLDER = ROOT / "docs" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text())
RULES = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
KNOWN = {PREFIX + series.name: series for series in (*SERIES, *OUTBOX_SERIES)}

PANELS = [
    (panel["title"], target["expr"].replace("$__rate_interval", "1m"))
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
]
EXPRESSIONS = PANELS + [(rule["alert"], rule["expr"]) for rule in RULES]


def selectors(node: Any) -> Iterator[tuple[Any, frozenset[str]]]:
    """Each series that is asked for, with the labels by which it is grouped around."""
    return _selectors(node, frozenset())


def _selectors(node: Any, grouped: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
    if isinstance(node, promql.VectorSelector):
        yield node, grouped
    elif isinstance(node, promql.MatrixSelector):
        yield node.vector_selector, grouped
    elif isinstance(node, promql.AggregateExpr):
        labels = node.modifier.labels if node.modifier else []
        yield from _selectors(node.expr, grouped | set(labels))
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from _selectors(argument, grouped)
    elif isinstance(node, promql.BinaryExpr):
        yield from _selectors(node.lhs, grouped)
        yield from _selectors(node.rhs, grouped)


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_an_expression_asks_for_what_a_scrape_shows(title: str, expression: str) -> None:
    found = list(selectors(promql.parse(expression)))
    assert found
    for selector, grouped in found:
        if selector.name == "up":
            continue
        name = (
            re.sub("_(bucket|count|sum)$", "", selector.name) if selector.name not in KNOWN else selector.name
        )
        series = KNOWN[name]
        assert (series.sort == "histogram") == (name != selector.name)
        labels = {"actor_name", *series.labels, *(("le",) if selector.name.endswith("_bucket") else ())}
        assert grouped <= labels
        for matcher in selector.matchers.matchers:
            assert matcher.name in labels
            if matcher.name in series.labels:
                assert matcher.value in series.labels[matcher.name]


def test_every_legend_names_a_label_that_its_series_still_has() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            for _, grouped in selectors(promql.parse(target["expr"].replace("$__rate_interval", "1m"))):
                assert named <= grouped


def test_every_rule_says_what_has_happened_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith(".")


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in DASHBOARD["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
