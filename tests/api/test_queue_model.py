"""Queues against a model: whatever is done, whenever the process dies, the next message is the right one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import Actor, ActorError, Message, Options, Queue, action
from actors.testing import ActorNode

ATTEMPTS, LEASE = 2, 20
PAUSE = {"calm": 0, "slow": 3}
NAMES = st.sampled_from(["calm", "slow"])
SEND = st.tuples(
    st.just("send"),
    NAMES,
    st.sampled_from([0, 0, 5]),
    st.sampled_from([0, 0, 1]),
    st.sampled_from([None, "key"]),
)
TAKE = st.tuples(st.just("take"), st.sampled_from([("calm", "slow"), ("calm",), ("calm", "slow"), ("slow",)]))
COMPLETE = st.tuples(st.just("complete"), st.integers(0, 2))
RETRY = st.tuples(st.just("retry"), st.integers(0, 2), st.sampled_from([None, 0, 7]))
ADVANCE = st.tuples(st.just("advance"), st.sampled_from([3, 5, LEASE]))
LETTERS = st.tuples(st.sampled_from(["replay", "discard"]), NAMES)
FAIL = st.tuples(st.just("fail"), NAMES)
RESTART = st.tuples(st.just("restart"), st.booleans())
OFTEN = st.one_of(SEND, SEND, TAKE, TAKE, TAKE, COMPLETE, RETRY, FAIL, ADVANCE, LETTERS, RESTART)
STEPS = st.lists(OFTEN, min_size=20, max_size=40)


class Postroom(Actor):
    """Works on nothing by itself. `found` is the one that is awake."""

    options = Options(no_sleep=True)
    calm = Queue(int, max_attempts=ATTEMPTS, lease=LEASE, backoff=0)
    slow = Queue(int, max_attempts=ATTEMPTS, lease=LEASE, backoff=PAUSE["slow"])
    found: ClassVar[Postroom]

    async def on_wake(self) -> None:
        Postroom.found = self

    @action
    async def wake(self) -> None:
        """Be there."""


@dataclass
class Kept:
    """A message as it should be. `until` is when its lease ends, None while nobody has it."""

    number: int
    name: str
    at: int
    priority: int
    dedupe: str | None
    attempts: int = 0
    until: int | None = None
    dead: bool = False


class Model:
    """What queues promise, in the plainest way: all messages in one dict, looked through each time."""

    def __init__(self) -> None:
        self.now = 0
        self.last = 0
        self.kept: dict[int, Kept] = {}
        self.keys: dict[tuple[str, str], int] = {}

    def send(self, name: str, delay: int, priority: int, dedupe: str | None) -> None:
        if dedupe is not None and (name, dedupe) in self.keys:
            return
        self.last += 1
        self.kept[self.last] = Kept(self.last, name, self.now + delay, priority, dedupe)
        self._claim(self.kept[self.last])

    def take(self, names: tuple[str, ...]) -> tuple[int, int] | None:
        ready = [
            one
            for one in self.kept.values()
            if one.name in names and one.until is None and not one.dead and one.at <= self.now
        ]
        for one in sorted(ready, key=lambda one: (-one.priority, one.number)):
            if one.attempts < ATTEMPTS:
                one.attempts, one.until = one.attempts + 1, self.now + LEASE
                return one.number, one.attempts
            self._bury(one)
        return None

    def complete(self, number: int, attempt: int) -> str | None:
        refusal = self._refusal(number, attempt)
        if refusal is None:
            self._remove(self.kept[number])
        return refusal

    def retry(self, number: int, attempt: int, delay: int | None) -> str | None:
        refusal = self._refusal(number, attempt)
        if refusal is None:
            one = self.kept[number]
            one.until = None
            if one.attempts == ATTEMPTS:
                self._bury(one)
            else:
                one.at = self.now + (PAUSE[one.name] if delay is None else delay)
        return refusal

    def advance(self, seconds: int) -> None:
        self.now += seconds
        for one in self.kept.values():
            if one.until is not None and one.until <= self.now:
                one.until = None
                if one.attempts == ATTEMPTS:
                    self._bury(one)

    def replay(self, name: str) -> int:
        letters = self.letters(name)
        for number in letters:
            one = self.kept[number]
            one.dead, one.attempts, one.at = False, 0, self.now
            self._claim(one)
        return len(letters)

    def discard(self, name: str) -> int:
        letters = self.letters(name)
        for number in letters:
            self._remove(self.kept[number])
        return len(letters)

    def restart(self) -> None:
        """What was in hand can be had again; of two with the same key the older has it from now on."""
        self.keys.clear()
        for one in self.kept.values():
            one.until = None
            if not one.dead:
                self._claim(one)

    def letters(self, name: str) -> list[int]:
        return [one.number for one in self.kept.values() if one.name == name and one.dead]

    def _refusal(self, number: int, attempt: int) -> str | None:
        one = self.kept.get(number)
        if one is None:
            return "already_completed"
        return None if one.until is not None and one.attempts == attempt else "lease_expired"

    def _claim(self, one: Kept) -> None:
        if one.dedupe is not None:
            self.keys.setdefault((one.name, one.dedupe), one.number)

    def _free(self, one: Kept) -> None:
        if one.dedupe is not None and self.keys.get((one.name, one.dedupe)) == one.number:
            del self.keys[one.name, one.dedupe]

    def _bury(self, one: Kept) -> None:
        one.dead = True
        self._free(one)

    def _remove(self, one: Kept) -> None:
        del self.kept[one.number]
        self._free(one)


class Life:
    """The real one, and the messages that it has handed out in this generation."""

    def __init__(self, actors: ActorNode) -> None:
        self.actors = actors
        self.model = Model()
        self.handed: list[Message[int, Any]] = []

    async def step(self, name: str, *args: Any) -> None:
        await getattr(self, name)(*args)
        for queue in ("calm", "slow"):
            letters = await self._queue(queue).dead_letters()
            assert [letter.id for letter in letters] == self.model.letters(queue)
        assert len(Postroom.found._context.mailbox) == len(self.model.kept)

    async def send(self, name: str, delay: int, priority: int, dedupe: str | None) -> None:
        self.model.send(name, delay, priority, dedupe)
        await self._queue(name).send(self.model.last, delay=delay, priority=priority, dedupe=dedupe)

    async def take(self, names: tuple[str, ...]) -> None:
        queue = Postroom.found.calm | Postroom.found.slow if len(names) == 2 else self._queue(names[0])
        message, expected = await queue.try_next(), self.model.take(names)
        assert (None if message is None else (message.id, message.attempt)) == expected
        if message is not None:
            assert message.body == message.id
            self.handed.append(message)

    async def complete(self, index: int) -> None:
        if index < len(self.handed):
            message = self.handed[index]
            await self._said(message.complete(), self.model.complete(message.id, message.attempt))

    async def retry(self, index: int, delay: int | None) -> None:
        if 0 <= index < len(self.handed):
            message = self.handed[index]
            await self._said(message.retry(delay), self.model.retry(message.id, message.attempt, delay))

    async def fail(self, name: str) -> None:
        """Most likely a dead letter."""
        for _ in range(ATTEMPTS):
            await self.take((name,))
            await self.retry(len(self.handed) - 1, 0)

    async def advance(self, seconds: int) -> None:
        self.model.advance(seconds)
        await self.actors.advance(seconds)

    async def replay(self, name: str) -> None:
        assert await self._queue(name).replay() == self.model.replay(name)

    async def discard(self, name: str) -> None:
        assert await self._queue(name).discard() == self.model.discard(name)

    async def restart(self, crash: bool) -> None:
        self.model.restart()
        self.handed.clear()
        await self.actors.restart(crash=crash)
        await Postroom.actors.get_or_create("a").wake()

    def _queue(self, name: str) -> Any:
        return getattr(Postroom.found, name)

    async def _said(self, call: Any, refusal: str | None) -> None:
        try:
            await call
        except ActorError as error:
            assert error.code == refusal
        else:
            assert refusal is None


@pytest.mark.parametrize("store", ["memory", "postgres"])
@pytest.mark.django_db(transaction=True)
def test_the_next_message_is_always_the_right_one(store: Literal["memory", "postgres"]) -> None:
    @settings(max_examples=100 if store == "memory" else 5, derandomize=True)
    @given(steps=STEPS)
    def follow(steps: list[Any]) -> None:
        async def life() -> None:
            async with ActorNode(store=store) as actors:
                await Postroom.actors.get_or_create("a").wake()
                real = Life(actors)
                for step in steps:
                    await real.step(*step)
                await Postroom.actors.get_or_create("a").wake()
                Postroom.found.destroy()
                await actors.settle()

        asyncio.run(life())

    follow()
