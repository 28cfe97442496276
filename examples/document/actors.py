"""A document that several people edit, and what each of them has seen of it.

Clients know it as `document`. Who is logged in is known by Django's user, others by the name they give. What
a person has seen outlives their connection: it is part of the actor's state.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from actors import Actor, Conn, Event, UserError, action

MAX_NAME = 40
MAX_TEXT = 20_000
MAX_READERS = 500


@dataclass
class Reader:
    """`seen` is the newest revision that this person had before their eyes."""

    seen: int = 0
    edits: int = 0


@dataclass
class Text:
    text: str = ""
    revision: int = 0
    readers: dict[str, Reader] = field(default_factory=dict)


@dataclass
class Opened:
    """What a person sees on opening: the text, and how many changes they have missed since last time."""

    name: str
    text: str
    revision: int
    missed: int


@dataclass
class Change:
    text: str
    revision: int
    by: str


class Document(Actor):
    state: Text
    conn: Conn[str]
    changed = Event(Change)
    present = Event[list[str]]()

    @action
    def open(self, name: str = "") -> Opened:
        """Read as yourself if you are logged in, else as `name`."""
        user = self.conn.user  # None when another part of the site calls by a handle
        if user is not None and user.is_authenticated:
            name = user.get_username()
        self.conn.state = _checked(name)
        document, reader = self.state, self._reader()
        missed = document.revision - reader.seen
        reader.seen = document.revision
        self.present.broadcast(self._names())
        return Opened(self.conn.state, document.text, document.revision, missed)

    @action
    def edit(self, text: str, revision: int) -> int:
        """Replace the text that was `revision`. A UserError `stale` brings the newer one in its metadata."""
        document, reader = self.state, self._reader()
        if len(text) > MAX_TEXT:
            raise UserError(f"At most {MAX_TEXT:,} characters.", code="text_too_long")
        if revision != document.revision:
            newer = {"text": document.text, "revision": document.revision}
            raise UserError("Somebody else was faster.", code="stale", metadata=newer)
        document.text = text
        document.revision += 1
        reader.seen, reader.edits = document.revision, reader.edits + 1
        self.changed.broadcast(Change(text, document.revision, self.conn.state))
        return document.revision

    @action
    def saw(self, revision: int) -> None:
        """Note that this person has `revision` before their eyes."""
        reader = self._reader()
        reader.seen = max(reader.seen, min(revision, self.state.revision))

    @action(readonly=True)
    def get_readers(self) -> dict[str, Reader]:
        return self.state.readers

    def on_disconnect(self, conn: Conn[str]) -> None:
        if conn.state:
            self.present.broadcast(self._names())

    def _reader(self) -> Reader:
        if not self.conn.state:
            raise UserError("Open the document first.", code="not_open")
        readers = self.state.readers
        if self.conn.state not in readers and len(readers) >= MAX_READERS:
            raise UserError("Too many people have read this document.", code="too_many_readers")
        return readers.setdefault(self.conn.state, Reader())

    def _names(self) -> list[str]:
        return sorted({conn.state for conn in self.conns.values() if conn.state})


def _checked(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise UserError(f"A name has 1 to {MAX_NAME} characters.", code="name_invalid")
    return name
