"""The way to an actor that another node hosts, and the answer brought back as it came.

Whoever turns out to host it in the meantime gets the call; a call that may have begun is never sent a second
time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeVar

from actors.errors import error
from actors.gateway.auth import Headers
from actors.gateway.chains import chain_headers
from actors.gateway.forward import Answer, Call
from actors.gateway.identity import is_own_page
from actors.gateway.internal import PASSED_ON, Seal
from actors.gateway.platform import Platform
from actors.gateway.rays import ray_header, ray_of
from actors.storage.store import HeldElsewhere, NodeRecord

T = TypeVar("T")

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0


def check_hops(seal: Seal | None, held: HeldElsewhere) -> None:
    """Raises guard.wrong_node for a call that a node has passed on: it asks the directory again, not we."""
    if seal is not None and seal.hops > 0:
        raise error("guard.wrong_node", actor_id=held.actor_id)


def passed_headers(scope: MutableMapping[str, Any], headers: Headers) -> dict[bytes, bytes]:
    """What the owner gets to see of a client's request. Of whom a cookie speaks is judged here."""
    passed = {name: headers[name] for name in PASSED_ON if name in headers}
    if not is_own_page(scope, headers):
        passed.pop(b"cookie", None)
    return {**passed, **chain_headers(), **ray_header(ray_of(scope))}


async def through_owner(
    platform: Platform, held: HeldElsewhere, call: Call, again: Callable[[], Awaitable[T | HeldElsewhere]]
) -> Answer | T:
    """The owner's answer, or what `again` finds here if the actor has come to this node while we asked.

    A dead owner is asked for again until the directory gives its actor away, `ready_timeout` at most.
    Raises guard.service_unavailable then, actor.outcome_unknown when the connection broke after sending.
    """
    deadline = platform.clock.monotonic() + platform.config.ready_timeout
    pause = FIRST_PAUSE
    found: T | HeldElsewhere = held
    while isinstance(found, HeldElsewhere):
        answer = await ask(platform, found.node, call)
        if answer is not None:
            return answer
        if platform.clock.monotonic() >= deadline:
            raise error("guard.service_unavailable")
        await platform.clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        found = await again()
    return found


async def ask(platform: Platform, node: NodeRecord, call: Call) -> Answer | None:
    """The node's answer; None when it did not take the call."""
    return await platform.forwarder.ask(node.address, call, hops=1)
