"""Django's view of the tables that the storage floor owns: for migrations, the admin and read-only queries.

The platform itself reads and writes them with `actors/storage/queries.sql` only. Nothing may save these
models: a write past the generation check would break the one-writer promise. Permissions hang on `Actor`.
No foreign key has an index of its own: the primary keys begin with them.
"""

from actors.models.directory import COLLATION, Actor, ActorState, HibernatingConn, KvEntry, Node
from actors.models.outbox import OutboxCall
from actors.models.queues import Message, Queue
from actors.models.references import GivenUp, PlannedRun, QueuedMessage, WaitingConn
from actors.models.schedules import Alarm, Run, Schedule, Scheduler

__all__ = [
    "COLLATION",
    "Actor",
    "ActorState",
    "Alarm",
    "GivenUp",
    "HibernatingConn",
    "KvEntry",
    "Message",
    "Node",
    "OutboxCall",
    "PlannedRun",
    "Queue",
    "QueuedMessage",
    "Run",
    "Schedule",
    "Scheduler",
    "WaitingConn",
]
