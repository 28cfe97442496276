"""Actors for suites about a whole life: starting, running, sleeping, being destroyed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, NoReturn

from actors import Actor, Event, Options, Queue, RawWebSocket, Request, Response, UserError, action

BRIEF = 0.3
"""The rest after which these actors fall asleep."""


class Chronicle(Actor):
    """What the actor of the same key did, for those who must not wake it by asking."""

    state: list[str]
    written = Event(str)

    @action
    async def write(self, entry: str) -> None:
        self.state.append(entry)
        self.written.broadcast(entry)

    @action(readonly=True)
    async def entries(self) -> list[str]:
        return self.state


async def record(actor: Actor, entry: str) -> None:
    await Chronicle.actors.get_or_create(*actor.key).write(entry)


@dataclass
class Life:
    wakes: int = 0
    sleeps: int = 0
    runs: int = 0
    value: int = 0


@dataclass
class Files(Life):
    filed: list[Any] = field(default_factory=list)


class Living(Actor, abstract=True):
    """Counts its generations and records their ends."""

    state: Life
    options = Options(sleep_timeout=BRIEF)

    def on_wake(self) -> None:
        self.state.wakes += 1

    async def on_sleep(self) -> None:
        self.state.sleeps += 1
        await record(self, "sleep")

    async def on_destroy(self) -> None:
        await record(self, "destroy")

    @action(readonly=True)
    async def life(self) -> Life:
        return self.state

    @action
    async def nap(self) -> None:
        self.sleep()

    @action(name="destroy")
    async def end(self) -> None:
        self.destroy()


class Mortal(Living):
    """Is destroyed, and made again under the same key."""

    options = Options(sleep_timeout=3600)
    vars = {"mood": "fresh"}
    values = Queue(int)

    async def on_request(self, request: Request) -> Response:
        return Response.json({"key": list(self.key), "value": self.state.value})

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        websocket.send(str(self.state.value))

    @action
    async def put(self, value: int) -> int:
        self.state.value = value
        return value

    @action
    async def look(self) -> int:
        return self.state.value

    @action
    async def take_value(self) -> int | None:
        message = await self.values.next()
        if message is None:
            return None
        await message.complete()
        return message.body

    @action
    async def feel(self, mood: str) -> str:
        self.vars["mood"] = mood
        return mood

    @action
    async def mood(self) -> str:
        mood: str = self.vars["mood"]
        return mood

    @action
    async def aborted_by_destroy(self) -> list[bool]:
        before = bool(self.aborted)
        self.destroy()
        return [before, bool(self.aborted)]


class Racer(Living):
    """Takes a moment to start."""

    options = Options(sleep_timeout=3600)

    async def on_create(self) -> None:
        await record(self, "create")
        self.state.value = 1

    @action
    async def ping(self) -> str:
        return "pong"


class Sleeper(Living):
    """Falls asleep soon; what holds it awake, ends when it is let go."""

    state: Life
    held = Event(str)

    def create_vars(self) -> dict[str, asyncio.Event]:
        return {"gate": asyncio.Event()}

    async def on_request(self, request: Request) -> str:
        self.state.value += 1
        self.held.broadcast("request")
        await self.vars["gate"].wait()
        return "let go"

    @action
    async def hold(self) -> str:
        self.held.broadcast("action")
        await self.vars["gate"].wait()
        return "let go"

    @action
    async def let_go(self) -> None:
        self.vars["gate"].set()


class Insomniac(Living):
    options = Options(sleep_timeout=BRIEF, no_sleep=True)


class Finisher(Living):
    """Leaves work for later, and it is done before the actor sleeps."""

    options = Options(sleep_timeout=3600)
    last_words = Event(str)

    def on_wake(self) -> None:
        self.vars = {"aborts": "unseen"}
        super().on_wake()
        self.wait_until(self._watch_for_the_end())

    async def on_sleep(self) -> None:
        self.wait_until(self._in_the_evening())
        await super().on_sleep()

    @action
    async def later(self, how: str) -> int:
        """Work that says nothing, says something, or fails."""
        self.state.value += 1
        self.wait_until(self._work(how))
        return self.state.value

    @action
    async def awake(self, how: str) -> Any:
        self.state.value += 1
        return await self.keep_awake(self._work(how))

    @action
    async def say_later(self) -> None:
        self.wait_until(self._say())
        self.sleep()

    async def _watch_for_the_end(self) -> None:
        await self.aborted.wait()
        await record(self, f"aborted, aborts {self.vars['aborts']}")

    async def _in_the_evening(self) -> None:
        await asyncio.sleep(0)
        await record(self, f"evening, aborts {self.vars['aborts']}")

    async def _say(self) -> None:
        await self.aborted.wait()
        self.last_words.broadcast("good night")

    async def _work(self, how: str) -> str | None:
        await asyncio.sleep(0)
        if how == "fail":
            raise UserError("It went wrong.")
        return "done" if how == "value" else None


class Ticker(Living):
    """Is busy until it has to end."""

    ticked = Event(int)

    async def run(self) -> None:
        self.state.runs += 1
        while not await self.aborted.wait(0.05):
            self.state.value += 1
            self.ticked.broadcast(self.state.value)
        await record(self, "run ended")


class Clerk(Living):
    """Files what comes in."""

    state: Files
    papers = Queue[Any, str]()

    async def run(self) -> None:
        self.state.runs += 1
        async for paper in self.papers:
            self.state.filed.append(paper.body)
            await paper.complete("filed")

    @action(readonly=True)
    async def filed(self) -> list[Any]:
        return self.state.filed


class Quitter(Living):
    """Has little to do."""

    async def run(self) -> None:
        self.state.runs += 1
        await record(self, "run ended")


class Faller(Living):
    """Its run fails."""

    async def run(self) -> NoReturn:
        self.state.runs += 1
        raise ValueError("password=hunter2")


class SelfSleeper(Living):
    """Puts itself to sleep in its first life."""

    options = Options(sleep_timeout=3600)

    async def run(self) -> None:
        self.state.runs += 1
        if self.state.wakes == 1:
            self.sleep()


class SelfDestroyer(Living):
    async def run(self) -> None:
        self.destroy()


class Stubborn(Living):
    """Its run does not listen."""

    options = Options(sleep_timeout=3600, on_destroy_timeout=1)

    async def run(self) -> NoReturn:
        while True:
            await asyncio.Event().wait()


class Saver(Actor):
    """Is struck by lightning after something was stored."""

    state: int
    stored = Event(int)

    def create_vars(self) -> dict[str, asyncio.Event]:
        return {"asked": asyncio.Event()}

    async def run(self) -> None:
        await self.vars["asked"].wait()
        self.state += 100
        self.stored.broadcast(self.state)  # which leaves with the state that it tells of
        await self.aborted.wait()

    @action
    async def save_and_hang(self, value: int) -> None:
        self.state = value
        await self.save()
        self.conn.send("stored", value)
        await asyncio.Event().wait()

    @action
    async def leave_to_run(self, value: int) -> None:
        self.state = value
        self.vars["asked"].set()

    @action(readonly=True)
    async def look(self) -> int:
        return self.state


class Planner(Living):
    """Does later what it is told now, and records it."""

    @action
    async def plan_after(self, milliseconds: int, what: str) -> int:
        return await self.schedule.after(milliseconds / 1000, self.come, what)

    @action
    async def plan_at(self, time: int, what: str) -> int:
        return await self.schedule.at(time, self.come, what)

    @action
    async def come(self, what: str) -> None:
        self.state.value += 1
        await self.kv.put("last", what)
        await record(self, what)

    @action(readonly=True)
    async def last(self) -> str | None:
        return await self.kv.get("last")
