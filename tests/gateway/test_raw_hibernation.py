"""Raw websockets that outlive their actor's sleep: what is kept, what is said again, and who is seen off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from websockets.sync.client import ClientConnection

from actors.gateway.asgi import ActorsApplication
from actors.gateway.backlog import MAX_PENDING
from actors.gateway.client_socket import MAX_RUNS
from actors.gateway.platform import current
from actors.testing import ActorNode
from tests import databases, environment, web
from tests.gateway.raw_actors import Sleeper
from tests.gateway.recordings import cases
from tests.gateway.sockets import Socket
from tests.gateway.wire import raw_websocket, url_of
from tests.servers import LiveServer

ADA = "rivet_conn_params.%22ada%22"
Dial = Callable[..., Any]


@pytest.fixture
async def dial(actors: ActorNode, query: Callable[..., str], settings: Any) -> AsyncIterator[Dial]:
    """`await dial("key")`: an open raw websocket of ada's to that sleeper."""
    settings.ALLOWED_HOSTS = ["localhost"]
    current().config = replace(current().config, open_on_loopback=True)
    application = ActorsApplication(ASGIHandler())
    sockets: list[Socket] = []

    async def open_one(key: str = "k", path: str = "") -> Socket:
        socket = Socket(application, query("raw_sleeper", key, f"/websocket{path}"), ["rivet", ADA])
        sockets.append(socket)
        await socket.open()
        await actors.settle()
        return socket

    yield open_one
    for socket in sockets:
        await socket.leave()
    await actors.settle()


def sleeper(key: str = "k") -> Any:
    return Sleeper.actors.get_or_create(key)


async def lull(actors: ActorNode, key: str = "k") -> None:
    await actors.sleep(sleeper(key))
    assert await actors.status(sleeper(key)) == "asleep"


async def asked(socket: Socket, message: str) -> Any:
    await socket.send(message)
    return await socket.receive()


# -- over a sleep ----------------------------------------------------------------------------------------
async def test_an_open_websocket_lets_its_actor_sleep_and_its_next_message_wakes_it(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial()
    assert await asked(socket, "a") == "a 1"
    await actors.advance(61)
    assert await actors.status(sleeper()) == "asleep"
    assert await asked(socket, "b") == "b 2", "and the state of its connection is what it was"
    assert await sleeper().report() == ["opened", "a", "resumed", "b"], "no hook of a connection runs again"


async def test_a_recorded_conversation_over_a_sleep(actors: ActorNode, dial: Dial) -> None:
    (recorded,) = (case for case in cases("ws_hibernation.json") if case["name"] == "raw hib sleep")
    socket = await dial()
    for frame in recorded["frames"]:
        if frame["dir"] == "c2s":
            await socket.send(frame["text"])
        else:
            assert str(await socket.receive()).partition(" ")[0] == frame["text"]
            await lull(actors)


async def test_others_that_wake_the_actor_reach_the_client(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await lull(actors)
    await sleeper().tell("news")
    assert await socket.receive() == "news"


async def test_a_websocket_that_may_not_hibernate_keeps_its_actor_awake(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial("k", "/awake")
    await actors.advance(120)
    assert await actors.status(sleeper()) == "awake"
    await actors.sleep(sleeper())
    assert await socket.expect_close() == (1000, "actor.stopped")


async def test_a_handler_at_work_holds_sleep(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await socket.send("hang")
    await actors.advance(120)
    assert await actors.status(sleeper()) == "awake"


async def test_messages_that_come_while_the_actor_falls_asleep_are_for_the_next_life(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial()
    with actors.hold("release"):
        await socket.send("nap")
        await actors.settle()
        await socket.send("a")
        await actors.settle()
    assert [await socket.receive() for _ in range(2)] == ["nap 1", "a 2"]
    assert await sleeper().report() == ["opened", "nap", "resumed", "a"]


async def test_only_what_is_not_handled_comes_again_in_order(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    assert await asked(socket, "a") == "a 1"
    for message in ("hang once", "b", "c"):
        await socket.send(message)
    await actors.settle()
    await actors.sleep(sleeper())
    await actors.advance(6)
    assert [await socket.receive() for _ in range(3)] == ["hang once 2", "b 3", "c 4"]
    assert (await sleeper().report())[1:] == ["a", "resumed", "hang once", "b", "c"]


async def test_a_message_counts_as_handled_once_what_it_changed_is_stored(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial()
    (session,) = current().sessions
    with actors.hold("commit"):
        await socket.send("a")
        await actors.settle()
        assert len(session.backlog.held) == 1
    await actors.settle()
    assert (await socket.receive(), len(session.backlog.held)) == ("a 1", 0)


async def test_a_message_that_no_life_gets_through_closes_in_the_end(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await socket.send("hang")
    for _ in range(MAX_RUNS):
        await actors.settle()
        await actors.sleep(sleeper())
        await actors.advance(6)
    assert await socket.expect_close() == (1011, "actor.outcome_unknown")


async def test_a_client_that_says_much_to_a_sleeping_actor_is_heard_in_full(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial()
    await lull(actors)
    wanted = 3 * MAX_PENDING
    for number in range(wanted):
        await socket.send(str(number))
    assert [await socket.receive() for _ in range(wanted)] == [f"{n} {n + 1}" for n in range(wanted)]


async def test_the_websockets_of_two_actors_do_not_mix(actors: ActorNode, dial: Dial) -> None:
    sockets = {key: await dial(key) for key in ("one", "two")}
    for key in sockets:
        await lull(actors, key)
    for key, socket in sockets.items():
        assert await asked(socket, key) == f"{key} 1"
    assert (await sleeper("one").report())[1:] == ["resumed", "one"]


# -- ends ------------------------------------------------------------------------------------------------
async def test_a_client_that_leaves_a_sleeping_actor_is_seen_off_once(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await asked(socket, "a")
    await lull(actors)
    await socket.leave(1000)
    await actors.settle()
    assert await actors.status(sleeper()) == "awake"
    await lull(actors)
    assert await sleeper().report() == ["opened", "a", "left ada 1"]


async def test_what_a_client_says_last_to_a_sleeping_actor_is_handled(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await lull(actors)
    await socket.send("last")
    await socket.leave(4002)
    await actors.settle()
    assert await sleeper().report() == ["opened", "resumed", "last", "closed 4002", "left ada 1"]


async def test_what_a_client_said_last_survives_a_sleep_that_cuts_its_handler_off(
    actors: ActorNode, dial: Dial
) -> None:
    socket = await dial()
    await socket.send("hang once")
    await socket.send("last")
    await socket.leave(4002)
    await actors.settle()
    await actors.sleep(sleeper())
    await actors.advance(4.9)  # its time after the end
    await actors.advance(2)
    assert (await sleeper().report())[1:] == ["resumed", "hang once", "last", "closed 4002", "left ada 2"]


@pytest.mark.parametrize(("message", "close"), [("bye", (4001, "bye")), ("fail", (1011, "user.no"))])
async def test_a_handler_that_ends_it_ends_it_for_good(
    actors: ActorNode, dial: Dial, message: str, close: tuple[int, str]
) -> None:
    socket = await dial()
    await lull(actors)
    await socket.send(message)
    assert await socket.expect_close() == close
    await actors.settle()
    assert (await sleeper().report())[-1].startswith("left ada")
    await lull(actors)
    assert len(current().node.parking) == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("asleep", [True, False])
async def test_destroying_closes_it_too(actors: ActorNode, dial: Dial, asleep: bool) -> None:
    socket = await dial()
    actor_id = await Sleeper.actors.resolve(sleeper())
    if asleep:
        await lull(actors)
    node = current().node
    assert node is not None and await node.destroy(actor_id) is True
    code, reason = await socket.expect_close()
    assert (code, reason) == (1000, "" if asleep else "actor.stopped")


async def test_a_process_that_goes_tells_clients_to_come_again(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await lull(actors)
    await actors.restart()
    assert await socket.expect_close() == (1001, "ws.going_away")


async def test_after_a_crash_the_next_start_sees_the_clients_off(actors: ActorNode, dial: Dial) -> None:
    """A row without a websocket; nothing of the handler runs."""
    await dial()
    await lull(actors)
    await actors.restart(crash=True)
    await sleeper().tell("news")
    await actors.settle()
    assert await sleeper().report() == ["opened", "left ada 0"]


async def test_a_websocket_without_a_row_is_closed(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    await lull(actors)
    node = current().node
    assert node is not None
    await node.store.forget_conns(await Sleeper.actors.resolve(sleeper()), 99)
    await sleeper().tell("news")
    assert await socket.expect_close() == (1011, "actor.restarting")


@pytest.mark.actors(store="postgres")
async def test_it_is_the_same_over_postgres(actors: ActorNode, dial: Dial) -> None:
    socket = await dial()
    for number in range(1, 4):
        assert await asked(socket, "a") == f"a {number}"
        await lull(actors)
    assert await sleeper().report() == ["opened", "a", "resumed", "a", "resumed", "a", "resumed"]


# -- real servers ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def live(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    databases.empty(environment.worker_database())
    server = LiveServer(request.param, tmp_path_factory.mktemp("raw") / "log", {})
    server.start()
    yield server
    server.close()


def test_two_hundred_rounds_of_sleep_and_wake(live: LiveServer) -> None:
    with raw_websocket(live.url, "dozer", "raw") as client:
        for number in range(200):
            client.send("nap")
            client.send(b"%d" % number)  # falls into the grace, or wakes
            assert heard(client, 2) == ["nap", b"%d" % number], "each once, in order, none lost"
        client.send("last")
        assert heard(client, 1) == ["last"]
    answer = web.post(url_of(live.url, "dozer", "raw", "/action/report"), json={})
    nights = answer.json()["output"]
    assert (nights["value"], nights["wakes"]) == (401, 201)


def heard(client: ClientConnection, count: int) -> list[str | bytes]:
    return [client.recv(timeout=20) for _ in range(count)]
