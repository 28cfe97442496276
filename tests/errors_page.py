"""docs/errors.md, made from the table: `python -m tests.errors_page` writes it, a test compares it."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from actors.errors import ERRORS, ErrorKind

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"

HEAD = """# Errors

Every error that a caller can meet has a group and a code. Over HTTP and on a connection it is
`{"group", "code", "message"[, "metadata"]}`, as the reason of a closed websocket `group.code`,
in Python `ActorError`. Actor code makes its own by `UserError(message, code, metadata)`, in the group `user`.

- **Status** is the HTTP status on actor routes and at the gateway; **API** that of `/actors`.
- **Hidden** errors keep group and code; callers read "An internal error occurred" instead of the message.
- **Retried** errors are repeated by the official clients on their own.
- A few codes are RivetKit's for what
  [this version does not have yet](compatibility.md): clients know them, nothing here answers with them.

This page is made from `actors/error_table/` by `python -m tests.errors_page`.
"""


def render() -> str:
    """The whole page."""
    names = sorted(ERRORS)
    sections = [
        section(group, list(members))
        for group, members in groupby(names, lambda name: name.partition(".")[0])
    ]
    return HEAD + "".join(sections)


def section(group: str, names: list[str]) -> str:
    rows = "".join(row(name, ERRORS[name]) for name in names)
    return (
        f"\n## {group}\n\n| Code | Status | API | Message | What to do | |\n|---|---|---|---|---|---|\n{rows}"
    )


def row(name: str, kind: ErrorKind) -> str:
    notes = [
        note for note, holds in (("hidden", not kind.public), ("retried", kind.retried_by_client)) if holds
    ]
    message = kind.message.replace("|", "\\|")
    hint = kind.hint.removeprefix("Own. ").replace("|", "\\|").replace("<", "&lt;")
    return f"| `{name}` | {kind.status} | {kind.status_api} | {message} | {hint} | {', '.join(notes)} |\n"


if __name__ == "__main__":
    PAGE.write_text(render())
