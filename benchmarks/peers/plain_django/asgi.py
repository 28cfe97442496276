"""HTTP to Django, websockets to Channels."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.plain_django.settings")
django_application = get_asgi_application()

# Models exist only once Django is set up.
from benchmarks.peers.plain_django.consumers import CounterConsumer, RoomConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(
            [
                path("gateway/counter/connect", CounterConsumer.as_asgi()),
                path("gateway/room/connect", RoomConsumer.as_asgi()),
            ]
        ),
    }
)
