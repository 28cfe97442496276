"""The files of PROMETHEUS_MULTIPROC_DIR in which processes count: what they are called, where in them the
numbers lie, and their sum.

`shared.py` writes them. A file is its used length, then entries of key length, key, value and time, in words
of eight bytes; between key and value there is always a gap. Our keys are padded to one length, `room`.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from actors.runtime.measures import SIZES, Cells, Measures, Sort, unseen

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
WORD: Final = 8
_GAUGES: Final = "gauge_livesum_actors-"
BEGINNINGS: Final[Mapping[Sort, str]] = {
    "gauge": _GAUGES,
    "counter": "counter_actors-",
    "histogram": "histogram_actors-",
}


def remove_gauges_of_the_dead() -> None:
    """What a killed process had open is open no more; what it has counted stays."""
    folder = os.environ.get(FOLDER)
    for file in Path(folder).glob(f"{_GAUGES}*.db") if folder else ():
        pid = int(file.stem.removeprefix(_GAUGES))
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                file.unlink()
        except PermissionError:  # it lives, and is not ours
            pass


def processes() -> list[int]:
    """The pids of those that count there."""
    remove_gauges_of_the_dead()
    folder = os.environ.get(FOLDER)
    files = Path(folder).glob(f"{_GAUGES}*.db") if folder else ()
    return sorted(int(file.stem.removeprefix(_GAUGES)) for file in files)


def summed(folder: Path) -> Measures:
    """The sum over all classes of all processes; counters of those that have gone included."""
    total = unseen()
    cells: Mapping[Sort, Cells] = {
        "gauge": total.gauges,
        "counter": total.counters,
        "histogram": total.histograms,
    }
    for sort, beginning in BEGINNINGS.items():
        for file in folder.glob(f"{beginning}*.db"):
            with contextlib.suppress(FileNotFoundError):  # its process has gone meanwhile
                _add(cells[sort], SIZES[sort], file)
    return total


def _add(cells: Cells, size: int, file: Path) -> None:
    """A file holds one class after the other, each with all of its cells in their order."""
    content = file.read_bytes()
    (used,), (room,) = struct.unpack_from("=i", content), struct.unpack_from("=i", content, WORD)
    values = numbers_of(memoryview(content)[:used], room)
    for first in range(0, len(values), size):
        for place, value in enumerate(values[first : first + size]):
            cells[place] += value


def numbers_of(content: memoryview, room: int) -> memoryview[float]:
    """The values in a file whose keys have that length."""
    return content.cast("d")[(2 * WORD + room) // WORD :: (3 * WORD + room) // WORD]
