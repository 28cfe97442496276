"""AuthorLog: what an author's code logs through `self.log`. Made by the context, one per generation.

Each record says whose it is and which request has led to it, whatever else its author gives along.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from actors.runtime.calls import ray_now
from actors.runtime.identity import Identity


class AuthorLog(logging.LoggerAdapter[logging.Logger]):
    """Writes to `actors.actor.<name>`, with the fields of `actors.logs.AUTHOR`."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(logging.getLogger(f"actors.actor.{identity.name}"))
        self._identity = identity

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """As logging calls it, for each record that its level lets through."""
        given = kwargs.get("extra") or {}
        return msg, {**kwargs, "extra": {**given, **self._identity.fields(ray_id=ray_now())}}
