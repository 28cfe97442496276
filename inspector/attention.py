"""What needs somebody: crashes, dead letters, calls given up, what is late, down or silent, who grows.

Each from an index, from a bounded walk, or from what is asked anyway; each with what to do about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.urls import reverse

from actors.gateway.outbox_operator import LONG_WAIT, by_class, late, standing
from actors.gateway.platform import current
from actors.models import Actor, Message
from actors.status import CRASHED, PAUSED, derived_status
from inspector import reach
from inspector.actor import label_of
from inspector.foundations import foundations
from inspector.mending import UNREADABLE
from inspector.residents import LONG, NEAR, Noted, Walk
from inspector.templatetags.inspector import lasting
from inspector.tiles import BOUND, agenda, few, listed

SHOWN_TROUBLES: Final = 20
SHOWN_DEAD: Final = 5


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button. With a `deed` it does that, after the question `sure`; without, it leads to the trouble."""

    label: str
    deed: str = ""
    body: str = "{}"
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs somebody, where to see it, and how to mend it."""

    what: str
    which: str
    url: str
    remedy: Remedy
    since: Any = None


def crashed() -> list[Any]:
    """The newest actors that have crashed, one more than BOUND at most."""
    rows = Actor.objects.filter(error__isnull=False, destroyed_at__isnull=True).defer("input")
    found = rows.annotate(status=derived_status()).filter(status=CRASHED)
    return list(found.order_by("-created_at", "-id")[: BOUND + 1])


def of_paused() -> Iterator[Trouble]:
    """Actors that somebody has paused, perhaps to forget them: by the index that holds no others."""
    rows = Actor.objects.filter(PAUSED).order_by("-created_at", "-id").values_list("pk")
    if count := len(rows[: BOUND + 1]):
        what = "Actors are paused: what comes to them waits until they are resumed"
        yield Trouble(what, f"{few(count)} paused", listed("paused=1"), Remedy("Show them"))


def of_crashed(rows: Sequence[Any]) -> Iterator[Trouble]:
    for row in rows[:SHOWN_TROUBLES]:
        wake = Remedy("Wake", reverse("inspector:wake", args=[row.pk]))
        yield Trouble(
            f"Crashed: {row.error_name}",
            f"{row.name}[{label_of(row)}]",
            reverse("inspector:actor", args=[row.pk]),
            # Woken it would fail again.
            Remedy("Mend the state") if row.error_name == UNREADABLE else wake,
            row.slept_at,
        )


def of_dependencies() -> Iterator[Trouble]:
    """What the platform stands on, as far as it is down, or near its limits."""
    url = reverse("inspector:nodes")
    for one in async_to_sync(reach.dependencies_found)():
        if not one.well:
            yield Trouble(f"{one.text}. {one.without}", one.part, url, Remedy("What to do"))
    for part, facts in async_to_sync(foundations)().facts.items():
        for fact in facts:
            if fact.remedy:
                yield Trouble(f"{fact.name} {fact.text}. {fact.remedy}", part, url, Remedy("Look at it"))


def of_nodes(known: Sequence[Any]) -> Iterator[Trouble]:
    for node in known:
        if not node.alive:
            what = "Node is silent: its actors start elsewhere when somebody calls"
            yield Trouble(what, node.pk, listed(f"node={node.pk}"), Remedy("Its actors"), node.heartbeat_at)


def of_plans(late: int, orphaned: int) -> Iterator[Trouble]:
    if late:
        what = "Alarms are late: does Celery beat run, and a node with the class?"
        yield Trouble(what, f"{few(late)} late", agenda("late"), Remedy("Show them"))
    if orphaned:
        what = "Schedules have lost their action: bring it back, or delete them"
        yield Trouble(what, f"{few(orphaned)} orphaned", agenda("orphaned"), Remedy("Show them"))


def of_outbox() -> Iterator[Trouble]:
    """Calls that Django code has committed and nobody has done."""
    found, calls = standing(), reverse("admin:actors_outboxcall_changelist")
    given_up = by_class([(one.name, one.given_up) for one in found])
    if given_up:
        what = "Calls of the outbox were given up: mend the cause, then try them again or discard them"
        yield Trouble(what, given_up, f"{calls}?{urlencode({'stage': 'given up'})}", Remedy("Show them"))
    long = late(found, current().clock.now_ms())
    if long:
        what = f"Calls of the outbox wait for more than {lasting(LONG_WAIT)}: does a node run?"
        waiting = by_class([(one.name, one.waiting) for one in long])
        oldest = min(one.since for one in long if one.since is not None)
        yield Trouble(what, waiting, calls, Remedy("Show them"), oldest)


def of_dead_letters() -> Iterator[Trouble]:
    """The queues of the latest dead letters: by the index that holds no other messages."""
    rows = Message.objects.filter(died_at__isnull=False).order_by("-died_at", "-actor_id", "-id")
    found: dict[tuple[str, str], list[Any]] = {}
    for actor_id, queue, died_at in rows.values_list("actor_id", "name", "died_at")[:BOUND]:
        found.setdefault((actor_id, queue), []).append(died_at)
    shown = list(found)[:SHOWN_DEAD]
    actors = Actor.objects.only("name", "key").in_bulk({actor_id for actor_id, _ in shown})
    for actor_id, queue in shown:
        actor, died = actors.get(actor_id), found[actor_id, queue]
        if actor is not None:
            sure = f"Let all dead letters of {queue} begin anew?"
            replay = reverse("inspector:replay", args=[actor_id])
            yield Trouble(
                f"Dead letters in {queue}: {len(died)} of the latest {BOUND}. Replay them once it is mended",
                f"{actor.name}[{label_of(actor)}]",
                reverse("inspector:queue", args=[actor_id]),
                Remedy("Replay all", replay, json.dumps({"name": queue}), sure),
                died[0],
            )


def of_residents(walk: Walk) -> Iterator[Trouble]:
    """Actors awake here: held awake for longer than LONG, or with a state over NEAR of its cap."""
    for one in walk.noted[:SHOWN_TROUBLES]:
        yield _held(one) if one.held_by else _large(one)


def _held(one: Noted) -> Trouble:
    return Trouble(
        f"Held awake for {lasting(one.seconds)} by {one.held_by}: more than {lasting(LONG)}",
        one.label,
        f"{reverse('inspector:metadata', args=[one.actor_id])}#why",
        Remedy("Sleep", reverse("inspector:sleep", args=[one.actor_id]), sure="Cut off what it is doing?"),
    )


def _large(one: Noted) -> Trouble:
    return Trouble(
        f"Its state has used {one.share:.0%} of its room: over {NEAR:.0%}. Keep less, or move some to keys",
        one.label,
        reverse("inspector:actor", args=[one.actor_id]),
        Remedy("Look at it"),
    )
