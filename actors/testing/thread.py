"""A node on a loop and in a thread of its own, for tests that are not async."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from actors.testing.databases import StoreName
from actors.testing.node import ActorNode

T = TypeVar("T")


@contextmanager
def node_in_thread(store: StoreName) -> Iterator[ActorNode]:
    """Raises AssertionError at the end for what the block leaves behind, unless it failed anyway."""
    actors = ActorNode(store)
    with running_loop() as loop:
        _run(loop, actors.__aenter__())
        try:
            yield actors
        except BaseException as failure:
            _run(loop, actors.__aexit__(type(failure)))
            raise
        _run(loop, actors.__aexit__(None))


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="actors-testing", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        _run(loop, loop.shutdown_asyncgens())
        _run(loop, loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result()
