"""`actors wake`, `actors sleep`, `actors destroy`: done by the node that has the actor, as for any client."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandError

from actors.errors import ActorError
from actors.gateway.operator import Operator
from actors.gateway.platform import current
from actors.management.verbs.addresses import add_address, find
from actors.management.verbs.asking import add_no_input, typed
from actors.management.verbs.call import described
from actors.management.verbs.printing import add_json, print_json


@dataclass(frozen=True)
class LifeVerb:
    """`act(operator, actor_id)`; afterwards people are told what is `done`, programs the `word`. With `asks`
    a person must confirm.
    """

    word: str
    HELP: str
    act: Callable[[Operator, str], None]
    done: str
    asks: bool = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_address(parser)
        add_json(parser)
        if self.asks:
            add_no_input(parser)

    def handle(self, options: dict[str, Any]) -> None:
        actor = find(options["actor"])
        question = f"{actor.name}/{actor.key} and all it keeps will be gone. Type its key to go on: "
        if self.asks and not typed(options, question, actor.key):
            raise CommandError("That is not its key: nothing has been done.")
        try:
            self.act(Operator(current()), actor.id)
        except (ActorError, TimeoutError) as problem:
            raise CommandError(described(problem)) from problem
        if options["json"]:
            print_json({"actor": f"{actor.name}/{actor.key}", "id": actor.id, "done": self.word})
        else:
            print(f"{actor.name}/{actor.key} {self.done}")


wake = LifeVerb("wake", "Wake an actor: actors wake counter/main", Operator.wake, "is awake")
sleep = LifeVerb(
    "sleep", "Let an actor go to sleep: actors sleep counter/main", Operator.sleep, "goes to sleep"
)
destroy = LifeVerb(
    "destroy",
    "Destroy an actor and all it keeps: actors destroy counter/main",
    Operator.destroy,
    "is gone",
    asks=True,
)
