"""The scheduler for projects that keep their own schedule in the admin, with django-celery-beat."""

from __future__ import annotations

from django_celery_beat.schedulers import DatabaseScheduler  # pyright: ignore[reportMissingImports]

from actors.beat import AlarmTicks


class AlarmDatabaseScheduler(AlarmTicks, DatabaseScheduler):  # type: ignore[misc]
    """`CELERY_BEAT_SCHEDULER = "actors.beat_database:AlarmDatabaseScheduler"`."""
