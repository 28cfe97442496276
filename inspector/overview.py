"""The first page: how much of everything there is, and what needs somebody."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import async_to_sync

from inspector import attention, tiles
from inspector.agenda import count_due, count_late, count_orphaned
from inspector.cluster import nodes
from inspector.residents import WALKED, walked_lately
from inspector.screens import Look, Screen
from inspector.tiles import BOUND


def read(look: Look) -> dict[str, Any]:
    crashed, known, walk = attention.crashed(), nodes(), async_to_sync(walked_lately)()
    late, orphaned = count_late(BOUND + 1), count_orphaned(BOUND + 1)
    return {
        "section": "overview",
        "tiles": [
            tiles.actors(),
            *tiles.counted(),
            tiles.crashes(crashed),
            *tiles.planned(count_due(BOUND + 1), late, orphaned),
            tiles.of_nodes(known),
        ],
        "troubles": [
            *attention.of_dependencies(),
            *attention.of_nodes(known),
            *attention.of_plans(late, orphaned),
            *attention.of_outbox(),
            *attention.of_dead_letters(),
            *attention.of_paused(),
            *attention.of_crashed(crashed),
            *attention.of_residents(walk),
        ],
        "more": len(crashed) > attention.SHOWN_TROUBLES,
        "walked": None if walk.whole else WALKED,
    }


OVERVIEW: Final = Screen("overview", read)
