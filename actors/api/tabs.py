"""Tab and HiddenTab: what an author adds to the inspector's strip of tabs, and what is taken off it.

Read when a class is defined, and then nothing raises: `faults` finds the mistakes for the checks. The files
of a tab are served by the gateway. RivetKit: rivetkit-core/src/inspector/tabs.rs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from actors.runtime.definition import TabDefinition

BuiltInTab: TypeAlias = Literal[
    "workflow", "database", "state", "queue", "schedules", "connections", "console"
]
BUILT_IN: Final[tuple[str, ...]] = get_args(BuiltInTab)
ATTRIBUTE: Final = "inspector_tabs"
INDEX: Final = "index.html"

_ID: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Tab:
    """`Tab("board", "Board", folder="tabs/board")`: a page of your own, `index.html` in that folder.

    The folder is found beside the module of the class. `icon` is one of RivetKit's: database, logs, plug,
    queue, state, tag, terminal, workflow. Whoever can reach the site can read the files.
    """

    id: str
    label: str
    folder: str | Path
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class HiddenTab:
    """`HiddenTab("queue")`: a tab of RivetKit's dashboard that is not to be shown for this class."""

    id: BuiltInTab


def tabs_of(lineage: Sequence[type]) -> tuple[TabDefinition, ...]:
    """The tabs of a class and its bases, those of the bases first; of one id the nearest."""
    found: dict[str, TabDefinition] = {}
    for base in reversed(lineage):
        for tab in _written(base):
            if isinstance(tab, Tab) and not any(_faults_of(tab)):
                found[tab.id] = TabDefinition(tab.id, tab.label, tab.icon, _folder(base, tab))
            elif isinstance(tab, HiddenTab) and not any(_faults_of(tab)):
                found[tab.id] = TabDefinition(tab.id)
    return tuple(found.values())


def faults(base: type) -> Iterator[str]:
    """What is wrong with the tabs that the body of this class lists, in words for the author."""
    written = vars(base).get(ATTRIBUTE, ())
    if not isinstance(written, list | tuple):
        yield f"it is {written!r}, not a list"
        return
    seen: set[Any] = set()
    for tab in written:
        if not isinstance(tab, Tab | HiddenTab):
            yield f"{tab!r} is neither a Tab nor a HiddenTab"
            continue
        yield from _faults_of(tab)
        if isinstance(tab, Tab) and not any(_faults_of(tab)) and not (_folder(base, tab) / INDEX).is_file():
            yield f"{_folder(base, tab)} has no {INDEX}"
        if tab.id in seen:
            yield f"the id {tab.id!r} is there twice"
        seen.add(tab.id)


def _written(base: type) -> Sequence[Any]:
    written = vars(base).get(ATTRIBUTE, ())
    return written if isinstance(written, list | tuple) else ()


def _faults_of(tab: Any) -> Iterator[str]:
    """What is wrong with a Tab or a HiddenTab, as far as that can be seen without looking at files."""
    if isinstance(tab, HiddenTab):
        if tab.id not in BUILT_IN:
            yield f"there is no tab {tab.id!r} to hide, only {', '.join(BUILT_IN)}"
        return
    if not (isinstance(tab.id, str) and _ID.fullmatch(tab.id)):
        yield f"the id {tab.id!r} is not made of letters, digits, - and _ alone"
    elif tab.id in BUILT_IN:
        yield f"{tab.id!r} is a tab of the dashboard: choose another id, or write HiddenTab({tab.id!r})"
    if not (isinstance(tab.label, str) and tab.label):
        yield f"the label of {tab.id!r} is {tab.label!r}"
    if not (tab.icon is None or (isinstance(tab.icon, str) and tab.icon)):
        yield f"the icon of {tab.id!r} is {tab.icon!r}"
    if not (isinstance(tab.folder, str | Path) and str(tab.folder)):
        yield f"the folder of {tab.id!r} is {tab.folder!r}"


def _folder(base: type, tab: Tab) -> Path:
    """Beside the module that the tab is written in; an absolute folder stands for itself."""
    module = getattr(sys.modules.get(base.__module__), "__file__", None) or ""
    return Path(module).absolute().parent / tab.folder
