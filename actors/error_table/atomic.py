"""Errors of atomic blocks and of the outbox."""

from __future__ import annotations

from typing import Final

from actors.error_table.kind import ErrorKind

# One row on two lines: a table is read downwards, so the formatter keeps off.
# fmt: off
ATOMIC: Final[dict[str, ErrorKind]] = {
    "atomic.already_open": ErrorKind("This code is in an atomic block already.",
        "Own. Do both in one block: let the outer one call a plain method that does not open its own.",
        public=False),
    "atomic.invalid_request": ErrorKind("No atomic block can be opened: {reason}",
        "Own. Correct what the reason names.", public=False),
    "atomic.not_here": ErrorKind("No atomic block can be opened in {where}.",
        "Own. Open it in an action that is not readonly, in run(), or in a hook of the living actor.",
        public=False),
    "atomic.not_inside": ErrorKind("{operation} cannot be in an atomic block.",
        "Own. Do it before or after the block: it cannot be undone, or would wait for the block's own end.",
        public=False),
    "atomic.refused": ErrorKind("The database refused what an atomic block wrote: {reason}",
        "Own. Nothing of the block was stored. Correct what the reason names.", public=False),
    "atomic.rolled_back": ErrorKind("The atomic block was rolled back.",
        "Own. Nothing of it was stored; the error that ended it says why.", public=False),
    "atomic.timed_out": ErrorKind("The atomic block took longer than {seconds} s and was rolled back.",
        "Own. Wait for others outside the block, or raise its limit: self.atomic(timeout=...)."),
    "atomic.too_large": ErrorKind("The atomic block would write {size} bytes; the limit is {limit}.",
        "Own. Write less at once; what is large belongs into several blocks.", public=False),
    "atomic.transaction_broken": ErrorKind("The transaction of an atomic block cannot go on: {reason}.",
        "Own. Nothing was stored. Give a query that may fail a transaction.atomic() of its own, and catch "
        "its error around that.", public=False),
    "outbox.not_given_up": ErrorKind("Not given up, or no calls: {ids}. Nothing was done to them.",
        "Own. `manage.py actors outbox --failed` lists those that were given up.", 400),
    "outbox.not_here": ErrorKind("on_commit() cannot be used in {where}.",
        "Own. Call it from sync code, or through sync_to_async: see docs/outbox.md.", public=False),
}
# fmt: on
