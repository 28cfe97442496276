"""Doing: what an operator does to the rows that are ticked: asked again, written down, told how it went.

For the pages of `actors.admin` that the inspector registers anew, as `Operated`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

import msgspec
from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from actors.admin.listed import Listed
from actors.errors import ActorError, error, hint_of, sanitize
from actors.gateway.permissions import CHANGE, may
from actors.gateway.platform import current
from inspector import reach
from inspector.audit import audited, note
from inspector.models import Deed

AT_ONCE: Final = 8
TOLD: Final = 10
"""Rows of which it is told one by one why they were refused."""
SURE: Final = "sure"
"""The field that the page of the question adds."""


@dataclass(frozen=True, slots=True)
class Doing:
    """`work` does it to one row, and says whether there was anything to do: else `otherwise` is why not.
    With a `question` only once it is answered. `named` is what the audit says of the row beside its actor.
    """

    name: str
    label: str
    deed: Deed
    work: Callable[[Any], Awaitable[bool]]
    named: Callable[[Any], Mapping[str, Any] | None] = lambda row: None
    permission: str = CHANGE
    question: str = ""
    otherwise: str = "there is no such thing any more, or somebody has it in hand."


@dataclass(slots=True)
class Report:
    """How many went well, and of the others which and why."""

    done: int
    refused: list[tuple[str, str]]


class Operated(Listed):
    """A list with `doings`, for those who have the permission."""

    doings: ClassVar[Sequence[Doing]]

    def actor_of(self, row: Any) -> Any:
        """The row of the actor that it is done to."""
        return row.actor

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """As Django wants it. What may not be done is not there, whatever is posted."""
        allowed = [doing for doing in self.doings if may(request.user, doing.permission)]
        return {doing.name: (partial(carry_out, doing), doing.name, doing.label) for doing in allowed}


def through(path: str, named: Callable[[Any], Mapping[str, Any]]) -> Callable[[Any], Awaitable[bool]]:
    """Work that an endpoint of the inspector does, which tells a number or a truth. Wakes the actor."""

    async def work(row: Any) -> bool:
        return await reach.change(row.actor_id, path, msgspec.json.encode(named(row)))

    return work


def carry_out(
    doing: Doing, listed: Operated, request: HttpRequest, queryset: QuerySet[Any]
) -> TemplateResponse | None:
    """To what is ticked on this page and nothing else, whatever Django was told of other pages."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)[: listed.list_per_page]
    rows = list(queryset.filter(pk__in=ticked))
    if doing.question and SURE not in request.POST:
        return _ask(doing, listed, request, rows)
    report = async_to_sync(_do_all)(doing, listed, request.user, rows)
    if report.done:
        listed.message_user(request, f"{doing.label}: {report.done} done.", messages.SUCCESS)
    for name, reason in report.refused[:TOLD]:
        listed.message_user(request, f"{doing.label}: {name}: {reason}", messages.ERROR)
    missing = len(set(ticked)) - len(rows)
    more = len(report.refused) - TOLD
    if more > 0:
        listed.message_user(request, f"{doing.label}: {more} more were refused.", messages.ERROR)
    if missing:
        listed.message_user(request, f"{doing.label}: {missing} are gone by now.", messages.WARNING)
    return None


def _ask(doing: Doing, listed: Operated, request: HttpRequest, rows: Sequence[Any]) -> TemplateResponse:
    told = {
        **listed.admin_site.each_context(request),
        "title": doing.label,
        "doing": doing,
        "opts": listed.model._meta,
        "rows": [(row.pk, _name(listed, row)) for row in rows],
        "checkbox": ACTION_CHECKBOX_NAME,
        "sure": SURE,
        "media": listed.media,
    }
    return TemplateResponse(request, "admin/inspector/sure.html", told)


def _name(listed: Operated, row: Any) -> str:
    actor = listed.actor_of(row)
    return str(row) if actor is row else f"{actor}: {row}"


async def _do_all(doing: Doing, listed: Operated, user: Any, rows: Sequence[Any]) -> Report:
    report, places = Report(0, []), asyncio.Semaphore(AT_ONCE)

    async def do(row: Any) -> None:
        async with places:
            reason = await _do(doing, listed.actor_of(row), user, row)
        if reason is None:
            report.done += 1
        else:
            report.refused.append((_name(listed, row), reason))

    await asyncio.gather(*(do(row) for row in rows))
    return report


async def _do(doing: Doing, actor: Any, user: Any, row: Any) -> str | None:
    """Why it was refused, None if it is done."""
    try:
        if actor.destroyed_at is not None:
            raise error("actor.not_found")
        async with audited(user, actor, doing.deed, before=doing.named(row)) as entry:
            found = await doing.work(row)
            note(entry, found)
    except ActorError as failure:
        told = sanitize(failure, current().config.expose_errors)
        return f"{told.name}: {told.message} {hint_of(told)}".strip()
    return None if found else doing.otherwise
