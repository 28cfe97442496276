"""Actors that call actors, through handles in one process: errors, circles, starts, ends, and giving up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from actors import Actor, ActorError, Options, UserError, action
from actors.api.binding import bind_transport
from actors.gateway.platform import Platform
from actors.gateway.transport import PlatformTransport

pytestmark = pytest.mark.usefixtures("bound")


@pytest.fixture
async def bound(platform: Platform) -> AsyncIterator[None]:
    bind_transport(PlatformTransport(platform))
    yield
    bind_transport(None)


class Caller(Actor, name="callers"):
    """Does what `plan` says: each step is `action:key`, for the next actor, with the rest of the plan."""

    state: list[str]
    options = Options(action_timeout=5.0, sleep_grace_period=5.0)

    @action
    async def free(self, *plan: str) -> Any:
        return await self.follow(plan)

    @action(exclusive=True)
    async def move(self, *plan: str) -> Any:
        return await self.follow(plan)

    @action(exclusive=True)
    def mark(self) -> str:
        return "marked"

    @action(exclusive=True)
    async def in_a_thread(self, step: str) -> Any:
        """As sync code does that an actor calls: it waits in a thread of its own."""
        name, key = step.split(":")
        call = getattr(Caller.actors.get_or_create(key), name)()
        return await asyncio.to_thread(call.result, 4)

    @action(exclusive=True)
    async def over_a_connection(self, key: str) -> Any:
        async with Caller.actors.connect(key) as conn:
            return await conn.free(f"move:{self.key[0]}")

    @action(exclusive=True)
    async def fan_out(self, *steps: str) -> Any:
        return await asyncio.gather(*(self.follow([step, *rest]) for step, *rest in map(str.split, steps)))

    @action
    async def refuse(self) -> None:
        raise UserError("No way.", code="blocked", metadata={"why": ["full"]})

    @action
    async def crash(self) -> None:
        raise ValueError("password=hunter2")

    @action
    async def catch(self, step: str) -> list[Any]:
        try:
            return [await self.follow([step])]
        except UserError as refusal:
            return ["user", refusal.code, refusal.message, refusal.metadata]
        except ActorError as failure:
            return [failure.name, failure.message]

    async def follow(self, plan: Any) -> Any:
        if not plan:
            return "arrived"
        name, _, key = plan[0].partition(":")
        return await getattr(Caller.actors.get_or_create(key), name)(*plan[1:])


def code(caught: pytest.ExceptionInfo[ActorError]) -> str:
    return caught.value.name


# -- circles -------------------------------------------------------------------------------------------
async def test_a_circle_of_free_actions_works() -> None:
    assert await Caller.actors.get_or_create("a").free("free:b", "free:a", "free:b") == "arrived"


@pytest.mark.parametrize("between", ["free", "move"])
async def test_a_circle_that_waits_for_its_own_turn_is_refused_and_spelled_out(between: str) -> None:
    a = Caller.actors.get_or_create("a")
    with pytest.raises(ActorError) as caught:
        await a.move(f"{between}:b", "move:a")
    assert code(caught) == "actor.deadlock"
    assert caught.value.metadata == {"chain": f"callers[a].move -> callers[b].{between} -> callers[a].move"}
    assert await a.mark() == "marked", "the turn was given back"


async def test_the_chain_is_kept_through_a_thread() -> None:
    with pytest.raises(ActorError) as caught:
        await Caller.actors.get_or_create("a").in_a_thread("mark:a")
    assert code(caught) == "actor.deadlock"


async def test_the_chain_is_kept_over_a_connection() -> None:
    with pytest.raises(ActorError) as caught:
        await Caller.actors.get_or_create("a").over_a_connection("b")
    assert code(caught) == "actor.deadlock"


async def test_siblings_that_need_the_same_turn_take_it_one_after_the_other() -> None:
    fan: Any = Caller.actors.get_or_create("a").fan_out("move:b free:c", "move:b free:c", "move:c move:b")
    assert await fan == ["arrived"] * 3


async def test_two_that_wait_for_each_other_by_chance_end_by_their_timeouts() -> None:
    """No chain connects them, so nobody can know: a goes to b while b goes to a."""

    class Meeting(Actor, name="meeting"):
        options = Options(action_timeout=0.3)
        met = asyncio.Barrier(2)

        @action(exclusive=True)
        async def meet(self, other: str = "") -> str:
            if other:
                await Meeting.met.wait()
                await Meeting.actors.get_or_create(other).meet()
            return "met"

    a, b = (Meeting.actors.get_or_create(key) for key in "ab")
    outcomes = await asyncio.gather(a.meet("b"), b.meet("a"), return_exceptions=True)
    assert {getattr(outcome, "name", None) for outcome in outcomes} == {"actor.action_timed_out"}
    assert await asyncio.gather(a.meet(), b.meet()) == ["met", "met"], "both are free again"


# -- starts and ends -----------------------------------------------------------------------------------
async def test_an_actor_that_calls_itself_while_it_starts_is_told_so() -> None:
    class Narcissus(Actor, name="narcissus"):
        async def on_create(self, input: Any) -> None:
            await Narcissus.actors.get_or_create(self.key).look()

        @action
        def look(self) -> None: ...

    with pytest.raises(ActorError) as caught:
        await Narcissus.actors.get_or_create("n").look()
    assert code(caught) == "actor.deadlock"
    assert caught.value.metadata == {"chain": "narcissus[n].start -> narcissus[n].start"}


async def test_actors_that_need_each_other_to_start_are_told_so() -> None:
    class Twin(Actor, name="twins"):
        async def on_wake(self) -> None:
            other = "right" if self.key == ("left",) else "left"
            await Twin.actors.get_or_create(other).look()

        @action
        def look(self) -> None: ...

    with pytest.raises(ActorError) as caught:
        await Twin.actors.get_or_create("left").look()
    assert caught.value.metadata == {"chain": "twins[left].start -> twins[right].start -> twins[left].start"}


async def test_a_start_that_needs_the_turn_of_who_asked_for_it_is_refused() -> None:
    class Parent(Actor, name="parents"):
        @action(exclusive=True)
        async def raise_child(self) -> None:
            await Child.actors.get_or_create("c").look()

        @action(exclusive=True)
        def bless(self) -> None: ...

    class Child(Actor, name="children"):
        async def on_create(self, input: Any) -> None:
            await Parent.actors.get_or_create("p").bless()

        @action
        def look(self) -> None: ...

    with pytest.raises(ActorError) as caught:
        await Parent.actors.get_or_create("p").raise_child()
    assert caught.value.metadata == {
        "chain": "parents[p].raiseChild -> children[c].start -> parents[p].bless"
    }


async def test_a_chain_of_starts_does_not_grow_without_end() -> None:
    class Doll(Actor, name="dolls"):
        async def on_create(self, input: Any) -> None:
            await Doll.actors.get_or_create(f"{self.key[0]}i").look()

        @action
        def look(self) -> None: ...

    with pytest.raises(ActorError) as caught:
        await Doll.actors.get_or_create("i").look()
    assert code(caught) == "actor.call_chain_too_long"


async def test_connection_hooks_are_links_too() -> None:
    class Mirror(Actor, name="mirrors"):
        async def on_before_connect(self, request: Any) -> None:
            await Mirror.actors.get_or_create("m").look()

        @action
        def look(self) -> None: ...

    with pytest.raises(ActorError) as caught:
        await Mirror.actors.get_or_create("m").look()
    assert code(caught) == "actor.call_chain_too_long"


async def test_an_ending_actor_that_calls_itself_is_told_so_at_once(platform: Platform) -> None:
    said: list[str] = []

    class Mortal(Actor, name="mortals"):
        async def on_sleep(self) -> None:
            try:
                await Mortal.actors.get_or_create("m").rest()
            except ActorError as refusal:
                said.append(refusal.name)

        @action
        def rest(self) -> None:
            self.sleep()

    await Mortal.actors.get_or_create("m").rest()
    node = await platform.ready()
    task = node._residents.get_by_key("mortals", "m")
    if task is not None:
        await task.stopped()
    assert said == ["actor.deadlock"]


# -- errors --------------------------------------------------------------------------------------------
async def test_a_user_error_passes_every_hop_whole() -> None:
    with pytest.raises(UserError) as caught:
        await Caller.actors.get_or_create("a").free("free:b", "free:c", "refuse:d")
    assert caught.value.payload() == {
        "group": "user", "code": "blocked", "message": "No way.", "metadata": {"why": ["full"]},
    }  # fmt: skip
    told = await Caller.actors.get_or_create("a").catch("refuse:b")
    assert told == ["user", "blocked", "No way.", {"why": ["full"]}]


async def test_any_other_failure_is_masked_at_the_first_hop() -> None:
    told = await Caller.actors.get_or_create("a").catch("crash:b")
    assert told == ["rivetkit.internal_error", "An internal error occurred"]
    with pytest.raises(ActorError) as caught:
        await Caller.actors.get_or_create("a").free("free:b", "crash:c")
    assert caught.value.payload() == {
        "group": "rivetkit", "code": "internal_error", "message": "An internal error occurred",
    }  # fmt: skip


async def test_caller_and_actor_share_no_error() -> None:
    metadata = {"seats": [1]}

    class Proud(Actor, name="proud"):
        @action
        def refuse(self) -> None:
            raise UserError("Full.", metadata=metadata)

    with pytest.raises(UserError) as caught:
        await Proud.actors.get_or_create("p").refuse()
    assert caught.value.metadata == metadata
    assert caught.value.metadata["seats"] is not metadata["seats"]


async def test_metadata_that_cannot_travel_is_left_out() -> None:
    class Odd(Actor, name="odd"):
        @action
        def refuse(self) -> None:
            raise UserError("Odd.", metadata=object())

    with pytest.raises(UserError, match="Odd") as caught:
        await Odd.actors.get_or_create("o").refuse()
    assert "metadata" not in caught.value.payload()


# -- giving up -----------------------------------------------------------------------------------------
async def test_a_caller_that_is_cancelled_stops_waiting_and_the_callee_goes_on() -> None:
    reached, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Patient(Actor, name="patients"):
        state: int

        @action
        async def work(self) -> None:
            reached.set()
            await go_on.wait()
            self.state += 1
            done.set()

        @action(readonly=True)
        def get(self) -> int:
            return self.state

    patient = Patient.actors.get_or_create("p")

    async def call() -> None:
        await patient.work()

    calling = asyncio.ensure_future(call())
    await reached.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    go_on.set()
    await done.wait()
    assert await patient.get() == 1
