"""A scrape as Prometheus reads it."""

from __future__ import annotations

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests import web


class Scrape:
    """`families` by name, as Prometheus types them; `value` is one sample."""

    def __init__(self, text: str) -> None:
        self.families: dict[str, Any] = {
            family.name: family for family in text_string_to_metric_families(text)
        }
        samples = [sample for family in self.families.values() for sample in family.samples]
        self.samples = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
        assert len(self.samples) == len(samples), "a series is there twice"

    def value(self, name: str, **labels: str) -> float:
        return self.samples[f"rivetkit_actor_{name}", frozenset(labels.items())]


def scrape(url: str) -> Scrape:
    response = web.get(f"{url}/metrics", timeout=20)
    assert response.status_code == 200, response.text
    return Scrape(response.text)
