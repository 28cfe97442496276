"""Atomic blocks over state, keys and queues: together or not at all, and nobody sees half of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.protocol import cbor
from actors.runtime.context import ActorContext
from actors.runtime.definition import ActorDefinition
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from actors.storage.kv import END, KvRange
from tests.runtime.queues import BOTH, JOBS
from tests.runtime.support import TICKED, Instance, World, define
from tests.runtime.support import in_memory as in_memory

ALL = KvRange(b"", END)
both = pytest.mark.actors(store="both")


async def put(ctx: ActorContext, key: bytes = b"k", value: bytes = b"v") -> None:
    await ctx.kv.put([(key, value)], None)


async def keys(ctx: ActorContext) -> list[bytes]:
    return [key for key, _ in await ctx.kv.list(ALL, reverse=False, limit=99)]


async def change(self: Instance, fails: bool = False) -> str:
    """Changes one of each kind."""
    async with self.ctx.atomic(10):
        self.ctx.state += 1
        await put(self.ctx)
        self.ctx.broadcast(TICKED, [self.ctx.state])
        await self.ctx.mailbox.send(JOBS, cbor.encode("job"))
        if fails:
            raise UserError("no")
    return "done"


def define_atomic(**handlers: Callable[..., Any]) -> ActorDefinition:
    definition = define(change=change, **handlers)
    return replace(definition, queues={"jobs": JOBS})


async def waiting(task: ActorTask) -> list[Any]:
    """The messages that can be had."""
    found = []
    while messages := await task.context.mailbox.receive(BOTH, 1, 0):
        found.append(messages[0].body)
    return found


@pytest.fixture
async def actor(world: World) -> ActorTask:
    return await world.actor(define_atomic())


# -- together or not at all -------------------------------------------------------------------------------
@both
async def test_a_block_stores_state_keys_and_messages_in_one_call(world: World, actor: ActorTask) -> None:
    client = await world.connect(actor, "ticked")
    world.store.commits.clear()
    answer = await world.ask(actor, "change")
    assert (answer.value, client.wire.frames) == ("done", [("ticked", 1)])
    assert world.stored(actor) == 1
    assert world.store.commits == [], "by no other way"
    assert await keys(actor.context) == [b"k"]
    assert await waiting(actor) == ["job"]


@both
async def test_an_exception_undoes_everything_and_goes_on(world: World, actor: ActorTask) -> None:
    client = await world.connect(actor, "ticked")
    answer = await world.ask(actor, "change", True)
    assert (answer.code, client.wire.frames) == ("user.user_error", [])
    assert (actor.context.state, world.stored(actor)) == (0, 0)
    assert await keys(actor.context) == []
    assert await waiting(actor) == []
    assert actor.state is State.STARTED, "and the actor goes on"
    assert (await world.ask(actor, "change")).value == "done"
    assert (world.stored(actor), await waiting(actor)) == (1, ["job"])


async def test_what_was_changed_before_the_block_stays(world: World) -> None:
    async def half(self: Instance) -> None:
        self.ctx.state = 5
        async with self.ctx.atomic(10):
            self.ctx.state = 9
            raise UserError("no")

    actor = await world.actor(define(half=half))
    await world.ask(actor, "half")
    assert world.stored(actor) == 5


async def test_a_caught_exception_leaves_the_action_going(world: World) -> None:
    async def careful(self: Instance) -> int:
        try:
            async with self.ctx.atomic(10):
                self.ctx.state = 9
                raise ValueError
        except ValueError:
            self.ctx.state += 1
        return int(self.ctx.state)

    actor = await world.actor(define(careful=careful))
    assert (await world.ask(actor, "careful")).value == 1
    assert world.stored(actor) == 1


@in_memory
@pytest.mark.parametrize("failing", ["unavailable", "rejected"])
async def test_a_write_that_is_known_to_have_failed_undoes_everything(
    world: World, actor: ActorTask, failing: Any
) -> None:
    world.faults.fail_next("write_together", failing)
    answer = await world.ask(actor, "change")
    assert answer.code == ("storage.unavailable" if failing == "unavailable" else "atomic.refused")
    assert (actor.context.state, await keys(actor.context)) == (0, [])
    assert (await world.ask(actor, "change")).value == "done"


@in_memory
@pytest.mark.parametrize("applied", [True, False])
async def test_an_interrupted_write_is_read_back(world: World, actor: ActorTask, applied: bool) -> None:
    world.faults.fail_next("write_together", "interrupted", applied=applied)
    answer = await world.ask(actor, "change")
    if applied:
        assert answer.value == "done"
        assert (world.stored(actor), await keys(actor.context)) == (1, [b"k"])
    else:
        # An older revision is no proof of failure: ours may still come.
        assert answer.code == "actor.outcome_unknown"
        assert actor.state is State.TERMINATED


@in_memory
async def test_an_interrupted_block_that_left_the_state_as_it_was_is_recognised(world: World) -> None:
    async def keys_only(self: Instance) -> str:
        async with self.ctx.atomic(10):
            await put(self.ctx)
        return "done"

    actor = await world.actor(define(keys_only=keys_only))
    world.faults.fail_next("write_together", "interrupted", applied=True)
    assert (await world.ask(actor, "keys_only")).value == "done"


@in_memory
async def test_a_fenced_block_stores_nothing_and_ends_the_generation(world: World, actor: ActorTask) -> None:
    world.database.rows[actor.actor_id].record = replace(
        world.database.rows[actor.actor_id].record, generation=7
    )
    answer = await world.ask(actor, "change")
    assert answer.code == "actor.outcome_unknown"
    assert actor.state is State.TERMINATED
    assert world.stored(actor) == 0
    assert world.database.kv.get(actor.actor_id, {}) == {}


# -- inside -----------------------------------------------------------------------------------------------
@both
async def test_inside_the_block_keys_are_as_they_are_going_to_be(world: World) -> None:
    seen: list[Any] = []

    async def look(self: Instance) -> None:
        kv = self.ctx.kv
        for name in (b"a", b"b", b"c", b"d", b"e"):
            await put(self.ctx, name, b"old")
        async with self.ctx.atomic(10):
            await kv.delete_range(KvRange(b"b", b"d"))
            await kv.put([(b"c", b"new"), (b"z", b"new")], None)
            seen.append(await kv.get([b"a", b"b", b"c", b"z"]))
            seen.append([key for key, _ in await kv.list(ALL, reverse=False, limit=3)])
            seen.append([key for key, _ in await kv.list(ALL, reverse=True, limit=4)])
            seen.append(await kv.compare_and_set(b"c", b"old", b"never", None))
            seen.append(await kv.compare_and_set(b"c", b"new", None, None))
            seen.append(await kv.get([b"c"]))

    actor = await world.actor(define(look=look))
    await world.ask(actor, "look")
    assert seen == [
        [b"old", None, b"new", b"new"],
        [b"a", b"c", b"d"],
        [b"z", b"e", b"d", b"c"],
        False,
        True,
        [None],
    ]
    assert await keys(actor.context) == [b"a", b"d", b"e", b"z"]


@both
async def test_a_message_may_be_completed_together_with_what_came_of_it(world: World) -> None:
    async def work(self: Instance, fails: bool) -> None:
        (job,) = await self.ctx.mailbox.receive(BOTH, 1, None)
        async with self.ctx.atomic(10):
            self.ctx.state += 1
            await job.complete()
            if fails:
                raise UserError("no")

    actor = await world.actor(define_atomic(work=work))
    await actor.context.mailbox.send(JOBS, cbor.encode("job"))
    await world.ask(actor, "work", True)
    assert (world.stored(actor), len(actor.context.mailbox)) == (0, 1)
    await world.clock.advance(JOBS.lease + 1)
    await world.ask(actor, "work", False)
    assert (world.stored(actor), len(actor.context.mailbox)) == (1, 0)


async def test_a_message_that_fails_in_a_block_is_given_back(world: World) -> None:
    seen: list[Any] = []

    async def work(self: Instance) -> None:
        (job,) = await self.ctx.mailbox.receive(BOTH, 1, None)
        async with job, self.ctx.atomic(10):
            await job.complete()
            seen.append(job.completed)
            raise ValueError
        seen.append((job.completed, job.in_hand))

    actor = await world.actor(define_atomic(work=work))
    await actor.context.mailbox.send(JOBS, cbor.encode("job"))
    await world.ask(actor, "work")
    assert (seen, len(actor.context.mailbox)) == ([True, (False, False)], 1)


@pytest.mark.parametrize("what", ["save", "destroy", "keep_awake", "receive", "send_and_wait", "replay"])
async def test_what_cannot_be_undone_is_refused_inside(world: World, what: str) -> None:
    async def attempt(self: Instance) -> None:
        ctx = self.ctx
        attempts: dict[str, Callable[[], Any]] = {
            "save": ctx.save,
            "destroy": ctx.destroy,
            "keep_awake": lambda: ctx.keep_awake(asyncio.Event().wait()),
            "receive": lambda: ctx.mailbox.receive(BOTH),
            "send_and_wait": lambda: ctx.mailbox.send_and_wait(JOBS, b"", None),
            "replay": lambda: ctx.mailbox.dead_letters.replay(JOBS, ()),
        }
        async with ctx.atomic(10):
            ctx.state += 1
            result = attempts[what]()
            if result is not None:
                await result

    actor = await world.actor(define_atomic(attempt=attempt))
    assert (await world.ask(actor, "attempt")).code == "atomic.not_inside"
    assert world.stored(actor) == 0


async def test_a_block_inside_a_block_is_refused(world: World) -> None:
    async def nested(self: Instance) -> None:
        async with self.ctx.atomic(10):
            self.ctx.state += 1
            async with self.ctx.atomic(10):
                pass

    actor = await world.actor(define(nested=nested))
    assert (await world.ask(actor, "nested")).code == "atomic.already_open"
    assert world.stored(actor) == 0


async def test_a_readonly_action_and_the_hooks_of_a_start_open_none(world: World) -> None:
    async def attempt(self: Instance, given: Any = None) -> None:
        async with self.ctx.atomic(10):
            pass

    actor = await world.actor(define(attempt=attempt, readonly=("attempt",)))
    assert (await world.ask(actor, "attempt")).code == "atomic.not_here"
    with pytest.raises(ActorError) as caught:
        await world.actor(define("starter", hooks={"on_create": attempt}))
    assert caught.value.name == "atomic.not_here"


async def test_a_block_that_is_too_large_is_refused(world: World) -> None:
    async def fill(self: Instance) -> None:
        async with self.ctx.atomic(10):
            for number in range(41):
                await put(self.ctx, str(number).encode(), bytes(128 * 1024))

    actor = await world.actor(define(fill=fill))
    assert (await world.ask(actor, "fill")).code == "atomic.too_large"
    assert await keys(actor.context) == []


async def test_a_block_has_a_limit_of_time(world: World) -> None:
    async def dawdle(self: Instance) -> None:
        async with self.ctx.atomic(3):
            self.ctx.state += 1
            await asyncio.Event().wait()

    actor = await world.actor(define(dawdle=dawdle))
    answer = world.send(actor, "dawdle")
    await world.clock.advance(2.9)
    assert not answer.here
    await world.clock.advance(0.2)
    assert answer.code == "atomic.timed_out"
    assert world.stored(actor) == 0


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), "1", None, True])
async def test_a_limit_that_is_none_is_refused(world: World, seconds: Any) -> None:
    async def attempt(self: Instance) -> None:
        async with self.ctx.atomic(seconds):
            pass

    actor = await world.actor(define(attempt=attempt))
    assert (await world.ask(actor, "attempt")).code == "atomic.invalid_request"


# -- and others -------------------------------------------------------------------------------------------
class Gate:
    """A block that waits inside until it is told to end."""

    def __init__(self) -> None:
        self.inside = asyncio.Event()
        self.end = asyncio.Event()
        self.seen: list[Any] = []

    async def slow(self, instance: Instance, fails: bool = False) -> str:
        async with instance.ctx.atomic(100):
            instance.ctx.state += 10
            instance.ctx.broadcast(TICKED, ["inside"])
            self.inside.set()
            await self.end.wait()
            if fails:
                raise UserError("no")
        return "slow"


@pytest.fixture
def gate() -> Gate:
    return Gate()


def slow(gate: Gate) -> Callable[..., Any]:
    async def handler(self: Instance, fails: bool = False) -> str:
        return await gate.slow(self, fails)

    return handler


async def test_actions_that_come_meanwhile_wait_and_see_the_whole(world: World, gate: Gate) -> None:
    actor = await world.actor(define(slow=slow(gate)))
    client = await world.connect(actor, "ticked")
    first = await world.ask(actor, "slow")
    others = [world.send(actor, name) for name in ("get", "increment", "get")]
    await world.clock.settle()
    assert [answer.here for answer in (first, *others)] == [False] * 4
    assert (client.wire.frames, world.stored(actor)) == ([], 0), "nothing leaves, nothing is stored"
    gate.end.set()
    await world.clock.settle()
    assert [first.value, *(answer.value for answer in others)] == ["slow", 10, 11, 11]
    assert client.wire.frames == [("ticked", "inside")]


async def test_actions_that_wait_see_nothing_of_what_is_rolled_back(world: World, gate: Gate) -> None:
    actor = await world.actor(define(slow=slow(gate)))
    first = await world.ask(actor, "slow", True)
    other = world.send(actor, "increment")
    gate.end.set()
    await world.clock.settle()
    assert (first.code, other.value, world.stored(actor)) == ("user.user_error", 1, 1)


async def test_an_action_that_waits_for_a_block_has_its_time_limit(world: World, gate: Gate) -> None:
    actor = await world.actor(define(slow=slow(gate), options=Options(action_timeout=5)))
    first = await world.ask(actor, "slow")
    await world.clock.advance(4)
    other = world.send(actor, "get")
    await world.clock.advance(4)
    assert first.code == "actor.action_timed_out" if first.here else not other.here
    await world.clock.advance(2)
    assert other.here


async def test_blocks_of_one_actor_come_one_after_the_other(world: World) -> None:
    log: list[str] = []

    async def turn(self: Instance, name: str) -> None:
        async with self.ctx.atomic(10):
            log.append(f"{name} begins")
            await world.clock.sleep(1)
            log.append(f"{name} ends")
        await world.clock.sleep(1)

    actor = await world.actor(define(turn=turn))
    for name in ("a", "b", "c"):
        world.send(actor, "turn", name)
    await world.clock.advance(10)
    assert log == [f"{name} {what}" for name in ("a", "b", "c") for what in ("begins", "ends")]


async def test_a_line_of_blocks_survives_the_rollback_of_its_first(world: World) -> None:
    async def buy(self: Instance, fails: bool) -> int:
        async with self.ctx.atomic(10):
            self.ctx.state += 1
            await world.clock.sleep(1)
            if fails:
                raise UserError("no")
        return int(self.ctx.state)

    actor = await world.actor(define(buy=buy))
    answers = [world.send(actor, "buy", fails) for fails in (True, False, True, False)]
    await world.clock.advance(10)
    assert [answer.value for answer in answers if answer.error is None] == [1, 2]
    assert [answer.code for answer in answers if answer.error is not None] == ["user.user_error"] * 2
    assert (world.stored(actor), actor.state) == (2, State.STARTED)


async def test_a_rollback_among_other_changes_starts_the_actor_anew(world: World, gate: Gate) -> None:
    async def meanwhile(self: Instance) -> str:
        await gate.inside.wait()
        self.ctx.state += 1
        return "changed"

    actor = await world.actor(define(slow=slow(gate), meanwhile=meanwhile))
    other = world.send(actor, "meanwhile")
    first = await world.ask(actor, "slow", True)
    gate.end.set()
    await world.clock.settle()
    assert actor.state is State.TERMINATED, "nobody can tell the changes apart"
    assert {first.code, other.code} == {"actor.outcome_unknown"}
    again = await world.actor(define(slow=slow(gate)))
    assert again.context.state == 0


async def fail_slowly(self: Instance) -> None:
    """Its code names `atomic`, so it is watched step by step."""
    async with self.ctx.atomic(10):
        self.ctx.state += 10
        await self.clock.sleep(1)
        self.ctx.state += 10
        await self.clock.sleep(1)
        raise UserError("no")


@pytest.mark.parametrize("changes", ["nothing", "itself", "a task of its own"])
async def test_a_watched_block_is_told_apart_from_what_others_do(world: World, changes: str) -> None:
    async def meanwhile(self: Instance) -> str:
        async def change() -> None:
            await world.clock.sleep(1)
            self.ctx.state += 1

        await world.clock.sleep(0.5)
        if changes == "a task of its own":
            await asyncio.gather(change())
        elif changes == "itself":
            await change()
        await world.clock.sleep(2)
        return "done"

    actor = await world.actor(define(fail=fail_slowly, meanwhile=meanwhile))
    actor._parts.instance.clock = world.clock  # type: ignore[attr-defined]
    other, failing = world.send(actor, "meanwhile"), world.send(actor, "fail")
    await world.clock.advance(5)
    if changes == "nothing":
        assert (actor.state, failing.code, other.value) == (State.STARTED, "user.user_error", "done")
        assert world.stored(actor) == 0
    else:
        assert (actor.state, failing.code, other.code) == (State.TERMINATED, *["actor.outcome_unknown"] * 2)


async def test_what_others_changed_meanwhile_is_stored_with_a_block_that_succeeds(
    world: World, gate: Gate
) -> None:
    async def meanwhile(self: Instance) -> str:
        await gate.inside.wait()
        self.ctx.state += 1
        return "changed"

    actor = await world.actor(define(slow=slow(gate), meanwhile=meanwhile))
    other = world.send(actor, "meanwhile")
    first = await world.ask(actor, "slow")
    assert not other.here
    gate.end.set()
    await world.clock.settle()
    assert (first.value, other.value, world.stored(actor)) == ("slow", "changed", 11)


async def test_keys_and_messages_of_other_code_wait_for_the_end(world: World, gate: Gate) -> None:
    async def meanwhile(self: Instance) -> str:
        await gate.inside.wait()
        await put(self.ctx, b"other")
        await self.ctx.mailbox.send(JOBS, cbor.encode("other"))
        return "written"

    actor = await world.actor(define_atomic(slow=slow(gate), meanwhile=meanwhile))
    other = world.send(actor, "meanwhile")
    first = await world.ask(actor, "slow")
    assert await keys(actor.context) == []
    gate.end.set()
    await world.clock.settle()
    assert (first.value, other.value) == ("slow", "written")
    assert (await keys(actor.context), await waiting(actor)) == ([b"other"], ["other"])


@in_memory
async def test_a_block_comes_behind_what_was_being_written_at_its_beginning(world: World) -> None:
    async def overtake(self: Instance) -> None:
        first = asyncio.ensure_future(put(self.ctx, b"k", b"before"))
        self.ctx.state = 1
        second = asyncio.ensure_future(self.ctx.save())
        for _ in range(5):
            await asyncio.sleep(0)
        async with self.ctx.atomic(10):
            await put(self.ctx, b"k", b"inside")
            self.ctx.state = 2
        await asyncio.gather(first, second)

    actor = await world.actor(define(overtake=overtake))
    holds = [world.faults.hold(call) for call in ("kv_write", "commit")]
    answer = await world.ask(actor, "overtake")
    for hold in holds:
        hold.release()
        assert not answer.here
        await world.clock.settle()
    assert answer.here
    assert (await actor.context.kv.get([b"k"]), world.stored(actor)) == ([b"inside"], 2)


async def test_a_task_that_outlives_its_block_is_not_in_it(world: World) -> None:
    async def leave_behind(self: Instance) -> None:
        async def later() -> None:
            await world.clock.sleep(1)
            await put(self.ctx, b"later")

        async with self.ctx.atomic(10):
            self.left = asyncio.ensure_future(later())
        await self.left

    actor = await world.actor(define(leave_behind=leave_behind))
    world.send(actor, "leave_behind")
    await world.clock.advance(2)
    assert await keys(actor.context) == [b"later"]


async def test_parallel_steps_of_a_block_are_in_it(world: World) -> None:
    async def parallel(self: Instance) -> None:
        async with self.ctx.atomic(10):
            await asyncio.gather(put(self.ctx, b"a"), put(self.ctx, b"b"))
            raise UserError("no")

    actor = await world.actor(define(parallel=parallel))
    await world.ask(actor, "parallel")
    assert await keys(actor.context) == []


# -- calls ------------------------------------------------------------------------------------------------
async def test_a_call_that_comes_back_to_the_block_is_refused(world: World) -> None:
    async def ask_itself(self: Instance) -> str:
        async with self.ctx.atomic(10):
            self.ctx.state += 1
            answer = world.send(actor, "get")
            await asyncio.sleep(0)
            return answer.code

    actor = await world.actor(define(ask_itself=ask_itself))
    assert (await world.ask(actor, "ask_itself")).value == "actor.deadlock"
    assert world.stored(actor) == 1


# -- the end of the actor ---------------------------------------------------------------------------------
async def test_a_block_under_way_is_rolled_back_when_the_grace_is_over(world: World, gate: Gate) -> None:
    actor = await world.actor(define(slow=slow(gate), options=Options(sleep_grace_period=5)))
    first = await world.ask(actor, "slow")
    actor.request_sleep()
    await world.clock.advance(6)
    assert actor.state is State.TERMINATED
    assert (first.code, world.stored(actor)) == ("actor.outcome_unknown", 0)


async def test_half_a_block_that_does_not_end_is_never_stored(world: World, gate: Gate) -> None:
    async def stubborn(self: Instance) -> None:
        async with self.ctx.atomic(100):
            self.ctx.state += 10
            while not gate.end.is_set():
                try:
                    await gate.end.wait()
                except asyncio.CancelledError:
                    continue

    actor = await world.actor(define(stubborn=stubborn, options=Options(sleep_grace_period=5)))
    await world.ask(actor, "stubborn")
    actor.request_sleep()
    await world.clock.advance(10)
    assert (actor.state, world.stored(actor)) == (State.TERMINATED, 0)
    gate.end.set()
    await world.clock.settle()
    assert world.stored(actor) == 0


async def test_a_cancelled_action_rolls_its_block_back(world: World, gate: Gate) -> None:
    actor = await world.actor(define(slow=slow(gate), options=Options(action_timeout=3)))
    answer = world.send(actor, "slow")
    await world.clock.advance(4)
    assert (answer.code, world.stored(actor), actor.context.state) == ("actor.action_timed_out", 0, 0)
    assert (await world.ask(actor, "increment")).value == 1


async def test_run_may_open_blocks(world: World) -> None:
    async def run(self: Instance) -> None:
        for fails in (False, True, False):
            try:
                async with self.ctx.atomic(10):
                    self.ctx.state += 1
                    await world.clock.sleep(1)
                    await put(self.ctx, str(self.ctx.state).encode())
                    if fails:
                        raise ValueError
            except ValueError:
                pass

    actor = await world.actor(define(hooks={"run": run}))
    await world.clock.advance(5)
    assert (world.stored(actor), await keys(actor.context)) == (2, [b"1", b"2"])
    assert actor.state is State.STARTED
