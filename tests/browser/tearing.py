"""Run as a command with the id of an actor that sleeps: its state becomes one that its class cannot read.

A process of its own, because Django's ORM does not run beside the browser's loop.
"""

from __future__ import annotations

import sys

import django
import msgspec


def tear(actor_id: str) -> None:
    """As after a deployment that has changed the type of the state."""
    from actors.models import ActorState

    ActorState.objects.filter(pk=actor_id).update(state=msgspec.msgpack.encode("many"))


if __name__ == "__main__":
    django.setup()
    tear(sys.argv[1])
