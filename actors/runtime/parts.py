"""Parts: the collaborators of one running actor, put together in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from actors.runtime.admission import Admission
from actors.runtime.atomic import Blocks, Stage
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
from actors.runtime.state import ActorState
from actors.runtime.stream import IntervalStream, Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.websockets import Websockets
from actors.runtime.work import Work


class TaskSide(Stage, Life, Protocol):
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
    work, state, stream, context = _core(identity, definition, surroundings, task, stored_input)
    admission = Admission(identity, definition, surroundings, stream, work)
    connections = Connections(definition.events, stream, work, admission.farewell)
    hibernation = Hibernation(identity, definition.conn_state, surroundings, connections, admission)
    mailbox = _mailbox(identity, definition, surroundings, task, work, stream)
    dispatcher = Dispatcher(definition, surroundings, stream, work)
    context.blocks = Blocks(identity, state, stream, surroundings, task, dispatcher)
    context.attach(connections, mailbox, task)
    instance = definition.new_instance(context)
    dispatcher.serve(instance)
    admission.serve(instance)
    requests = Requests(identity, definition, surroundings, admission, dispatcher)
    requests.serve(instance, stream, work)
    websockets = Websockets(identity, definition, surroundings, connections, stream, work)
    deliveries = Deliveries(definition, mailbox, admission, dispatcher, surroundings)
    deliveries.serve(stream, work)
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
        context,
        instance,
    )


def _core(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    task: TaskSide,
    stored_input: bytes | None,
) -> tuple[Work, ActorState, Stream, ActorContext]:
    """What all others need."""
    options = definition.options
    work = Work(surroundings.clock, surroundings.measurements.of(identity.name))
    state = ActorState(identity.name, definition.state, options.max_state_size, work.measures)
    kind = IntervalStream if options.durability == "interval" else Stream
    stream = kind(identity, state, surroundings, task, options.state_save_interval)
    kv = ActorKv(identity, surroundings, task, stream)
    return work, state, stream, ActorContext(identity, state, stream, kv, work, stored_input)


def _mailbox(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    task: TaskSide,
    work: Work,
    stream: Stream,
) -> Mailbox | None:
    if not definition.queues:
        return None
    rows = QueueRows(identity, surroundings.store.queues, surroundings.queues, task, stream)
    return Mailbox(definition, rows, surroundings.clock, work, stream)


def _observe(
    definition: ActorDefinition, instance: object, stream: Stream, state: ActorState, work: Work
) -> None:
    if definition.hooks.on_state_change is not None:
        stream.observe(StateChange(partial(definition.hooks.on_state_change, instance), state, work))
