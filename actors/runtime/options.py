"""Options of an actor class: limits and timeouts, with RivetKit's defaults.

Authors write `options = Options(sleep_timeout=60)`; the runtime reads them, nothing changes them.
Seconds and bytes throughout. Source: RivetKit `rivetkit-core/src/actor/config.rs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one actor class lives. `durability="commit"`: a reply leaves only after its state is stored."""

    durability: Literal["commit", "interval"] = "commit"
    state_save_interval: float = 1.0
    action_timeout: float = 60.0
    connect_timeout: float = 5.0
    start_timeout: float = 30.0
    sleep_timeout: float = 30.0
    no_sleep: bool = False
    sleep_grace_period: float = 15.0
    max_pending_actions: int = 1024
    max_state_size: int = 16 * 1024 * 1024
