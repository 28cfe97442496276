"""Registry: the actor classes that a process can host, by wire name. Filled by the API, read by nodes."""

from __future__ import annotations

from collections.abc import Iterator

from actors.errors import error
from actors.runtime.definition import ActorDefinition


class Registry:
    """Wire name -> ActorDefinition."""

    def __init__(self) -> None:
        self._definitions: dict[str, ActorDefinition] = {}

    def register(self, definition: ActorDefinition) -> None:
        """Add a class; one of the same name is replaced (a check reports two classes with one name)."""
        self._definitions[definition.name] = definition

    def get(self, name: str) -> ActorDefinition:
        """Raises actor.not_registered."""
        definition = self._definitions.get(name)
        if definition is None:
            raise error("actor.not_registered", actor_name=name)
        return definition

    def names(self) -> list[str]:
        """Wire names, ascending."""
        return sorted(self._definitions)

    def __iter__(self) -> Iterator[ActorDefinition]:
        return iter(self._definitions.values())

    def __contains__(self, name: object) -> bool:
        return name in self._definitions
