"""What may be said by name in a call that passes it on, as a TypedDict, which type checkers read too.

Called by the author's API. Python itself would refuse a mistyped word in the name of a private function.
"""

from __future__ import annotations

from collections.abc import Iterable

from actors.errors import error


def check_words(code: str, method: str, words: type, given: Iterable[str], hint: str = "") -> None:
    """Raises the error `code` for a word that is none of those `words`, with what may be said instead.

    `method` is called as authors call it: `kv.list()`.
    """
    for word in given:
        if word not in words.__annotations__:
            known = ", ".join(sorted(words.__annotations__))
            raise error(code, reason=f"{method} takes {known} by name, not {word!r}{hint}")
