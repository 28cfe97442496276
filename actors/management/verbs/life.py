"""`actors wake`, `sleep`, `pause`, `resume`, `destroy`: done by the actor's node, as for any client."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors.gateway.operator import Operator
from actors.gateway.platform import current
from actors.management.audit import Deed, witnessed
from actors.management.verbs.addresses import add_address, find
from actors.management.verbs.asking import add_no_input, confirm
from actors.management.verbs.printing import add_json, print_json


@dataclass(frozen=True)
class LifeVerb:
    """`act(operator, actor_id)`; afterwards people are told what is `done`, programs the `word`. With `asks`
    a person must confirm. `queues`: what is done in place of `act` where only its queues are meant.
    """

    word: str
    HELP: str
    act: Callable[[Operator, str], None]
    done: str
    asks: bool = False
    queues: Callable[[Operator, str], None] | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_address(parser)
        add_json(parser)
        if self.asks:
            add_no_input(parser)
        if self.queues is not None:
            parser.add_argument("--queues", action="store_true", help="only the messages of its queues")

    def handle(self, options: dict[str, Any]) -> None:
        actor = find(options["actor"])
        question = f"{actor.name}/{actor.key} and all it keeps will be gone. Type its key to go on: "
        if self.asks:
            confirm(options, question, actor.key)
        narrowed = self.queues if options.get("queues") else None
        told, word = f"{actor.name}/{actor.key}", self.word + (" queues" if narrowed else "")
        with witnessed(Deed(word, actor.id, actor.name, actor.key)):
            (narrowed or self.act)(Operator(current()), actor.id)
        if options["json"]:
            print_json({"actor": told, "id": actor.id, "done": word})
        else:
            print(f"the queues of {told}: {self.word}d" if narrowed else f"{told} {self.done}")


def _order(word: str) -> Callable[[Operator, str], None]:
    return partial(Operator.order, word=word)


wake = LifeVerb("wake", "Wake an actor: actors wake counter/main", Operator.wake, "is awake")
sleep = LifeVerb(
    "sleep", "Let an actor go to sleep: actors sleep counter/main", _order("sleep"), "goes to sleep"
)
pause = LifeVerb(
    "pause",
    "Let nothing of an actor begin: actors pause counter/main",
    _order("pause"),
    "is paused",
    queues=_order("pause-queues"),
)
resume = LifeVerb(
    "resume",
    "Let a paused actor go on: actors resume counter/main",
    _order("resume"),
    "goes on",
    queues=_order("resume-queues"),
)
destroy = LifeVerb(
    "destroy",
    "Destroy an actor and all it keeps: actors destroy counter/main",
    Operator.destroy,
    "is gone",
    asks=True,
)
