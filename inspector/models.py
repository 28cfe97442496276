"""AuditEntry: who did what to which actor, in the inspector, the admin or by a command.

An entry is written before the deed and told afterwards how it went; nothing else may change one.
Preference: what a person sees.
"""

from __future__ import annotations

import json
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from actors.models import COLLATION

DONE: Final = "done"
NOTHING: Final = "nothing to do"
BROKEN: Final = "failed"
"""Outcomes of deeds; else it is the name of an error."""


class Deed(models.TextChoices):
    """What an operator can do."""

    WAKE = "wake", "woke"
    SLEEP = "sleep", "put to sleep"
    RESTART = "restart", "restarted"
    HOLD = "pause actor", "paused"
    LET_GO = "resume actor", "let go on"
    HOLD_QUEUES = "pause consuming", "paused the queues of"
    LET_GO_QUEUES = "resume consuming", "resumed the queues of"
    SAVE = "save", "stored at once the state of"
    DESTROY = "destroy", "destroyed"
    EDIT = "edit state", "edited the state of"
    CALL = "call", "called"
    SEND = "send", "sent a message to"
    REQUEUE = "requeue", "requeued messages of"
    FRONT = "move to front", "moved a message to the front of a queue of"
    REWRITE = "edit message", "edited a message of"
    REPLAY = "replay", "replayed dead letters of"
    PUT = "put key", "wrote a key of"
    DELETE = "delete key", "deleted a key of"
    CLEAR = "clear keys", "deleted keys of"
    SCHEDULE = "schedule", "scheduled something for"
    FIRE = "run now", "ran a schedule at once of"
    PAUSE = "pause", "paused a schedule of"
    RESUME = "resume", "resumed a schedule of"
    SKIP = "skip next", "skipped the next time of a schedule of"
    BACKFILL = "backfill", "ran past times of a schedule of"
    UNSCHEDULE = "unschedule", "deleted a schedule of"
    PURGE = "purge", "removed messages of"
    DISCONNECT = "disconnect", "disconnected a client of"
    TELL = "send event", "sent an event to a client of"
    MUTE = "mute", "muted a client of"
    UNMUTE = "unmute", "unmuted a client of"
    CONN_STATE = "edit connection state", "edited the state of a connection of"
    EXPORT = "export", "exported"
    IMPORT = "import", "imported"
    CLONE = "clone", "cloned"
    LET_IN = "let in", "let a tab of its author change"
    DISCARD = "discard", "discarded dead letters of"
    RETRY = "retry call", "had calls tried again to"
    FORGET = "discard call", "discarded calls to"


class AuditEntry(models.Model):
    """One deed. `before` and `after` are what it changed, as JSON; `outcome` is empty while it runs."""

    at = models.DateTimeField("when", db_default=Now())
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="user",
    )
    who = models.TextField("who", db_collation=COLLATION)
    actor_id = models.TextField("actor id", db_collation=COLLATION)
    actor = models.TextField("actor")
    deed = models.TextField("deed")
    before = models.JSONField("before", null=True)
    after = models.JSONField("after", null=True)
    outcome = models.TextField("outcome", db_default="")

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        # Whoever may look at actors may see what was done to them.
        default_permissions = ()
        indexes = [models.Index(fields=["actor_id", "-id"], name="inspector_audit_actor")]

    def __str__(self) -> str:
        return f"{self.deed} {self.actor} by {self.who}"

    @property
    def failed(self) -> bool:
        """Whether it has ended with an error."""
        return self.outcome not in ("", DONE, NOTHING)

    @property
    def ray(self) -> str:
        """Id of the request that it made; empty where it made none that has one."""
        return self.after.get("ray", "") if isinstance(self.after, dict) else ""

    @property
    def change(self) -> str:
        """What it changed, to be read."""
        return json.dumps({"before": self.before, "after": self.after}, indent=2, ensure_ascii=False)


class Preference(models.Model):
    """What one person has chosen to see, in every browser: the names of the list's columns."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name="user",
    )
    columns = models.JSONField("columns of the list")

    class Meta:
        verbose_name = "preference"
        verbose_name_plural = "preferences"
        # Each person writes their own, through the list alone.
        default_permissions = ()

    def __str__(self) -> str:
        return f"of {self.user}"
