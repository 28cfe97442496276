"""ActorTestCase: Django's TransactionTestCase with a node, for sync and async test methods.

The node has a thread of its own, so what it reads of the project's tables must be committed: no TestCase.
"""

from __future__ import annotations

from typing import ClassVar

from django.test import TransactionTestCase

from actors.testing.databases import StoreName
from actors.testing.node import ActorNode
from actors.testing.thread import node_in_thread


class ActorTestCase(TransactionTestCase):
    """`self.actors` is the node, from `setUp` on.

    A subclass with `store = "postgres"` runs the same tests over the project's test database.
    """

    store: ClassVar[StoreName] = "memory"
    actors: ActorNode

    def setUp(self) -> None:
        super().setUp()
        self.actors = self.enterContext(node_in_thread(self.store))
