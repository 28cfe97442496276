"""NodeConfig: the settings dict `ACTORS` as one frozen value, checked once and handed down.

Read by the face when the process starts. No floor below it may read Django's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from actors.errors import error
from actors.runtime.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """Times in seconds, sizes in bytes. Every field is a key of `ACTORS` in capitals."""

    token: str | None = None
    open_on_loopback: bool = False
    session_access: str | None = None
    namespace: str = "default"
    internal_address: str | None = None
    internal_secret: str = ""
    slim_handler: bool = True
    expose_errors: bool = False
    inspector_read_only: bool = True
    heartbeat_interval: float = 5.0
    lease_duration: float = 15.0
    sweep_interval: float = 10.0
    max_incoming_message: int = 65_536
    max_outgoing_message: int = 1_048_576
    max_input: int = 4 * 1024 * 1024
    max_params: int = 4096
    max_unsent: int = 1_048_576
    ready_timeout: float = 30.0
    drain_timeout: float = 4.0

    @classmethod
    def from_settings(cls, values: Mapping[str, Any], **defaults: Any) -> NodeConfig:
        """`defaults` are what Django's own settings imply. Raises config.invalid for an unknown key."""
        known = {field.name.upper(): field.name for field in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise error("config.invalid", reason=f"unknown ACTORS keys {unknown}; known: {sorted(known)}")
        given = {known[key]: value for key, value in values.items()}
        return cls(**{**defaults, **given})

    def narrowed(self, options: Options) -> NodeConfig:
        """This configuration for the actors of one class, whose own limits of size can only be smaller."""
        incoming, outgoing = options.max_incoming_message_size, options.max_outgoing_message_size
        if incoming is None and outgoing is None:
            return self
        return replace(
            self,
            max_incoming_message=min(incoming or self.max_incoming_message, self.max_incoming_message),
            max_outgoing_message=min(outgoing or self.max_outgoing_message, self.max_outgoing_message),
        )
