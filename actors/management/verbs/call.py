"""`actors call`: one action of one actor, as a handle in the shell would call it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

import msgspec

from actors.api.binding import bound_transport
from actors.api.transport import Target
from actors.errors import ActorError
from actors.management.audit import Deed, witnessed
from actors.management.failures import advised
from actors.management.verbs.addresses import add_address, seen, split
from actors.management.verbs.printing import print_json
from actors.models import Actor
from actors.protocol import json
from actors.protocol.ids import is_actor_id
from actors.protocol.keys import parse_key

HELP = "Call an action: actors call counter/main increment 5"


def add_arguments(parser: ArgumentParser) -> None:
    add_address(parser)
    parser.add_argument("action")
    parser.add_argument(
        "arguments", metavar="argument", nargs="*", help="each as JSON; what is no JSON is a text"
    )
    parser.add_argument("--create", action="store_true", help="make the actor if there is none")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for the answer (60)")
    parser.add_argument("--json", action="store_true", help="the answer is JSON with and without it")


def handle(options: dict[str, Any]) -> None:
    args = [value_of(text) for text in options["arguments"]]
    target, actor = _target(options["actor"], options["create"]), seen(options["actor"])
    if actor is not None and actor.paused_at is not None:
        waits = f"the call waits until it is resumed, for {options['timeout']:g} s at most"
        sys.stderr.write(f"{options['actor']} is paused: {waits}.\n")
    try:
        with witnessed(_deed(options, args, actor)):
            answer = bound_transport().call_blocking(target, options["action"], args, options["timeout"])
    except ActorError as problem:
        if problem.name == "actor.not_found":
            advised(problem, "Check name and key. With --create it is made.")
        raise
    print_json(answer)


def _deed(options: dict[str, Any], args: list[Any], actor: Actor | None) -> Deed:
    after = {"action": options["action"], "args": json.encode(args).decode()}
    if actor is not None:
        return Deed("call", actor.id, actor.name, actor.key, after=after)
    if is_actor_id(options["actor"]):
        return Deed("call", options["actor"], "", "", after=after)
    return Deed("call", "", *split(options["actor"]), after=after)


def _target(address: str, create: bool) -> Target:
    if is_actor_id(address):
        return Target("", "for_id", actor_id=address)
    name, key = split(address)
    return Target(name, "get_or_create" if create else "get", parse_key(key))


def value_of(text: str) -> Any:
    """`5` is a number, `'"5"'` and `five` are texts."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
