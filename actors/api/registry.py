"""The actor classes of this process: filled when a class is defined, read by nodes, gateways and checks.

`registry` is what a node hosts; `declared` also keeps the classes that lost a fight over one wire name.
"""

from __future__ import annotations

from typing import Final

from actors.api.define import Blueprint
from actors.runtime.registry import Registry

registry: Final = Registry()
declared: Final[dict[tuple[str, str], Blueprint]] = {}


def declare(blueprint: Blueprint) -> None:
    """Note a class; a concrete one can be hosted from now on. The same class again replaces itself."""
    declared[blueprint.actor.__module__, blueprint.actor.__qualname__] = blueprint
    if not blueprint.abstract:
        registry.register(blueprint.definition)
