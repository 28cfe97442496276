"""The site's Celery app: the worker wakes sleeping actors whose alarm is due, beat looks for such alarms."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rivet_project.settings")

app = Celery("rivet_project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
