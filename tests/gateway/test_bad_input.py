"""What no client should send, in every encoding: it is refused, changes nothing, and harms nobody."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations

import httpx
import pytest

from actors.gateway.platform import Platform
from actors.gateway.session import Session
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.connections import Conn, ConnectRequest
from actors.runtime.parking import Parking
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor
from tests.gateway.conftest import CONFIG
from tests.gateway.frames import (
    ENCODINGS,
    action_body,
    action_message,
    as_frame,
    damaged,
    error_code,
    subscription_message,
    with_version,
)

FRAMES = 10_000
ACTOR_ID = "tpm899o4hpr4v5nz6us6k94knval00"

Query = Callable[..., str]
each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)


class Listener:
    """The gateway's end of a socket: what a session says to its client."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class Client:
    """Opens a session for each frame that it sends to one probe actor."""

    def __init__(self, parking: Parking, task: ActorTask, conn: Conn[None], encoding: str) -> None:
        self._parking = parking
        self._task = task
        self._conn = conn
        self._encoding = encoding

    async def send(self, message: bytes) -> str:
        """What became of one message: "refused", "answered" or "taken" without an answer."""
        port = Listener(codec_for(self._encoding))
        session = Session(port, self._conn.request, self._parking, CONFIG)
        session.attach(self._task, self._conn)
        session.receive(as_frame(self._encoding, message))
        await session.backlog.idle()
        if port.closed is None:
            return "answered" if port.frames else "taken"
        assert (port.closed, port.frames) == ((1011, "actor.invalid_request"), [])
        return "refused"


async def client_of(platform: Platform, encoding: str) -> Client:
    node = await platform.ready()
    task = await node.ensure(ClaimRequest(name="probe", key="fuzz", new=NewActor(ACTOR_ID, "probe", "fuzz")))
    assert not isinstance(task, HeldElsewhere)
    conn = await task.connect(ConnectRequest(), Listener(codec_for(encoding)))
    return Client(node.parking, task, conn, encoding)


def random_messages(dice: random.Random, count: int) -> Iterator[bytes]:
    return (dice.randbytes(dice.randint(1, 200)) for _ in range(count))


def damaged_messages(dice: random.Random, encoding: str, count: int) -> Iterator[bytes]:
    """Made of messages that change nothing even where they are understood."""
    harmless = [
        action_message(encoding, "get"),
        action_message(encoding, "echo", {"list": [1, 2.5, None, "ü" * 40], "big": 2**60}),
        subscription_message(encoding, "tick"),
    ]
    return (damaged(dice, dice.choice(harmless)) for _ in range(count))


@each_encoding
async def test_ten_thousand_bad_frames_change_nothing(
    platform: Platform, database: MemoryDatabase, encoding: str
) -> None:
    dice = random.Random(encoding)
    client, row = await client_of(platform, encoding), database.rows[ACTOR_ID]
    before = (row.revision, row.state)
    async with asyncio.timeout(60):
        noise = Counter([await client.send(message) for message in random_messages(dice, FRAMES // 2)])
        near = Counter(
            [await client.send(message) for message in damaged_messages(dice, encoding, FRAMES // 2)]
        )
    assert noise == {"refused": FRAMES // 2}
    assert near.total() == FRAMES // 2
    assert near["refused"] > 1_000 and near["answered"] > 100, "some damage leaves a message whole"
    assert (row.revision, row.state) == before
    assert await client.send(action_message(encoding, "inc", 2)) == "answered"
    assert (row.revision, row.state) == (before[0] + 1, b"\x02"), "a good frame would have been seen"


# -- bodies of HTTP actions ----------------------------------------------------------------------------
class Counting:
    """The probe actor whose count shows which bodies were obeyed."""

    def __init__(self, http: httpx.AsyncClient, query: Query) -> None:
        self._http = http
        self._query = query

    async def inc(self, encoding: str, body: bytes) -> httpx.Response:
        return await self._http.post(
            self._query("probe", "bodies", "/action/inc"),
            content=body,
            headers={"x-rivet-encoding": encoding},
        )

    async def refuses(self, encoding: str, body: bytes) -> bool:
        """400 in the encoding that was asked for."""
        response = await self.inc(encoding, body)
        return response.status_code == 400 and error_code(encoding, response.content) == "core.internal_error"

    async def total(self) -> int:
        response = await self._http.post(self._query("probe", "bodies", "/action/get"), json={})
        output: int = response.json()["output"]
        return output


@pytest.fixture
def counting(http: httpx.AsyncClient, query: Query) -> Counting:
    return Counting(http, query)


@each_encoding
async def test_a_body_that_breaks_off_anywhere_is_refused(counting: Counting, encoding: str) -> None:
    body = action_body(encoding, 5)
    for length in range(len(body)):
        assert await counting.refuses(encoding, body[:length]), f"after {length} bytes"
    assert await counting.total() == 0
    assert (await counting.inc(encoding, body)).status_code == 200
    assert await counting.total() == 5


@pytest.mark.parametrize(("said", "sent"), list(permutations(ENCODINGS, 2)))
async def test_a_body_in_another_encoding_than_it_says_is_refused(
    counting: Counting, said: str, sent: str
) -> None:
    assert await counting.refuses(said, action_body(sent, 5))
    assert await counting.total() == 0


@pytest.mark.parametrize("version", [0, 5, 0x0304, 0xFFFF])
async def test_a_bare_body_of_an_unknown_version_is_refused_in_one_that_clients_read(
    counting: Counting, version: int
) -> None:
    body = with_version(action_body("bare", 5), version)
    assert await counting.refuses("bare", body)
    assert (await counting.inc("bare", body)).content[:2] == b"\x03\x00"
    assert await counting.total() == 0
