"""Every hook, one by one: sync and async, the time it may take, and what becomes of its failure.

The table below is the behaviour that docs/hooks.md promises; a hook that is missing from it fails a test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import pytest

from actors.errors import ActorError, UserError
from actors.runtime.conn import ConnectRequest
from actors.runtime.definition import ActorDefinition, Hooks
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.support import Answer, Instance, Wire, World, define, request

SHORT = 2.0


@dataclass(frozen=True)
class Row:
    """`fails` is what a failing hook makes of the actor: its start, the client, the caller, or a log line."""

    timeout: str | None
    fails: str


TABLE = {
    "on_migrate": Row("on_migrate_timeout", "start"),
    "on_create": Row("on_create_timeout", "start"),
    "create_vars": Row("create_vars_timeout", "start"),
    "on_wake": Row("on_wake_timeout", "start"),
    "on_before_connect": Row("on_before_connect_timeout", "client"),
    "create_conn_state": Row("create_conn_state_timeout", "client"),
    "on_connect": Row("on_connect_timeout", "client"),
    "on_disconnect": Row("on_disconnect_timeout", "log"),
    "on_before_action_response": Row("action_timeout", "caller"),
    "on_state_change": Row(None, "log"),
    "on_sleep": Row("sleep_grace_period", "log"),
    "on_destroy": Row("on_destroy_timeout", "log"),
    "run": Row("run_stop_timeout", "crash"),
}
# They answer in ways of their own: test_{requests,websockets,subscriptions,deliveries}.py.
ELSEWHERE = {"on_request", "on_websocket", "can_subscribe", "can_publish"}
HOOKS = sorted(TABLE)
TIMED = [hook for hook in HOOKS if TABLE[hook].timeout]


def test_no_hook_is_missing() -> None:
    assert {item.name for item in fields(Hooks)} == set(TABLE) | ELSEWHERE


@dataclass
class Provoked:
    """What was set going: the start, the client or the caller, and the actor once it has started."""

    actor: ActorTask | None
    answer: Answer
    waiting: asyncio.Task[Any]

    @property
    def refusal(self) -> ActorError | None:
        """The error that somebody got, if anybody did."""
        if self.answer.error is not None:
            return self.answer.error
        failure = self.waiting.exception() if self.waiting.done() else None
        return failure if isinstance(failure, ActorError) else None


async def provoke(world: World, hook: str, definition: ActorDefinition) -> Provoked:
    """Everything that makes `hook` run, without waiting for its end."""
    node, answer = await world.node(definition), Answer()
    waiting: asyncio.Task[Any] = world.clock.spawn(node.ensure(request()), name="start")
    await world.clock.settle()
    if not waiting.done() or waiting.exception() is not None:
        return Provoked(None, answer, waiting)
    actor = waiting.result()
    if hook in ("on_before_connect", "create_conn_state", "on_connect", "on_disconnect"):
        waiting = world.clock.spawn(actor.connect(ConnectRequest(), Wire()), name="connect")
        await world.clock.settle()
        if hook == "on_disconnect":
            actor.close_connection(waiting.result())
    elif hook in ("on_before_action_response", "on_state_change"):
        actor.dispatch("increment", (), answer, None)
    elif hook == "on_destroy":
        actor.request_destroy()
    else:
        actor.request_sleep()
    await world.clock.settle()
    return Provoked(actor, answer, waiting)


def sync_and_async(work: Callable[[], None]) -> dict[str, Callable[..., Any]]:
    def as_sync(self: Instance, *given: Any) -> Any:
        work()
        return given[-1] if given else None

    async def as_async(self: Instance, *given: Any) -> Any:
        work()
        return given[-1] if given else None

    return {"sync": as_sync, "async": as_async}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("hook", HOOKS)
async def test_it_may_be_sync_or_async(world: World, hook: str, kind: str) -> None:
    ran: list[str] = []
    handler = sync_and_async(lambda: ran.append(hook))[kind]
    provoked = await provoke(world, hook, define(hooks={hook: handler}))
    assert (ran, provoked.refusal) == ([hook], None)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("hook", HOOKS)
async def test_what_becomes_of_its_failure(
    world: World, hook: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise UserError("no", code="refused")

    provoked = await provoke(world, hook, define(hooks={hook: sync_and_async(refuse)[kind]}))
    row = world.database.rows["counter-a"]
    fails = TABLE[hook].fails
    if fails in ("start", "client", "caller"):
        assert provoked.refusal is not None
        assert provoked.refusal.name == "user.refused"
    else:
        assert provoked.refusal is None
        assert "failed" in caplog.text
    if fails in ("start", "crash"):
        assert (row.record.node_id, (row.record.error or {})["code"]) == (None, "refused")
    if fails in ("client", "caller"):
        assert row.record.node_id == "node1"
    if hook == "on_state_change":
        assert row.revision == 2, "the change itself stands"


@pytest.mark.parametrize("hook", TIMED)
async def test_it_has_a_time_of_its_own(world: World, hook: str, caplog: pytest.LogCaptureFixture) -> None:
    cancelled: list[str] = []

    async def slow(self: Instance, *given: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(hook)
            raise

    options = Options(**{TABLE[hook].timeout: SHORT})  # type: ignore[arg-type]
    provoked = await provoke(world, hook, define(hooks={hook: slow}, options=options))
    await world.clock.advance(SHORT - 0.01)
    assert cancelled == []
    await world.clock.advance(0.02)
    assert cancelled == [hook]
    if TABLE[hook].fails in ("start", "client"):
        assert provoked.refusal is not None
        assert (provoked.refusal.name, provoked.refusal.metadata["callback"]) == (
            "actor.callback_timed_out",
            hook,
        )
    if TABLE[hook].fails == "caller":
        assert provoked.answer.code == "actor.action_timed_out"
