"""Dispatcher: runs the actions of one actor, concurrently, and sees to it that each call is answered once.

An async handler is one asyncio task; a sync handler runs on the spot. The task has checked names and permits.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any, Final

from actors.errors import ActorError, error, is_retried, sanitize
from actors.logs import ACTION_FAILED, named
from actors.runtime.block import Block
from actors.runtime.calls import Invocation, current
from actors.runtime.core import Core
from actors.runtime.deadlines import Deadlines
from actors.runtime.definition import ActorDefinition
from actors.runtime.hooks import Noted
from actors.runtime.inbox import Inbox
from actors.runtime.kinds import Kind
from actors.runtime.surroundings import Surroundings
from actors.runtime.turns import Turns

logger = logging.getLogger(__name__)

# Looked up once: the look-up costs as much as the counting, and every action counts four times.
_ACTION: Final = Kind.ACTION


class Dispatcher:
    """Started actions in `_running`, oldest first; `_queued` of them have not had their first step yet."""

    __slots__ = (
        "_clock",
        "_deadlines",
        "_expose",
        "_inbox",
        "_instance",
        "_queued",
        "_respond",
        "_running",
        "_stateful",
        "_stream",
        "_turns",
        "_work",
    )

    def __init__(self, definition: ActorDefinition, surroundings: Surroundings, core: Core) -> None:
        self._clock = surroundings.clock
        self._expose = surroundings.expose_errors
        self._deadlines: Deadlines = surroundings.deadlines(definition)
        self._inbox = Inbox(definition.options.max_pending_actions, core.work.measures)
        self._respond: Callable[..., Any] | None = definition.hooks.on_before_action_response
        self._stateful = definition.state is not None
        self._stream = core.stream
        self._turns = Turns(core.hold)
        self._work = core.work
        core.hold.on_change(self._go_on)
        self._instance: object = None
        self._running: dict[Invocation, None] = {}
        self._queued = 0

    def serve(self, instance: object) -> None:
        """The author's object that handlers get as self."""
        self._instance = instance

    def close(self) -> None:
        """The generation is over: no action begins any more."""
        self._instance = None

    def reserve(self, operation: str) -> None:
        """Take a permit. Raises actor.overloaded at once, before anything is built."""
        if not self._inbox.try_reserve():
            raise self._inbox.overloaded(operation)

    def overdraw(self) -> None:
        """Take a permit, also where none is left: what the actor itself has ordered is not kept out."""
        self._inbox.overdraw()

    def release(self) -> None:
        """Give back a permit that no action was started with."""
        self._inbox.release()

    def start(self, invocation: Invocation) -> None:
        """Run an action for which a permit is held. Never raises; answers through the stream."""
        self._work.begin(_ACTION)
        if self._turns.hold.calls and self._turns.keep(invocation):
            self._keep(invocation)
        else:
            self._let(invocation)

    def _let(self, invocation: Invocation) -> None:
        if self._stream.block is None:
            self._admit(invocation)
        else:
            self._stay_out(invocation, self._stream.block)

    def _admit(self, invocation: Invocation) -> None:
        if invocation.action.exclusive and not self._take_turn(invocation):
            return
        if self._stateful and not invocation.action.readonly:
            self._stream.begin_write()
        # A sync handler must not overtake calls that arrived before it.
        if not (invocation.action.is_async or self._queued or self._respond):
            self._run_now(invocation)
            return
        self._deadlines.add(invocation, self)
        self._spawn(invocation)

    def _spawn(self, invocation: Invocation) -> None:
        self._queued += 1
        self._work.measures.waits(1)
        self._running[invocation] = None
        invocation.task = self._clock.spawn(self._run(invocation), name=invocation.action.name)

    # -- while the actor is paused -------------------------------------------------------------------
    def _keep(self, invocation: Invocation) -> None:
        """It waits until the actor goes on, as long as its caller does: its own time begins then."""
        self._work.measures.waits(1)
        if self._turns.hold.ended:
            self.dismiss(replayed=True)

    def _go_on(self) -> None:
        """Whoever was kept waiting starts, in the order of arrival."""
        while (invocation := self._turns.go_on()) is not None:
            self._work.measures.waits(-1)
            self._let(invocation)

    def dismiss(self, replayed: bool) -> None:
        """The actor ends while it is paused: whoever waits may ask the next generation. See `abort`."""
        for invocation in tuple(self._turns.held):
            if not (replayed and _is_replayed(invocation)):
                invocation.reply.deliver(invocation.reply.encode_error(error("actor.stopping")))
            invocation.answered = True
            self._cancel(invocation)

    # -- atomic blocks -------------------------------------------------------------------------------
    def _stay_out(self, invocation: Invocation, block: Block) -> None:
        """It waits for the end of the block, within its time, or is refused."""
        try:
            self._turns.stay_out(invocation, block)
        except ActorError as refusal:
            # At once: the block waits for the answer, and the stream for the block.
            invocation.answered = True
            invocation.reply.deliver(invocation.reply.encode_error(refusal))
            self._inbox.release()
            self._work.end(_ACTION)
        else:
            self._work.measures.waits(1)
            self._deadlines.add(invocation, self)

    def unstarted(self) -> int:
        """Those that count as writers and have not had their first step."""
        if not (self._queued and self._stateful):
            return 0
        return sum(not (each.started or each.action.readonly) for each in self._running)

    def resume(self) -> None:
        """A block has ended: whoever waited for that starts."""
        while self._stream.block is None and (invocation := self._turns.let_in()) is not None:
            self._work.measures.waits(-1)
            self._deadlines.discard(invocation)
            self._admit(invocation)

    # -- exclusive actions ---------------------------------------------------------------------------
    def _take_turn(self, invocation: Invocation) -> bool:
        """False if it has to wait, within its time, or has been refused because it would wait for itself."""
        try:
            if self._turns.take(invocation):
                return True
        except ActorError as refusal:
            self._answer_error(invocation, refusal)
            self._inbox.release()
            self._work.end(_ACTION)
        else:
            self._work.measures.waits(1)
            self._deadlines.add(invocation, self)
        return False

    def _pass_on_turn(self) -> None:
        invocation = self._turns.pass_on()
        if invocation is not None:
            self._work.measures.waits(-1)
            if self._stateful and not invocation.action.readonly:
                self._stream.begin_write()
            self._spawn(invocation)

    # -- running -------------------------------------------------------------------------------------
    def _run_now(self, invocation: Invocation) -> None:
        token = current.set(invocation)
        began = self._clock.monotonic()
        try:
            self._answer(invocation, invocation.action.handler(self._instance, *invocation.args))
        except Exception as failure:  # whatever an author's code raises is the caller's answer
            self._answer_failure(invocation, failure)
        finally:
            current.reset(token)
            self._took(invocation, began)
            self._finish(invocation)

    async def _run(self, invocation: Invocation) -> None:
        current.set(invocation)
        if self._stream.block is not None:
            await self._stream.passage(invocation.action.name)
        self._queued -= 1
        self._work.measures.waits(-1)
        invocation.started = True
        action, began = invocation.action, self._clock.monotonic()
        try:
            output = action.handler(self._instance, *invocation.args)
            if action.is_async:
                output = await (Noted(output, self._stream.step) if action.stepwise else output)
            if self._respond is not None:
                output = await self._responded(invocation, output)
            self._answer(invocation, output)
        except Exception as failure:
            self._answer_failure(invocation, failure)
        except BaseException:
            # Cancelled from outside, or the process is going down: nobody knows what was done.
            self._answer_error(invocation, error("actor.outcome_unknown"))
            raise
        finally:
            self._took(invocation, began)
            self._close(invocation)

    async def _responded(self, invocation: Invocation, output: Any) -> Any:
        """What `on_before_action_response(name, args, output)` makes of it, within a timeout of its own."""
        if self._respond is None:
            return output
        self._deadlines.renew(invocation, self)
        result = self._respond(self._instance, invocation.action.name, invocation.args, output)
        return await result if inspect.isawaitable(result) else result

    def _took(self, invocation: Invocation, began: float) -> None:
        ended = self._clock.monotonic()
        seconds = ended - began
        self._work.measures.took(_ACTION, seconds)
        self._work.watch.acted = invocation.action.name, ended
        if self._work.watch.followers:
            conn = "" if invocation.conn is None else f", by connection {invocation.conn.id}"
            took = f"{seconds * 1000:.1f} ms{conn}"
            self._work.watch.tell("call", invocation.action.name, took, invocation.ray)

    def _close(self, invocation: Invocation) -> None:
        self._deadlines.discard(invocation)
        del self._running[invocation]
        invocation.task = None  # whose context holds the invocation: nobody would be left to free the two
        self._finish(invocation)

    def _finish(self, invocation: Invocation) -> None:
        if self._stateful and not invocation.action.readonly:
            self._stream.end_write()
        if invocation.action.exclusive:
            self._pass_on_turn()
        self._inbox.release()
        self._work.end(_ACTION)

    # -- answering -----------------------------------------------------------------------------------
    def _answer(self, invocation: Invocation, output: Any) -> None:
        if not invocation.answered:
            reply = invocation.reply
            frame = reply.encode(output)
            invocation.answered = True
            self._stream.emit(reply.deliver, frame, reply)

    def _answer_failure(self, invocation: Invocation, failure: Exception) -> None:
        if not isinstance(failure, ActorError):
            own = {"action": invocation.action.name, "error": named(failure), "ray_id": invocation.ray}
            ACTION_FAILED.say(logger, {**invocation.home.fields(), **own}, failure)
        self._answer_error(invocation, started_error(failure, self._expose))

    def _answer_error(self, invocation: Invocation, err: ActorError) -> None:
        if not invocation.answered:
            invocation.answered = True
            self._work.measures.answered_error()
            if self._work.watch.followers:
                self._work.watch.tell("error", invocation.action.name, err.name, invocation.ray)
            self._stream.emit(invocation.reply.deliver, invocation.reply.encode_error(err), invocation.reply)

    # -- ending early --------------------------------------------------------------------------------
    def expire(self, invocation: Invocation) -> None:
        """The action took too long: answer now, and cancel it."""
        invocation.expire()
        self._answer_error(invocation, error("actor.action_timed_out"))
        self._cancel(invocation)

    def abort(self, replayed: bool) -> None:
        """The grace period is over: cancel every action; their answers still go through the stream.

        With `replayed`, those of hibernatable connections get none: the next generation runs them again.
        """
        for invocation in (*self._turns.everyone, *self._running):
            if replayed and _is_replayed(invocation):
                invocation.answered = True
            elif not invocation.started:
                self._answer_error(invocation, error("actor.stopping"))
            self._cancel(invocation)

    def abandon(self) -> None:
        """The generation has ended and sends nothing more: cancel every action, answer its caller now."""
        for invocation in (*self._turns.everyone, *self._running):
            if not invocation.answered:
                invocation.answered = True
                # Not started means not done: the client may safely repeat the call.
                code = "actor.outcome_unknown" if invocation.started else "actor.stopping"
                invocation.reply.deliver(invocation.reply.encode_error(error(code)))
            self._cancel(invocation)

    def _cancel(self, invocation: Invocation) -> None:
        if self._turns.leave(invocation):
            self._work.measures.waits(-1)
            self._deadlines.discard(invocation)
            self._inbox.release()
            self._work.end(_ACTION)
            return
        if invocation.task is not None:
            invocation.task.cancel()
        if not invocation.started:
            # A task that is cancelled before its first step never runs: nobody else would clean up.
            self._queued -= 1
            self._work.measures.waits(-1)
            self._close(invocation)


def _is_replayed(invocation: Invocation) -> bool:
    """Whether its connection outlives the generation, and asks the next one again."""
    return invocation.conn is not None and invocation.conn.socket is not None


def started_error(failure: BaseException, expose: bool = False) -> ActorError:
    """A failure as a caller sees it once a handler has started: never a code that its client would repeat."""
    err = sanitize(failure, expose)
    return error("actor.outcome_unknown", cause=err.name) if is_retried(err) else err
