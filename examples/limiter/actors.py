"""A token bucket: `burst` calls at once, then one each `every` seconds. One actor for each caller.

It keeps one key, the time at which the bucket will be full again, which says how many tokens are in it now
(the generic cell rate algorithm). The key expires at that time: who has been quiet for long has no key and a
full bucket. A call that is refused writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from actors import Actor, Event, action

FULL_AT = "full at"


@dataclass
class Answer:
    """`tokens` are those left, with parts; `retry_after` is in seconds, 0 for a call that is allowed."""

    allowed: bool
    tokens: float
    retry_after: float = 0


class TokenBucket(Actor, abstract=True):
    """A subclass for each thing that is limited says how much: see `Tea`."""

    burst: ClassVar[int]
    every: ClassVar[float]
    answered = Event(Answer)

    @action(exclusive=True)
    async def take(self) -> Answer:
        """Take a token, if there is one. One caller at a time, and stored before it is answered."""
        now, token = self.now(), timedelta(seconds=self.every)
        wanted = await self._full_at(now) + token
        late = wanted - now - self.burst * token
        if late > timedelta():
            answer = Answer(False, self._tokens(wanted - token - now), late.total_seconds())
        else:
            await self.kv.put(FULL_AT, wanted.isoformat(), ttl=(wanted - now).total_seconds())
            answer = Answer(True, self._tokens(wanted - now))
        self.answered.broadcast(answer)
        return answer

    @action(readonly=True)
    async def tokens(self) -> float:
        """How many there are. Takes none."""
        now = self.now()
        return self._tokens(await self._full_at(now) - now)

    async def _full_at(self, now: datetime) -> datetime:
        stored = await self.kv.get(FULL_AT)
        return now if stored is None else max(now, datetime.fromisoformat(stored))

    def _tokens(self, missing: timedelta) -> float:
        return self.burst - missing.total_seconds() / self.every


class Tea(TokenBucket):
    """Five cups at once, then one each two seconds."""

    burst = 5
    every = 2.0
