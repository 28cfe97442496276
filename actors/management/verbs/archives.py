"""`actors export` and `actors import`: all that is stored of one actor, to a file and back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actors.errors import ActorError, error
from actors.gateway.operator import Operator
from actors.gateway.platform import current
from actors.management.audit import Deed, witnessed
from actors.management.failures import advised
from actors.management.verbs.addresses import add_address, find, split
from actors.management.verbs.printing import add_json, print_json
from actors.protocol.ids import new_actor_id
from actors.storage.archive import Archive
from actors.storage.archive_file import dump, load

STANDARD = "-"
"""In place of a file's name: standard output or input."""


@dataclass(frozen=True)
class ArchiveVerb:
    """`arguments` adds what only this verb has."""

    HELP: str
    arguments: Callable[[ArgumentParser], None]
    act: Callable[[dict[str, Any]], Archive]
    done: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.arguments(parser)
        add_json(parser)

    def handle(self, options: dict[str, Any]) -> None:
        archive = self.act(options)
        if options["json"]:
            print_json(_counted(archive))
        else:
            print(f"{archive.name}/{archive.key} {self.done}", file=sys.stderr)


def _add_export(parser: ArgumentParser) -> None:
    add_address(parser)
    parser.add_argument("file", help=f"to be written; {STANDARD} for standard output")


def _export(options: dict[str, Any]) -> Archive:
    if options["json"] and options["file"] == STANDARD:
        reason = f"--json and {STANDARD} would both write to standard output: name a file."
        raise error("command.invalid", reason=reason)
    platform, actor = current(), find(options["actor"])
    with witnessed(Deed("export", actor.id, actor.name, actor.key)):
        archive = Operator(platform).export(actor.id)
        text = dump(archive, platform.clock.now_ms())
        if options["file"] == STANDARD:
            sys.stdout.write(text.decode())
        else:
            with _usable():
                Path(options["file"]).write_bytes(text)
    return archive


def _add_import(parser: ArgumentParser) -> None:
    parser.add_argument("file", help=f"that `actors export` has written; {STANDARD} for standard input")
    parser.add_argument("--replace", action="store_true", help="the actor that has this id or this key now")
    parser.add_argument("--as", dest="address", metavar="NAME/KEY", help="a copy with another key and id")


def _import(options: dict[str, Any]) -> Archive:
    file = options["file"]
    with _usable():
        archive = load(sys.stdin.buffer.read() if file == STANDARD else Path(file).read_bytes())
    if options["address"]:
        name, key = split(options["address"])
        archive = replace(archive, actor_id=new_actor_id(), name=name, key=key)
    after = {"file": file, "replace": options["replace"]}
    try:
        with witnessed(Deed("import", archive.actor_id, archive.name, archive.key, after=after)):
            Operator(current()).bring_in(archive, replacing=options["replace"])
    except ActorError as problem:
        if problem.name == "actor.duplicate_key":
            advised(problem, "Give --replace to put the archive in its place, or --as another key.")
        raise
    except TimeoutError as problem:
        awake = error("command.timed_out", "The actor did not fall asleep, so nothing has been replaced")
        raise advised(awake, "Destroy it first, then import.") from problem
    return archive


@contextmanager
def _usable() -> Iterator[None]:
    """Raises command.file_unusable."""
    try:
        yield
    except OSError as problem:
        raise error("command.file_unusable", file=problem.filename, reason=problem.strerror) from problem


def _counted(archive: Archive) -> dict[str, Any]:
    """What a program may want to know of it."""
    return {
        "id": archive.actor_id,
        "name": archive.name,
        "key": archive.key,
        "revision": archive.revision,
        "keys": len(archive.kv),
        "messages": 0 if archive.queue is None else len(archive.queue.messages),
        "schedules": 0 if archive.schedules is None else len(archive.schedules.schedules),
    }


export = ArchiveVerb(
    "Write all that is stored of an actor to a file: actors export counter/main main.json",
    _add_export,
    _export,
    "is written",
)
bring_in = ArchiveVerb(
    "Store an actor from such a file: actors import main.json", _add_import, _import, "is stored"
)
