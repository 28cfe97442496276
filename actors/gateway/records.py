"""What the management API says of an actor and reads from a query string; shared by listing and making."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from urllib.parse import parse_qsl

from django.core.handlers.asgi import ASGIRequest

from actors.conf import NodeConfig
from actors.errors import ActorError, error
from actors.gateway.api_shapes import ActorInfo
from actors.gateway.internal import Seal
from actors.gateway.platform import Platform
from actors.gateway.resolve import POOL
from actors.protocol.ids import is_actor_id
from actors.storage.store import ActorRecord


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request to the management API that may pass; with a `seal` another node has passed it on."""

    platform: Platform
    http: ASGIRequest
    seal: Seal | None

    def query(self, *fields: str) -> list[tuple[str, str]]:
        """The parameters beside `namespace`. Raises as `read_query` does."""
        return read_query(self.http.scope["query_string"], self.platform.config, fields)

    def query_anywhere(self, *fields: str) -> list[tuple[str, str]]:
        """As `query`, of a route that belongs to no namespace: one may be named."""
        return read_query(self.http.scope["query_string"], self.platform.config, fields, anywhere=True)


def actor_json(record: ActorRecord, config: NodeConfig) -> ActorInfo:
    """One actor as RivetKit's clients read it. Times are Unix milliseconds, null when unset."""
    body: ActorInfo = {
        "actor_id": record.actor_id,
        "name": record.name,
        "key": record.key,
        "namespace_id": namespace_id(config.namespace),
        "datacenter": "default",
        "runner_name_selector": POOL,
        "crash_policy": record.crash_policy,
        "create_ts": record.created_at,
        "start_ts": record.started_at,
        "pending_allocation_ts": None,
        "connectable_ts": record.connectable_at,
        "sleep_ts": record.slept_at,
        "reschedule_ts": record.restart_at,
        "destroy_ts": record.destroyed_at,
    }
    if record.error is not None:
        body["error"] = {"crashed": dict(record.error)}
    if record.paused_at is not None:
        body["pause_ts"] = record.paused_at
    if record.queues_paused_at is not None:
        body["queues_pause_ts"] = record.queues_paused_at
    return body


@lru_cache(maxsize=16)
def namespace_id(name: str) -> str:
    """A stable id of 30 characters for a namespace, which here is only a name."""
    return sha256(name.encode()).hexdigest()[:27] + "l00"


def bad_request(reason: str) -> ActorError:
    return error("api.bad_request", reason=reason)


def check_id(actor_id: str) -> None:
    """Raises api.bad_request for what is no id."""
    if not is_actor_id(actor_id):
        raise bad_request("Invalid URL: the actor id has not the form of an id")


def read_query(
    query_string: bytes, config: NodeConfig, fields: Collection[str], anywhere: bool = False
) -> list[tuple[str, str]]:
    """The parameters beside `namespace`, which must be there and be ours. Unknown ones are refused.

    `anywhere`: it may be left out.

    Raises api.bad_request and namespace.not_found.
    """
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeError as exc:
        raise bad_request("Failed to deserialize query string: not UTF-8") from exc
    known = ["namespace", *fields]
    for name, _ in pairs:
        if name not in known:
            expected = ", ".join(f"`{field}`" for field in known)
            reason = f"{name}: unknown field `{name}`, expected one of {expected}"
            raise bad_request(f"Failed to deserialize query string: {reason}")
    namespaces = [value for name, value in pairs if name == "namespace"]
    if not namespaces and not anywhere:
        raise bad_request("Failed to deserialize query string: missing field `namespace`")
    if namespaces not in ([config.namespace], []):
        raise error("namespace.not_found")
    return [(name, value) for name, value in pairs if name != "namespace"]


def one(pairs: list[tuple[str, str]], field: str) -> str | None:
    """The value of `field`, None when absent. Raises api.bad_request when it comes twice."""
    values = [value for name, value in pairs if name == field]
    if len(values) > 1:
        raise bad_request(f"Failed to deserialize query string: duplicate field `{field}`")
    return values[0] if values else None


def number(pairs: list[tuple[str, str]], field: str) -> int | None:
    """The value of `field` as an unsigned integer. Raises api.bad_request."""
    value = one(pairs, field)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 15):
        raise bad_request(f"Failed to deserialize query string: {field}: invalid digit found in string")
    return int(value)
