"""The example actors over HTTP, by the names that clients of other languages use."""

from __future__ import annotations

from tests.examples.conftest import Act


def test_the_counter_counts(act: Act) -> None:
    assert act("counter", "increment") == (200, {"output": 1})
    assert act("counter", "increment", 41) == (200, {"output": 42})
    assert act("counter", "getCount") == (200, {"output": 42})
    assert act("counter", "get_count") == (200, {"output": 42})
    assert act("counter", "reset") == (200, {"output": 0})


def test_a_message_comes_back_clean_and_numbered(act: Act) -> None:
    _, body = act("chatRoom", "sendMessage", "  Ada ", " Hello \n")
    message = body["output"]
    assert (message["id"], message["sender"], message["text"]) == (1, "Ada", "Hello")
    assert act("chatRoom", "getHistory") == (200, {"output": [message]})


def test_a_refusal_has_its_code(act: Act) -> None:
    status, body = act("chatRoom", "sendMessage", "Ada", " ")
    assert (status, body["group"], body["code"]) == (500, "user", "text_empty")
