"""What the first page says of this process: its last minutes, who is held awake, and whose state grows."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from actors import Actor, Options, action
from actors.api.registry import registry
from actors.api.transport import Target
from actors.conf import NodeConfig
from actors.gateway import platform as platforms
from actors.gateway.platform import Platform, current
from actors.gateway.transport import PlatformTransport
from actors.runtime.kinds import Kind
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor
from actors.testing.clock import TurnedClock
from inspector.attention import of_residents
from inspector.lately import EVERY, KEPT, SECOND, Lately, quantile, sample, sampler
from inspector.lateness import lateness
from inspector.residents import LONG, walked_lately
from inspector.tiles import counted
from inspector.vitals import vitals

NONE = dict.fromkeys(("calls", "refused", "messages", "starts"), 0.0)


class Hoard(Actor, name="inspectorHoard"):
    """Grows, and does not rest."""

    state: str = ""
    options = Options(max_state_size=1000)

    @action
    def hold(self, text: str) -> None:
        self.state = text

    @action
    def stay(self) -> None:
        self.keep_awake(asyncio.Event().wait())


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def platform(clock: TurnedClock) -> AsyncIterator[Platform]:
    made = Platform(
        NodeConfig(internal_secret="s"), registry, lambda: MemoryStore(MemoryDatabase(clock)), clock
    )
    before = platforms.install(made)
    sample(made)
    with clock.watching_threads(asyncio.get_running_loop()):
        await made.ready()
        await clock.settle()
        yield made
        draining = asyncio.ensure_future(made.drain())
        await clock.advance(made.config.drain_timeout)
        await draining
    platforms.install(before)


def lately(platform: Platform) -> Lately:
    return sampler(platform).lately()


async def test_errors_and_calls_count_for_five_minutes_and_are_then_forgotten(
    platform: Platform, clock: TurnedClock
) -> None:
    measures = platform.measurements.of(registry.names()[0])
    await clock.advance(60)
    measures.answered_error()
    for seconds in (0.01,) * 99 + (20.0,):
        measures.took(Kind.ACTION, seconds)
    await clock.advance(1)
    now = lately(platform)
    assert (now.seconds, now.errors, now.calls) == (61, {**NONE, "calls": 1}, 100)
    assert now.slow is not None
    assert 0.005 < now.slow <= 0.025
    await clock.advance((KEPT - EVERY) / SECOND)
    assert lately(platform).errors["calls"] == 1
    await clock.advance(60)
    assert replace(lately(platform), seconds=0) == Lately(0, 0, NONE, None)
    assert KEPT <= lately(platform).seconds * SECOND <= KEPT + EVERY


async def test_the_tile_of_errors_counts_whatever_has_failed_and_says_what(
    platform: Platform, clock: TurnedClock
) -> None:
    async def tile() -> Any:
        return {tile.name: tile for tile in await asyncio.to_thread(counted)}["Errors"]

    assert (await tile()).note.startswith("of 0 calls in")
    measures = platform.measurements.of(registry.names()[0])
    for _ in range(2):
        measures.turned_away()
    measures.message_failed()
    measures.started([0.1, 0.1, 0.1], is_new=False, succeeded=False)
    measures.started([0.1, 0.1, 0.1], is_new=True, succeeded=True)
    await clock.advance(1)
    found = await tile()
    assert (found.value, found.bad) == ("4", True)
    assert found.note.startswith("2 refused, 1 message, 1 start in")


async def test_how_late_alarms_have_woken_is_told_in_words_and_by_its_buckets(
    platform: Platform, clock: TurnedClock
) -> None:
    measures = platform.measurements.of(registry.names()[0])
    await clock.advance(60)
    for seconds in (0.02,) * 9 + (3.0,):
        measures.woken(seconds)
    await clock.advance(1)
    told = lateness()
    assert json.loads(told["bars"])[1] == [0, 0, 9, 0, 0, 0, 1, 0, 0]
    assert re.fullmatch(r"10 in the last 1 min: half within 1\d ms, 95 % within \d\.\d s\.", told["words"])


async def test_looking_a_thousand_times_keeps_no_more_than_five_minutes(
    platform: Platform, clock: TurnedClock
) -> None:
    for _ in range(1000):
        lately(platform)
        await clock.advance(1)
    assert len(sampler(platform).samples) <= KEPT / EVERY + 1


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ([0] * 9, 0.95, None),
        ([10, 0, 0, 0, 0, 0, 0, 0, 0], 0.5, 0.0005),
        ([0, 0, 0, 0, 0, 0, 0, 0, 3], 0.95, 60.0),
    ],
)
def test_a_quantile_lies_within_its_bucket(counts: list[int], share: float, value: float | None) -> None:
    assert quantile(counts, share) == value


async def awake(platform: Platform, key: str) -> ActorTask:
    node = await platform.ready()
    new = NewActor(f"id-{key}", "inspectorHoard", key)
    task = await node.ensure(ClaimRequest(name="inspectorHoard", key=key, new=new), ("inspectorHoard", key))
    assert isinstance(task, ActorTask)
    return task


async def call(task: ActorTask, name: str, *args: Any) -> None:
    target = Target(task.name, "for_id", actor_id=task.actor_id)
    async with asyncio.timeout(10):
        await PlatformTransport(current()).call(target, name, args)


async def test_who_is_held_awake_for_an_hour_or_nears_its_cap_needs_attention(
    platform: Platform, clock: TurnedClock
) -> None:
    calm, busy, large = [await awake(platform, key) for key in ("calm", "busy", "large")]
    await call(busy, "stay")
    await call(large, "hold", "x" * 900)
    await clock.settle()
    found: Any = [(trouble.which, trouble.remedy.label) for trouble in of_residents(await walked_lately())]
    assert found == [("inspectorHoard[large]", "Look at it")]
    await clock.advance(LONG + 1)
    walk = await walked_lately()
    told = {trouble.which: trouble for trouble in of_residents(walk)}
    assert walk.whole
    assert told["inspectorHoard[busy]"].what.startswith("Held awake for 1 h by keep_awake")
    assert told["inspectorHoard[busy]"].remedy.deed == f"/inspector/actors/{busy.actor_id}/do/sleep"
    assert calm.serialized_key not in "".join(told)


async def test_the_page_of_the_nodes_tells_how_its_process_is(platform: Platform) -> None:
    await awake(platform, "one")
    told = dict(await asyncio.to_thread(vitals))
    assert told["Stored"].startswith("1 states in 1 transactions")
    assert told["Its loop"].startswith("had time after ")


async def test_the_tiles_of_what_is_counted_lead_somewhere(platform: Platform) -> None:
    tiles = {tile.name: tile for tile in await asyncio.to_thread(counted)}
    assert list(tiles) == ["Awake", "Connections", "Queued", "Errors", "Call time"]
    assert tiles["Queued"].url == "/inspector/actors/?has=messages"
    assert tiles["Call time"].value == "–"
