"""Tests of actors: a node in memory, a clock that is turned by hand, faults on demand. See docs/testing.md.

pytest users get the fixture `actors` from `actors.testing.pytest`; unittest users inherit from ActorTestCase.
"""

from actors.testing.cases import ActorTestCase
from actors.testing.node import ActorNode

__all__ = ["ActorNode", "ActorTestCase"]
