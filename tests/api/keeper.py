"""An actor whose keys tests use from outside."""

from __future__ import annotations

from typing import ClassVar

from actors import Actor, Options, action
from actors.api.kv import Kv


class Keeper(Actor):
    """Does nothing by itself."""

    options = Options(no_sleep=True)
    found: ClassVar[list[Keeper]] = []

    async def on_wake(self) -> None:
        self.found.append(self)

    @action
    async def wake(self) -> None:
        """Be there."""

    @action
    async def end(self) -> None:
        self.destroy()


async def keeper(key: str = "a") -> Kv:
    """The keys of an actor that has just woken."""
    Keeper.found.clear()
    await Keeper.actors.get_or_create(key).wake()
    return Keeper.found[-1].kv
