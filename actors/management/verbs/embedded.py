"""Which embedded servers the settings point at. Shared by `actors run` and `actors exec`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from actors.services.postgres import Postgres
from actors.services.service import Service, socket_directory
from actors.services.valkey import Valkey


def embedded_services() -> Sequence[Service]:
    """Those that `DATABASES` and `CELERY_BROKER_URL` name; servers of the user's own are left alone."""
    home: Path | None = getattr(settings, "ACTORS_EMBEDDED_HOME", None)
    if home is None:
        return []
    services: list[Service] = []
    if settings.DATABASES["default"].get("HOST") == str(socket_directory(home)):
        services.append(Postgres(home))
    if str(Valkey(home).socket_path) in (getattr(settings, "CELERY_BROKER_URL", None) or ""):
        services.append(Valkey(home))
    return services
