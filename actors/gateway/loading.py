"""Loading: what a serving process does before it serves, so that no request waits for it. For the servers."""

from __future__ import annotations

from typing import Any

from channels.routing import get_default_application
from django.urls import get_resolver

from actors.gateway.collector import spare_what_is_loaded


def load_site() -> Any:
    """`ASGI_APPLICATION` with all its URLs and views, out of the collector's sight. Once in a process."""
    application = get_default_application()
    _ = get_resolver().reverse_dict  # asked for, it imports what the first request would import
    spare_what_is_loaded()
    return application
