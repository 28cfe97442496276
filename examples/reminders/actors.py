"""A reminder service: it speaks up when the time has come, though nobody is there and it sleeps until then.

Clients know it as `reminders`: `client.reminders.getOrCreate(["ada"]).remind("Tea", 180)`. Whoever is
connected hears the event `due`; the last ones are kept for who comes later. A daily digest is a cron job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils import timezone as clock

from actors import Actor, Event, Misfire, Retry, UserError, action

MAX_TEXT = 200
LONGEST = 365 * 86_400
KEPT = 50
DIGEST = "digest"


@dataclass
class Reminder:
    """`id` is that of its schedule; `at` in ISO 8601."""

    id: int
    text: str
    at: str


@dataclass
class Board:
    reminded: list[Reminder] = field(default_factory=list)


@dataclass
class Overview:
    """What is to come, the next one first, what has come, the latest first, and when the digest comes."""

    coming: list[Reminder]
    reminded: list[Reminder]
    digest_at: str | None


class Reminders(Actor):
    state: Board
    due = Event(Reminder)
    changed = Event(Overview)

    @action
    async def remind(self, text: str, seconds: float) -> int:
        """Speak up in so many seconds. Returns the id, by which it can be cancelled."""
        text = text.strip()
        if not 0 < len(text) <= MAX_TEXT:
            raise UserError(f"A reminder has 1 to {MAX_TEXT} characters.", code="text_invalid")
        if not 0 <= seconds <= LONGEST:
            raise UserError("A reminder comes within a year.", code="time_invalid")
        number = await self.schedule.after(seconds, self.speak_up, text, retry=Retry(max=3))
        await self._tell()
        return number

    @action
    async def cancel(self, number: int) -> bool:
        """Whether it was still to come."""
        cancelled = await self.schedule.cancel(number)
        await self._tell()
        return cancelled

    @action
    async def send_digest(self, hour: int, timezone: str = "UTC") -> None:
        """Each day at that hour by the clocks of a time zone. One that was missed is not made good."""
        if not 0 <= hour <= 23:
            raise UserError("Give an hour from 0 to 23.", code="time_invalid")
        await self.schedule.cron.set(
            DIGEST, f"0 {hour} * * *", self.digest, timezone=timezone, misfire=Misfire.skip()
        )
        await self._tell()

    @action
    async def stop_digest(self) -> None:
        await self.schedule.cancel(DIGEST)
        await self._tell()

    @action(readonly=True)
    async def overview(self) -> Overview:
        """See `Overview`."""
        plans = await self.schedule.list()
        coming = [
            Reminder(plan.id, plan.args[0], _time(plan.next_at))
            for plan in plans
            if plan.kind == "at" and plan.next_at is not None
        ]
        digest = next((plan for plan in plans if plan.name == DIGEST), None)
        digest_at = None if digest is None or digest.next_at is None else _time(digest.next_at)
        return Overview(coming, self.state.reminded, digest_at)

    @action
    async def speak_up(self, text: str) -> None:
        """For the schedule. Called by hand it speaks up now."""
        firing = self.schedule.firing
        number = 0 if firing is None else firing.id
        self._note(Reminder(number, text, _now()))
        await self._tell()

    @action
    async def digest(self) -> None:
        """For the schedule: how many reminders are to come."""
        count = sum(plan.kind == "at" for plan in await self.schedule.list())
        self._note(Reminder(0, f"{count} reminder{'' if count == 1 else 's'} to come", _now()))
        await self._tell()

    def _note(self, reminder: Reminder) -> None:
        self.state.reminded = [reminder, *self.state.reminded][:KEPT]
        self.due.broadcast(reminder)

    async def _tell(self) -> None:
        self.changed.broadcast(await self.overview())


def _time(milliseconds: int | None) -> str:
    return "" if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _now() -> str:
    return clock.now().isoformat(timespec="milliseconds")
