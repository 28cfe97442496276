"""The nodes, and what they stand on: database, channel layer, Celery's broker.

A node is known by its heartbeat; what does not answer says what stops working without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Now

from actors.gateway.platform import current
from actors.models import Node
from inspector.screens import Look, Screen

ANSWER_WITHIN: Final = 1.0


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that the platform stands on. `without` says what stops when it does not answer."""

    name: str
    ok: bool
    told: str
    without: str


def nodes() -> list[Any]:
    """All rows, the newest first, each with `alive`."""
    lease = timedelta(seconds=current().config.lease_duration)
    alive = Case(
        When(heartbeat_at__gt=Now() - lease, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return list(Node.objects.annotate(alive=alive).order_by("-started_at"))


def read(look: Look) -> dict[str, Any]:
    own = current().node
    return {
        "section": "nodes",
        "nodes": nodes(),
        "own": None if own is None else own.node_id,
        "stats": None if own is None else own.stats(),
        "dependencies": [_postgres(), _redis(), _broker()],
    }


def _postgres() -> Dependency:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    told = f"PostgreSQL {version.split()[0]}, {size / 1e6:,.0f} MB"
    return Dependency("Postgres", True, told, "every actor: nothing can be stored, nobody is answered")


def _redis() -> Dependency:
    layers: Any = getattr(settings, "CHANNEL_LAYERS", {})
    layer = layers.get("default", {})
    hosts = layer.get("CONFIG", {}).get("hosts") or []
    host = hosts[0] if hosts else None
    address = host.get("address") if isinstance(host, dict) else host
    return _ping("Channel layer", address, "notices between processes; actors go on")


def _broker() -> Dependency:
    address = getattr(settings, "CELERY_BROKER_URL", None)
    told = None if address is None else str(address).replace("redis+socket://", "unix://", 1)
    return _ping("Celery broker", told, "tasks: alarms of sleeping actors wait until it is back")


def _ping(name: str, address: Any, without: str) -> Dependency:
    if not isinstance(address, str) or not address.startswith(("redis", "unix", "valkey")):
        return Dependency(name, True, "not on Redis here: not asked", without)
    import redis  # a project without Redis has no use for it

    client = redis.Redis.from_url(address, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
    try:
        client.ping()
    except redis.RedisError as exc:
        return Dependency(name, False, f"does not answer: {type(exc).__name__}", without)
    finally:
        client.close()
    return Dependency(name, True, "answers", without)


NODES: Final = Screen("nodes", read)
