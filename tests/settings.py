"""The demo site's settings for tests: the servers and database names that `tests/environment.py` chose."""

from __future__ import annotations

import os

from tests import environment

environment.choose()

from rivet_project.settings import *  # noqa: E402, F403
from rivet_project.settings import ACTORS, INSTALLED_APPS, LOGGING  # noqa: E402

# Daphne as an app is its runserver, which nobody starts here: it costs each process a third of its start.
INSTALLED_APPS = [*(app for app in INSTALLED_APPS if app != "daphne"), "tests.actors_app"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING = {
    **LOGGING,
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {**LOGGING["loggers"], "actors": {"level": os.environ.get("LOG_LEVEL", "WARNING")}},
}

if "ACTORS_TEST_BEAT" in os.environ:  # of processes with a schedule in the database
    INSTALLED_APPS.append("django_celery_beat")
    CELERY_BEAT_SCHEDULER = os.environ["ACTORS_TEST_BEAT"]

# A test that waits for a lease to run out gives its servers a short one.
SECONDS = ("HEARTBEAT_INTERVAL", "LEASE_DURATION", "SWEEP_INTERVAL")
ACTORS = {
    **ACTORS,
    **{key: float(os.environ[f"ACTORS_{key}"]) for key in SECONDS if f"ACTORS_{key}" in os.environ},
}
