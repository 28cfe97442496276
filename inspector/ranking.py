"""How near a name is to what was typed: it begins so, has it as a word, has it in it, or has its letters.

The palette ranks with it what no index finds. `ranking.js` does the same with what stands on the page.
"""

from __future__ import annotations

from typing import Final, TypeAlias

Rank: TypeAlias = tuple[int, int]
"""The less the nearer: one of the four below, then the length of the name or of what has the letters."""

BEGINS: Final = 0
WORD: Final = 1
WITHIN: Final = 2
LETTERS: Final = 3


def rank(typed: str, name: str) -> Rank | None:
    """None where not even its letters are there. Upper and lower case are the same."""
    text, words = typed.lower(), name.lower()
    if words.startswith(text):
        return BEGINS, len(words)
    if text in words:
        return (WORD if _is_word(text, words) else WITHIN), len(words)
    length = _length("".join(text.split()), words)
    return None if length is None else (LETTERS, length)


def _is_word(text: str, words: str) -> bool:
    """Whether it stands somewhere with no letter and no digit on either side."""
    at = words.find(text)
    while at >= 0:
        end = at + len(text)
        if not words[at - 1 : at].isalnum() and not words[end : end + 1].isalnum():
            return True
        at = words.find(text, at + 1)
    return False


def _length(letters: str, words: str) -> int | None:
    """Of the part that has the letters in order: from where they first end back to where they last begin."""
    end = 0
    for letter in letters:
        end = words.find(letter, end) + 1
        if not end:
            return None
    start = end
    for letter in reversed(letters):
        start = words.rfind(letter, 0, start)
    return end - start
