"""ActorHandle: an actor as its callers hold it, typed as the actor's own class.

Only actions work on a handle, and queues, to send to; everything else of the class lives inside the actor, so
reaching for it is answered with what to do instead. Makes no request before a Call is awaited.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import partial
from typing import Any

from actors.api.binding import bound_transport
from actors.api.calls import Call
from actors.api.define import ActionMember, Blueprint
from actors.api.events import Event
from actors.api.listening import EventInbox, EventIterator
from actors.api.methods import MethodHandle
from actors.api.naming import HOOKS, RESERVED
from actors.api.queue_handle import QueueHandle
from actors.api.transport import EventStream, Target
from actors.errors import error


class ActorHandle:
    """One actor, by key or by id. Cheap; free to be kept, shared between tasks and used from any thread."""

    __slots__ = ("_blueprint", "_target")

    def __init__(self, blueprint: Blueprint, target: Target) -> None:
        self._blueprint = blueprint
        self._target = target

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._blueprint.queues:
            return QueueHandle(self._blueprint.actor, self._blueprint.queues[name], self._target)
        member = self._blueprint.actions.get(name)
        if member is None:
            raise AttributeError(remedy(self._blueprint, name))
        return MethodHandle(partial(self._call, member), partial(self._store, member))

    def _call(self, member: ActionMember, /, *args: Any, **kwargs: Any) -> Call[Any]:
        wire_args = member.signature.pack(args, kwargs)
        return Call(
            f"{self._blueprint.name}.{member.attribute}()",
            partial(self._send, member, wire_args),
            partial(self._block, member, wire_args),
        )

    async def _send(self, member: ActionMember, args: Sequence[Any]) -> Any:
        value = await bound_transport().call(self._target, member.names[0], args)
        return member.signature.read_result(value)

    def _block(self, member: ActionMember, args: Sequence[Any], timeout: float) -> Any:
        value = bound_transport().call_blocking(self._target, member.names[0], args, timeout)
        return member.signature.read_result(value)

    def _store(self, member: ActionMember, /, *args: Any, **kwargs: Any) -> None:
        wire_args = member.signature.pack(args, kwargs)
        if member.mark.readonly:
            reason = f"{member.names[0]} is readonly, and nobody waits for what it returns"
            raise error("actor.invalid_request", reason=reason)
        bound_transport().call_on_commit(self._target, member.names[0], wire_args)

    def __repr__(self) -> str:
        return f"<handle of {describe(self._target)}>"


class ConnectedHandle(ActorHandle):
    """A handle over an open connection: its actions travel there, and its events arrive there."""

    __slots__ = ("_inbox", "_stream")

    def __init__(self, blueprint: Blueprint, target: Target, stream: EventStream) -> None:
        super().__init__(blueprint, target)
        self._stream = stream
        self._inbox = EventInbox(stream)

    def events(self, event: Event[Any], /) -> EventIterator:
        """The payloads of `event` from now on, without end; ActorError when the connection ends."""
        return self._inbox.listen(event)

    async def _send(self, member: ActionMember, args: Sequence[Any]) -> Any:
        await self._inbox.subscribe_pending()
        return member.signature.read_result(await self._stream.call(member.names[0], args))

    def _block(self, member: ActionMember, args: Sequence[Any], timeout: float) -> Any:
        raise RuntimeError("a connection lives on its event loop: await the action instead of .result().")


def retargeted(handle: object, target: Target) -> ActorHandle:
    """A handle of the same class that means another actor, or the same in another way."""
    if not isinstance(handle, ActorHandle):
        raise TypeError(f"{handle!r} is no handle.")
    return ActorHandle(handle._blueprint, target)


def remedy(blueprint: Blueprint, name: str) -> str:
    """Why `name` cannot be reached through a handle, and what to do."""
    actor = blueprint.actor.__name__
    if name == "events":
        return f"Events need a connection: `async with {actor}.actors.connect(key) as conn`."
    if name in blueprint.events:
        return (
            f"Only the actor itself broadcasts {name!r}. Call an action that does, or listen with "
            f"`{actor}.actors.connect(key)`."
        )
    if name in RESERVED:
        return f"{name!r} lives inside the actor. Write an action on {actor} that returns or does it."
    if name in HOOKS or callable(getattr(blueprint.actor, name, None)):
        return f"{actor}.{name} is not an action. Mark it with @action to call it from outside."
    close = difflib.get_close_matches(name, blueprint.actions, n=1)
    return f"{actor} has no action {name!r}." + (f" Did you mean {close[0]!r}?" if close else "")


def describe(target: Target) -> str:
    """For people: `chatRoom/lobby`, or the id."""
    return target.actor_id or "/".join((target.name, *target.key))
