"""Django's handle on the plain peer."""

from __future__ import annotations

from django.apps import AppConfig


class PlainDjangoConfig(AppConfig):
    name = "benchmarks.peers.plain_django"
    label = "plain_django"
