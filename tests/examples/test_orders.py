"""The order desk: steps that follow each other, a card reader that fails, and what survives a crash."""

from __future__ import annotations

import pytest

from actors import ActorError
from actors.testing import ActorNode
from examples.orders.actors import ATTEMPTS, BACKOFF, KEPT, MAX_ITEM, OrderDesk

pytestmark = pytest.mark.actors(store="both")
PATIENCE = BACKOFF * 2**ATTEMPTS


@pytest.fixture
def desk(actors: ActorNode) -> OrderDesk:
    return OrderDesk.actors.get_or_create("main")


async def test_an_order_goes_through_all_steps(actors: ActorNode, desk: OrderDesk) -> None:
    async with OrderDesk.actors.connect(desk) as page:
        heard = await actors.listen(page.events(OrderDesk.changed))
        assert (await desk.place(" Tea ")).item == "Tea"
        await actors.settle()
        assert [order.progress for order in await heard.all()] == ["ordered", "reserved", "charged", "packed"]


async def test_a_charge_that_keeps_failing_is_stuck_until_it_is_sent_on(
    actors: ActorNode, desk: OrderDesk
) -> None:
    await desk.plug(False)
    await desk.place("Tea")
    await actors.settle()
    first = (await desk.look()).orders[1]
    assert (first.progress, first.failed) == ("reserved", 1)
    with pytest.raises(ActorError, match=r"user\.not_stuck"):
        await desk.send_on(1)
    await actors.advance(PATIENCE)
    assert (await desk.look()).orders[1].progress == "stuck"
    assert len(await actors.failures()) == ATTEMPTS

    await actors.advance(3600)
    assert actors.awake == [], "what is stuck keeps nobody awake"
    await desk.plug(True)
    await desk.send_on(1)
    await actors.settle()
    assert (await desk.look()).orders[1].progress == "packed"


async def test_a_reader_that_works_again_in_time_is_enough(actors: ActorNode, desk: OrderDesk) -> None:
    await desk.plug(False)
    await desk.place("Tea")
    await actors.settle()
    await desk.plug(True)
    await actors.advance(PATIENCE)
    assert (await desk.look()).orders[1].progress == "packed"
    assert len(await actors.failures()) == 1


async def test_an_order_goes_on_after_a_crash(actors: ActorNode, desk: OrderDesk) -> None:
    await desk.plug(False)
    await desk.place("Tea")
    await actors.settle()
    await actors.restart(crash=True)
    await desk.plug(True)
    await actors.advance(PATIENCE)
    assert (await desk.look()).orders[1].progress == "packed"
    assert len(await actors.failures()) == 1


async def test_what_is_refused(desk: OrderDesk) -> None:
    for item in (" ", "x" * (MAX_ITEM + 1)):
        with pytest.raises(ActorError, match=r"user\.item_invalid"):
            await desk.place(item)


async def test_old_orders_make_room_and_open_ones_do_not(actors: ActorNode, desk: OrderDesk) -> None:
    for _ in range(KEPT + 1):
        await desk.place("Tea")
        await actors.settle()
    assert list((await desk.look()).orders) == list(range(2, KEPT + 2))
    await desk.plug(False)
    for _ in range(KEPT):
        await desk.place("Coffee")
    with pytest.raises(ActorError, match=r"user\.desk_full"):
        await desk.place("Coffee")
    await actors.settle()
    assert await actors.failures()
