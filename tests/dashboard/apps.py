"""The actors of the dashboard's tests, as an app of the site under test."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "tests.dashboard"
    label = "shown"
