"""The site's ASGI application: Django, with the doors of the actors in front of it."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rivet_project.settings")

django_application = get_asgi_application()

from actors.gateway.asgi import ActorsApplication  # noqa: E402 - Django must be set up before
from inspector.live import websocket  # noqa: E402

application = ActorsApplication(django_application, websocket)
