"""Orders that go through a queue, step by step: reserved, charged, packed.

Clients know it as `orderDesk`. Each step is a message, so it is not lost with the process and is tried again
when it fails. The card reader of this desk can be unplugged: a charge that fails three times is a dead
letter, and its order is stuck until somebody sends it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from actors import Actor, DeadLetter, Event, HiddenTab, Message, Queue, Tab, UserError, action

ATTEMPTS: Final = 3
BACKOFF: Final = 0.5
MAX_ITEM: Final = 60
KEPT: Final = 30

Step = Literal["reserve", "charge", "pack"]
Progress = Literal["ordered", "reserved", "charged", "packed", "stuck"]
DONE: Final[dict[Step, Progress]] = {"reserve": "reserved", "charge": "charged", "pack": "packed"}
NEXT: Final[dict[Step, Step]] = {"reserve": "charge", "charge": "pack"}


class NoCardReader(Exception):
    """Nobody can pay now."""


@dataclass
class Order:
    """`failed` counts the attempts of its step that failed."""

    number: int
    item: str
    progress: Progress = "ordered"
    failed: int = 0


@dataclass
class Task:
    """One step of one order."""

    order: int
    step: Step


@dataclass
class Desk:
    placed: int = 0
    orders: dict[int, Order] = field(default_factory=dict)
    reader_works: bool = True


class OrderDesk(Actor):
    state: Desk
    inspector_tabs = [Tab("orders", "Orders", folder="tabs/orders", icon="tag"), HiddenTab("schedules")]
    tasks = Queue(Task, max_attempts=ATTEMPTS, backoff=BACKOFF)
    changed = Event(Order)
    reader = Event(bool)

    async def run(self) -> None:
        async for message in self.tasks:
            async with message:
                await self._work(message)

    @action
    async def place(self, item: str) -> Order:
        item = item.strip()
        if not 0 < len(item) <= MAX_ITEM:
            raise UserError(f"An item has 1 to {MAX_ITEM} characters.", code="item_invalid")
        self._make_room()
        self.state.placed += 1
        order = self.state.orders[self.state.placed] = Order(self.state.placed, item)
        self.changed.broadcast(order)
        await self._send(order, "reserve")
        return order

    @action
    def plug(self, works: bool) -> None:
        """Plug the card reader in, or unplug it."""
        self.state.reader_works = works
        self.reader.broadcast(works)

    @action
    async def send_on(self, number: int) -> None:
        """Let the step at which an order is stuck begin anew."""
        letter = await self._stuck(number)
        order = self.state.orders[number]
        order.progress, order.failed = ("ordered" if letter.body.step == "reserve" else "reserved"), 0
        self.changed.broadcast(order)
        await self.tasks.replay(letter)

    @action(readonly=True)
    def look(self) -> Desk:
        return self.state

    async def _work(self, message: Message[Task, object]) -> None:
        task, order = message.body, self.state.orders.get(message.body.order)
        if order is None:
            return  # the process died before the order was stored: whoever placed it was told so
        if task.step == "charge" and not self.state.reader_works:
            order.failed = message.attempt
            if message.attempt == ATTEMPTS:
                order.progress = "stuck"
            self.changed.broadcast(order)
            raise NoCardReader  # the message waits, or is a dead letter from now on
        order.progress, order.failed = DONE[task.step], 0
        self.changed.broadcast(order)
        if task.step in NEXT:
            await self._send(order, NEXT[task.step])

    async def _send(self, order: Order, step: Step) -> None:
        # A step that is done twice, because the process died at its end, must not begin the next one twice.
        await self.tasks.send(Task(order.number, step), dedupe=f"{order.number}/{step}")

    async def _stuck(self, number: int) -> DeadLetter[Task]:
        for letter in await self.tasks.dead_letters():
            if letter.body.order == number:
                return letter
        raise UserError(f"Order {number} is not stuck.", code="not_stuck")

    def _make_room(self) -> None:
        orders = self.state.orders
        packed = [number for number, order in orders.items() if order.progress == "packed"]
        for number in packed[: max(0, len(orders) - KEPT + 1)]:
            del orders[number]
        if len(orders) >= KEPT:
            raise UserError("Too many orders are open.", code="desk_full")
