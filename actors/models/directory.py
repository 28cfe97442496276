"""Nodes and actors, and what an actor keeps: its state, its keys, its connections that hibernate."""

from __future__ import annotations

from django.db import models

# Text sorts by code point on every server, as in Python, and prefix searches need no second index.
COLLATION = "C"


class Node(models.Model):
    """One process that hosts actors, while it has a heartbeat. `lock_key` is its session advisory lock."""

    id = models.TextField(primary_key=True, db_collation=COLLATION, verbose_name="id")
    address = models.TextField("internal address")
    lock_key = models.BigIntegerField("lock key")
    started_at = models.DateTimeField("started at")
    heartbeat_at = models.DateTimeField("last heartbeat")
    # As actors.gateway.vitals writes them; null: by a version that did not.
    vitals = models.JSONField("how it is", null=True)

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
    paused_at = models.BigIntegerField("paused since (ms)", null=True)
    queues_paused_at = models.BigIntegerField("queues paused since (ms)", null=True)

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
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(destroyed_at__isnull=False),
                name="actors_actor_gone",
            ),
            models.Index(fields=["-key", "-created_at", "-id"], name="actors_actor_key"),
            # Holds only what has crashed: an actor that starts and sleeps in health never touches it.
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(error__isnull=False),
                name="actors_actor_failed",
            ),
            # As small: what an operator has paused, and has not let go on yet.
            models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(paused_at__isnull=False) | models.Q(queues_paused_at__isnull=False),
                name="actors_actor_paused",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}[{self.key}]"

    @property
    def error_name(self) -> str:
        """`group.code` of the last error; empty without one."""
        return f"{self.error.get('group')}.{self.error.get('code')}" if self.error else ""


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
