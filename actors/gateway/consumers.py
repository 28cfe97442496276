"""The websocket door: a Channels consumer that carries one conversation, actor-connect or raw.

Opens the connection, then hands each frame to the session and returns for the next at once: nothing is
awaited per action. Failures come after the upgrade, as a close code with a reason, because browsers see
nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from channels.consumer import AsyncConsumer

from actors.gateway.auth import Headers, headers_of
from actors.gateway.backlog import frame_size
from actors.gateway.conversation import Conversation
from actors.gateway.opening import Knock, open_session
from actors.gateway.outlet import Outlet
from actors.gateway.pipe import Pipe, Receive, open_pipe
from actors.gateway.platform import Platform, current
from actors.gateway.session import INTERNAL_ERROR
from actors.logs import SOCKET_FAILED, named
from actors.protocol.codec import codec_for
from actors.protocol.handshake import ANSWER_PROTOCOL

BROKEN_OFF: Final = 1006

logger = logging.getLogger("actors.gateway")


class ActorConsumer(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """One websocket to one actor."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The whole life of the socket. Channels' own dispatch would hop to a thread on every frame."""
        await receive()
        platform, pipe = current(), open_pipe(send)
        headers = headers_of(scope)
        offered = _offered(scope, headers)
        accepted = ANSWER_PROTOCOL if ANSWER_PROTOCOL in offered else None
        await pipe.send({"type": "websocket.accept", "subprotocol": accepted})
        config = platform.config
        outlet = Outlet(
            pipe, codec_for("json"), platform.clock, config.max_unsent, config.max_outgoing_message
        )
        try:
            session = await open_session(Knock(platform, scope, headers, offered), outlet)
            if session is None:
                await _until_gone(receive)
            else:
                await _converse(platform, session, outlet, receive, pipe)
        except Exception as failure:
            SOCKET_FAILED.say(logger, {"error": named(failure)}, failure)
            outlet.close(INTERNAL_ERROR, "core.internal_error")
        finally:
            outlet.detach()


def _offered(scope: Mapping[str, Any], headers: Headers) -> list[str]:
    """The subprotocols as sent: Daphne unquotes the header before it splits it, which tears params apart."""
    header = headers.get(b"sec-websocket-protocol")
    if header is None:
        return list(scope.get("subprotocols", ()))
    return [item.strip() for item in header.decode("latin-1").split(",")]


async def _until_gone(receive: Receive) -> None:
    """Take and drop what comes until the closing handshake is done."""
    while (await receive())["type"] == "websocket.receive":
        pass


async def _converse(
    platform: Platform, session: Conversation, outlet: Outlet, receive: Receive, pipe: Pipe
) -> None:
    """Feed the session until the client is gone. A client with too much unanswered is not read from."""
    platform.sessions.add(session)
    left = BROKEN_OFF, ""
    traffic, now_ms = outlet.traffic, platform.clock.now_ms
    try:
        while (message := await receive())["type"] == "websocket.receive":
            if outlet.closed or platform.draining:
                continue
            frame = message.get("text")
            frame = message["bytes"] if frame is None else frame
            traffic.received += 1
            traffic.received_bytes += frame_size(frame)
            traffic.heard_at = now_ms()
            session.receive(frame)
            if session.backlog.full:
                pipe.pause_reading()
                await session.backlog.room()
                pipe.resume_reading()
        left = pipe.farewell(message)
    finally:
        platform.sessions.discard(session)
        session.end(*left)
