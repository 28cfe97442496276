"""The built pages of RivetKit's dashboard, from its npm packages into a cache outside the repository.

Both lie in the data of a compiled program, as a table of names and contents: it is read there, and nothing of
it is run. The pages are Apache-2.0, and are never committed.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

VERSION = "2.3.19"
SHELL = f"@rivetkit/engine-cli-linux-x64-musl@{VERSION}"
"""The dashboard itself, at /ui/."""
INSPECTOR = f"@rivetkit/rivetkit-napi-linux-x64-gnu@{VERSION}"
"""What it shows of one actor, in a frame at /gateway/{actor}/inspector/ui/."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rivet-dashboard-for-tests"
PATIENCE = 300.0

_PAGE = re.compile(rb"[\w\-./@+~\[\]() ]{1,200}\.(html|js|css|json|png|svg|ico|woff2?|ttf)", re.ASCII)
_RELATIVE = 8  # R_X86_64_RELATIVE: a place that holds the address of something in the program
_RELOCATIONS, _LOADED = 4, 1
_LARGEST = 50_000_000


class Unavailable(Exception):
    """npm cannot be asked."""


def folder(package: str) -> Path:
    """Where the pages of a package are, fetched if need be. Raises Unavailable."""
    place = CACHE / re.sub(r"\W+", "-", package).strip("-")
    if not place.exists():
        pages = embedded(program(package))
        draft = place.with_name(f"{place.name}.{os.getpid()}")
        for name, content in pages.items():
            file = draft / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        draft.rename(place)
    return place


def program(package: str) -> bytes:
    """The largest file of a package. Raises Unavailable."""
    CACHE.mkdir(parents=True, exist_ok=True)
    words = ["npm", "pack", "--silent", "--pack-destination", str(CACHE), package]
    try:
        told = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True, cwd=CACHE)
    except (OSError, subprocess.SubprocessError) as failure:
        raise Unavailable(str(failure)) from failure
    archive = CACHE / told.stdout.split()[-1]
    with tarfile.open(fileobj=BytesIO(archive.read_bytes())) as files:
        member = max(files.getmembers(), key=lambda file: file.size)
        found = files.extractfile(member)
        assert found is not None
        content = found.read()
    archive.unlink()
    return content


def embedded(binary: bytes) -> Mapping[str, bytes]:
    """The pages in an ELF program, by name: Rust keeps address and length of each name and content."""
    places = dict(_addresses(binary))
    found: dict[str, bytes] = {}
    for place, target in places.items():
        behind = places.get(place + 16)
        name_length, length = _number(binary, place + 8), _number(binary, place + 24)
        if behind is None or not 0 < name_length <= 200 or length > _LARGEST:
            continue
        name = _bytes(binary, target, name_length)
        if _PAGE.fullmatch(name):
            found[name.decode()] = _bytes(binary, behind, length)
    return found


def _addresses(binary: bytes) -> Iterator[tuple[int, int]]:
    """Each place in the program that holds an address, and that address."""
    start, (size, count) = struct.unpack_from("<Q", binary, 0x28)[0], struct.unpack_from("<HH", binary, 0x3A)
    for number in range(count):
        kind, *_, offset, length = struct.unpack_from("<4xI8xQQQ", binary, start + number * size)
        if kind == _RELOCATIONS:
            for entry in range(offset, offset + length, 24):
                place, what, target = struct.unpack_from("<QQq", binary, entry)
                if what & 0xFFFFFFFF == _RELATIVE:
                    yield place, target


def _offset(binary: bytes, address: int) -> int | None:
    """Where in the file an address of the running program lies."""
    start, (size, count) = struct.unpack_from("<Q", binary, 0x20)[0], struct.unpack_from("<HH", binary, 0x36)
    for number in range(count):
        kind, offset, first, length = struct.unpack_from("<I4xQQ8xQ", binary, start + number * size)
        if kind == _LOADED and first <= address < first + length:
            return int(offset + address - first)
    return None


def _number(binary: bytes, address: int) -> int:
    offset = _offset(binary, address)
    return 0 if offset is None else int(struct.unpack_from("<Q", binary, offset)[0])


def _bytes(binary: bytes, address: int, length: int) -> bytes:
    offset = _offset(binary, address)
    return b"" if offset is None else binary[offset : offset + length]
