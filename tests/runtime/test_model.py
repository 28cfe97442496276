"""One actor is driven through its lives, step by step, and compared with a model that says what it should be.

Over both stores: what was acknowledged is kept, nothing is answered twice, who was let in is seen off once,
hooks keep their order, each generation ends once, and the store agrees after each step.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from actors.conf import NodeConfig
from actors.errors import UserError
from actors.runtime.conn import Conn
from actors.runtime.definition import ActorDefinition
from actors.runtime.node import Node
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.storage.store import ClaimRequest
from actors.testing.databases import StoreName
from actors.testing.world import DAY
from tests.runtime.lines import Line, dial
from tests.runtime.model import Guest, Journal, Life
from tests.runtime.support import Answer, Client, Instance, World, define, request

T = TypeVar("T")

# Heartbeats are none of this test's business; idling is a step of its own.
CONFIG = replace(NodeConfig(), heartbeat_interval=DAY, lease_duration=3 * DAY)
IDLE = 1000.0
LONGEST_PAUSE = 513.0
HANGS = 60
"""Seconds of real time after which a step that waits for what never comes is a failure, not a silence."""
NAMES = ("ann", "bob", "cid", "dot", "eve", "fay", "gil", "hal")
KEYS = itertools.count()


class Script:
    """The author's code: hooks that write the journal, and end badly when told to.

    `runs`: `run` goes on until the actor ends, or explodes. `ill_fated`: the next start fails.
    """

    def __init__(self, journal: Journal, runs: bool) -> None:
        self.journal = journal
        self.runs = runs
        self.ill_fated = False
        self.fate: asyncio.Future[None]

    def note(self, hook: str, actor: Instance, about: Conn[Any] | None = None) -> None:
        context = actor.ctx
        name = None if about is None else about.params
        self.journal.write(context.actor_id, context._identity.generation, hook, name)

    def definition(self) -> ActorDefinition:
        hooks: dict[str, Any] = {
            "on_create": lambda actor, given: self.note("on_create", actor),
            "on_wake": self.on_wake,
            "on_connect": self.on_connect,
            "on_disconnect": partial(self.note, "on_disconnect"),
            "on_sleep": partial(self.end, "on_sleep"),
            "on_destroy": partial(self.end, "on_destroy"),
            "run": self.run,
        }
        options = Options(sleep_timeout=IDLE)
        return define(hooks=hooks, options=options, visit=self.visit, explode=self.explode)

    def on_wake(self, actor: Instance) -> None:
        self.note("on_wake", actor)
        ill_fated, self.ill_fated = self.ill_fated, False
        if ill_fated:
            raise UserError("not now")

    def on_connect(self, actor: Instance, conn: Conn[Any]) -> None:
        conn.state = 0
        self.note("on_connect", actor, conn)

    async def run(self, actor: Instance) -> None:
        self.note("run", actor)
        if self.runs:
            self.fate = asyncio.get_running_loop().create_future()
            await self.fate

    def end(self, hook: str, actor: Instance) -> None:
        self.note(hook, actor)
        if self.runs and not self.fate.done():
            self.fate.set_result(None)

    def visit(self, actor: Instance) -> tuple[int, int]:
        actor.ctx.state += 1
        actor.ctx.conn.state += 1
        return actor.ctx.state, actor.ctx.conn.state

    def explode(self, actor: Instance) -> None:
        self.fate.set_exception(RuntimeError("crashed"))


class ActorLives(RuleBasedStateMachine):
    """`lives` are those of one key, one after the other; `ends` the connections at the client's side."""

    guests = Bundle("guests")

    def __init__(self, store: StoreName) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(store, CONFIG)
        self.key = f"key{next(KEYS)}"
        self.journal = Journal()
        self.lives: list[Life] = []
        self.ends: dict[Guest, Line | Client] = {}
        self.answers: list[Answer] = []
        self.names = (f"{name}{number or ''}" for number in itertools.count() for name in NAMES)

    @initialize(policy=st.sampled_from(["sleep", "restart", "destroy"]), runs=st.booleans())
    def begin(self, policy: str, runs: bool) -> None:
        self.policy = policy
        self.script = Script(self.journal, runs)
        self.definition = self.script.definition()
        self.run(self.world.node(self.definition))

    # -- tools -----------------------------------------------------------------------------------------
    def run(self, step: Awaitable[T], seconds: float = 1.0) -> T:
        """The step, and all that comes of it within `seconds`."""

        async def settled() -> T:
            async with asyncio.timeout(HANGS):
                result = await step
                await self.world.clock.advance(seconds)
                return result

        return self.loop.run_until_complete(settled())

    @property
    def node(self) -> Node:
        return self.world.nodes[0]

    @property
    def life(self) -> Life | None:
        return self.lives[-1] if self.lives and not self.lives[-1].destroyed else None

    @property
    def awake(self) -> bool:
        return self.life is not None and self.life.awake

    @property
    def task(self) -> ActorTask:
        task = self.node.local_by_key("counter", self.key)
        assert task is not None, "it is not awake"
        return task

    def wanted(self) -> ClaimRequest:
        asked = request(key=self.key, new_id=f"{self.key}-{len(self.lives) + 1}")
        assert asked.new is not None
        return replace(asked, new=replace(asked.new, crash_policy=self.policy))

    def born(self) -> Life:
        if self.life is None:
            self.lives.append(Life(f"{self.key}-{len(self.lives) + 1}", self.policy))
        return self.lives[-1]

    async def ensure(self) -> ActorTask:
        found = await self.node.ensure(self.wanted())
        assert isinstance(found, ActorTask)
        return found

    async def ask(self, action: str, *args: Any) -> Answer:
        answer = await self.world.ask(await self.ensure(), action, *args)
        self.answers.append(answer)
        return answer

    def pause(self) -> None:
        """After a crash: with the policy "restart" it comes back by itself."""
        if self.life is not None and self.policy == "restart":
            self.run(asyncio.sleep(0), LONGEST_PAUSE)
            self.life.wake()

    # -- what may happen -------------------------------------------------------------------------------
    @rule(amount=st.integers(1, 3))
    def call(self, amount: int) -> None:
        answer = self.run(self.ask("increment", amount))
        life = self.born().wake()
        life.count += amount
        assert answer.value == life.count

    @rule(target=guests, hibernates=st.booleans())
    def connect(self, hibernates: bool) -> Guest:
        guest = Guest(next(self.names), hibernates)

        async def enter() -> Line | Client:
            task = await self.ensure()
            if hibernates:
                return await dial(self.world, task, params=guest.name)
            return await self.world.connect(task, params=guest.name)

        self.ends[guest] = self.run(enter())
        self.born().wake().guests.append(guest)
        return guest

    @rule(guest=guests)
    def visit(self, guest: Guest) -> None:
        """A connection calls; one that hibernates wakes its actor."""
        if guest.place not in ("in", "parked"):
            return

        async def say() -> Answer:
            end = self.ends[guest]
            if isinstance(end, Line):
                return end.say("visit")
            return self.world.send(self.task, "visit", conn=end.conn)

        answer = self.run(say())
        self.answers.append(answer)
        life = self.born().wake()
        life.count += 1
        guest.calls += 1
        assert answer.value == (life.count, guest.calls)

    @rule(guest=guests)
    def leave(self, guest: Guest) -> None:
        if guest.place not in ("in", "parked"):
            return

        async def go() -> None:
            end = self.ends[guest]
            if isinstance(end, Line):
                end.leave()
            else:
                self.task.close_connection(end.conn)

        self.run(go())
        self.born().wake()
        guest.leave(seen_off=True)

    @precondition(lambda self: self.awake)
    @rule(stored=st.booleans())
    def sleep(self, stored: bool) -> None:
        """Put to sleep; not `stored`: the database does not answer at its end."""
        if not stored:
            self.world.faults.fail_next("release")

        async def go() -> None:
            self.task.request_sleep()

        self.run(go())
        assert self.life is not None
        self.life.sleep(stored=stored)

    @precondition(lambda self: self.awake)
    @rule()
    def idle(self) -> None:
        self.run(asyncio.sleep(0), IDLE + 1)
        assert self.life is not None
        if not self.script.runs and all(guest.hibernates for guest in self.life.at("in")):
            self.life.sleep()

    @precondition(lambda self: self.awake and self.script.runs)
    @rule()
    def crash(self) -> None:
        """`run` raises."""
        self.run(self.ask("explode"))
        assert self.life is not None
        self.life.crash()
        self.check_books()
        self.pause()

    @precondition(lambda self: not self.awake)
    @rule()
    def fail_to_start(self) -> None:
        self.script.ill_fated = True
        with pytest.raises(UserError):
            self.run(self.ensure())
        self.run(asyncio.sleep(0))
        self.born().fail_to_start()
        self.check_books()
        self.pause()

    @precondition(lambda self: self.awake)
    @rule()
    def lose_a_commit(self) -> None:
        """The database does not answer: the caller hears of it, and nothing is changed."""
        self.world.faults.fail_next("commit")
        answer = self.run(self.ask("increment"))
        assert answer.code == "storage.unavailable"
        assert self.life is not None
        self.life.fall()
        self.life.failed = True

    @precondition(lambda self: not self.world.faults.waiting())
    @rule()
    def forget_badly(self) -> None:
        """The next removal of connections that are awake again fails."""
        self.world.faults.fail_next("forget_conns")

    @precondition(lambda self: self.life is not None)
    @rule()
    def destroy(self) -> None:
        assert self.life is not None
        assert self.run(self.node.destroy(self.life.actor_id)) is True
        self.life.destroy()

    @rule(kill=st.booleans())
    def restart(self, kill: bool) -> None:
        """The process ends, in order or not, and another one takes over."""
        self._replace_node(kill)
        if self.awake and self.life is not None:
            self.life.fall() if kill else self.life.sleep(parking=False)
        if self.life is not None:
            self.life.lose_sockets()

    @precondition(lambda self: self.life is not None and self.life.at("parked"))
    @rule()
    def die_in_the_doorway(self) -> None:
        """Awake again, somebody leaves, and the process dies while the rows of connections still stand."""
        assert self.life is not None
        self.world.faults.clear()
        self.world.faults.fail_next("forget_conns")
        line = self.ends[self.life.at("parked")[0]]
        assert isinstance(line, Line)

        async def wake_and_leave() -> None:
            await self.ensure()
            await self.world.clock.settle()
            line.leave()

        self.run(wake_and_leave(), 0)
        self._replace_node(kill=True)
        self.life.wake_in_vain()

    def _replace_node(self, kill: bool) -> None:
        gone = self.node.node_id
        self.run(self._kill() if kill else self.node.drain(10), 0)
        self.world.nodes.clear()
        self.run(self.world.node(self.definition))
        self.run(self._forgotten(gone), 0)

    async def _forgotten(self, node_id: str) -> None:
        """Postgres learns a moment later that the session of a killed node has ended."""
        while node_id in {node.node_id for node in await self.world.store.live_nodes()}:
            await self.world.clock.home()

    async def _kill(self) -> None:
        self.world.store.cut()
        for task in self.node.residents():
            task.fence()
        await self.world.clock.home()
        await self.node.stop(10)

    # -- what must hold --------------------------------------------------------------------------------
    @invariant()
    def check_books(self) -> None:
        written = "\n".join(map(str, self.journal.entries))
        assert [answer for answer in self.answers if answer.deliveries != 1] == [], written
        guests = [guest for life in self.lives for guest in life.guests]
        expected = {guest.name: guest.farewells for guest in guests if guest.farewells}
        assert self.journal.farewells() == expected, written
        self.journal.check(self.lives)
        for life in self.lives:
            self._compare(life)

    def _compare(self, life: Life) -> None:
        record = self.loop.run_until_complete(self.world.record(life.actor_id))
        assert (record.generation, record.destroyed_at is not None) == (life.generation, life.destroyed)
        task = self.node.local(life.actor_id)
        assert (task is not None) == life.awake
        if task is not None:
            inside = {conn.params for conn in task.context.conns.values()}
            assert inside == {guest.name for guest in life.at("in")}
        if not life.destroyed:
            assert (record.error is not None) == life.failed
            assert self.world.stored(life.actor_id) == (life.count if life.initialized else None)

    def teardown(self) -> None:
        self.world.faults.clear()
        self.run(self.world.close())
        self.loop.close()


def drive(store: StoreName, examples: int, *phases: Phase) -> None:
    how = settings(
        phases=phases,
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(partial(ActorLives, store), settings=how)


def test_an_actor_in_memory_is_what_its_model_says() -> None:
    drive("memory", 150, *Phase)


@pytest.mark.slow
@pytest.mark.actors(store="postgres")
def test_an_actor_in_postgres_is_what_its_model_says(actors_store: StoreName) -> None:
    drive(actors_store, 10, Phase.generate)  # to shrink an example takes minutes here
