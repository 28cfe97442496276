"""Actors for the tests of the kit: one that does a little of everything, and one that goes wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from actors import Actor, Conn, Event, Options, UserError, action


@dataclass
class Minutes:
    said: list[str] = field(default_factory=list)


class Parlour(Actor):
    state: Minutes
    conn: Conn[str]
    said = Event(str)
    options = Options(sleep_timeout=60, action_timeout=20)

    @action
    async def say(self, text: str) -> int:
        self.state.said.append(text)
        self.said.broadcast(text)
        return len(self.state.said)

    @action(readonly=True)
    async def minutes(self) -> list[str]:
        return self.state.said

    @action(readonly=True)
    async def whoami(self) -> str:
        return "nobody" if self.conn.user is None else str(self.conn.user.username)

    @action(readonly=True)
    async def visits(self) -> int:
        return int(self.conn.session["visits"])

    @action
    async def wait_forever(self) -> None:
        await asyncio.Event().wait()

    @action
    async def refuse(self) -> None:
        raise UserError("No.", code="refused")

    @action
    async def end(self) -> None:
        self.destroy()


class Scribe(Actor):
    """Writes a user when it falls asleep: work that a thread does while nobody waits for it."""

    state: int
    options = Options(sleep_timeout=60)

    @action
    async def touch(self) -> None:
        self.state += 1

    @action(readonly=True)
    async def known(self, name: str) -> bool:
        return await get_user_model().objects.filter(username=name).aexists()

    async def on_sleep(self) -> None:
        await get_user_model().objects.acreate(username=f"scribe-{self.key[0]}")


class Bell(Actor):
    """Rings as soon as it can."""

    state: int

    @action
    async def ring(self) -> None:
        self.state += 1

    @action
    async def plan(self, how: str) -> None:
        if how == "after":
            await self.schedule.after(0, self.ring)
        elif how == "at":
            await self.schedule.at(self.now() - timedelta(hours=1), self.ring)
        else:
            await self.schedule.cron.every("often", 60, self.ring)
            await self.schedule.pause("often")

    @action
    async def resume(self) -> None:
        await self.schedule.resume("often")


class Clumsy(Actor):
    """What goes wrong where nobody is told."""

    state: int
    options = Options(sleep_timeout=60)

    @action
    async def touch(self) -> None:
        self.state += 1

    @action
    async def stumble(self, where: str) -> None:
        if where == "background":
            self.keep_awake(self._stumble())
        if where == "action":
            raise ValueError("stumbled")

    async def _stumble(self) -> Any:
        raise ValueError("stumbled in the background")

    async def on_sleep(self) -> None:
        if self.key[0] == "sleepless":
            raise ValueError("cannot sleep")
