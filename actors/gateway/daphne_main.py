"""`python -m actors.gateway.daphne_main HOST PORT`: Daphne on uvloop, with the start-up and drain it lacks.

Started by `servers.serve` in a fresh interpreter, because Daphne makes its event loop at import.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

import django  # noqa: E402

django.setup()

from daphne import server as daphne_server  # noqa: E402
from daphne.endpoints import build_endpoint_description_strings  # noqa: E402
from daphne.http_protocol import HTTPFactory, WebRequest  # noqa: E402
from daphne.server import Server  # noqa: E402
from twisted.internet import reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402
from twisted.internet.task import deferLater  # noqa: E402

from actors.errors import ActorError  # noqa: E402
from actors.gateway.loading import load_site  # noqa: E402
from actors.gateway.pipe import server_frame_limit  # noqa: E402
from actors.gateway.platform import current  # noqa: E402


class PlainRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """Its body is read by Django alone: Twisted parsing forms as well is a fifth of what a POST costs."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, parsePOSTFormSubmission=False)


class PlainFactory(HTTPFactory):  # type: ignore[misc]
    """Makes PlainRequests."""

    def buildProtocol(self, addr: Any) -> Any:
        protocol: Any = super().buildProtocol(addr)
        protocol.requestFactory = PlainRequest
        return protocol


class DaphneServer(Server):  # type: ignore[misc]
    """Daphne with a node inside."""

    def run(self) -> None:
        # Daphne takes its factory from this name and offers no other way in.
        daphne_server.HTTPFactory = PlainFactory
        # Not callWhenRunning: that comes before the event loop runs.
        deferLater(reactor, 0, self._begin)
        super().run()

    def kill_all_applications(self) -> Deferred[None]:
        """Before the reactor stops: drain, then let Daphne cancel what is left."""
        drained: Deferred[None] = Deferred.fromFuture(
            current().clock.spawn(current().drain(), name="actors-drain")
        )
        return drained.addBoth(self._cancel_applications)

    def _cancel_applications(self, _: object) -> None:
        for details in self.connections.values():
            application = details.get("application_instance")
            if application is not None:
                application.cancel()

    def _begin(self) -> None:
        # A frame over the limit is answered with a close frame, not with a broken connection.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        current().clock.spawn(_start(), name="actors-start-up")


async def _start() -> None:
    try:
        await current().ready()
    except ActorError:
        pass  # said in the log; the first request tries again, and /health is 503 until then


def main(host: str, port: int) -> None:
    current().announce(host, port)
    largest = server_frame_limit(current().config.max_incoming_message)
    DaphneServer(
        load_site(),
        endpoints=build_endpoint_description_strings(host=host, port=port),
        websocket_timeout=-1,
        websocket_max_message_size=largest,
        websocket_max_frame_size=largest,
        request_buffer_size=largest,
        verbosity=1,
    ).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
