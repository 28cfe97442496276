"""The tabs that an actor's class brings along: pages of its author, each in a sandboxed frame.

A frame has an origin of its own, so it sees neither this page nor its login. It asks the running actor with a
pass that lasts a while and lets do what its visitor may; while the actor sleeps it is not loaded.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.gateway.inspector_auth import inspector_pass
from actors.gateway.inspector_tabs import TABS
from actors.gateway.permissions import CHANGE, VIEW, may
from actors.gateway.platform import current
from actors.gateway.routes import url_of
from actors.runtime.definition import TabDefinition
from inspector.access import deed
from inspector.actor import own_tabs, tab
from inspector.audit import audited
from inspector.deeds import body, the
from inspector.models import Deed
from inspector.screens import Look


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """Which tab it is for."""

    tab: str


def read(look: Look, actor: Any) -> dict[str, Any]:
    """The tab that the address names, None if the class has none of that id."""
    found = _own(actor, look.query.get("tab", ""))
    if found is None:
        return {"own": None}
    frame = url_of(f"/gateway/{actor.pk}{TABS}{found.id}/", "")
    return {"own": found, "tab": f"own-{found.id}", "frame": frame}


@partial(deed, permission=VIEW)
async def let_in(request: HttpRequest, actor_id: str) -> HttpResponse:
    """A pass for the frame. One that lets change something is written down: the frame does what it likes."""
    actor, entry, user = await the(actor_id), body(request, Entry), await request.auser()
    if _own(actor, entry.tab) is None:
        raise error("inspector.custom_tab_not_found")
    may_change = await sync_to_async(may)(user, CHANGE)
    token = inspector_pass(current(), actor.pk, may_change=may_change)
    if may_change:
        async with audited(user, actor, Deed.LET_IN, after={"tab": entry.tab}):
            pass
    return JsonResponse({"token": token})


def _own(actor: Any, tab_id: str) -> TabDefinition | None:
    return next((one for one in own_tabs(actor) if one.id == tab_id and one.folder is not None), None)


OWN: Final = tab("own", read)
