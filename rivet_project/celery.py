"""The site's Celery app: worker and beat run what the apps write in `tasks.py`, which may call actors.

Through them sleeping actors are woken when they are due: see docs/alarms.md.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rivet_project.settings")

app = Celery("rivet_project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
