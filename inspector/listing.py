"""The list of actors: filters in the address, one page by its keyset, never a count.

Reads rows, and asks the nodes who is connected where a filter wants to know: an actor that sleeps goes on
sleeping.
"""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db.models.functions import Length
from django.http import QueryDict

from actors.api.registry import registry
from actors.bounded import LONGEST_READ
from actors.errors import error
from actors.gateway.attending import MOST
from actors.keyset import read_page
from actors.models import ActorState
from actors.status import STATUSES
from inspector import cluster, looking, owners
from inspector.filters import CONNECTIONS, Filters, address, chips, forget_page
from inspector.screens import Look, Screen

PAGE: Final = 100


def read(look: Look) -> dict[str, Any]:
    filters = Filters.of(look.query)
    owned = owners.owned_by(look.user, filters.owner) if filters.owner else None
    asks = CONNECTIONS in filters.has
    attended = async_to_sync(looking.connected)() if asks else None
    branches = filters.branches(owned, list(attended.actors) if attended else [])
    try:
        page = read_page(branches, look.query.get("older_than"), look.query.get("newer_than"), PAGE)
    except ValueError as exc:
        raise error("inspector.invalid_request", field="page", reason=str(exc)) from exc
    _weigh(page.rows)
    nodes = cluster.nodes()
    return {
        "section": "actors",
        "filters": filters,
        "chips": chips(look.query),
        "types": registry.names(),
        "statuses": STATUSES,
        "nodes": nodes,
        "node_is_known": any(node.pk == filters.node for node in nodes),
        "owned_models": owners.models(look.user),
        "attended": attended,
        "most_attended": MOST,
        "longest_read": LONGEST_READ,
        "unasked": asks and attended is None,
        "rows": page.rows,
        "newer": _turned(look.query, "newer_than", page.newer_than),
        "older": _turned(look.query, "older_than", page.older_than),
    }


def _weigh(rows: list[Any]) -> None:
    """Tell each row the size of its stored state: by the ids of the page, one look-up."""
    states = ActorState.objects.filter(pk__in=[row.pk for row in rows])
    known = dict(states.values_list("pk", Length("state")))
    for row in rows:
        row.state_size = known.get(row.pk)


def _turned(query: QueryDict, direction: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    other = query.copy()
    forget_page(other)
    other[direction] = cursor
    return address(other)


LIST: Final = Screen("list", read)
