"""Celery beat's schedulers that also keep the alarms of actors: `CELERY_BEAT_SCHEDULER = "actors.beat:..."`.

Between the entries of the project's own schedule they sleep until the earliest alarm, and send a wake task.
They start no actor and claim no alarm, so any number of beats may run, and a killed one has promised nothing.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import psycopg
from celery.beat import PersistentScheduler, Scheduler

from actors.apps import database_address
from actors.clock import LoopClock
from actors.logs import ALARMS_UNREAD, WAKE_NOT_SENT, named
from actors.storage.alarms import LEAD, NOTICE
from actors.storage.bell import Bell
from actors.tasks import EXPIRES, WAKE_DUE

LONGEST_WAIT: Final = (NOTICE - LEAD) / 1000
"""Seconds after which beat looks anyway: only what is nearer is announced to it."""
FIRST_GAP: Final = 0.1
"""Seconds that a wake task gets to claim what is due, before the next one is sent."""
LONGEST_GAP: Final = 5.0
LOOKS: Final = 8
"""In a long gap: that the worker has come, and the next alarm waits, is seen soon."""

logger = logging.getLogger("actors.beat")


class AlarmTicks(Scheduler):
    """What is added to a scheduler of Celery's. `tick` waits itself, because it can be woken early."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._bell = Bell(database_address)
        self._clock = LoopClock()
        self._begun = False
        self._sent_for: int | None = None
        self._gap = FIRST_GAP
        self._again_at = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Do what is due and wait for what comes next. Returns the seconds that are left to sleep."""
        delay: float = min(super().tick(*args, **kwargs), LONGEST_WAIT)
        if delay <= 0:
            return delay
        try:
            self._bell.wait(min(delay, self._next_alarm()))
        except psycopg.Error as failure:
            # The project's own entries are not to suffer, and nodes look after late alarms.
            ALARMS_UNREAD.say(logger, {"error": named(failure)})
            self._bell.close()
            return delay
        return 0.0

    def close(self) -> None:
        self._bell.close()
        super().close()

    def _next_alarm(self) -> float:
        """Seconds until alarms have to be looked at again; a wake task is sent for what is due in LEAD."""
        if not self._begun:
            # Whatever is due: it makes the way warm that the first alarm goes.
            self._begun = True
            self._send()
        due_at = self._bell.next()
        if due_at is None:
            return LONGEST_WAIT
        left = (due_at - LEAD - self._clock.now_ms()) / 1000
        if left > 0:
            return left
        now = self._clock.monotonic()
        if due_at != self._sent_for or now >= self._again_at:
            # The same alarm again: the worker is slow or gone, and must not find a mountain of tasks.
            self._gap = min(self._gap * 2, LONGEST_GAP) if due_at == self._sent_for else FIRST_GAP
            self._sent_for, self._again_at = due_at, now + self._gap
            self._send()
        return min(max(FIRST_GAP, self._gap / LOOKS), self._again_at - now)

    def _send(self) -> None:
        try:
            self.send_task(WAKE_DUE, expires=EXPIRES, ignore_result=True, retry=False)
        except Exception as failure:  # of the broker, whichever it is
            WAKE_NOT_SENT.say(logger, {"error": named(failure)})


class AlarmScheduler(AlarmTicks, PersistentScheduler):
    """With the project's `beat_schedule`, as Celery keeps it in a file."""
