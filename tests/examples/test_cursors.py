"""The room of cursors: who is seen, where they point, and that they are gone with their connection."""

from __future__ import annotations

import pytest

from actors import ActorError
from actors.testing import ActorNode
from examples.cursors.actors import CursorRoom, Pointer


async def test_people_see_each_other_come_point_and_go(actors: ActorNode) -> None:
    async with CursorRoom.actors.connect("lobby") as ada:
        moved = await actors.listen(ada.events(CursorRoom.moved))
        left = await actors.listen(ada.events(CursorRoom.left))
        assert [pointer.name for pointer in await ada.enter(" Ada ")] == ["Ada"]
        async with CursorRoom.actors.connect("lobby") as bob:
            here = {pointer.name: pointer for pointer in await bob.enter("Bob")}
            assert set(here) == {"Ada", "Bob"}
            await bob.move(2.0, 0.25)
            assert await moved.all() == [Pointer(here["Bob"].id, "Bob", 1.0, 0.25)]
        await actors.settle()
        assert await left.all() == [here["Bob"].id]
        assert [pointer.name for pointer in await ada.get_people()] == ["Ada"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 41])
async def test_a_name_is_checked(actors: ActorNode, name: str) -> None:
    async with CursorRoom.actors.connect("lobby") as ada:
        with pytest.raises(ActorError, match=r"user\.name_invalid"):
            await ada.enter(name)
        with pytest.raises(ActorError, match=r"user\.not_entered"):
            await ada.move(0.5, 0.5)
