"""Rows of the application in atomic blocks: in one transaction with state, keys and messages, or undone."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection

from actors.errors import ActorError
from actors.testing import ActorNode
from tests.gateway.atomic_actors import Clerk, hooks

pytestmark = [
    pytest.mark.actors(store="both"),
    pytest.mark.django_db(transaction=True),
]
postgres = pytest.mark.actors(store="postgres")


@pytest.fixture
def clerk(actors: ActorNode) -> Any:
    return Clerk.actors.get_or_create("ann")


async def groups() -> list[str]:
    return [name async for name in Group.objects.order_by("pk").values_list("name", flat=True)]


async def entries(actors: ActorNode, clerk: Any) -> list[str]:
    state = await actors.state_of(clerk)
    return [] if state is None else state.entries


async def connections() -> int:
    """To this database, by anyone but the platform itself and us."""
    words = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name NOT LIKE 'actors%' AND pid <> pg_backend_pid()"
    )

    def ask() -> int:
        with connection.cursor() as cursor:
            cursor.execute(words)
            return int(cursor.fetchone()[0])

    return await sync_to_async(ask)()


def threads() -> int:
    return sum(thread.name.startswith("actors-atomic") for thread in threading.enumerate())


async def test_rows_are_stored_together_with_the_rest(actors: ActorNode, clerk: Any) -> None:
    assert await clerk.record("a") == ["a"]
    assert (await entries(actors, clerk), await groups()) == (["a"], ["a"])


async def test_rows_are_rolled_back_together_with_the_rest(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError):
        await clerk.record("a", True)
    assert (await entries(actors, clerk), await groups()) == ([], [])
    assert await clerk.record("b") == ["b"]
    assert (await entries(actors, clerk), await groups()) == (["b"], ["b"])


@pytest.mark.parametrize("failing", ["unavailable", "rejected"])
async def test_a_failed_write_rolls_the_rows_back(actors: ActorNode, clerk: Any, failing: Any) -> None:
    await clerk.record("a")
    actors.fail_next("write_together", failing)
    with pytest.raises(ActorError):
        await clerk.record("b")
    assert (await entries(actors, clerk), await groups()) == (["a"], ["a"])


async def test_a_block_without_rows_takes_no_thread(clerk: Any) -> None:
    assert await clerk.without_rows("a") == 0


@postgres
async def test_all_calls_of_a_block_share_a_connection(clerk: Any) -> None:
    outside, first, second, third = await clerk.several()
    assert first == second == third != outside


async def test_an_uncaught_integrity_error_undoes_everything(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError) as caught:
        await clerk.duplicate("uncaught")
    assert caught.value.name == "rivetkit.internal_error"
    assert (await entries(actors, clerk), await groups()) == ([], [])
    await actors.failures()


async def test_an_integrity_error_in_a_savepoint_may_be_caught(actors: ActorNode, clerk: Any) -> None:
    assert await clerk.duplicate("savepoint") == "stored"
    assert (await entries(actors, clerk), await groups()) == (["savepoint"], ["savepoint"])


async def test_an_integrity_error_without_savepoint_must_not_be_caught(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError) as caught:
        await clerk.duplicate("bare")
    assert caught.value.name == "atomic.transaction_broken"
    assert (await entries(actors, clerk), await groups()) == ([], [])


@pytest.mark.parametrize("fails", [True, False])
async def test_the_first_call_may_be_an_atomic_of_django(actors: ActorNode, clerk: Any, fails: bool) -> None:
    if fails:
        with pytest.raises(ActorError):
            await clerk.first_call_is("nested", True)
    else:
        await clerk.first_call_is("nested", False)
    stored = [] if fails else ["nested"]
    assert await entries(actors, clerk) == stored
    assert await groups() == ([] if fails else ["nested", "nested 2"])


async def test_a_durable_atomic_of_django_is_refused_inside(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError):
        await clerk.first_call_is("durable", False)
    assert (await entries(actors, clerk), await groups()) == ([], [])
    await actors.failures()


async def test_a_constraint_that_waits_for_the_end_undoes_everything(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError):
        await clerk.dangle()
    assert (await entries(actors, clerk), await groups()) == ([], [])
    assert actors.awake == ["rowClerk/ann"]
    assert await clerk.record("a") == ["a"]
    await actors.failures()


async def test_set_rollback_undoes_everything(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError) as caught:
        await clerk.set_rollback()
    assert caught.value.name == "atomic.transaction_broken"
    assert (await entries(actors, clerk), await groups()) == ([], [])


async def test_hooks_of_on_commit_run_after_the_commit(actors: ActorNode, clerk: Any) -> None:
    hooks.clear()
    await clerk.hooked("a", False)
    with pytest.raises(ActorError):
        await clerk.hooked("b", True)
    assert hooks == ["a", "b"]
    assert (await entries(actors, clerk), await groups()) == (["a", "b"], ["a", "b"]), "and undo nothing"
    await actors.failures()


@postgres
@pytest.mark.parametrize("applied", [True, False])
async def test_a_commit_whose_answer_is_lost_is_read_back(
    actors: ActorNode, clerk: Any, applied: bool
) -> None:
    if applied:
        assert await clerk.lose(True) == "stored"
    else:
        with pytest.raises(ActorError) as caught:
            await clerk.lose(False)
        assert caught.value.name == "actor.outcome_unknown"
        await actors.failures()
    stored = ["lost"] if applied else []
    assert (await entries(actors, clerk), await groups()) == (stored, stored)
    await clerk.record("next")


@postgres
async def test_rows_may_be_locked(actors: ActorNode, clerk: Any) -> None:
    await Group.objects.acreate(pk=1, name="")
    other = Clerk.actors.get_or_create("bob")
    await asyncio.gather(*(actor.lock(name, 0.1) for actor, name in ((clerk, "a"), (other, "b"))))
    assert sorted((await groups())[0]) == ["a", "b"], "no update was lost"


@pytest.mark.parametrize("fails", [True, False])
async def test_what_another_actor_does_is_no_part_of_the_block(
    actors: ActorNode, clerk: Any, fails: bool
) -> None:
    if fails:
        with pytest.raises(ActorError):
            await clerk.ask("bob", True)
    else:
        await clerk.ask("bob", False)
    assert sorted(await groups()) == (["bob"] if fails else ["ann", "bob"])


async def test_a_call_to_itself_is_refused(actors: ActorNode, clerk: Any) -> None:
    with pytest.raises(ActorError) as caught:
        await clerk.ask_itself()
    assert caught.value.name == "actor.deadlock"


@postgres
async def test_neither_connections_nor_threads_are_left(actors: ActorNode, clerk: Any) -> None:
    before = await connections()
    for number in range(100):
        await clerk.record(str(number))
        with pytest.raises(ActorError):
            await clerk.record(str(number), True)
    waiting = asyncio.ensure_future(clerk.wait_inside())
    await actors.settle()
    await actors.advance(11)
    with pytest.raises(ActorError) as caught:
        await waiting
    assert caught.value.name == "atomic.timed_out"
    assert len(await groups()) == 100
    for _ in range(50):
        if threads() == 0 and await connections() == before:
            break
        await asyncio.sleep(0.02)
    assert (threads(), await connections()) == (0, before)
