"""Identity: which generation of which actor. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """One generation of one actor. `serialized_key` is `key` as the directory stores it."""

    actor_id: str
    name: str
    key: tuple[str, ...]
    serialized_key: str
    generation: int

    def fields(self, **more: object) -> dict[str, object]:
        """For log records, with `more` of the event's own."""
        return {"actor_id": self.actor_id, "actor_name": self.name, "generation": self.generation, **more}
