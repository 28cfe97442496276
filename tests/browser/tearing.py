"""Run as a command with the id of an actor that sleeps, and bytes in hex: these become its state.

A process of its own, because Django's ORM does not run beside the browser's loop.
"""

from __future__ import annotations

import sys

import django


def tear(actor_id: str, state: bytes) -> None:
    """As after a deployment that has changed the type of the state, or a slip in the database."""
    from actors.models import ActorState

    ActorState.objects.filter(pk=actor_id).update(state=state)


if __name__ == "__main__":
    django.setup()
    tear(sys.argv[1], bytes.fromhex(sys.argv[2]))
