"""The game: seats, turns, the clock in `run`, and a table that sleeps when nobody plays."""

from __future__ import annotations

import pytest

from actors import ActorError
from actors.testing import ActorNode
from examples.game.actors import REST_SECONDS, TURN_SECONDS, TicTacToe


async def test_two_play_to_the_end_and_a_third_watches(actors: ActorNode) -> None:
    table = TicTacToe.actors.get_or_create("main")
    connect = TicTacToe.actors.connect
    async with connect(table) as first, connect(table) as second, connect(table) as third:
        assert [await player.sit() for player in (first, second, third)] == ["X", "O", ""]
        for player, cell in ((first, 0), (second, 3), (first, 1), (second, 4), (first, 2)):
            game = await player.move(cell)
        assert (game.winner, game.board[:3]) == ("X", ["X", "X", "X"])
        with pytest.raises(ActorError, match=r"user\.over"):
            await second.move(5)
        with pytest.raises(ActorError, match=r"user\.not_over"):
            await third.again()
        assert (await second.again()).board == [""] * 9


async def test_a_move_out_of_turn_or_on_a_taken_field_changes_nothing(actors: ActorNode) -> None:
    table = TicTacToe.actors.get_or_create("main")
    async with TicTacToe.actors.connect(table) as first, TicTacToe.actors.connect(table) as second:
        await first.sit()
        await second.sit()
        with pytest.raises(ActorError, match=r"user\.not_your_turn"):
            await second.move(0)
        await first.move(0)
        for cell in (0, -1, 9):
            with pytest.raises(ActorError, match=r"user\.not_free"):
                await second.move(cell)
        assert (await table.get_game()).board == ["X"] + [""] * 8


async def test_the_clock_passes_the_turn_also_after_a_crash_of_the_process(actors: ActorNode) -> None:
    table = TicTacToe.actors.get_or_create("main")
    async with TicTacToe.actors.connect(table) as first, TicTacToe.actors.connect(table) as second:
        await first.sit()
        await second.sit()
        await actors.advance(TURN_SECONDS - 1)
        assert (await table.get_game()).turn == "X"
        await actors.advance(1)
        game = await table.get_game()
        assert (game.turn, game.seconds) == ("O", TURN_SECONDS)
        await actors.advance(5)
    await actors.restart()
    assert (await table.get_game()).seconds == TURN_SECONDS - 5


async def test_a_table_where_nobody_plays_goes_to_sleep(actors: ActorNode) -> None:
    table = TicTacToe.actors.get_or_create("main")
    await table.get_game()
    await actors.advance(REST_SECONDS)
    assert await actors.status(table) == "asleep"
