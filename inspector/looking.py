"""Looking: what the nodes tell of an actor, at whichever of them it lives. Wakes nobody and starts no node.

A node that does not answer in time is left out, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from actors.gateway.asking import Asker
from actors.gateway.attending import Attendance, Which, attended
from actors.gateway.elsewhere import ask
from actors.gateway.platform import Platform, current
from actors.gateway.seeing import Seen, see
from actors.gateway.tailing import Asked, Happening, hear, listen
from inspector.reach import at_home

MOST: Final = 500
"""Happenings of each node."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What has happened `since` then, in Unix milliseconds, each beside the id of its node.

    `silent`: how many nodes did not tell.
    """

    since: int
    happenings: Sequence[tuple[str, Happening]]
    silent: int


@dataclass(frozen=True, slots=True)
class Attendees:
    """Actors that are awake, by their ids.

    `silent`: how many nodes did not tell; `whole`: nobody is left out for being one too many.
    """

    actors: Mapping[str, Attendance]
    silent: int
    whole: bool


async def seen(actor_id: str) -> Seen | None:
    """Who is connected and what holds the actor awake, where it is awake."""
    return await at_home(see(current(), actor_id))


async def followed(actor_id: str, most: int = MOST) -> Followed | None:
    """What happens to the actor, from the first look on. None in a process that is no node.

    With no `most` nothing is told yet, and kept for a look that follows.
    """
    return await at_home(_followed(current(), actor_id, most))


async def connected() -> Attendees | None:
    """The actors that somebody is connected to. None in a process that is no node."""
    return await at_home(_attended(current(), Which()))


async def attendance(actor_ids: Sequence[str]) -> Attendees | None:
    """How many are connected to these actors, as far as they are awake. None in a process that is no node."""
    return await at_home(_attended(current(), Which(list(actor_ids))))


async def _attended(platform: Platform, which: Which) -> Attendees | None:
    node = platform.node
    if node is None:
        return None
    told = await attended(platform, node, which)
    known = [one for one in told if one is not None]
    return Attendees(
        actors={actor.actor_id: actor for one in known for actor in one.actors},
        silent=len(told) - len(known),
        whole=all(one.whole for one in known),
    )


async def _followed(platform: Platform, actor_id: str, most: int) -> Followed | None:
    node = platform.node
    if node is None:
        return None
    asked = Asked(actor_id, 0, most)
    told = {node.node_id: listen(platform, node, asked)}
    others = [one for one in await node.store.live_nodes() if one.node_id != node.node_id]
    answers = await hear(Asker(partial(ask, platform), platform.clock), [(one, asked) for one in others])
    for other, heard in zip(others, answers, strict=True):
        if heard is not None:
            told[other.node_id] = heard
    return Followed(
        since=max(heard.since for heard in told.values()),
        happenings=[(node_id, one) for node_id, heard in told.items() for one in reversed(heard.happenings)],
        silent=len(others) + 1 - len(told),
    )
