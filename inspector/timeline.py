"""The tab of the timeline: what is stored of an actor's past, and what happens while somebody looks.

It is followed at all nodes from the first look on: names, sizes and times, no argument and no state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import content_disposition_header

from actors.bounded import bounded
from actors.models import Message, Run
from actors.runtime.watch import HAPPENINGS
from inspector import looking
from inspector.access import page
from inspector.actor import find, tab
from inspector.models import AuditEntry
from inspector.screens import Look

SHOWN: Final = 300
STORED: Final = 100
"""Lines of each kind that are read from storage."""
KINDS: Final = ("life", *HAPPENINGS, "run", "deed")


@dataclass(frozen=True, slots=True)
class Line:
    """`key` tells it from all others of the page; `ray`: of the request that led to it, if known."""

    key: str
    at: int
    kind: str
    what: str
    note: str = ""
    bad: bool = False
    ray: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The lines that the filters leave, the latest first."""

    kinds: list[str]
    text: str
    followed: looking.Followed | None
    lines: list[Line]


def read(look: Look, actor: Any) -> dict[str, Any]:
    told = _told(look.query, actor)
    return {
        "kinds": KINDS,
        "chosen": told.kinds,
        "text": told.text,
        "followed": told.followed,
        "lines": told.lines[:SHOWN],
        "more": len(told.lines) > SHOWN,
        "query": look.query.urlencode(),
    }


@page
def export(request: HttpRequest, actor_id: str) -> HttpResponse:
    """What the filters of the address leave, the latest first, as a file with a JSON object on each line."""
    actor = find(actor_id)
    with bounded():
        lines = _told(request.GET, actor).lines
    text = b"".join(msgspec.json.encode(_written(line)) + b"\n" for line in lines)
    headers = {"content-disposition": content_disposition_header(True, f"timeline-{actor.pk}.ndjson")}
    return HttpResponse(text, content_type="application/x-ndjson", headers=headers)


def _written(line: Line) -> dict[str, Any]:
    at = datetime.fromtimestamp(line.at / 1000, UTC)
    ray = {"ray": line.ray} if line.ray else {}
    return {"at": at, "kind": line.kind, "what": line.what, "note": line.note, "bad": line.bad, **ray}


def _told(query: QueryDict, actor: Any) -> Told:
    kinds = [kind for kind in query.getlist("kind") if kind in KINDS]
    text = query.get("q", "").strip()
    followed = async_to_sync(looking.followed)(actor.pk)
    life = list(_life(actor))
    lines = [*_heard(followed, life), *life, *_runs(actor), *_dead(actor), *_deeds(actor)]
    wanted = [line for line in lines if _fits(line, kinds, text.lower())]
    wanted.sort(key=lambda line: line.at, reverse=True)
    return Told(kinds, text, followed, wanted)


def _fits(line: Line, kinds: list[str], text: str) -> bool:
    return (not kinds or line.kind in kinds) and text in f"{line.what} {line.note} {line.ray}".lower()


def _heard(followed: looking.Followed | None, life: Sequence[Line]) -> Iterator[Line]:
    """Without what is stored of its `life` as well: the last start."""
    known = {line.what for line in life}
    for node_id, one in () if followed is None else followed.happenings:
        if one.kind != "life" or one.what not in known:
            bad = one.kind == "error"
            yield Line(f"{node_id}-{one.number}", one.at, one.kind, one.what, one.note, bad, one.ray or "")


def _life(actor: Any) -> Iterator[Line]:
    asleep = f"crashed: {actor.error_name}" if actor.error else "fell asleep"
    moments = {
        "created": actor.created_at,
        "first started": actor.started_at,
        f"awake, generation {actor.generation}": actor.connectable_at,
        asleep: actor.slept_at,
        "to start again": actor.restart_at,
        "destroyed": actor.destroyed_at,
    }
    for what, at in moments.items():
        if at is not None:
            yield Line(f"life-{what}", at, "life", what, bad=bool(actor.error) and what == asleep)


def _runs(actor: Any) -> Iterator[Line]:
    for run in Run.objects.filter(actor_id=actor.pk).order_by("-started_at")[:STORED]:
        what = f"schedule {run.schedule_id}, run {run.number}"
        note = f"{run.result}, attempt {run.attempts}"
        bad = run.result in ("error", "retrying")
        yield Line(f"run-{run.schedule_id}-{run.number}", run.started_at, "run", what, note, bad)


def _dead(actor: Any) -> Iterator[Line]:
    rows = Message.objects.filter(actor_id=actor.pk, died_at__isnull=False).order_by("-died_at")
    for message in rows.defer("body")[:STORED]:
        what = f"message {message.id} of {message.name} was given up"
        yield Line(f"dead-{message.id}", message.died_at or 0, "queue", what, message.error or "", bad=True)


def _deeds(actor: Any) -> Iterator[Line]:
    for entry in AuditEntry.objects.filter(actor_id=actor.pk).order_by("-id")[:STORED]:
        at = int(entry.at.timestamp() * 1000)
        what = f"{entry.who}: {entry.deed}"
        yield Line(f"deed-{entry.pk}", at, "deed", what, entry.outcome, entry.failed, entry.ray)


TIMELINE: Final = tab("timeline", read)
