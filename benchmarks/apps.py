"""Django's handle on the benchmark actors; installed by the demo site when ACTORS_BENCH=1."""

from __future__ import annotations

from django.apps import AppConfig


class BenchmarksConfig(AppConfig):
    name = "benchmarks"
