"""The outbox, of which each row is written by Django code itself: see `actors.gateway.outbox`."""

from __future__ import annotations

from django.db import models

from actors.models.directory import COLLATION

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
        return f"{self.member} {self.pk}"

    def stage(self, now: int) -> str:
        """How far it is at the time of `now`. A lease and a pause look alike: both are a time to come."""
        if self.failed_at is not None:
            return "given up"
        if self.next_at <= now:
            return "waiting"
        return "being delivered" if self.error is None else "to be tried again"
