"""What a conversation says of errors that are not public: their text in DEBUG, and nothing elsewhere."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from actors.gateway.platform import Platform
from actors.gateway.session import Session
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.connections import ConnectRequest
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor

SLOW, ACTION = (
    json.dumps({"body": {"tag": "ActionRequest", "val": {"id": number, "name": name, "args": []}}})
    for number, name in enumerate(("slow", "get"))
)


class Port:
    def __init__(self) -> None:
        self.codec: Codec = codec_for("json")
        self.traffic = None
        self.round_trip = None
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        pass


async def refusal(platform: Platform, expose_errors: bool) -> dict[str, Any]:
    """The answer to an action that is refused before anything starts: its actor is being destroyed."""
    node, port = await platform.ready(), Port()
    new = NewActor("tpm899o4hpr4v5nz6us6k94knval00", "probe", "s")
    task = await node.ensure(ClaimRequest(name="probe", key="s", new=new))
    assert not isinstance(task, HeldElsewhere)
    conn = await task.connect(ConnectRequest(), port)
    config = replace(platform.config, expose_errors=expose_errors)
    session = Session(port, conn.request, node.parking, config)
    session.attach(task, conn)
    session.receive(SLOW)  # for which the end waits, and the connection is open so long
    task.request_destroy()
    await asyncio.sleep(0)
    session.receive(ACTION)
    (frame,) = port.frames
    task.fence()
    val: dict[str, Any] = json.loads(frame)["body"]["val"]
    return val


@pytest.mark.parametrize(("expose_errors", "says_why"), [(True, True), (False, False)])
async def test_the_text_of_an_error_is_shown_in_debug_alone(
    platform: Platform, expose_errors: bool, says_why: bool
) -> None:
    answer = await refusal(platform, expose_errors)
    assert (answer["group"], answer["code"]) == ("actor", "stopping")
    assert ("Actor is stopping" in answer["message"]) is says_why
    assert ("An internal error occurred" in answer["message"]) is not says_why
