"""What the platform writes to the log: every event once, with its level, its constant text and its fields.

Whoever logs says `EVENT.say(logger, fields)`. Data stands in fields alone, and never a key, an argument, a
state, a body or a token. docs/logging.md shows this table; tests hold every record against it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from logging import DEBUG, ERROR, INFO, WARNING
from typing import Any, Final

from actors.errors import ActorError

ACTOR: Final = ("actor_id", "actor_name", "generation")
AUTHOR: Final = (*ACTOR, "ray_id")
"""Of what an author logs, and of what fails on the way of a request: `ray_id` is its id, None for none."""
NODE: Final = ("node_id",)
LIMITED: Final = ("per_actor_suppressed", "global_suppressed")
"""Of warnings that come three times in half a minute at most: how many were held back since the last."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """`fields` are those of every record. `traced`: with the traceback of what failed."""

    level: int
    text: str
    fields: tuple[str, ...] = ()
    traced: bool = False

    def wanted(self, logger: logging.Logger) -> bool:
        """For those who would have to work for the fields."""
        return logger.isEnabledFor(self.level)

    def say(
        self, logger: logging.Logger, fields: Mapping[str, Any], failure: BaseException | None = None
    ) -> None:
        """`failure` is given where the event is traced."""
        logger.log(self.level, self.text, extra=fields, exc_info=failure, stacklevel=2)


# -- the life of an actor ----------------------------------------------------------------------------
TRANSITION: Final = LogEvent(DEBUG, "lifecycle transition", (*ACTOR, "old", "new"))
COMMAND: Final = LogEvent(DEBUG, "lifecycle command received", (*ACTOR, "command", "state"))
STOPPED_AGAIN: Final = LogEvent(WARNING, "told to stop again", (*ACTOR, "reason", "current_reason"))
NOT_MADE: Final = LogEvent(ERROR, "an actor could not be made", ("actor_id",), traced=True)
NOT_STARTED: Final = LogEvent(WARNING, "an actor failed to start", (*ACTOR, "error"), traced=True)
RUN_FAILED: Final = LogEvent(ERROR, "run failed: the actor stops", (*ACTOR, "error"), traced=True)
IDLE: Final = LogEvent(DEBUG, "idle deadline elapsed", (*ACTOR, "sleep_timeout_ms"))
STILL_AWAKE: Final = LogEvent(DEBUG, "idle, but held awake", (*ACTOR, "reason"))
ENGAGED: Final = LogEvent(DEBUG, "background work engaged", (*ACTOR, "kind", "count"))
DISENGAGED: Final = LogEvent(DEBUG, "background work disengaged", (*ACTOR, "kind", "count"))
GRACE: Final = LogEvent(DEBUG, "grace started", (*ACTOR, "reason", "grace_ms", "work"))
GRACE_OVER: Final = LogEvent(
    WARNING, "the grace period is over: cancelling what still runs", (*ACTOR, "reason", "work")
)
STEP: Final = LogEvent(DEBUG, "cleanup step completed", (*ACTOR, "reason", "step"))
NEVER_ENDS: Final = LogEvent(ERROR, "cancelled code does not end", ACTOR)
SHUTDOWN_HOOK_FAILED: Final = LogEvent(ERROR, "a shutdown hook failed", (*ACTOR, "error"), traced=True)
NOT_ENDED: Final = LogEvent(ERROR, "an actor could not end in order", (*ACTOR, "error"), traced=True)
NOT_GIVEN_BACK: Final = LogEvent(WARNING, "an actor could not be given back", (*ACTOR, "error"))
NOT_DESTROYED: Final = LogEvent(WARNING, "an actor could not be destroyed", (*ACTOR, "error"))
DESTROY_TOO_LONG: Final = LogEvent(WARNING, "the hooks of a destroy took too long", ACTOR)
ENDED_TWICE: Final = LogEvent(WARNING, "work ended twice", ("kind",))
WORK_REFUSED: Final = LogEvent(WARNING, "work refused after shutdown", ("kind",))

# -- calls -------------------------------------------------------------------------------------------
DISPATCHED: Final = LogEvent(DEBUG, "dispatch command handled", (*ACTOR, "command", "outcome"))
OVERLOADED: Final = LogEvent(
    WARNING, "an actor is overloaded", (*ACTOR, "channel", "capacity", "operation", *LIMITED)
)
STOPPING: Final = LogEvent(WARNING, "work sent to a stopping actor", (*ACTOR, *LIMITED))
ACTION_FAILED: Final = LogEvent(ERROR, "an action failed", (*AUTHOR, "action", "error"), traced=True)
REQUEST_FAILED: Final = LogEvent(ERROR, "on_request failed", (*AUTHOR, "error"), traced=True)
WEBSOCKET_FAILED: Final = LogEvent(ERROR, "on_websocket failed", (*AUTHOR, "error"), traced=True)
FRAME_LOST: Final = LogEvent(ERROR, "a frame could not be delivered", (*ACTOR, "error"), traced=True)

# -- connections -------------------------------------------------------------------------------------
ADDED: Final = LogEvent(DEBUG, "connection added", (*ACTOR, "conn_id", "is_hibernatable", "active_count"))
REMOVED: Final = LogEvent(DEBUG, "connection removed", (*ACTOR, "conn_id", "is_hibernatable"))
RESTORED: Final = LogEvent(DEBUG, "connection restored", (*ACTOR, "conn_id", "outcome"))
REFUSED: Final = LogEvent(ERROR, "a connection was refused by an error", (*AUTHOR, "error"), traced=True)
UNSUBSCRIBED: Final = LogEvent(
    ERROR, "a subscription was refused by an error", (*AUTHOR, "error"), traced=True
)
DISCONNECT_FAILED: Final = LogEvent(ERROR, "on_disconnect failed", (*ACTOR, "error"), traced=True)
ROWS_LEFT: Final = LogEvent(WARNING, "rows of connections are left over", (*ACTOR, "error"))
UNREADABLE: Final = LogEvent(ERROR, "a stored connection cannot be read", (*ACTOR, "error"))
NOT_HIBERNATED: Final = LogEvent(ERROR, "a connection cannot hibernate", (*ACTOR, "error"))
NOT_WOKEN: Final = LogEvent(WARNING, "a socket could not wake its actor", (*ACTOR, "error"))

# -- state -------------------------------------------------------------------------------------------
SERIALIZED: Final = LogEvent(DEBUG, "state serialized", (*ACTOR, "serialized_bytes", "state_revision"))
COMMITTED: Final = LogEvent(DEBUG, "states committed", ("delta_count", "delta_bytes", "written"))
LARGE: Final = LogEvent(WARNING, "state is large: every change rewrites it", ("actor_name", "size"))
NOT_STORED: Final = LogEvent(ERROR, "the state of an actor could not be stored", (*ACTOR, "error"))
NOT_ENCODED: Final = LogEvent(ERROR, "a state could not be encoded", ("actor_id", "error"), traced=True)
COMMIT_FAILED: Final = LogEvent(ERROR, "a commit failed", ("delta_count", "error"), traced=True)
COMMIT_MISHEARD: Final = LogEvent(
    ERROR, "an actor failed over its commit", ("actor_id", "error"), traced=True
)
REENTRANT: Final = LogEvent(
    ERROR, "actor.state_mutation_reentrant: on_state_change wrote to the state; undone"
)
BLOCK_MIXED: Final = LogEvent(
    WARNING, "an atomic block was rolled back among other changes of the state: the actor starts anew", ACTOR
)
STATE_CHANGE_FAILED: Final = LogEvent(ERROR, "on_state_change failed", ("error",), traced=True)

# -- keys --------------------------------------------------------------------------------------------
KV_CALL: Final = LogEvent(
    DEBUG,
    "kv call completed",
    (*ACTOR, "operation", "key_count", "result_count", "elapsed_us", "outcome"),
)
KV_WRITE_FAILED: Final = LogEvent(ERROR, "a KV write failed", ("calls", "error"), traced=True)
KV_NOT_SWEPT: Final = LogEvent(WARNING, "expired keys could not be removed", ("error",))

# -- queues ------------------------------------------------------------------------------------------
MESSAGE_REFUSED: Final = LogEvent(ERROR, "a message was refused by an error", (*AUTHOR, "error"), traced=True)
NO_SUCH_QUEUE: Final = LogEvent(
    WARNING, "a message to a queue that the class does not declare is dropped", (*ACTOR, *LIMITED)
)
LEASE_OVER: Final = LogEvent(
    WARNING, "the lease of a message ran out: it is handed out again", (*ACTOR, "queue", "message_id")
)
MESSAGE_FAILED: Final = LogEvent(
    ERROR,
    "the work on a message failed: it is given back",
    (*ACTOR, "queue", "message_id", "error"),
    traced=True,
)
GIVEN_UP: Final = LogEvent(
    ERROR, "a message was given up: it is a dead letter now", (*ACTOR, "queue", "message_id", "attempts")
)
# -- queues and schedules on their way to the store --------------------------------------------------
GROUP_WRITE_FAILED: Final = LogEvent(ERROR, "a write failed", ("part", "writes", "error"), traced=True)

# -- schedules ---------------------------------------------------------------------------------------
SCHEDULE_SET: Final = LogEvent(DEBUG, "schedule set", (*ACTOR, "schedule_id", "kind", "action", "due_at"))
SCHEDULE_CANCELLED: Final = LogEvent(DEBUG, "schedule cancelled", (*ACTOR, "schedule_id", "action"))
SCHEDULE_PAUSED: Final = LogEvent(DEBUG, "schedule paused", (*ACTOR, "schedule_id", "action"))
SCHEDULE_RESUMED: Final = LogEvent(DEBUG, "schedule resumed", (*ACTOR, "schedule_id", "action"))
SCHEDULE_SKIPPED: Final = LogEvent(
    DEBUG, "schedule passed over its next time", (*ACTOR, "schedule_id", "action", "scheduled_at")
)
SCHEDULE_BACKFILLED: Final = LogEvent(
    DEBUG, "schedule runs past times again", (*ACTOR, "schedule_id", "action", "count")
)
SCHEDULE_FIRED: Final = LogEvent(
    DEBUG, "schedule fired", (*ACTOR, "schedule_id", "action", "attempt", "delay_ms")
)
SCHEDULE_ORPHANED: Final = LogEvent(
    ERROR, "a schedule cannot run: it is kept", (*ACTOR, "schedule_id", "action", "error")
)
SCHEDULES_UNREADABLE: Final = LogEvent(WARNING, "schedules could not be read", (*ACTOR, "error"))

# -- the node and its database -----------------------------------------------------------------------
JOINED: Final = LogEvent(INFO, "node joined", (*NODE, "address"))
LEFT: Final = LogEvent(INFO, "node left", NODE)
LEASE_LOST: Final = LogEvent(
    ERROR, "actor.lease_lost: this node's actors stop; it joins again", (*NODE, "reason")
)
CANNOT_JOIN: Final = LogEvent(WARNING, "node cannot join", (*NODE, "error"))
CANNOT_LEAVE: Final = LogEvent(WARNING, "node could not sign off", (*NODE, "error"))
DRAIN_TIMED_OUT: Final = LogEvent(WARNING, "drain timed out: the rest is stopped", ("left",))
NO_FAREWELL: Final = LogEvent(WARNING, "the database does not answer: leaving without a word")
HEARTBEAT_REFUSED: Final = LogEvent(
    WARNING, "heartbeat refused", (*NODE, "row", "heartbeat_age_s", "lock_free")
)
SESSION_ENDED: Final = LogEvent(WARNING, "node session ended", ("error",))
UNREACHABLE: Final = LogEvent(WARNING, "the database cannot be reached", ("error",))
STATEMENT_REFUSED: Final = LogEvent(ERROR, "the database refused a statement", ("statement", "error"))
CLAIM_FAILED: Final = LogEvent(ERROR, "a claim failed", ("claims", "error"), traced=True)

# -- alarms ------------------------------------------------------------------------------------------
NOT_ROUSED: Final = LogEvent(
    WARNING, "an alarm could not wake its actor", ("actor_id", "actor_name", "error", *LIMITED)
)
ALARMS_LATE: Final = LogEvent(
    ERROR, "alarms are late, a node wakes their actors: is Celery beat running?", (*NODE, "count", "late_ms")
)
NOT_SWEPT: Final = LogEvent(WARNING, "a node could not look for late alarms", (*NODE, "error"))
NO_NODE: Final = LogEvent(ERROR, "alarms are due, and no node takes them", ("count",))
ALARMS_UNREAD: Final = LogEvent(WARNING, "beat cannot read the alarms", ("error",))
WAKE_NOT_SENT: Final = LogEvent(WARNING, "beat could not send a wake task", ("error",))

# -- outbox ------------------------------------------------------------------------------------------
NOT_RELAYED: Final = LogEvent(WARNING, "a node could not look into the outbox", (*NODE, "error"))
_CALL: Final = ("actor_name", "actor_key", "member", "attempts", "error")
NOT_DELIVERED: Final = LogEvent(WARNING, "a call of the outbox is to be tried again", _CALL)
OUTBOX_FAILED: Final = LogEvent(ERROR, "a call of the outbox was given up", _CALL)

# -- the doors ---------------------------------------------------------------------------------------
DOOR_FAILED: Final = LogEvent(ERROR, "a request failed", ("method", "error", "ray_id"), traced=True)
SOCKET_FAILED: Final = LogEvent(ERROR, "a websocket failed", ("error",), traced=True)
GUESSING: Final = LogEvent(WARNING, "an address has shown too many wrong tokens", ("address",))
SOCKET_REFUSED: Final = LogEvent(DEBUG, "a websocket was closed for an error", ("group", "code"))
SOCKET_GONE: Final = LogEvent(DEBUG, "a websocket is gone", ("error",))
WRONG_NODE: Final = LogEvent(WARNING, "a websocket came to the wrong node", ("actor_id",))
ANSWER_BROKE: Final = LogEvent(WARNING, "an answer broke off", ("actor_id",))
PASSED_ON_BROKE: Final = LogEvent(WARNING, "the answer of another node broke off", ("error",))
BODY_BROKE: Final = LogEvent(WARNING, "a streamed answer broke off", ("method", "error"), traced=True)
NO_METRICS: Final = LogEvent(WARNING, "metrics are not exported", ("error",))

EVENTS: Final = {item.text: item for item in tuple(globals().values()) if isinstance(item, LogEvent)}
"""By text: what a record's message is."""


def named(failure: BaseException | None) -> str:
    """A failure as the field `error`: its name. What it says may quote somebody's data."""
    return failure.name if isinstance(failure, ActorError) else type(failure).__name__
