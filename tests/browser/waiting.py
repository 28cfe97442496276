"""Run as a command with an actor's id: puts two messages of tomorrow into a queue of it while it sleeps.

A process of its own, because Django's ORM does not run beside the browser's loop.
"""

from __future__ import annotations

import sys
import time

import django

FIRST, SECOND = 900, 901


def put(actor_id: str) -> None:
    """Steps of orders that its desk does not know: it is done with each at once."""
    from actors.models import Message
    from actors.protocol import cbor

    now = round(time.time() * 1000)
    for number in (FIRST, SECOND):
        Message.objects.create(
            actor_id=actor_id,
            id=number,
            name="tasks",
            body=cbor.encode({"order": number, "step": "reserve"}),
            created_at=now,
            available_at=now + 24 * 60 * 60 * 1000,
        )


if __name__ == "__main__":
    django.setup()
    put(sys.argv[1])
