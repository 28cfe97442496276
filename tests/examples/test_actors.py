"""What the example actors do, and what they refuse."""

from __future__ import annotations

import pytest

from examples.chat.actors import HISTORY, MAX_TEXT
from examples.counter.actors import MAX_STEP
from tests.examples.conftest import Act


def test_the_counter_counts(act: Act) -> None:
    assert act("counter", "increment") == (200, {"output": 1})
    assert act("counter", "increment", 41) == (200, {"output": 42})
    assert act("counter", "getCount") == (200, {"output": 42})
    assert act("counter", "get_count") == (200, {"output": 42})
    assert act("counter", "reset") == (200, {"output": 0})


def test_the_counter_refuses_giant_steps(act: Act) -> None:
    status, body = act("counter", "increment", MAX_STEP + 1)
    assert (status, body["group"], body["code"]) == (500, "user", "step_too_large")
    assert act("counter", "getCount") == (200, {"output": 0})


def test_a_message_comes_back_clean_and_numbered(act: Act) -> None:
    _, body = act("chatRoom", "sendMessage", "  Ada ", " Hello \n")
    message = body["output"]
    assert (message["id"], message["sender"], message["text"]) == (1, "Ada", "Hello")
    assert act("chatRoom", "getHistory") == (200, {"output": [message]})


@pytest.mark.parametrize(
    ("sender", "text", "code"),
    [
        ("", "Hello", "sender_empty"),
        ("Ada", " \n ", "text_empty"),
        ("A" * 41, "Hello", "sender_too_long"),
        ("Ada", "x" * (MAX_TEXT + 1), "text_too_long"),
    ],
)
def test_a_room_says_what_is_wrong_with_a_message(act: Act, sender: str, text: str, code: str) -> None:
    _, body = act("chatRoom", "sendMessage", sender, text)
    assert (body["group"], body["code"]) == ("user", code)
    assert act("chatRoom", "getHistory") == (200, {"output": []})


def test_a_room_keeps_the_newest_messages_only(act: Act) -> None:
    for number in range(1, HISTORY + 3):
        act("chatRoom", "sendMessage", "Ada", str(number))
    _, body = act("chatRoom", "getHistory", HISTORY * 2)
    ids = [message["id"] for message in body["output"]]
    assert ids == list(range(3, HISTORY + 3))
    _, newest = act("chatRoom", "getHistory", 2)
    assert [message["text"] for message in newest["output"]] == [str(HISTORY + 1), str(HISTORY + 2)]
    assert act("chatRoom", "getHistory", 0) == (200, {"output": []})
