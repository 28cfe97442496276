"""Starting: what happens between a claim and the first call. Run once, by the task.

The order: connections that hibernated, on_migrate, the state (loaded, or made by create_state), on_create,
create_vars, on_wake. Whatever fails ends the start, and an actor whose first start failed counts as never
initialized: nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.clock import Clock
from actors.runtime.calls import Caller, chain_now, current
from actors.runtime.chain import new_link
from actors.runtime.definition import ActorDefinition
from actors.runtime.hooks import run_bounded, run_hook
from actors.runtime.kinds import Kind
from actors.runtime.parts import Parts
from actors.storage.store import Claimed


class Starting:
    """`hook_failed` says that what `run` raised comes from a hook, not from the platform."""

    __slots__ = ("_clock", "_definition", "_parts", "hook_failed")

    def __init__(self, parts: Parts, definition: ActorDefinition, clock: Clock) -> None:
        self._parts = parts
        self._definition = definition
        self._clock = clock
        self.hook_failed = False

    async def run(self, claimed: Claimed) -> None:
        """Raises what a hook raises, actor.callback_timed_out, actor.call_chain_too_long,
        protocol.invalid_persisted_data.
        """
        parts, first = self._parts, claimed.state is None
        caller = Caller(new_link(parts.identity, "start"), chain_now())
        parts.hibernation.restore(claimed.conns)
        parts.stream.begin_write()
        try:
            if self._needs_a_task(first):
                # Work of the actor: a generation that falls cancels its hooks.
                await parts.work.spawn(Kind.STARTING, self._steps(caller, claimed, first))
            else:
                parts.state.load(claimed.state or b"", claimed.revision)
                parts.state.held = False
        finally:
            parts.stream.end_write()
        if first:
            parts.stream.begin()

    def _needs_a_task(self, first: bool) -> bool:
        hooks = self._definition.hooks
        return bool(first or hooks.on_migrate or hooks.create_vars or hooks.on_wake)

    async def _steps(self, caller: Caller, claimed: Claimed, first: bool) -> None:
        current.set(caller)
        hooks, options, parts = self._definition.hooks, self._definition.options, self._parts
        await self._hook("on_migrate", hooks.on_migrate, options.on_migrate_timeout, first)
        if claimed.state is not None:
            parts.state.load(claimed.state, claimed.revision)
        else:
            parts.state.revision = claimed.revision
            await self._create_state()
        parts.state.held = False
        if first:
            given = parts.context.input
            await self._hook("on_create", hooks.on_create, options.on_create_timeout, given)
        if hooks.create_vars is not None:
            parts.context.vars = await self._hook(
                "create_vars", hooks.create_vars, options.create_vars_timeout
            )
        await self._hook("on_wake", hooks.on_wake, options.on_wake_timeout)

    async def _create_state(self) -> None:
        state, timeout = self._definition.state, self._definition.options.create_state_timeout
        if state is not None:
            given = self._parts.context.input
            self._parts.state.value = await self._hook("create_state", state.create, timeout, given)

    async def _hook(self, name: str, hook: Callable[..., Any] | None, timeout: float, *args: Any) -> Any:
        if hook is None:
            return None
        step = run_hook(hook, self._parts.instance, *args)
        began = self._clock.monotonic()
        try:
            return await run_bounded(self._clock, timeout, name, step)
        except Exception:
            self.hook_failed = True
            raise
        finally:
            self._parts.work.measures.made(name, self._clock.monotonic() - began)
