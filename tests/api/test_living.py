"""Actors of this API on a real node: what the author wrote is what callers get."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from actors import Actor, ActorError, Conn, ConnectRequest, Event, Queue, UserError, action
from actors.api.naming import HOOKS
from actors.testing import ActorNode

pytestmark = pytest.mark.usefixtures("actors")


@dataclass
class Book:
    title: str
    pages: int = 0


@dataclass
class Shelf:
    owner: str
    books: list[Book] = field(default_factory=list)


@dataclass
class Opening:
    owner: str


class Library(Actor):
    state: Shelf
    conn: Conn[str]
    book_added = Event(Book)
    lent = Event[tuple[Book, int]]()

    def create_state(self, input: Opening) -> Shelf:
        return Shelf(input.owner)

    async def on_create(self, input: Opening) -> None:
        self.state.books.append(Book(f"Rules of {input.owner}"))

    def create_vars(self) -> dict[str, int]:
        return {"woken": 0}

    async def on_wake(self) -> None:
        self.vars["woken"] += 1

    async def create_conn_state(self, request: ConnectRequest) -> str:
        return str(request.params or "nobody")

    @action
    async def add(self, book: Book) -> list[Book]:
        if not book.title:
            raise UserError("A book needs a title.", code="no_title", metadata={"pages": book.pages})
        self.state.books.append(book)
        self.book_added.broadcast(book)
        self.lent.broadcast(book, len(self.state.books))
        return await self.books()

    @action(readonly=True)
    async def books(self) -> list[Book]:
        return self.state.books

    @action
    def reader(self) -> str:
        return self.conn.state

    @action
    async def nap(self) -> dict[str, int]:
        self.sleep()
        return dict(self.vars)

    @action
    async def copy_from(self, owner: str) -> list[Book]:
        for book in await Library.actors.get(owner).books():
            await self.add(book)
        return self.state.books


class Catalogue(Actor):
    """Its state begins with what another actor says."""

    state: list[str]

    async def create_state(self, input: Opening) -> list[str]:
        return [book.title for book in await library(input.owner).books()]

    @action
    def titles(self) -> list[str]:
        return self.state


@dataclass
class Place:
    page: int = 1
    seen: list[int] = field(default_factory=list)


class Reading(Actor, abstract=True):
    state = {"readers": 0}
    vars = {"open": 0}
    conn_state = Place(page=7)

    async def on_connect(self, conn: Conn[Place]) -> None:
        self.state["readers"] += 1
        self.vars["open"] += 1

    @action
    def turn(self) -> Place:
        self.conn.state.seen.append(self.conn.state.page)
        self.conn.state.page += 1
        return self.conn.state

    @action
    def readers(self) -> list[int]:
        return [self.state["readers"], self.vars["open"]]


class ReadingRoom(Reading):
    pass


noted: dict[str, tuple[Any, ...]] = {}


class Diary(Actor):
    """Notes what each of its hooks is given."""

    state: int
    page_turned = Event[int]()
    loose_pages = Queue(str)

    def on_migrate(self, is_new: bool) -> None:
        noted["on_migrate"] = (is_new,)

    def create_state(self, input: Any) -> int:
        noted["create_state"] = (input,)
        return 0

    async def create_vars(self) -> None:
        noted["create_vars"] = ()

    async def create_conn_state(self, request: ConnectRequest) -> str:
        noted["create_conn_state"] = (request.params,)
        return "state"

    async def on_create(self, input: Any) -> None:
        noted["on_create"] = (input,)

    def on_wake(self) -> None:
        noted["on_wake"] = ()

    async def on_sleep(self) -> None:
        noted["on_sleep"] = ()

    async def on_destroy(self) -> None:
        noted["on_destroy"] = ()

    def on_before_connect(self, request: ConnectRequest) -> None:
        noted["on_before_connect"] = (request.params,)

    async def on_connect(self, conn: Conn[str]) -> None:
        noted["on_connect"] = (conn.state,)

    async def on_disconnect(self, conn: Conn[str]) -> None:
        noted["on_disconnect"] = (conn.state,)

    async def can_subscribe(self, conn: Conn[str], event: str) -> bool:
        noted["can_subscribe"] = (conn.state, event)
        return True

    async def can_publish(self, conn: Conn[str], queue: str) -> bool:
        noted["can_publish"] = (conn.state, queue)
        return True

    def on_state_change(self, state: int) -> None:
        noted["on_state_change"] = (state,)

    async def on_before_action_response(self, action: str, args: list[Any], output: Any) -> Any:
        noted["on_before_action_response"] = (action, list(args), output)
        return output

    async def run(self) -> None:
        noted["run"] = ()

    @action
    async def write(self, text: str) -> int:
        self.state += len(text)
        return self.state

    @action
    def end(self, kind: str) -> None:
        self.sleep() if kind == "sleep" else self.destroy()


def library(owner: str = "ann", **options: Any) -> Library:
    return Library.actors.get_or_create(owner, input={"owner": owner}, **options)


async def test_the_input_reaches_create_state_and_on_create_as_annotated() -> None:
    assert await library().books() == [Book("Rules of ann")]


async def test_an_input_that_does_not_fit_is_refused_with_its_reason() -> None:
    with pytest.raises(ActorError, match=r"create_state: parameter `input`.*`owner`"):
        await Library.actors.get_or_create("bob", input={"name": "bob"}).books()


async def test_a_state_may_be_awaited_and_begins_once(actors: ActorNode) -> None:
    with pytest.raises(ActorError, match=r"create_state: parameter `input`.*`owner`"):
        await Catalogue.actors.get_or_create("bob", input={}).titles()
    catalogue = Catalogue.actors.get_or_create("ann", input={"owner": "ann"})
    assert await catalogue.titles() == ["Rules of ann"]
    await library().add(Book("Dune"))
    await actors.sleep(catalogue)
    assert await catalogue.titles() == ["Rules of ann"]


async def test_dataclasses_travel_as_arguments_and_results() -> None:
    assert await library().add(Book("Dune", 600)) == [Book("Rules of ann"), Book("Dune", 600)]


async def test_state_survives_sleep_and_vars_do_not() -> None:
    await library().add(Book("Dune"))
    assert await library().nap() == {"woken": 1}
    assert [book.title for book in await library().books()] == ["Rules of ann", "Dune"]
    assert await library().nap() == {"woken": 1}


async def test_everybody_begins_with_a_copy_of_the_constants_also_of_a_base_class(actors: ActorNode) -> None:
    for _ in range(2):
        async with ReadingRoom.actors.connect("a") as conn:
            assert await conn.turn() == Place(8, [7])
            assert await conn.turn() == Place(9, [7, 8])
    assert await ReadingRoom.actors.get("a").turn() == Place(8, [7])
    assert await ReadingRoom.actors.get("a").readers() == [4, 4]
    await actors.sleep(ReadingRoom.actors.get("a"))
    assert await ReadingRoom.actors.get("a").readers() == [5, 1]
    assert await ReadingRoom.actors.get_or_create("b").readers() == [1, 1]


async def test_each_caller_has_a_connection_with_its_state() -> None:
    assert await library(params="carl").reader() == "carl"
    async with Library.actors.connect("ann", input={"owner": "ann"}, params="dora") as conn:
        assert await conn.reader() == "dora"


async def test_events_reach_every_listener_as_their_types() -> None:
    async with (
        Library.actors.connect(library()) as conn,
        Library.actors.connect(library()) as other,
    ):
        added, lent = conn.events(Library.book_added), other.events(Library.lent)
        await asyncio.gather(conn.books(), other.books())
        await library().add(Book("Dune"))
        assert await anext(added) == Book("Dune")
        assert await anext(lent) == (Book("Dune"), 2)


async def test_one_actor_calls_another_through_its_handle() -> None:
    await library("ann").add(Book("Dune"))
    copied = await library("bob").copy_from("ann")
    assert [book.title for book in copied] == ["Rules of bob", "Rules of ann", "Dune"]


async def test_a_user_error_arrives_with_code_and_metadata() -> None:
    with pytest.raises(ActorError) as refused:
        await library().add(Book("", 7))
    assert refused.value.name == "user.no_title"
    assert refused.value.metadata == {"pages": 7}


async def test_a_model_instance_is_a_key() -> None:
    user = get_user_model()(pk=5)
    made = await Library.actors.create(user, input=Opening("ann"))
    same = Library.actors.get(["auth.user", "5"])
    assert await Library.actors.resolve(same) == await Library.actors.resolve(made)


async def test_an_actor_is_made_once() -> None:
    await Library.actors.create("ann", input=Opening("ann"))
    with pytest.raises(ActorError, match="duplicate_key"):
        await Library.actors.create("ann", input=Opening("ann"))
    with pytest.raises(ActorError, match="not_found"):
        await Library.actors.get("nobody").books()


async def test_sync_code_in_another_thread_gets_the_result() -> None:
    def read() -> list[Book]:
        return library().books().result(timeout=5)

    assert await asyncio.to_thread(read) == [Book("Rules of ann")]


async def test_every_hook_is_called_with_what_the_table_says(actors: ActorNode) -> None:
    noted.clear()
    diary = Diary.actors.get_or_create("mine", input="i", params="p")
    assert await diary.write("hello") == 5
    async with Diary.actors.connect(diary) as conn:
        pages = conn.events(Diary.page_turned)
        await conn.write("")
        assert pages.event is Diary.page_turned
    await diary.loose_pages.send("torn out")
    await diary.end("sleep")
    await diary.write("again")
    await diary.end("destroy")
    await actors.settle()
    assert noted == {
        "on_migrate": (False,),  # of the second start
        "create_state": ("i",),
        "create_vars": (),
        "create_conn_state": ("p",),
        "on_create": ("i",),
        "on_wake": (),
        "on_sleep": (),
        "on_destroy": (),
        "on_before_connect": ("p",),
        "on_connect": ("state",),
        "can_subscribe": ("state", "pageTurned"),
        "can_publish": ("state", "loosePages"),
        "on_disconnect": ("state",),
        "on_state_change": (10,),
        "on_before_action_response": ("end", ["destroy"], None),
        "run": (),
    }
    behind_doors = {"on_request", "on_websocket"}  # tests/gateway/test_raw_*.py
    expected = {name: len(given) for name, given in HOOKS.items() if name not in behind_doors}
    assert {name: len(given) for name, given in noted.items()} == expected
