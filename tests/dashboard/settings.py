"""The settings of the tests, for a server that has the dashboard's pages as well."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.dashboard"]
ASGI_APPLICATION = "tests.dashboard.origin.application"
