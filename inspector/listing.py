"""The list of actors: filters in the address, one page by its keyset, never a count.

Reads rows, and asks the nodes who is connected where a filter wants to know: an actor that sleeps goes on
sleeping.
"""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync
from django.http import QueryDict

from actors.api.registry import registry
from actors.bounded import LONGEST_READ
from actors.errors import error
from actors.gateway.attending import MOST
from actors.keyset import read_page
from actors.status import STATUSES
from inspector import cluster, columns, looking, owners
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
    shown = columns.chosen_by(look.user)
    told = [one for one in (attended, columns.fill(look.user, page.rows, shown)) if one is not None]
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
        "all_columns": columns.COLUMNS,
        "columns": shown,
        "silent": max((one.silent for one in told), default=0),
        "attended": attended,
        "most_attended": MOST,
        "longest_read": LONGEST_READ,
        "unasked": asks and attended is None,
        "rows": page.rows,
        "newer": _turned(look.query, "newer_than", page.newer_than),
        "older": _turned(look.query, "older_than", page.older_than),
    }


def _turned(query: QueryDict, direction: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    other = query.copy()
    forget_page(other)
    other[direction] = cursor
    return address(other)


LIST: Final = Screen("list", read)
