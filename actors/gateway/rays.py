"""Rays: the id of one request, which its answer, the logs of its actors and their timelines have in common.

Every request and every socket gets one at the door, and keeps it on the way to another node, under the seal.
RivetKit's server sends such an id with every answer, as `x-rivet-ray-id`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from actors.gateway.auth import Headers
from actors.gateway.internal import RAY
from actors.protocol.ids import new_actor_id

RAY_ID: Final = "x-rivet-ray-id"
"""The header of an answer."""
_KEY: Final = "actors.ray"
_PREFIX: Final = new_actor_id()[:18]
_numbers = itertools.count()


def new_ray_id() -> str:
    """30 characters like RivetKit's, to be quoted in bug reports."""
    return f"{_PREFIX}{next(_numbers):09d}l00"


def ray_of(scope: MutableMapping[str, Any]) -> str:
    """The id of the request with that ASGI scope; it has one from the first look on."""
    ray: str | None = scope.get(_KEY)
    if ray is None:
        ray = scope[_KEY] = new_ray_id()
    return ray


def ray_header(ray: str | None) -> Mapping[bytes, bytes]:
    """What tells another node of it."""
    return {} if ray is None else {RAY: ray.encode()}


def take_over(scope: MutableMapping[str, Any], headers: Headers) -> None:
    """The request comes from another node, whose seal has been read: it has the id that it had there."""
    if RAY in headers:
        scope[_KEY] = headers[RAY].decode()
