"""Every mistake of an author is found, named and answered with a hint; a sound class has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union, cast

import pytest

from actors import Actor, Conn, ConnectRequest, Event, HiddenTab, Options, Queue, Tab, action
from actors.api.problems import PROBLEMS, Problem, find_problems
from actors.api.registry import declared, registry
from tests.api.rooms import Audited, QuietRoom, TeaRoom


@pytest.fixture(autouse=True)
def own_classes() -> Iterator[None]:
    """The classes of these tests are bad company for the real ones."""
    classes, definitions = dict(declared), list(registry)
    yield
    declared.clear()
    declared.update(classes)
    for definition in definitions:
        registry.register(definition)


TABS = Path(__file__).parent.parent / "gateway" / "tabs" / "board"


@dataclass
class Needy:
    owner: str


@dataclass
class Tree:
    children: list[Tree]


class Foreign:
    pass


def problems(*actors: type[Actor]) -> list[Problem]:
    return find_problems(actor.__blueprint__ for actor in actors)


def only(actor: type[Actor]) -> Problem:
    (found,) = problems(actor)
    assert found.actor is actor
    assert found.message
    assert found.hint
    return found


def test_sound_classes_have_no_problems() -> None:
    assert problems(TeaRoom, QuietRoom, Audited) == []


def test_two_classes_with_one_wire_name() -> None:
    class Chat(Actor, name="quiet"):
        pass

    (found,) = problems(QuietRoom, Chat)
    assert found.id == "E001"
    assert "'quiet'" in found.message
    assert "tests.api.rooms.QuietRoom" in found.message


def test_an_abstract_class_shares_its_name_with_nobody() -> None:
    class Quiet(Actor, name="quiet", abstract=True):
        pass

    assert problems(QuietRoom, Quiet) == []


def test_two_actions_with_one_wire_name() -> None:
    class Twice(Actor):
        @action
        async def send_message(self) -> None: ...

        @action(name="sendMessage")
        async def post(self) -> None: ...

    found = only(Twice)
    assert found.id == "E002"
    assert "'sendMessage'" in found.message
    assert "send_message, post" in found.message


def test_two_events_with_one_wire_name() -> None:
    class Twice(Actor):
        new_message = Event(str)
        newMessage = Event(str)

    assert only(Twice).id == "E003"


def test_two_queues_with_one_wire_name() -> None:
    class Twice(Actor):
        new_jobs = Queue(str)
        newJobs = Queue(str)

    found = only(Twice)
    assert (found.id, "new_jobs, newJobs" in found.message) == ("E015", True)


@pytest.mark.parametrize(
    "queue",
    [
        Queue(str, max_attempts=0),
        Queue(str, max_attempts=True),
        Queue(str, max_attempts=1.5),  # type: ignore[call-overload]
        Queue(str, lease=0),
        Queue(str, lease="long"),  # type: ignore[call-overload]
        Queue(str, lease=float("inf")),
        Queue(str, lease=float("nan")),
        Queue(str, backoff=-1),
        Queue(str, backoff=float("inf")),
    ],
)
def test_a_queue_whose_numbers_make_no_sense(queue: Queue[str, Any]) -> None:
    class Odd(Actor):
        jobs = queue

    found = only(Odd)
    assert (found.id, "'jobs'" in found.message) == ("E016", True)


@pytest.mark.parametrize(
    ("tabs", "reason"),
    [
        ("board", "it is 'board', not a list"),
        (["board"], "'board' is neither a Tab nor a HiddenTab"),
        ([Tab("a/b", "Board", TABS)], "letters, digits, - and _"),
        ([Tab("", "Board", TABS)], "letters, digits, - and _"),
        ([Tab("state", "State", TABS)], "HiddenTab('state')"),
        ([Tab("board", "", TABS)], "the label of 'board' is ''"),
        ([Tab("board", "Board", TABS, icon="")], "the icon of 'board' is ''"),
        ([Tab("board", "Board", "")], "the folder of 'board' is ''"),
        ([Tab("board", "Board", 7)], "the folder of 'board' is 7"),  # type: ignore[arg-type]
        ([Tab("board", "Board", "nowhere")], "nowhere has no index.html"),
        ([Tab("board", "Board", TABS), Tab("board", "More", TABS)], "'board' is there twice"),
        ([HiddenTab("metadata")], "no tab 'metadata' to hide"),  # type: ignore[arg-type]
    ],
)
def test_a_tab_that_cannot_be_shown(tabs: Any, reason: str) -> None:
    class Odd(Actor):
        inspector_tabs = tabs

    found = problems(Odd)
    assert {problem.id for problem in found} == {"E017"}
    assert reason in found[0].message


def test_a_queue_of_what_cannot_be_read() -> None:
    class Odd(Actor):
        jobs = Queue(Foreign)
        mail = Queue(str, Foreign)
        lists = Queue[list[Foreign], Any]()

    assert [p.id for p in problems(Odd)] == ["E006"] * 3
    assert [p.fields["place"] for p in problems(Odd)] == [
        "Bodies of queue 'jobs'",
        "Responses of queue 'mail'",
        "Bodies of queue 'lists'",
    ]


def test_a_queue_of_a_type_that_does_not_exist() -> None:
    @dataclass
    class Lost:
        what: Nowhere  # type: ignore[name-defined]  # noqa: F821

    class Odd(Actor):
        jobs = Queue(Lost)

    found = only(Odd)
    assert (found.id, "'Nowhere'" in found.message) == ("E006", True)


def test_a_member_that_hides_a_part_of_actor() -> None:
    class Hiding(Actor):
        save = Event(str)  # type: ignore[assignment]
        queue = Queue(str)

        @action
        async def kv(self) -> None: ...

    assert sorted(p.fields["member"] for p in problems(Hiding) if p.id == "E004") == ["kv", "queue", "save"]


def test_types_that_do_not_exist() -> None:
    class Lost(Actor):
        state: Nowhere  # type: ignore[name-defined]  # noqa: F821

        @action
        async def find(self, what: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    found = problems(Lost)
    assert [p.id for p in found] == ["E005", "E005"]
    assert "'Nowhere'" in found[0].message
    assert "action 'find'" in found[1].message


@pytest.mark.parametrize("kind", [Foreign, list[Foreign], dict[str, Foreign], Union[Needy, dict]])  # noqa: UP007
def test_a_state_or_parameter_that_cannot_be_read(kind: Any) -> None:
    class Odd(Actor):
        state: kind

        def create_state(self, input: Any) -> Any: ...

        @action
        async def take(self, value: kind) -> None: ...

    assert [p.id for p in problems(Odd)] == ["E006", "E006"]


def test_the_state_of_connections_is_looked_at_too() -> None:
    class Lost(Actor):
        conn: Conn[Nowhere]  # type: ignore[name-defined]  # noqa: F821

    class Odd(Actor):
        conn: Conn[Foreign]

    for actor, problem in ((Lost, "E005"), (Odd, "E006")):
        found = only(actor)
        assert (found.id, "state of connections" in found.message) == (problem, True)


def test_a_type_that_contains_itself_is_fine() -> None:
    class Forest(Actor):
        state: list[Tree]

    assert problems(Forest) == []


def test_a_state_that_cannot_begin() -> None:
    class Needs(Actor):
        state: Needy

    class Creates(Actor):
        state: Needy

        def create_state(self, input: str) -> Needy:
            return Needy(input)

    class Awaits(Actor):
        state: Needy

        async def create_state(self, input: str) -> Needy:
            return Needy(input)

    assert only(Needs).id == "E007"
    assert problems(Creates) == []
    assert problems(Awaits) == []


def test_two_beginnings_of_one_thing() -> None:
    class Twice(Actor):
        state: dict[str, int] = {}
        vars = 1
        conn_state = ""

        def create_state(self) -> dict[str, int]:
            return {}

        async def create_vars(self) -> int:
            return 1

        def create_conn_state(self, request: ConnectRequest) -> str:
            return ""

    class Once(Actor, abstract=True):
        state: dict[str, int] = {}
        vars = 1
        conn_state = ""

    class Inherits(Once):
        def create_vars(self) -> int:
            return 1

    found = [(p.id, p.fields["constant"], p.fields["hook"]) for p in problems(Twice, Once, Inherits)]
    assert found == [
        ("E014", "state", "create_state"),
        ("E014", "vars", "create_vars"),
        ("E014", "conn_state", "create_conn_state"),
        ("E014", "vars", "create_vars"),
    ]


def test_keyword_only_parameters() -> None:
    class Keywords(Actor):
        @action  # type: ignore[arg-type]  # mypy sees it as well
        async def find(self, *, what: str, **rest: str) -> None: ...

    assert [p.fields["parameter"] for p in problems(Keywords) if p.id == "E008"] == ["what", "rest"]


def test_hooks_that_cannot_be_called() -> None:
    class Hooked(Actor):
        on_sleep = 5

        async def on_connect(self) -> None: ...

        async def on_wake(self, conn: Conn[Any]) -> None: ...

    found = problems(Hooked)
    assert sorted(p.fields["member"] for p in found) == ["on_connect", "on_sleep", "on_wake"]
    assert {p.id for p in found} == {"E009"}
    assert "`def on_connect(self, conn)`" in next(p.hint for p in found if p.fields["member"] == "on_connect")


def test_hooks_with_input_may_leave_it_out() -> None:
    class Hooked(Actor):
        def on_create(self) -> None: ...

    assert problems(Hooked) == []


def test_options_of_another_type() -> None:
    class Optional(Actor):
        options = {"sleep_timeout": 5}  # type: ignore[assignment]

    assert only(Optional).id == "E010"


def test_an_init_of_its_own() -> None:
    class Init(Actor):
        def __init__(self) -> None: ...

    assert only(Init).id == "E011"


def test_a_hook_as_an_action() -> None:
    class Waking(Actor):
        @action
        async def on_wake(self) -> None: ...

    assert only(Waking).id == "E012"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            Options(can_hibernate_websocket=cast(Any, "yes")),
            "can_hibernate_websocket is True, False or a function, not 'yes'",
        ),
        (Options(sleep_timeout=0), "sleep_timeout is more than 0, not 0"),
        (Options(action_timeout=float("inf")), "action_timeout is more than 0, not inf"),
        (Options(action_timeout=cast(Any, "60")), "action_timeout is a number, not '60'"),
        (Options(max_pending_actions=cast(Any, 1.5)), "max_pending_actions is a whole number, not 1.5"),
        (Options(durability=cast(Any, "never")), 'durability is "commit" or "interval", not \'never\''),
    ],
)
def test_options_out_of_range(options: Options, reason: str) -> None:
    Ranged = type("Ranged", (Actor,), {"options": options})
    found = only(Ranged)
    assert found.id == "E013"
    assert reason in found.message


def test_a_misspelt_hook() -> None:
    class Typo(Actor):
        async def on_conect(self, conn: Conn[Any]) -> None: ...

    found = only(Typo)
    assert found.id == "W001"
    assert found.hint == "Did you mean 'on_connect'?"


def test_an_action_that_an_override_takes_away() -> None:
    class Quieter(TeaRoom):
        async def history(self, limit: int = 50, after: int = 0) -> list[Any]:  # type: ignore[override]
            return []

    found = only(Quieter)
    assert found.id == "W002"
    assert "'history'" in found.message


def test_a_result_that_python_callers_cannot_read() -> None:
    class Answers(Actor):
        @action
        async def find(self) -> Foreign:
            return Foreign()

    assert only(Answers).id == "W003"


def test_every_problem_of_the_table_is_tested_here() -> None:
    source = Path(__file__).read_text()
    assert [check for check in PROBLEMS if f'"{check}"' not in source] == []
