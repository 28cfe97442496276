"""`on_commit`: what Django commits reaches its actor once and in order, what it rolls back never does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections, transaction

from actors.errors import ActorError
from actors.gateway import outbox_operator
from actors.gateway.outbox_operator import Standing, standing
from actors.gateway.platform import current
from actors.models import OutboxCall
from actors.runtime.measures import SUM, layout
from actors.runtime.orders import ORDERS
from actors.testing import ActorNode
from actors.testing.outbox import WatchedOutbox
from tests.gateway.outbox_actors import Notary

pytestmark = [
    pytest.mark.actors(store="both"),
    pytest.mark.django_db(transaction=True),
]
in_memory = pytest.mark.actors(store="memory")
in_postgres = pytest.mark.actors(store="postgres")
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def careful() -> Iterator[None]:
    Notary.failing, Notary.willing = 0, False
    yield
    OutboxCall.objects.all().delete()


@pytest.fixture
def notary(actors: ActorNode) -> Any:
    return Notary.actors.get_or_create("ann")


def lines(actors: ActorNode, notary: Any) -> list[str]:
    actors.settle().result()
    state = actors.state_of(notary).result()
    return [] if state is None else state.lines


def test_a_committed_call_is_delivered_in_order_with_others(actors: ActorNode, notary: Any) -> None:
    with transaction.atomic():
        Group.objects.create(name="row")
        for number in range(5):
            assert notary.note.on_commit(f"{number}") is None
        actors.settle().result()
        assert actors.record(notary).result() is None, "nothing happens before the commit"
    assert lines(actors, notary) == ["0", "1", "2", "3", "4"]


def test_what_is_rolled_back_never_happens(actors: ActorNode, notary: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notary.note.on_commit("never")
        notary.jobs.send.on_commit("never")
        raise ZeroDivisionError
    assert lines(actors, notary) == []
    assert actors.record(notary).result() is None


def test_what_a_savepoint_rolls_back_never_happens(actors: ActorNode, notary: Any) -> None:
    with transaction.atomic():
        notary.note.on_commit("first")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            notary.note.on_commit("never")
            raise ZeroDivisionError
        notary.note.on_commit("last")
    assert lines(actors, notary) == ["first", "last"]


def test_outside_of_a_transaction_it_is_stored_at_once(actors: ActorNode, notary: Any) -> None:
    notary.note.on_commit(line="now")
    assert lines(actors, notary) == ["now"]


def test_a_message_is_stored_with_the_transaction(actors: ActorNode, notary: Any) -> None:
    with transaction.atomic():
        notary.jobs.send.on_commit("one", dedupe="same")
        notary.jobs.send.on_commit("two", dedupe="same")
        notary.jobs.send.on_commit("three", priority=1)
    actors.settle().result()
    assert notary.took().result() == ["three", "one"]


def test_a_sleeping_actor_is_woken_by_id(actors: ActorNode, notary: Any) -> None:
    notary.note("first").result()
    by_id = Notary.actors.for_id(Notary.actors.resolve(notary).result())
    actors.sleep(notary).result()
    by_id.note.on_commit("second")
    assert lines(actors, notary) == ["first", "second"]


def test_what_was_committed_outlives_a_crash(actors: ActorNode, notary: Any) -> None:
    notary.note("first").result()
    with actors.hold("write_together"):
        notary.note.on_commit("second")
        actors.settle().result()
        actors.restart(crash=True).result()
    actors.advance(15).result()
    actors.restart().result()  # looks at once; else it is the next sweep
    assert lines(actors, notary) == ["first", "second"]


def test_an_answer_that_is_lost_makes_no_second_call(actors: ActorNode, notary: Any) -> None:
    notary.note("first").result()
    actors.fail_next("write_together", "interrupted", applied=True)
    notary.note.on_commit("second")
    assert lines(actors, notary) == ["first", "second"]


def test_what_fails_is_tried_again_before_what_follows(actors: ActorNode, notary: Any) -> None:
    Notary.failing = 2
    notary.note.on_commit("hard")
    notary.note.on_commit("easy")
    actors.settle().result()
    assert Notary.failing == 1
    actors.advance(1).result()
    assert (Notary.failing, actors.state_of(notary).result().lines) == (0, [])
    actors.advance(2).result()
    assert lines(actors, notary) == ["hard", "easy"]


@in_postgres
def test_what_its_actor_refuses_is_given_up_and_kept_and_the_next_one_passes(
    actors: ActorNode, notary: Any
) -> None:
    notary.refuse.on_commit()
    notary.note.on_commit("next")
    assert lines(actors, notary) == ["next"]
    (failed,) = OutboxCall.objects.all()
    assert (failed.attempts, failed.error) == (1, "user.user_error: not today")
    assert failed.failed_at is not None


@in_memory
def test_what_always_fails_is_given_up_after_ten_attempts(actors: ActorNode, notary: Any) -> None:
    Notary.failing = 10
    notary.note.on_commit("hopeless")
    notary.note.on_commit("next")
    actors.advance(300).result()
    assert lines(actors, notary) == ["next"]
    assert Notary.failing == 0


@in_postgres
def test_a_call_that_was_given_up_is_delivered_after_all_when_an_operator_says_so(
    actors: ActorNode, notary: Any
) -> None:
    notary.refuse.on_commit()
    notary.note.on_commit("later")
    assert lines(actors, notary) == ["later"]
    (call,) = OutboxCall.objects.all()
    assert standing() == [Standing("notary", 0, None, 1)]
    Notary.willing = True
    assert outbox_operator.retry(call.pk, current().clock.now_ms())
    deadline = time.monotonic() + PATIENCE
    while OutboxCall.objects.exists():  # the news of it come over a socket
        assert time.monotonic() < deadline, "the outbox stays full"
        actors.settle().result()
    assert lines(actors, notary) == ["later", "refused no more"]
    assert standing() == []


def test_what_becomes_of_calls_is_counted_by_class(actors: ActorNode, notary: Any) -> None:
    Notary.failing = 1
    notary.note.on_commit("hard")
    actors.advance(2).result()
    notary.refuse.on_commit()
    actors.settle().result()
    measures = current().measurements.of("notary")
    counted = {
        word: measures.counters[layout("counter")[f"outbox_{word}_total",]]
        for word in ("delivered", "retried", "given_up")
    }
    assert counted == {"delivered": 1, "retried": 1, "given_up": 1}
    lag = measures.histograms[layout("histogram")["outbox_lag_seconds",] + SUM]
    assert 1 <= lag <= 2.5, "of the one that was delivered, by the clock of the test"


@in_postgres
def test_only_what_was_given_up_can_be_retried_or_discarded(actors: ActorNode, notary: Any) -> None:
    notary.refuse.on_commit()
    actors.settle().result()
    given_up = OutboxCall.objects.get()
    with actors.hold("outbox_claim"):
        notary.note.on_commit("waits")
        waits = OutboxCall.objects.get(failed_at=None)
        assert standing() == [Standing("notary", 1, waits.created_at, 1)]
        for call in (waits.pk, 0):
            assert not outbox_operator.retry(call, 0)
            assert not outbox_operator.discard(call)
    assert lines(actors, notary) == ["waits"]
    assert outbox_operator.discard(given_up.pk)
    assert not OutboxCall.objects.exists()


@in_memory
def test_what_cannot_begin_counts_as_no_attempt(actors: ActorNode, notary: Any) -> None:
    notary.note("first").result()
    actors.sleep(notary).result()
    actors.fail_next("claim", times=20)
    notary.note.on_commit("patient")
    actors.advance(60).result()
    assert lines(actors, notary) == ["first", "patient"]


@in_memory
def test_an_outbox_that_cannot_be_read_is_read_later(actors: ActorNode, notary: Any) -> None:
    actors.fail_next("outbox_claim")
    notary.note.on_commit("later")
    actors.advance(2).result()
    assert lines(actors, notary) == ["later"]


@in_memory
def test_a_slow_delivery_keeps_its_lease(actors: ActorNode, notary: Any) -> None:
    """Another node would claim it; here it would be this one."""
    notary.note("first").result()
    with actors.hold("outbox_holds"):
        notary.note.on_commit("slow")
        actors.advance(40).result()
    assert lines(actors, notary) == ["first", "slow"]


@in_memory
def test_a_lease_is_renewed_once_at_a_time_however_many_went_before(
    actors: ActorNode, notary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[int] = []
    really = WatchedOutbox.renew

    async def renew(self: WatchedOutbox, row_ids: list[int], now: int) -> None:
        renewed.append(now)
        await really(self, row_ids, now)

    monkeypatch.setattr(WatchedOutbox, "renew", renew)
    for number in range(5):
        notary.note.on_commit(str(number))
        actors.settle().result()
    with actors.hold("outbox_holds"):
        notary.note.on_commit("slow")
        actors.advance(40).result()
    assert renewed
    assert len(renewed) == len(set(renewed))


# -- what is refused --------------------------------------------------------------------------------------
def test_bad_calls_are_told_to_the_caller_and_store_nothing(actors: ActorNode, notary: Any) -> None:
    cases = {
        "actor.invalid_request": [
            lambda: notary.note.on_commit(5),
            lambda: notary.read.on_commit(),
            lambda: actors.as_user(notary, User()).note.on_commit("x"),
            lambda: Notary.actors.get("a\0b").note.on_commit("x"),
        ],
        "message.incoming_too_long": [lambda: notary.note.on_commit("x" * 1_000)],
        "queue.message_too_large": [lambda: notary.jobs.send.on_commit("x" * 500)],
        "queue.invalid_payload": [lambda: notary.jobs.send.on_commit(5)],
        "queue.invalid_request": [lambda: notary.jobs.send.on_commit("x", delay=-1)],
        "actor.not_found": [lambda: Notary.actors.for_id("nobody").note.on_commit("x")],
    }
    for code, calls in cases.items():
        for call in calls:
            with pytest.raises(ActorError) as refused:
                call()
            assert refused.value.name == code
    assert lines(actors, notary) == []
    assert not OutboxCall.objects.exists()


def test_an_actor_that_does_not_exist_is_waited_for_and_given_up(actors: ActorNode) -> None:
    Notary.actors.get("nobody").note.on_commit("x")
    actors.advance(300).result()
    actors.settle().result()
    assert actors.records().result() == []


@in_postgres
def test_a_transaction_of_another_database_alone_is_refused(actors: ActorNode, notary: Any) -> None:
    other = connections.create_connection("default")
    other.ensure_connection()
    other.alias = "elsewhere"
    connections["elsewhere"] = other
    connections.settings["elsewhere"] = connections.settings["default"]
    try:
        with transaction.atomic(using="elsewhere"):
            with pytest.raises(ActorError) as refused:
                notary.note.on_commit("never")
            with transaction.atomic():
                notary.note.on_commit("both")
    finally:
        other.close()
        del connections["elsewhere"], connections.settings["elsewhere"]
    assert refused.value.name == "outbox.not_here"
    assert "'elsewhere'" in refused.value.message
    assert lines(actors, notary) == ["both"]


def test_async_code_is_told_what_to_do(actors: ActorNode, notary: Any) -> None:
    async def view() -> None:
        notary.note.on_commit("never")

    with pytest.raises(ActorError, match="async code"):
        asyncio.run(view())
    for misuse in (notary.misuse("bob"), notary.misuse_itself()):
        with pytest.raises(ActorError) as refused:
            misuse.result()
        assert refused.value.name == "outbox.not_here"


# -- inside an atomic block -------------------------------------------------------------------------------
def test_a_call_from_an_atomic_block_is_stored_with_it(actors: ActorNode, notary: Any) -> None:
    notary.pass_on("bob", False).result()
    assert lines(actors, Notary.actors.get("bob")) == ["from ann"]
    with pytest.raises(ActorError):
        notary.pass_on("cid", True).result()
    assert lines(actors, Notary.actors.get("cid")) == []
    assert lines(actors, notary) == ["bob"]


def order(actors: ActorNode, notary: Any, word: str) -> None:
    """As an operator gives it."""
    record = actors.record(notary).result()
    assert record is not None
    give = partial(ORDERS[word], actors._process.node, record.actor_id, actors._world.clock)
    actors._call("order", give).result()
    actors.settle().result()


@in_memory
@pytest.mark.parametrize("asleep", [True, False])
def test_calls_to_a_paused_actor_stay_in_the_outbox_and_are_no_attempts(
    actors: ActorNode, notary: Any, asleep: bool, caplog: pytest.LogCaptureFixture
) -> None:
    notary.note("first").result()
    if asleep:
        actors.sleep(notary).result()
    order(actors, notary, "pause")
    with transaction.atomic():
        notary.note.on_commit("second")
        notary.note.on_commit("third")
    actors.advance(3600).result()
    record = actors.record(notary).result()
    assert record is not None and record.generation == 1, "nobody has woken it"
    assert "outbox" not in caplog.text, "it waits as somebody wants it"
    order(actors, notary, "resume")
    actors.settle().result()
    state = actors.state_of(notary).result()
    assert state.lines == ["first", "second", "third"], "at once, however long it was paused"
