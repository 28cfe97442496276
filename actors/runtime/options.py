"""Options of an actor class: limits and timeouts, with RivetKit's defaults.

Authors write `options = Options(sleep_timeout=60)`; the runtime reads them, nothing changes them.
Seconds and bytes throughout. Source: RivetKit `rivetkit-core/src/actor/config.rs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final, Literal

from actors.runtime.conn import ConnectRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one actor class lives. `durability="commit"`: a reply leaves only after its state is stored."""

    durability: Literal["commit", "interval"] = "commit"
    state_save_interval: float = 1.0
    on_migrate_timeout: float = 30.0
    create_state_timeout: float = 5.0
    on_create_timeout: float = 5.0
    create_vars_timeout: float = 5.0
    on_wake_timeout: float = 30.0
    on_before_connect_timeout: float = 5.0
    create_conn_state_timeout: float = 5.0
    on_connect_timeout: float = 5.0
    on_disconnect_timeout: float = 5.0
    can_subscribe_timeout: float = 5.0
    can_publish_timeout: float = 5.0
    action_timeout: float = 60.0
    on_request_timeout: float | None = None
    sleep_timeout: float = 30.0
    no_sleep: bool = False
    sleep_grace_period: float = 15.0
    on_destroy_timeout: float = 15.0
    run_stop_timeout: float | None = None
    wait_until_timeout: float = 15.0
    can_hibernate_websocket: bool | Callable[[ConnectRequest], bool] = False
    max_pending_actions: int = 1024
    max_incoming_message_size: int | None = None
    max_outgoing_message_size: int | None = None
    max_queue_size: int = 1000
    max_queue_message_size: int = 64 * 1024
    max_schedules: int = 1000
    max_state_size: int = 16 * 1024 * 1024

    def hibernates(self, request: ConnectRequest) -> bool:
        """Whether this raw websocket stays open while its actor sleeps."""
        wish = self.can_hibernate_websocket
        return bool(wish(request)) if callable(wish) else wish

    def faults(self) -> Iterator[str]:
        """What is wrong with these values, in words for the author."""
        if self.durability not in ("commit", "interval"):
            yield f'durability is "commit" or "interval", not {self.durability!r}'
        wish = self.can_hibernate_websocket
        if not (callable(wish) or isinstance(wish, bool)):
            yield f"can_hibernate_websocket is True, False or a function, not {wish!r}"
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in _NOT_NUMBERS or (value is None and item.default is None):
                continue
            whole = item.name in _WHOLE
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                yield f"{item.name} is a{' whole' if whole else ''} number, not {value!r}"
            elif not math.isfinite(value) or value <= 0:
                yield f"{item.name} is more than 0, not {value!r}"


_NOT_NUMBERS: Final = frozenset({"durability", "no_sleep", "can_hibernate_websocket"})
_WHOLE: Final = frozenset(
    {
        "max_pending_actions",
        "max_incoming_message_size",
        "max_outgoing_message_size",
        "max_queue_size",
        "max_queue_message_size",
        "max_schedules",
        "max_state_size",
    }
)
