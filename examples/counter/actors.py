"""A counter: one number that outlives its process and that every open page sees change.

Clients know it as `counter`: `client.counter.getOrCreate(["main"]).increment(5)`.
"""

from __future__ import annotations

from actors import Actor, Event, UserError, action

MAX_STEP = 1_000_000


class Counter(Actor):
    state: int
    new_count = Event(int)

    @action
    async def increment(self, amount: int = 1) -> int:
        """The new count, stored before anybody hears of it."""
        if abs(amount) > MAX_STEP:
            raise UserError(f"At most {MAX_STEP:,} at once.", code="step_too_large")
        return self._change_to(self.state + amount)

    @action
    async def reset(self) -> int:
        return self._change_to(0)

    @action(readonly=True)
    async def get_count(self) -> int:
        return self.state

    def _change_to(self, count: int) -> int:
        self.state = count
        self.new_count.broadcast(count)
        return count
