"""A scan of the HTTP doors with made-up requests, over their OpenAPI document: schemathesis, over Postgres.

The examples are the same in every run, and few: a scan for hours is `schemathesis run` against a site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from actors.clock import LoopClock
from actors.gateway.openapi_operations import OPERATIONS, Operation
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.testing.databases import database
from tests.gateway.scanning import ACTIONS, CONFIG, TOKEN, Scanned, aim, cases, scanned

pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # schemathesis does


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda one: f"{one.method} {one.path}")


each_operation = each(list(OPERATIONS))
each_closed_operation = each([one for one in OPERATIONS if one.door != "open"])
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
few = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


Guarded: TypeAlias = tuple[Scanned, Callable[[], Any], str]


@pytest.fixture(scope="module")
def doors(postgres_url: str, django_db_blocker: Any) -> Iterator[Scanned]:
    """Cookies are made up as well, and looked up in the database."""
    with django_db_blocker.unblock(), scanned(database("postgres", CONFIG, LoopClock()).open_store) as made:
        yield made


@pytest.fixture(scope="module")
def guarded(django_db_blocker: Any) -> Iterator[Guarded]:
    """Doors over memory, whose tables can be seen at once, and an actor behind them."""
    memory = MemoryDatabase(LoopClock())

    def stored() -> Any:
        return deepcopy((memory.rows, memory.kv, memory.queues, memory.schedules))

    with django_db_blocker.unblock(), scanned(lambda: MemoryStore(memory)) as made:
        yield made, stored, made.make_actor("kept")


@each_operation
def test_nothing_fails_and_each_answer_is_as_described(doors: Scanned, operation: Operation) -> None:
    actor_id = doors.make_actor(f"{operation.method} {operation.path}")

    @few
    @given(st.data())
    def scan(data: st.DataObject) -> None:
        case: Case = data.draw(cases(doors, operation))
        if data.draw(st.booleans()):
            aim(case, actor_id, data.draw(st.sampled_from(ACTIONS)))
        response = doors.send(case, {"authorization": f"Bearer {TOKEN}"})
        case.validate_response(response, checks=CHECKS)

    scan()


@each_closed_operation
def test_without_credentials_all_is_refused_and_nothing_changes(
    guarded: Guarded, operation: Operation
) -> None:
    doors, stored, actor_id = guarded

    @few
    @given(st.data())
    def scan(data: st.DataObject) -> None:
        case: Case = data.draw(cases(doors, operation))
        aimed = data.draw(st.booleans())
        if aimed:
            aim(case, actor_id, data.draw(st.sampled_from(ACTIONS)))
        before = stored()
        response = doors.send(case, {})
        assert response.status_code in ((401, 403) if aimed else (400, 401, 403, 404, 405))
        assert stored() == before

    scan()
