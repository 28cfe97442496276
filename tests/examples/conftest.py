"""The demo site, and a way to call its actors as any HTTP client does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from tests import web
from tests.servers import LiveServer

Act = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def site(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with closing(LiveServer("uvicorn", tmp_path_factory.mktemp("site") / "server.log", {})) as live:
        live.start()
        yield live


@pytest.fixture
def act(site: LiveServer) -> Act:
    """`act(actor, action, *args)` on an actor of this test's own: status and body."""
    key = str(uuid4())

    def call(actor: str, action: str, *args: Any) -> tuple[int, Any]:
        answer = web.post(
            f"{site.url}/gateway/{actor}/action/{action}",
            params={
                "rvt-namespace": "default",
                "rvt-method": "getOrCreate",
                "rvt-runner": "default",
                "rvt-key": key,
            },
            json={"args": args},
        )
        return answer.status_code, answer.json()

    return call
