"""The order of the files: the longest first, so that at the end no worker is left alone with one of them.

Workers take whole files, one after the other (`--dist loadfile`, with its own order by the number of tests
switched off). No test may need this order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.databases import ROOT

LONGEST: Final = (
    "browser/test_inspector_pages.py",
    "browser/test_inspector_viewer.py",
    "browser/test_inspector.py",
    "services/test_run.py",
    "faults/test_alarms.py",
    "faults/test_killed_server.py",
    "dashboard/test_dashboard.py",
    "management/test_verbs.py",
    "runtime/test_debug_mode.py",
    "faults/test_killed_consumer.py",
    "browser/test_pages.py",
    "browser/test_unfold.py",
    "browser/test_inspector_state.py",
    "browser/test_inspector_schedules.py",
    "browser/test_inspector_queue.py",
    "browser/test_inspector_connections.py",
    "browser/test_inspector_timeline.py",
    "browser/test_inspector_actors.py",
    "browser/test_admin.py",
    "browser/test_crowd.py",
    "clients/suites/test_lives.py",
    "gateway/test_servers.py",
    "gateway/test_two_nodes.py",
    "gateway/test_exposition.py",
    "browser/test_clone.py",
    "browser/test_counter.py",
    "faults/test_killed_block.py",
    "faults/test_killed_postgres.py",
    "clients/test_connections.py",
    "inspector/test_million.py",
)
"""Files of about half a minute and more, on a slow machine."""
_RANKS: Final = {ROOT / "tests" / name: rank for rank, name in enumerate(LONGEST)}


def rank(file: Path) -> int:
    """Where a file comes; what is not among the longest keeps its place behind them."""
    return _RANKS.get(file, len(_RANKS))
