"""What the inspector shows, as plain values, and who waits for what it runs: for both of its doors.

Reads a running actor through `Inspection`; knows no request. RivetKit: rivetkit-core/src/registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from actors.errors import ActorError, error, sanitize
from actors.gateway.routes import RAW_BODY
from actors.runtime.inspection import SeenConn

LARGEST: Final = RAW_BODY
"""Bytes of one message either way: a whole state fits, as the actor's own limit allows it."""

Encode = Callable[[Any], bytes]


def conn_details(conn: SeenConn, encode: Encode) -> dict[str, Any]:
    """One connection. What its author keeps in its state need not be data: then None is shown."""
    return {
        "type": None,
        "params": conn.params,
        "stateEnabled": True,
        "state": _shown(conn.state, encode),
        "subscriptions": len(conn.events),
        "isHibernatable": conn.hibernatable,
    }


def _shown(value: Any, encode: Encode) -> Any:
    try:
        encode(value)
    except ActorError:
        return None
    return value


class InspectorReply:
    """Waits for one action that an inspector has asked for: `actors.runtime.calls.Reply`."""

    __slots__ = ("_encode", "answer")

    def __init__(self, encode: Encode) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._encode = encode

    def encode(self, output: Any) -> bytes:
        """Within the limit of a message."""
        data = self._encode(output)
        if len(data) > LARGEST:
            raise error("message.outgoing_too_long")
        return data

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: bytes | ActorError) -> None:
        if self.answer.done():  # cancelled when the client has gone
            return
        if isinstance(frame, ActorError):
            self.answer.set_exception(frame)
        else:
            self.answer.set_result(frame)


def told(failure: Exception, expose: bool) -> ActorError:
    """An error as an inspector sees it: what an actor says to its callers is a caller's mistake here."""
    err = sanitize(failure, expose)
    if err.group == "user" and err.status == 500:
        err.status = 400
    return err
