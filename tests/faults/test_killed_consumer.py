"""kill -9 at every step of a message's life: worked on at least once, completed once, never lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.faults.mills import MillSite, Senders
from tests.servers import LiveServer


@pytest.fixture
def site(
    live_server_process: Callable[..., LiveServer],
    tmp_path: Path,
    postgres_url: str,
    request: pytest.FixtureRequest,
) -> MillSite:
    server = getattr(request, "param", "uvicorn")
    return MillSite(live_server_process, server, request.node.name, tmp_path, postgres_url)


def test_killed_before_anybody_has_received_it(site: MillSite) -> None:
    assert site.send("rye", delay=1000).json() == {"status": "completed"}
    site.live.kill()
    assert site.notes("received") == {}
    site.live.start()
    assert site.finish() == ["rye"]
    assert site.notes("received") == {"rye 1": 1}


@pytest.mark.parametrize(
    ("step", "ground"),
    [
        ("received", ["rye"]),
        ("returned", ["rye"]),
        ("worked", ["rye"]),
        # Its work had been stored, and so the second round finds it: authors see by `attempt` when to look.
        ("stored", ["rye", "rye"]),
    ],
)
def test_killed_while_it_is_in_hand(site: MillSite, step: str, ground: list[str]) -> None:
    with pytest.raises(httpx.TransportError):
        site.send("rye", step, wait=True)
    site.ended()
    assert site.finish() == ground
    assert site.notes("received") == {"rye 1": 1, "rye 2": 1}
    assert site.notes("done") == {"rye": 1}


def test_killed_after_it_was_completed_and_before_its_sender_was_answered(site: MillSite) -> None:
    with pytest.raises(httpx.TransportError):
        site.send("rye", "completed", wait=True)
    site.ended()
    assert site.finish() == ["rye"]
    assert site.notes("received") == {"rye 1": 1}


def test_killed_after_its_sender_was_answered(site: MillSite) -> None:
    answer = site.send("rye", wait=True)
    site.live.kill()
    assert answer.json() == {"status": "completed", "response": "rye, attempt 1"}
    site.live.start()
    assert site.finish() == ["rye"]
    assert site.notes("received") == {"rye 1": 1}


def test_killed_as_a_dead_letter_and_again_as_soon_as_it_was_replayed(site: MillSite) -> None:
    with contextlib.suppress(httpx.TransportError):  # it may be quicker to tell that it was given up
        site.send("flint", "buried", queue="stones", wait=True)
    site.ended()
    assert site.act("buried") == ["flint"]
    with pytest.raises(httpx.TransportError):
        site.act("sharpen")
    site.ended()
    assert site.finish() == ["flint"]
    assert site.act("buried") == []
    assert site.notes("received") == {"flint 1": 2}
    assert site.notes("done") == {"flint": 1}
    assert site.notes("died") == {"buried": 1, "replayed": 1}


@pytest.mark.parametrize("site", ["daphne", "uvicorn"], indirect=True)
def test_three_kills_under_load(site: MillSite) -> None:
    with Senders(site, 4) as senders:
        for _ in range(3):
            senders.wait_for(100)
            site.live.kill()
            site.live.start()
        senders.wait_for(100)
    ground = set(site.finish())
    assert senders.stored <= ground <= senders.tried
    assert set(site.notes("done").values()) == {1}
