"""The actor that these tests are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from actors import Actor, Event, Options, action


@dataclass
class Message:
    text: str
    stars: int = 0


@dataclass
class Chat:
    topic: str = "tea"
    messages: list[Message] = field(default_factory=list)


class Greets:
    """A mixin that is no actor."""

    @action
    def greet(self) -> str:
        return "hello"


class Audited(Actor, abstract=True):
    @action(readonly=True)
    async def audit(self) -> int:
        return 1


class TeaRoom(Greets, Audited):
    state: Chat
    options = Options(sleep_timeout=60)
    new_message = Event(Message)
    number = Event[int | str]()
    moved = Event[tuple[int, int]](name="room.moved")
    cleared = Event[tuple[()]]()

    async def on_create(self, input: Message | None) -> Any:
        return input

    async def on_wake(self) -> None: ...

    @action
    async def send_message(self, text: str, stars: int = 0) -> Message:
        return Message(text, stars)

    @action(readonly=True)
    async def history(self, limit: int = 50, after: int = 0) -> list[Message]:
        return self.state.messages[after:limit]

    @action
    def count(self, step: int = 1) -> int:
        return step

    @action
    async def count_twice(self) -> int:
        return await self.count(2) + self.count(3).result()

    @action(name="users.add")
    async def add_user(self, message: Message, *roles: str) -> None: ...

    @action
    async def echo(self, value, other=None):  # type: ignore[no-untyped-def]  # what unannotated code gets
        return value


class QuietRoom(TeaRoom, name="quiet"):
    @action
    async def send_message(self, text: str, stars: int = 0) -> Message:
        return await super().send_message(text.lower(), stars)
