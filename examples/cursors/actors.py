"""A room of cursors: who is here, and where each one points. Nothing of it is worth storing.

Clients know it as `cursorRoom`. A person is the state of a connection: it lives as long as the socket, also
while the actor sleeps, and it is gone with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from actors import Actor, Conn, Event, UserError, action

MAX_NAME = 40


@dataclass
class Pointer:
    """`x` and `y` are parts of the room's width and height, from 0 to 1."""

    id: str
    name: str
    x: float = 0.5
    y: float = 0.5


class CursorRoom(Actor):
    conn: Conn[Pointer | None]
    entered = Event(Pointer)
    moved = Event(Pointer)
    left = Event(str)

    @action
    def enter(self, name: str) -> list[Pointer]:
        """Be seen as `name`. The answer is everybody who is here, oneself included."""
        name = name.strip()
        if not 0 < len(name) <= MAX_NAME:
            raise UserError(f"A name has 1 to {MAX_NAME} characters.", code="name_invalid")
        self.conn.state = Pointer(self.conn.id, name)
        self.entered.broadcast(self.conn.state)
        return self._people()

    @action
    def move(self, x: float, y: float) -> None:
        """Point somewhere else. Who has not entered points at nothing."""
        pointer = self.conn.state
        if pointer is None:
            raise UserError("Enter the room first.", code="not_entered")
        pointer.x, pointer.y = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
        self.moved.broadcast(pointer)

    @action(readonly=True)
    def get_people(self) -> list[Pointer]:
        return self._people()

    def on_disconnect(self, conn: Conn[Pointer | None]) -> None:
        if conn.state is not None:
            self.left.broadcast(conn.id)

    def _people(self) -> list[Pointer]:
        return [conn.state for conn in self.conns.values() if conn.state is not None]
