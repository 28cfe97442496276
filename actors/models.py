"""Django's view of the tables that the storage floor owns: for migrations, the admin and read-only queries.

The platform itself reads and writes them with `actors/storage/queries.sql` only. Nothing may save these
models: a write past the generation check would break the one-writer promise. Permissions hang on `Actor`.
No foreign key has an index of its own: the primary keys begin with them.
"""

from __future__ import annotations

from django.db import models

import actors.references  # noqa: F401  # Django knows the models of this module only

# Text sorts by code point on every server, as in Python, and prefix searches need no second index.
COLLATION = "C"


class Node(models.Model):
    """One process that hosts actors, while it has a heartbeat. `lock_key` is its session advisory lock."""

    id = models.TextField(primary_key=True, db_collation=COLLATION, verbose_name="id")
    address = models.TextField("internal address")
    lock_key = models.BigIntegerField("lock key")
    started_at = models.DateTimeField("started at")
    heartbeat_at = models.DateTimeField("last heartbeat")

    class Meta:
        default_permissions = ()
        verbose_name = "node"
        verbose_name_plural = "nodes"

    def __str__(self) -> str:
        return self.id


class Actor(models.Model):
    """The directory's row of one actor, also after its end. Times are Unix milliseconds."""

    id = models.TextField(primary_key=True, db_collation=COLLATION, verbose_name="id")
    name = models.TextField("type", db_collation=COLLATION)
    key = models.TextField("key", db_collation=COLLATION)
    crash_policy = models.TextField("crash policy")
    input = models.BinaryField("input", null=True)
    generation = models.BigIntegerField("generation", db_default=0)
    # Null, not "": no node holds the actor.
    node_id = models.TextField("node", null=True, db_collation=COLLATION)  # noqa: DJ001
    created_at = models.BigIntegerField("created (ms)")
    started_at = models.BigIntegerField("first started (ms)", null=True)
    connectable_at = models.BigIntegerField("awake since (ms)", null=True)
    slept_at = models.BigIntegerField("asleep since (ms)", null=True)
    destroyed_at = models.BigIntegerField("destroyed (ms)", null=True)
    error = models.JSONField("last error", null=True)
    restart_at = models.BigIntegerField("restart at (ms)", null=True)

    class Meta:
        verbose_name = "actor"
        verbose_name_plural = "actors"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"], condition=models.Q(destroyed_at=None), name="actors_actor_live_key"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="actors_actor_newest"),
            models.Index(
                fields=["-name", "-created_at", "-id"],
                condition=models.Q(destroyed_at=None),
                name="actors_actor_live_newest",
            ),
            models.Index(
                fields=["-name", "-created_at", "-id"],
                condition=models.Q(destroyed_at__isnull=False),
                name="actors_actor_gone_newest",
            ),
            models.Index(fields=["-key", "-created_at", "-id"], name="actors_actor_key"),
            # Holds only what has crashed: an actor that starts and sleeps in health never touches it.
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(error__isnull=False),
                name="actors_actor_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}[{self.key}]"


class ActorState(models.Model):
    """The hot part of a live actor: one small row, rewritten by every commit.

    `state` is null until the first commit: the actor was never initialized.
    """

    # No foreign key in the database: each statement that makes or ends an actor writes both rows.
    actor = models.OneToOneField(
        Actor,
        primary_key=True,
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="stored_state",
        verbose_name="actor",
    )
    generation = models.BigIntegerField("generation")
    revision = models.BigIntegerField("revision", db_default=0)
    encoding = models.SmallIntegerField("encoding", db_default=1)
    state = models.BinaryField("state", null=True)

    class Meta:
        default_permissions = ()
        db_table = "actors_state"
        verbose_name = "actor state"
        verbose_name_plural = "actor states"

    def __str__(self) -> str:
        return f"{self.pk} at revision {self.revision}"


class HibernatingConn(models.Model):
    """A connection of an actor that sleeps: its socket waits at the node that the actor is still bound to.

    Written by the generation that fell asleep, deleted once a later one has started.
    """

    pk = models.CompositePrimaryKey("actor_id", "generation", "id")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="hibernating_conns",
        verbose_name="actor",
    )
    generation = models.BigIntegerField("generation")
    id = models.TextField(db_collation=COLLATION, verbose_name="id")
    record = models.BinaryField("record")

    class Meta:
        default_permissions = ()
        db_table = "actors_conn"
        verbose_name = "hibernating connection"
        verbose_name_plural = "hibernating connections"

    def __str__(self) -> str:
        return self.id


class KvEntry(models.Model):
    """One key of an actor. `expires_at` in Unix milliseconds; null: it stays."""

    pk = models.CompositePrimaryKey("actor_id", "key")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="kv_entries",
        verbose_name="actor",
    )
    key = models.BinaryField("key")
    value = models.BinaryField("value")
    expires_at = models.BigIntegerField("expires (ms)", null=True)

    class Meta:
        default_permissions = ()
        db_table = "actors_kv"
        verbose_name = "KV entry"
        verbose_name_plural = "KV entries"
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="actors_kv_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"a key of {len(self.key)} bytes"


class Queue(models.Model):
    """The queue of one actor, made at its first use: which generation may write to it, and its last id."""

    actor = models.OneToOneField(
        Actor,
        primary_key=True,
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="queue",
        verbose_name="actor",
    )
    generation = models.BigIntegerField("generation")
    last_id = models.BigIntegerField("last message id", db_default=0)

    class Meta:
        default_permissions = ()
        db_table = "actors_queue"
        verbose_name = "queue"
        verbose_name_plural = "queues"

    def __str__(self) -> str:
        return f"{self.pk} up to message {self.last_id}"


class Message(models.Model):
    """A message that waits, is being processed, or is a dead letter. Completed ones are gone."""

    pk = models.CompositePrimaryKey("actor_id", "id")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="messages",
        verbose_name="actor",
    )
    id = models.BigIntegerField("id")
    name = models.TextField("queue", db_collation=COLLATION)
    body = models.BinaryField("body")
    created_at = models.BigIntegerField("sent (ms)")
    available_at = models.BigIntegerField("not before (ms)")
    priority = models.BigIntegerField("priority", db_default=0)
    attempts = models.BigIntegerField("attempts", db_default=0)
    # Null, not "": these messages have none.
    dedupe = models.TextField("dedupe key", null=True)  # noqa: DJ001
    died_at = models.BigIntegerField("given up (ms)", null=True)
    error = models.TextField("last error", null=True)  # noqa: DJ001

    class Meta:
        default_permissions = ()
        db_table = "actors_message"
        verbose_name = "message"
        verbose_name_plural = "messages"
        indexes = [
            # Holds dead letters only: a message that is sent, received and completed never touches it.
            models.Index(
                fields=["-died_at", "-actor", "-id"],
                condition=models.Q(died_at__isnull=False),
                name="actors_message_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Alarm(models.Model):
    """The earliest time at which an actor must be awake for one source: its queue, or its schedule."""

    pk = models.CompositePrimaryKey("actor_id", "source")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="alarms",
        verbose_name="actor",
    )
    source = models.TextField("source", db_collation=COLLATION)
    due_at = models.BigIntegerField("due (ms)")
    wake_at = models.BigIntegerField("to be looked at (ms)")

    class Meta:
        default_permissions = ()
        db_table = "actors_alarm"
        verbose_name = "alarm"
        verbose_name_plural = "alarms"
        indexes = [models.Index(fields=["wake_at"], name="actors_alarm_wake")]

    def __str__(self) -> str:
        return f"{self.source} at {self.due_at}"


class Scheduler(models.Model):
    """Of an actor that ever scheduled something: which generation may write, and what falls due next."""

    actor = models.OneToOneField(
        Actor,
        primary_key=True,
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="scheduler",
        verbose_name="actor",
    )
    generation = models.BigIntegerField("generation")
    revision = models.BigIntegerField("revision", db_default=0)
    last_id = models.BigIntegerField("last schedule id", db_default=0)
    due_at = models.BigIntegerField("next due (ms)", null=True)

    class Meta:
        default_permissions = ()
        db_table = "actors_scheduler"
        verbose_name = "scheduler"
        verbose_name_plural = "schedulers"

    def __str__(self) -> str:
        return f"{self.pk} up to schedule {self.last_id}"


class Schedule(models.Model):
    """What an actor is to run, once or time and again. `due_at` is null once a one-shot has fired."""

    pk = models.CompositePrimaryKey("actor_id", "id")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="schedules",
        verbose_name="actor",
    )
    id = models.BigIntegerField("id")
    kind = models.TextField("kind")
    # Null, not "": a one-shot has none.
    name = models.TextField("name", null=True)  # noqa: DJ001
    action = models.TextField("action")
    args = models.BinaryField("arguments")
    rules = models.JSONField("rules")
    created_at = models.BigIntegerField("made (ms)")
    due_at = models.BigIntegerField("next due (ms)", null=True)
    last_run_at = models.BigIntegerField("last run (ms)", null=True)
    runs = models.BigIntegerField("runs", db_default=0)
    orphaned_at = models.BigIntegerField("without its action since (ms)", null=True)

    class Meta:
        default_permissions = ()
        verbose_name = "schedule"
        verbose_name_plural = "schedules"
        indexes = [
            models.Index(
                fields=["actor"],
                condition=models.Q(orphaned_at__isnull=False),
                name="actors_schedule_orphaned",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.action} {self.id}"


class Run(models.Model):
    """What became of one time of a schedule. Open while `ended_at` is null."""

    pk = models.CompositePrimaryKey("actor_id", "schedule_id", "number")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="runs",
        verbose_name="actor",
    )
    schedule_id = models.BigIntegerField("schedule")
    number = models.BigIntegerField("number")
    scheduled_at = models.BigIntegerField("scheduled for (ms)")
    started_at = models.BigIntegerField("started (ms)")
    attempts = models.BigIntegerField("attempts")
    result = models.TextField("result")
    again_at = models.BigIntegerField("again (ms)", null=True)
    ended_at = models.BigIntegerField("ended (ms)", null=True)
    error = models.JSONField("error", null=True)

    class Meta:
        default_permissions = ()
        verbose_name = "run of a schedule"
        verbose_name_plural = "runs of schedules"
        indexes = [
            models.Index(
                fields=["actor"],
                condition=models.Q(ended_at__isnull=True),
                name="actors_run_open",
            ),
            models.Index(
                fields=["actor"],
                condition=models.Q(result="error"),
                name="actors_run_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of schedule {self.schedule_id}: {self.result}"


_LIVE = models.Q(failed_at=None)


class OutboxCall(models.Model):
    """A call to an actor that Django code stored in its own transaction, until it has been delivered."""

    id = models.BigAutoField(primary_key=True, verbose_name="id")
    name = models.TextField("type", db_collation=COLLATION)
    key = models.TextField("key", db_collation=COLLATION)
    kind = models.TextField("kind")
    member = models.TextField("action or queue")
    body = models.BinaryField("body")
    target = models.BinaryField("handle")
    created_at = models.BigIntegerField("stored (ms)")
    next_at = models.BigIntegerField("next attempt (ms)")
    attempts = models.BigIntegerField("failed attempts", db_default=0)
    failed_at = models.BigIntegerField("given up (ms)", null=True)
    error = models.TextField("last error", null=True)  # noqa: DJ001

    class Meta:
        default_permissions = ()
        db_table = "actors_outbox"
        verbose_name = "outbox call"
        verbose_name_plural = "outbox calls"
        indexes = [
            models.Index(fields=["name", "key", "id"], condition=_LIVE, name="actors_outbox_order"),
            models.Index(fields=["next_at"], condition=_LIVE, name="actors_outbox_due"),
            models.Index(fields=["failed_at"], condition=~_LIVE, name="actors_outbox_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.name}[{self.key}].{self.member} {self.pk}"
