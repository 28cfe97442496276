"""Who may send to a queue: `can_publish` is asked before anything is stored, for what comes from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from actors.errors import UserError
from actors.runtime.conn import Conn
from actors.runtime.options import Options
from actors.runtime.task import ActorTask
from tests.runtime.queues import bodies, define_queues, delivered, mailbox, send
from tests.runtime.support import Instance, World

Hook = Callable[..., Any]


async def asking(world: World, hook: Hook, **given: Any) -> ActorTask:
    """An actor whose hook this is."""
    hooks = {"can_publish": hook, **given.pop("hooks", {})}
    return await world.actor(define_queues(hooks=hooks, **given))


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_the_hook_is_told_who_sends_and_to_which_queue(world: World, kind: str) -> None:
    asked: list[Any] = []

    def sync(self: Instance, conn: Conn[Any], queue: str) -> bool:
        asked.append((conn is self.ctx.conn, queue))
        return True

    async def later(self: Instance, conn: Conn[Any], queue: str) -> bool:
        return sync(self, conn, queue)

    actor = await asking(world, sync if kind == "sync" else later)
    answer = await delivered(world, actor, "work")
    assert (answer.value.status, asked) == ("completed", [(True, "jobs")])
    assert await bodies(actor) == ["work"]


async def test_another_name_of_the_queue_is_no_way_around(world: World) -> None:
    actor = await asking(world, lambda self, conn, queue: queue != "jobs")
    answers = [await delivered(world, actor, 1, queue=name) for name in ("jobs", "job_s", "mail")]
    assert [answer.error and answer.error.name for answer in answers] == ["auth.forbidden"] * 2 + [None]
    assert await bodies(actor) == [1]


async def test_a_queue_that_there_is_not_is_asked_for_by_the_clients_name(world: World) -> None:
    asked: list[str] = []
    actor = await asking(world, lambda self, conn, queue: asked.append(queue) or False)
    answer = await delivered(world, actor, 1, queue="nothing")
    assert (answer.code, asked) == ("auth.forbidden", ["nothing"])


def fail(self: Instance, conn: Conn[Any], queue: str) -> bool:
    raise ValueError("password=hunter2")


def refuse(self: Instance, conn: Conn[Any], queue: str) -> bool:
    raise UserError("Not on Sundays.", code="closed")


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        (lambda self, conn, queue: False, "auth.forbidden"),
        (refuse, "user.closed"),
        (fail, "rivetkit.internal_error"),
        (lambda self, conn, queue: "yes", "rivetkit.internal_error"),
        (lambda self, conn, queue: None, "rivetkit.internal_error"),
    ],
    ids=["no", "user error", "failure", "not a bool", "nothing"],
)
@pytest.mark.parametrize("wait", [False, True])
async def test_without_a_clear_yes_nothing_is_stored(world: World, hook: Hook, name: str, wait: bool) -> None:
    actor = await asking(world, hook)
    answer = await delivered(world, actor, 1, wait=wait)
    assert (answer.code, "hunter2" in str(answer.error)) == (name, False)
    assert len(mailbox(actor)) == 0


async def test_the_hook_has_a_time_of_its_own(world: World) -> None:
    async def slow(self: Instance, conn: Conn[Any], queue: str) -> bool:
        await asyncio.Event().wait()
        return True

    actor = await asking(world, slow, options=Options(can_publish_timeout=2))
    answer = await delivered(world, actor, 1)
    await world.clock.advance(1.9)
    assert not answer.here
    await world.clock.advance(0.2)
    assert answer.error is not None
    assert (answer.error.name, answer.error.metadata) == (
        "actor.callback_timed_out",
        {"callback": "can_publish", "timeout_ms": 2000},
    )
    assert len(mailbox(actor)) == 0


async def test_what_the_actor_sends_itself_is_not_asked_for(world: World) -> None:
    actor = await asking(world, lambda self, conn, queue: False)
    await send(actor, "from within")
    assert await bodies(actor) == ["from within"]


async def test_the_hooks_of_a_connection_run_around_it_also_when_it_refuses(world: World) -> None:
    ran: list[str] = []

    def note(name: str, result: Any = None) -> Hook:
        return lambda self, *given: ran.append(name) or result

    before = ("on_before_connect", "create_conn_state", "on_connect", "on_disconnect")
    hooks = {name: note(name) for name in before}
    actor = await asking(world, note("can_publish", False), hooks=hooks)
    answer = await delivered(world, actor, 1)
    assert answer.code == "auth.forbidden"
    assert ran == [*before[:3], "can_publish", "on_disconnect"]


async def test_what_the_hook_writes_is_stored_before_the_sender_hears_anything(world: World) -> None:
    def count(self: Instance, conn: Conn[Any], queue: str) -> bool:
        self.ctx.state += 1
        return False

    actor = await asking(world, count)
    answer = await delivered(world, actor, 1)
    assert (answer.code, world.stored(actor)) == ("auth.forbidden", 1)


async def test_the_end_of_the_grace_period_cuts_the_question_off(world: World) -> None:
    async def slow(self: Instance, conn: Conn[Any], queue: str) -> bool:
        await asyncio.Event().wait()
        return True

    options = Options(can_publish_timeout=60, sleep_grace_period=5)
    actor = await asking(world, slow, options=options)
    answer = await delivered(world, actor, 1)
    actor.request_sleep()
    await world.clock.advance(6)
    assert answer.code == "actor.stopping"  # so the sender may safely repeat it
