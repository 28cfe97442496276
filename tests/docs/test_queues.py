"""docs/queues.md: its example runs, it names every call and default, and its limits are those of the code."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from actors import DeadLetter, Message, Options, Queue
from actors.api.queue import MOST_LETTERS, BoundQueue
from actors.runtime.queue_limits import FRAME, MAX_DEDUPE, MAX_DELAY, MAX_PRIORITY
from actors.testing import ActorNode
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "queues.md").read_text()


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The module that the page begins with."""
    module = ModuleType("post_of_docs_queues")
    sys.modules[module.__name__] = module
    (_, text), _ = BLOCK.findall(PAGE)
    exec(text, vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.actors(store="both")
async def test_the_example_delivers_and_returns_letters(actors: ActorNode, example: Any) -> None:
    postman, letter = example.Postman.actors.get_or_create("main"), example.Letter
    for address in ("ada@example.com", "nowhere", "ada@example.com"):
        await postman.letters.send(letter(address, "Hello"))
    await actors.settle()
    assert await actors.state_of(postman) == {"ada@example.com": 2}
    assert await postman.returned() == []
    await actors.advance(1 + 2)
    assert await postman.returned() == ["nowhere: ValueError: nowhere is no address"]
    assert await postman.try_again() == 1
    await actors.advance(1 + 2)
    assert len(await postman.returned()) == 1
    failures = await actors.failures()
    assert {failure.what for failure in failures} == {"the work on a message failed: it is given back"}
    assert len(failures) == 6


def names(owner: type) -> set[str]:
    return {name for name in dir(owner) if not name.startswith("_")}


def test_the_page_names_every_call() -> None:
    told = set(re.findall(r"`(\w+)\(", PAGE)) | set(re.findall(r"`(\w+)`", PAGE))
    assert names(BoundQueue) | names(Message) | names(DeadLetter) <= told | {"name"}


def test_the_defaults_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([\d.]+)` \|", PAGE, re.MULTILINE))
    parameters = inspect.signature(Queue.__init__).parameters
    assert rows == {name: repr(parameters[name].default) for name in ("max_attempts", "lease", "backoff")}
    assert f"dead_letters(limit={MOST_LETTERS})" in PAGE


def test_the_limits_are_those_of_the_code() -> None:
    rows = PAGE.partition("## Limits")[2]
    numbers = {int(number) for number in re.findall(r"\b(\d+)\b", rows.partition("What is refused")[0])}
    options = Options()
    assert numbers == {
        options.max_queue_size,
        options.max_queue_message_size,
        FRAME,
        MAX_DELAY,
        MAX_PRIORITY,
        MAX_DEDUPE,
    }
