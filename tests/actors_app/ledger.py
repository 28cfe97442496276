"""Ledger: remembers each token it was given, in order, so that a test can count losses and duplicates."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors import Actor, action


@dataclass
class Book:
    tokens: list[str] = field(default_factory=list)


class Ledger(Actor):
    state: Book

    @action
    async def record(self, token: str) -> int:
        """The number of tokens, this one included."""
        self.state.tokens.append(token)
        return len(self.state.tokens)

    @action(readonly=True)
    async def tokens(self) -> list[str]:
        return self.state.tokens
