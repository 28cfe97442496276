"""Queues and their messages."""

from __future__ import annotations

from django.db import models

from actors.models.directory import COLLATION, Actor


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
    trace = models.TextField("trace of the last attempt", null=True)  # noqa: DJ001

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
