"""An actor that has something for each tab of the dashboard."""

from __future__ import annotations

from actors import Actor, Queue, action


class Showcase(Actor, name="showcase"):
    state: int
    jobs = Queue[str, None]()

    @action
    async def work_on(self, count: int) -> int:
        """Complete so many messages."""
        for _ in range(count):
            async with await self.jobs.next():
                self.state += 1
        return self.state

    @action
    async def plan(self) -> None:
        await self.schedule.cron.set("nightly", "0 3 * * *", self.ring, 1, timezone="Europe/Berlin")
        await self.schedule.cron.every("often", 5, self.ring, 2)

    @action
    async def ring(self, amount: int) -> int:
        self.state += amount
        return self.state
