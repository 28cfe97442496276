"""The files of PROMETHEUS_MULTIPROC_DIR in which processes count: what they are called, and their sum.

`shared.py` writes them. Here nothing of prometheus_client is needed before a file is read.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from actors.runtime.measures import SIZES, Cells, Measures, Sort, unseen

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
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
    from prometheus_client.mmap_dict import MmapedDict

    reader: Any = MmapedDict
    for index, (_, value, _, _) in enumerate(reader.read_all_values_from_file(str(file))):
        cells[index % size] += value
