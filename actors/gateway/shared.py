"""Shared: the measures of this process in files of PROMETHEUS_MULTIPROC_DIR, for a scrape of any process.

The cells lie in mapped memory, in the format in which prometheus_client keeps its own numbers: its collector
sums ours with the rest. Nothing is copied and nothing is timed, and what a killed process has counted stays.
"""

from __future__ import annotations

import logging
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from prometheus_client.mmap_dict import mmap_key
from prometheus_client.utils import floatToGoString

from actors.gateway.shared_files import (
    BEGINNINGS,
    FOLDER,
    WORD,
    numbers_of,
    remove_gauges_of_the_dead,
)
from actors.logs import NO_METRICS
from actors.runtime.measures import BOUNDS, LABEL, PREFIX, SERIES, Cells, Measures, Series, Sort, in_memory

_LIMITS: Final = [*map(floatToGoString, BOUNDS), "+Inf"]

logger = logging.getLogger("actors.gateway")


def shared(names: Sequence[str]) -> dict[str, Measures]:
    """The measures of these classes, all zero, where other processes see them; unseen if that cannot be."""
    try:
        remove_gauges_of_the_dead()
        files = {sort: _cells(sort, names) for sort in BEGINNINGS}
    except OSError as failure:  # actors work without
        NO_METRICS.say(logger, {"error": str(failure)})
        return in_memory(names)
    return {
        name: Measures(files["gauge"][name], files["counter"][name], files["histogram"][name])
        for name in names
    }


def _cells(sort: Sort, names: Sequence[str]) -> dict[str, Cells]:
    keys = {name: [key.encode() for key in _keys(sort, name)] for name in names}
    longest = max((len(key) for of_name in keys.values() for key in of_name), default=0)
    room = longest + -longest % WORD
    entry = struct.Struct(f"=i{room}s4xdd")
    padded = [key.ljust(room) for of_name in keys.values() for key in of_name]
    content = b"".join(entry.pack(room, key, 0, 0) for key in padded)
    file = _mapped(sort, struct.pack("=ii", WORD + len(content), 0) + content)
    values = numbers_of(memoryview(file), room)
    cells: dict[str, Cells] = {}
    free = 0
    for name, of_name in keys.items():
        cells[name] = values[free : free + len(of_name)]
        free += len(of_name)
    return cells


def _mapped(sort: Sort, content: bytes) -> mmap.mmap:
    """A file of this process, put in place whole: no scrape sees half of it."""
    file = Path(os.environ[FOLDER], f"{BEGINNINGS[sort]}{os.getpid()}.db")
    draft = file.with_suffix(".draft")
    draft.write_bytes(content)
    with draft.open("r+b") as opened:
        mapping = mmap.mmap(opened.fileno(), len(content))
    draft.replace(file)
    return mapping


def _keys(sort: Sort, actor: str) -> Iterator[str]:
    """What each cell is called in the file, in the order of the cells."""
    for series in SERIES:
        if series.sort == sort:
            for values in series.values():
                yield from _keys_of(series, {LABEL: actor, **dict(zip(series.labels, values, strict=True))})


def _keys_of(series: Series, labels: dict[str, str]) -> Iterator[str]:
    name = PREFIX + series.name
    if series.sort == "histogram":
        for limit in _LIMITS:
            yield _key(name, f"{name}_bucket", {**labels, "le": limit}, series.text)
        yield _key(name, f"{name}_sum", labels, series.text)
    else:
        yield _key(name.removesuffix("_total"), name, labels, series.text)


def _key(metric: str, sample: str, labels: dict[str, str], text: str) -> str:
    key: str = mmap_key(metric, sample, list(labels), list(labels.values()), text)
    return key
