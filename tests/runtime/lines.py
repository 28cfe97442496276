"""A `Socket` without a gateway, which keeps what its actor has not answered as a session does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.runtime.conn import Conn, ConnectRequest, Port
from actors.runtime.node import Node
from actors.runtime.task import ActorTask
from tests.runtime.support import Answer, Wire, World


class Line:
    """The client's end as well: `say` and `leave`; `wire` is what arrives there."""

    def __init__(self, node: Node, params: Any = None) -> None:
        self.id = node.parking.new_id()
        self.wire = Wire()
        self.port: Port = self.wire
        self.request = ConnectRequest(params)
        self.gone = False
        self.muted = False
        self.unanswered: dict[Said, None] = {}
        self.attached = 0
        self.task: ActorTask
        self.conn: Conn[Any] | None = None
        self._parking = node.parking

    @property
    def waiting(self) -> bool:
        return self.conn is None and bool(self.unanswered)

    @property
    def acknowledged(self) -> int:
        return 7

    def origin(self) -> tuple[str, Mapping[str, str]]:
        return "/connect", {"x-test": "yes"}

    def attach(self, task: ActorTask, conn: Conn[Any]) -> None:
        self.task, self.conn = task, conn
        self.attached += 1
        if self.gone:
            task.close_connection(conn)
        for said in tuple(self.unanswered):
            task.dispatch(said.action, said.args, said, conn)

    def detach(self) -> None:
        self.conn = None

    def close(self, code: int, reason: str) -> None:
        self.unanswered.clear()
        self.port.close(code, reason)

    # -- the client ----------------------------------------------------------------------------------
    def say(self, action: str, *args: Any) -> Answer:
        """Call an action; the answer may come from a later generation."""
        said = Said(self, action, args)
        self.unanswered[said] = None
        if self.conn is not None:
            self.task.dispatch(action, args, said, self.conn)
        else:
            self._parking.knock(self.task.actor_id)
        return said

    def leave(self) -> None:
        self.gone = True
        if self.conn is not None:
            self.task.close_connection(self.conn)
        else:
            self._parking.leave(self.task.actor_id, self)


class Said(Answer):
    """One call of a line."""

    def __init__(self, line: Line, action: str, args: tuple[Any, ...]) -> None:
        super().__init__()
        self.action = action
        self.args = args
        self._line = line

    def deliver(self, frame: Any) -> None:
        if self._line.unanswered.pop(self, self) is None:
            super().deliver(frame)


async def dial(world: World, task: ActorTask, *events: str, params: Any = None) -> Line:
    """A hibernatable connection to an actor of the first node."""
    line = Line(world.nodes[0], params)
    line.attach(task, await task.connect(line.request, line.port, line))
    for event in events:
        assert line.conn is not None
        task.subscribe(line.conn, event)
    await world.clock.settle()
    return line


async def lull(world: World, task: ActorTask) -> None:
    """Put the actor to sleep, and wait until it sleeps."""
    task.request_sleep()
    await world.clock.settle()
    assert world.nodes[0].local(task.actor_id) is None
