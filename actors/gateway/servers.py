"""One ASGI server process that hosts a node: what `manage.py actors serve` runs, on uvicorn or on Daphne.

Gives both the same manners: uvloop, no access log, one frame limit, the node started before the first
request, and on SIGTERM a drain (replies go out, sockets are told to reconnect) before the server's own
shutdown.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final, Literal

import uvicorn

from actors.gateway.cork import CorkedHttpProtocol
from actors.gateway.loading import load_site
from actors.gateway.pipe import server_frame_limit
from actors.gateway.platform import current

SHUTDOWN_GRACE: Final = 1
"""Seconds for what is left after the drain."""


def serve(server: Literal["daphne", "uvicorn"], host: str, port: int) -> None:
    """Serve `ASGI_APPLICATION` until SIGTERM or SIGINT. Daphne gets a fresh interpreter in our place."""
    if server == "daphne":
        _exec_daphne(host, port)
    current().announce(host, port)
    config = uvicorn.Config(
        load_site(),
        host=host,
        port=port,
        loop="uvloop",
        http=CorkedHttpProtocol,
        ws="websockets-sansio",
        ws_max_size=server_frame_limit(current().config.max_incoming_message),
        ws_per_message_deflate=False,
        lifespan="auto",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_GRACE,
    )
    _Uvicorn(config).run()


class _Uvicorn(uvicorn.Server):
    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        await current().drain()
        await super().shutdown(sockets)


def _exec_daphne(host: str, port: int) -> None:
    """Daphne made its event loop when `django.setup()` imported it: too late to give it uvloop here."""
    project = str(Path(sys.argv[0]).resolve().parent)
    paths = [project, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    sys.stdout.flush()
    os.execve(  # noqa: S606 - our own interpreter and module
        sys.executable,
        [sys.executable, "-m", "actors.gateway.daphne_main", host, str(port)],
        environment,
    )
