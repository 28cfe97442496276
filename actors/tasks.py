"""The platform's Celery task: beat sends it when an alarm is due. Found as Celery finds any `tasks.py`.

It may be lost, repeated, or run by several workers at once: who claims an alarm has it alone, for a while.
"""

from __future__ import annotations

from typing import Final, cast

from celery import shared_task
from django.apps import apps

from actors.apps import ActorsConfig

WAKE_DUE: Final = "actors.wake_due"
EXPIRES: Final = 10
"""Seconds after which a task that nobody took is worth nothing: beat has sent others."""
TIMEOUT: Final = 60.0


@shared_task(name=WAKE_DUE, ignore_result=True, expires=EXPIRES)
def wake_due() -> None:
    """Have all actors woken whose alarms are due. Raises storage.unavailable; the next task comes anyway."""
    cast(ActorsConfig, apps.get_app_config("actors")).transport.wake_due_blocking(TIMEOUT)
