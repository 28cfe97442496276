"""The pytest plugin: the fixture `actors`, and the marker that chooses its store.

Loaded wherever the package is installed, before Django has its settings: so it touches no model.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:  # then async tests are some other plugin's business
    async_fixture = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from actors.testing.databases import StoreName
    from actors.testing.node import ActorNode

DATABASE_FIXTURES: Final = frozenset({"db", "transactional_db"})
MARKER: Final = 'actors(store): where the fixture `actors` stores: "memory" (default), "postgres", or "both"'


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once over each store that the marker names."""
    if "actors_store" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("actors")
        if marker is not None:
            metafunc.parametrize("actors_store", _stores(*marker.args, **marker.kwargs), indirect=True)


def _stores(store: str) -> list[Any]:
    # What the node commits is seen by all: the tables are emptied after the test.
    postgres = pytest.param("postgres", marks=pytest.mark.django_db(transaction=True))
    known: dict[str, list[Any]] = {"memory": ["memory"], "postgres": [postgres], "both": ["memory", postgres]}
    if store not in known:
        pytest.fail(f"mark.actors(store=...) takes {', '.join(known)}, not {store!r}", pytrace=False)
    return known[store]


@pytest.fixture
def actors_store(request: pytest.FixtureRequest) -> StoreName:
    """The store that the marker chose for this test, for fixtures that make their own node."""
    for name in DATABASE_FIXTURES & set(request.fixturenames):
        request.getfixturevalue(name)  # set up before the node, to be torn down after it
    store: StoreName = getattr(request, "param", "memory")
    return store


@pytest.fixture
def actors(request: pytest.FixtureRequest, actors_store: StoreName) -> ActorNode:
    """A node for this test, on its loop if the test is async, else in a thread. See docs/testing.md."""
    is_async = inspect.iscoroutinefunction(getattr(request.node, "function", None))
    node: ActorNode = request.getfixturevalue("_node_on_loop" if is_async else "_node_in_thread")
    return node


@pytest.fixture
def _node_in_thread(actors_store: StoreName) -> Iterator[ActorNode]:
    from actors.testing.thread import node_in_thread

    with node_in_thread(actors_store) as node:
        yield node


if async_fixture is not None:

    @async_fixture
    async def _node_on_loop(actors_store: StoreName) -> AsyncIterator[ActorNode]:
        from actors.testing.node import ActorNode

        async with ActorNode(actors_store) as node:
            yield node
