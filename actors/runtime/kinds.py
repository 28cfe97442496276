"""Kinds of work that an actor may be busy with, and the policy of each, as one table.

Read by those who count (`work.py`, `measures.py`). Pure data.
RivetKit: rivetkit-core/src/actor/work_registry.rs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """What is going on. The numbers index the counters."""

    ACTION = 0
    CONNECTING = 1
    CONNECTION = 2
    DISCONNECTING = 3
    SHUTDOWN_HOOK = 4
    STATE_CHANGE = 5
    RUN = 6
    KEEP_AWAKE = 7
    WAIT_UNTIL = 8
    STARTING = 9
    HIBERNATABLE = 10
    HTTP_REQUEST = 11
    SUBSCRIBING = 12
    WEBSOCKET = 13
    WEBSOCKET_MESSAGE = 14
    RESTORING = 15
    MESSAGE = 16
    SENDING = 17
    AWAITING = 18
    SCHEDULED = 19


@dataclass(frozen=True, slots=True)
class Policy:
    """`holds_sleep`: no idle sleep meanwhile. `grace_waits`: shutdown lets it finish.

    `aborted`: cancelled when the grace period is over. `label`: its name in logs and metrics.
    """

    holds_sleep: bool
    grace_waits: bool
    aborted: bool
    label: str


POLICIES: Final[Mapping[Kind, Policy]] = {
    Kind.ACTION: Policy(True, True, True, "action"),
    Kind.CONNECTING: Policy(True, True, False, "connecting"),
    Kind.CONNECTION: Policy(True, False, False, "connection"),
    Kind.HIBERNATABLE: Policy(False, False, False, "hibernatable_connection"),
    Kind.DISCONNECTING: Policy(True, True, True, "disconnect_callback"),
    Kind.SHUTDOWN_HOOK: Policy(False, True, True, "shutdown_hook"),
    Kind.STATE_CHANGE: Policy(True, True, True, "state_change"),
    Kind.RUN: Policy(True, True, True, "run"),
    Kind.KEEP_AWAKE: Policy(True, True, True, "keep_awake"),
    Kind.WAIT_UNTIL: Policy(False, True, True, "wait_until"),
    Kind.STARTING: Policy(True, False, True, "start_hooks"),
    Kind.HTTP_REQUEST: Policy(True, True, True, "http_request"),
    Kind.SUBSCRIBING: Policy(True, True, True, "subscribing"),
    Kind.WEBSOCKET: Policy(False, True, True, "websocket_lifetime"),
    Kind.WEBSOCKET_MESSAGE: Policy(True, False, False, "websocket_callback"),
    Kind.RESTORING: Policy(False, True, True, "connections_restored"),
    Kind.MESSAGE: Policy(True, False, False, "message"),
    Kind.SENDING: Policy(True, True, True, "queue_send"),
    Kind.AWAITING: Policy(True, False, False, "queue_answer"),
    Kind.SCHEDULED: Policy(True, True, True, "scheduled_action"),
}

CONNECTIONS: Final = frozenset({Kind.CONNECTION, Kind.HIBERNATABLE})
"""Somebody is there, and no author's code runs."""
