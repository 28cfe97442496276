"""The settings of the tests, for a site whose admin wears django-unfold, and the policy that it needs."""

from __future__ import annotations

from rivet_project import csp
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = ["unfold", *INSTALLED_APPS]
csp.POLICY += "; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
