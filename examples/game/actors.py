"""Noughts and crosses for two, with a clock: `run` passes the turn of a player who thinks too long.

Clients know it as `ticTacToe`. A seat is the state of a connection, the game is the state of the actor: the
game is still there when the server comes back, and its clock goes on where it stood.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from actors import Actor, Conn, Event, UserError, action

TURN_SECONDS = 20
REST_SECONDS = 30
LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


@dataclass
class Game:
    """`winner` is "X", "O", "draw", or empty while the game goes on. `seconds` are left for this move."""

    board: list[str] = field(default_factory=lambda: [""] * 9)
    turn: str = "X"
    winner: str = ""
    seconds: int = TURN_SECONDS


class TicTacToe(Actor):
    state: Game
    conn: Conn[str]
    changed = Event(Game)
    seated = Event[list[str]]()

    async def run(self) -> None:
        """The clock, once a second. A table where nobody plays is put to sleep, its sockets stay."""
        resting = 0
        while resting < REST_SECONDS:
            if await self.aborted.wait(1.0):
                return
            resting = 0 if self._playing() else resting + 1
            if self._playing():
                self._tick()
        self.sleep()

    @action
    def sit(self) -> str:
        """Take a free seat: "X" or "O"; "" when both are taken and one can only watch."""
        if not self.conn.state:
            free = [mark for mark in ("X", "O") if mark not in self._seats()]
            self.conn.state = free[0] if free else ""
            self.seated.broadcast(self._seats())
        return self.conn.state

    @action
    def move(self, cell: int) -> Game:
        game, mark = self.state, self.conn.state
        if game.winner:
            raise UserError("The game is over.", code="over")
        if mark != game.turn:
            raise UserError("It is not your turn.", code="not_your_turn")
        if not 0 <= cell < 9 or game.board[cell]:
            raise UserError("That field is not free.", code="not_free")
        game.board[cell] = mark
        game.winner = _winner(game.board)
        return self._next_turn()

    @action
    def again(self) -> Game:
        """Clear the table. Only a player may, and only when the game is over."""
        if not (self.conn.state and self.state.winner):
            raise UserError("Only a player may, after the game.", code="not_over")
        self.state = Game()
        self.changed.broadcast(self.state)
        return self.state

    @action(readonly=True)
    def get_game(self) -> Game:
        return self.state

    @action(readonly=True)
    def get_seats(self) -> list[str]:
        """The marks whose seats are taken."""
        return self._seats()

    def on_disconnect(self, conn: Conn[str]) -> None:
        if conn.state:
            self.seated.broadcast(self._seats())

    def _seats(self) -> list[str]:
        return sorted(conn.state for conn in self.conns.values() if conn.state)

    def _playing(self) -> bool:
        return not self.state.winner and len(self._seats()) == 2

    def _tick(self) -> None:
        self.state.seconds -= 1
        if self.state.seconds <= 0:
            self._next_turn()

    def _next_turn(self) -> Game:
        game = self.state
        game.turn = "O" if game.turn == "X" else "X"
        game.seconds = TURN_SECONDS
        self.changed.broadcast(game)
        return game


def _winner(board: list[str]) -> str:
    for first, second, third in LINES:
        if board[first] and board[first] == board[second] == board[third]:
            return board[first]
    return "draw" if all(board) else ""
