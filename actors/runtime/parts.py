"""Parts: the collaborators of one running actor, put together in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from actors.runtime.admission import Admission
from actors.runtime.change import StateChange
from actors.runtime.connections import Connections
from actors.runtime.context import ActorContext, Life
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Deliveries
from actors.runtime.dispatch import Dispatcher
from actors.runtime.hibernation import Hibernation
from actors.runtime.identity import Identity
from actors.runtime.kv import ActorKv
from actors.runtime.queue import Mailbox
from actors.runtime.queue_rows import QueueRows
from actors.runtime.requests import Requests
from actors.runtime.schedule import Scheduler
from actors.runtime.schedule_rows import ScheduleRows
from actors.runtime.state import ActorState
from actors.runtime.stream import IntervalStream, Owner, Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.websockets import Websockets
from actors.runtime.work import Work


class TaskSide(Owner, Life, Protocol):
    """What the collaborators may ask of the task, all of it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """See the module docstring. `instance` is the author's object, made by `context`."""

    identity: Identity
    state: ActorState
    work: Work
    stream: Stream
    admission: Admission
    connections: Connections
    hibernation: Hibernation
    dispatcher: Dispatcher
    requests: Requests
    websockets: Websockets
    deliveries: Deliveries
    scheduler: Scheduler
    context: ActorContext
    instance: object


def assemble(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    task: TaskSide,
    stored_input: bytes | None,
) -> Parts:
    """Everything for one generation, the author's instance included. Raises what its constructor raises."""
    options = definition.options
    work = Work(surroundings.clock, surroundings.measurements.of(identity.name))
    state = ActorState(identity.name, definition.state, options.max_state_size, work.measures)
    kind = IntervalStream if options.durability == "interval" else Stream
    stream = kind(identity, state, surroundings, task, options.state_save_interval)
    admission = Admission(identity, definition, surroundings, stream, work)
    connections = Connections(definition.events, stream, work, admission.farewell)
    hibernation = Hibernation(identity, definition.conn_state, surroundings, connections, admission)
    context = ActorContext(identity, state, stream, ActorKv(identity, surroundings, task), work, stored_input)
    dispatcher = Dispatcher(definition, surroundings, stream, work)
    rows = ScheduleRows(identity, surroundings.store.schedules, surroundings.schedules, task)
    scheduler = Scheduler(definition, rows, surroundings.clock, work, dispatcher)
    messages = QueueRows(identity, surroundings.store.queues, surroundings.queues, task)
    mailbox = Mailbox(definition, messages, surroundings.clock, work, stream) if definition.queues else None
    context.attach(connections, mailbox, scheduler, task)
    instance = definition.new_instance(context)
    dispatcher.serve(instance)
    admission.serve(instance)
    requests = Requests(identity, definition, surroundings, admission, dispatcher)
    requests.serve(instance, stream, work)
    websockets = Websockets(identity, definition, surroundings, connections, stream, work)
    clock, expose = surroundings.clock, surroundings.expose_errors
    deliveries = Deliveries(definition, mailbox, admission, dispatcher, clock, expose)
    deliveries.serve(instance, stream, work, surroundings.warnings)
    _observe(definition, instance, stream, state, work)
    return Parts(
        identity,
        state,
        work,
        stream,
        admission,
        connections,
        hibernation,
        dispatcher,
        requests,
        websockets,
        deliveries,
        scheduler,
        context,
        instance,
    )


def _observe(
    definition: ActorDefinition, instance: object, stream: Stream, state: ActorState, work: Work
) -> None:
    if definition.hooks.on_state_change is not None:
        stream.observe(StateChange(partial(definition.hooks.on_state_change, instance), state, work))
