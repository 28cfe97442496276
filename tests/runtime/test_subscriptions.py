"""Who may subscribe: `can_subscribe` is asked before, and what it does not allow closes the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from actors.errors import ActorError, UserError, error
from actors.runtime.conn import Conn
from actors.runtime.lifecycle import State
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.lines import dial, lull
from tests.runtime.support import TICKED, Client, Instance, World, define

Hook = Callable[..., Any]


def tick(self: Instance) -> None:
    self.ctx.broadcast(TICKED, (1,))


async def member(world: World, hook: Hook, **given: Any) -> tuple[ActorTask, Client]:
    """An actor whose hook this is, and a client of it."""
    hooks = {"can_subscribe": hook, **given.pop("hooks", {})}
    actor = await world.actor(define(hooks=hooks, tick=tick, **given))
    return actor, await world.connect(actor)


async def heard(world: World, actor: ActorTask, client: Client) -> list[Any]:
    await world.ask(actor, "tick")
    return client.wire.frames


async def test_without_the_hook_nobody_is_asked_and_nothing_waits(world: World) -> None:
    actor = await world.actor(define(tick=tick))
    client = await world.connect(actor)
    assert actor.subscribe(client.conn, "ticked") is None
    assert await heard(world, actor, client) == [("ticked", 1)]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_who_is_allowed_hears_the_event(world: World, kind: str) -> None:
    asked: list[Any] = []

    def sync(self: Instance, conn: Conn[Any], event: str) -> bool:
        asked.append((event, conn is self.ctx.conn))
        return True

    async def later(self: Instance, conn: Conn[Any], event: str) -> bool:
        return sync(self, conn, event)

    actor, client = await member(world, sync if kind == "sync" else later)
    asking = actor.subscribe(client.conn, "ticked")
    assert asking is not None and client.conn.subscriptions == set()
    await world.clock.settle()
    assert (asking.done(), asked) == (True, [("ticked", True)])
    assert await heard(world, actor, client) == [("ticked", 1)]


async def test_another_name_of_the_event_is_no_way_around(world: World) -> None:
    asked: list[str] = []

    def never(self: Instance, conn: Conn[Any], event: str) -> bool:
        asked.append(event)
        return event != "ticked"

    actor, client = await member(world, never)
    actor.subscribe(client.conn, "was_ticked")
    await world.clock.settle()
    assert (asked, client.wire.closed) == (["ticked"], (1011, "auth.forbidden"))


def answering(answer: Any) -> Hook:
    return lambda self, conn, event: answer


def raising(failure: Exception) -> Hook:
    async def hook(self: Instance, conn: Conn[Any], event: str) -> bool:
        raise failure

    return hook


REFUSALS = {
    "False": (answering(False), "auth.forbidden"),
    "None": (answering(None), "rivetkit.internal_error"),
    "something true": (answering("yes"), "rivetkit.internal_error"),
    "an error for the user": (raising(UserError("no", code="members_only")), "user.members_only"),
    "an error of the platform": (raising(error("auth.forbidden")), "auth.forbidden"),
    "a mistake": (raising(KeyError("secret")), "rivetkit.internal_error"),
}


@pytest.mark.parametrize("case", sorted(REFUSALS))
async def test_what_is_not_allowed_closes_the_connection(
    world: World, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    hook, reason = REFUSALS[case]
    left: list[Conn[Any]] = []
    gone = {"on_disconnect": lambda self, conn: left.append(conn)}
    actor, client = await member(world, hook, hooks=gone)
    other = await world.connect(actor)
    actor.subscribe(client.conn, "ticked")
    await world.clock.settle()
    assert (client.wire.closed, left) == ((1011, reason), [client.conn])
    assert await heard(world, actor, client) == []
    assert ("was refused by an error" in caplog.text) is (reason == "rivetkit.internal_error")
    assert other.wire.closed is None and actor.connections == 1


async def test_the_hook_has_a_time_of_its_own(world: World) -> None:
    async def slow(self: Instance, conn: Conn[Any], event: str) -> bool:
        await asyncio.Event().wait()
        return True

    actor, client = await member(world, slow, options=Options(can_subscribe_timeout=2))
    actor.subscribe(client.conn, "ticked")
    await world.clock.settle()
    await world.clock.advance(1.9)
    assert client.wire.closed is None
    await world.clock.advance(0.2)
    assert client.wire.closed == (1011, "actor.callback_timed_out")


async def test_names_of_no_event_are_not_asked_for(world: World) -> None:
    actor, client = await member(world, answering(False))
    assert actor.subscribe(client.conn, "nothing") is None
    await world.clock.settle()
    assert client.wire.closed is None


async def test_it_is_asked_for_each_new_subscription_and_not_for_one_that_holds(world: World) -> None:
    asked: list[str] = []

    def allow(self: Instance, conn: Conn[Any], event: str) -> bool:
        asked.append(event)
        return True

    actor, client = await member(world, allow)
    for step in (actor.subscribe, actor.subscribe, actor.unsubscribe, actor.subscribe):
        step(client.conn, "ticked")
        await world.clock.settle()
    assert asked == ["ticked", "ticked"]


async def test_what_the_hook_writes_is_stored_before_the_client_hears_anything(world: World) -> None:
    def count(self: Instance, conn: Conn[Any], event: str) -> bool:
        self.ctx.state += 1
        return True

    actor, client = await member(world, count)
    actor.subscribe(client.conn, "ticked")
    await world.clock.settle()
    assert (await heard(world, actor, client), world.stored(actor)) == ([("ticked", 1)], 1)


async def test_a_client_that_leaves_meanwhile_is_forgotten(world: World) -> None:
    async def ask(self: Instance, conn: Conn[Any], event: str) -> bool:
        await world.clock.sleep(1)
        return event == "nothing"

    actor, client = await member(world, ask)
    asking = actor.subscribe(client.conn, "ticked")
    await world.clock.settle()
    actor.close_connection(client.conn)
    await world.clock.advance(1)
    assert asking is not None and asking.done()
    assert (client.wire.closed, actor.connections) == (None, 0)


# -- and sleep -------------------------------------------------------------------------------------------
async def test_an_actor_that_asks_does_not_fall_asleep(world: World) -> None:
    async def ask(self: Instance, conn: Conn[Any], event: str) -> bool:
        await world.clock.sleep(40)
        return True

    actor = await world.actor(
        define(hooks={"can_subscribe": ask}, options=Options(can_subscribe_timeout=60, sleep_timeout=30))
    )
    line = await dial(world, actor, "ticked")
    await world.clock.advance(39)
    assert actor.state is State.STARTED
    await world.clock.advance(31)
    assert actor.state is State.TERMINATED
    assert line.wire.closed is None


async def test_the_grace_period_waits_for_the_answer(world: World) -> None:
    async def ask(self: Instance, conn: Conn[Any], event: str) -> bool:
        await world.clock.sleep(3)
        return True

    actor = await world.actor(define(hooks={"can_subscribe": ask}))
    line = await dial(world, actor, "ticked")
    actor.request_sleep()
    await world.clock.settle()
    assert actor.state is State.SLEEP_GRACE
    await world.clock.advance(3)
    assert actor.state is State.TERMINATED
    answer = line.say("get")
    await world.clock.settle()
    assert answer.here and line.conn is not None and line.conn.subscriptions == {"ticked"}


async def test_a_restored_subscription_is_not_asked_for_again(world: World) -> None:
    asked: list[str] = []

    def once(self: Instance, conn: Conn[Any], event: str) -> bool:
        asked.append(event)
        return len(asked) == 1

    actor = await world.actor(define(hooks={"can_subscribe": once}, tick=tick))
    line = await dial(world, actor, "ticked")
    await lull(world, actor)
    line.say("tick")
    await world.clock.settle()
    assert (asked, line.wire.frames, line.wire.closed) == (["ticked"], [("ticked", 1)], None)


async def test_after_the_end_of_the_generation_no_subscription_begins(world: World) -> None:
    actor, client = await member(world, answering(True))
    actor.fence()
    assert actor.subscribe(client.conn, "ticked") is None, "the connection is closed already"
    conn: Conn[Any] = Conn(client.conn.request)
    conn.open = True
    with pytest.raises(ActorError, match=r"actor\.stopping"):
        actor.subscribe(conn, "ticked")
