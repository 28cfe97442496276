"""Parts: the collaborators of one running actor, put together in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from actors.errors import error
from actors.runtime.admission import Admission
from actors.runtime.atomic import Blocks
from actors.runtime.change import StateChange
from actors.runtime.connections import Connections
from actors.runtime.context import ActorContext
from actors.runtime.core import Core
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Deliveries
from actors.runtime.dispatch import Dispatcher
from actors.runtime.hibernation import Hibernation
from actors.runtime.hold import Hold
from actors.runtime.identity import Identity
from actors.runtime.inspection import Inspection
from actors.runtime.kv import ActorKv
from actors.runtime.queue import Mailbox
from actors.runtime.queue_rows import QueueRows
from actors.runtime.requests import Requests
from actors.runtime.schedule import Scheduler
from actors.runtime.schedule_rows import ScheduleRows
from actors.runtime.state import ActorState
from actors.runtime.stream import IntervalStream, Stream
from actors.runtime.surroundings import Surroundings
from actors.runtime.tether import Tether
from actors.runtime.watch import Watch
from actors.runtime.websockets import Websockets
from actors.runtime.work import Work
from actors.storage.store import Claimed


@dataclass(frozen=True, slots=True)
class Parts:
    """See the module docstring. `instance` is the author's object, made by `context`."""

    identity: Identity
    state: ActorState
    work: Work
    stream: Stream
    hold: Hold
    admission: Admission
    connections: Connections
    hibernation: Hibernation
    dispatcher: Dispatcher
    requests: Requests
    websockets: Websockets
    deliveries: Deliveries
    scheduler: Scheduler
    context: ActorContext
    inspection: Inspection
    instance: object

    def close(self) -> None:
        """The generation is over: nothing leaves, nothing begins, and no part holds on to what holds it."""
        self.stream.end(error("actor.stopping"))
        self.deliveries.close()
        self.scheduler.close()
        self.work.close()
        self.context.kv.end()
        self.connections.cut_all(1011, "actor.restarting")
        self.inspection.end()
        self.dispatcher.close()
        self.admission.close()


def assemble(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    tether: Tether,
    claimed: Claimed,
) -> Parts:
    """Everything for one generation, the author's instance included. Raises what its constructor raises."""
    core = _core(identity, definition, surroundings, tether, Hold(claimed.record))
    admission, connections, hibernation = _visitors(identity, definition, surroundings, core)
    keys = ActorKv(identity, surroundings, tether, core.stream)
    context = ActorContext(identity, core, keys, claimed.input)
    mailbox = _mailbox(identity, definition, surroundings, tether, core)
    dispatcher = Dispatcher(definition, surroundings, core)
    scheduler = _scheduler(definition, identity, surroundings, tether, core, dispatcher)
    context.blocks = Blocks(identity, core, surroundings, tether, dispatcher)
    context.attach(connections, mailbox, scheduler, tether)
    instance = definition.new_instance(context)
    dispatcher.serve(instance)
    admission.serve(instance)
    _observe(definition, instance, core)
    gates = admission, dispatcher
    return Parts(
        identity,
        core.state,
        core.work,
        core.stream,
        core.hold,
        admission,
        connections,
        hibernation,
        dispatcher,
        _requests(identity, definition, gates, surroundings, core, instance),
        Websockets(identity, definition, surroundings, connections, core.stream, core.work),
        _deliveries(definition, mailbox, gates, surroundings, core, context.blocks),
        scheduler,
        context,
        Inspection(definition, core, connections, mailbox, scheduler),
        instance,
    )


def _core(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    tether: Tether,
    hold: Hold,
) -> Core:
    options = definition.options
    watch = Watch()
    work = Work(surroundings.clock, surroundings.measurements.of(identity.name), watch)
    state = ActorState(identity.name, definition.state, options.max_state_size, work.measures, watch)
    kind = IntervalStream if options.durability == "interval" else Stream
    stream = kind(identity, state, surroundings, tether, options.state_save_interval)
    return Core(work, state, stream, watch, hold)


def _visitors(
    identity: Identity, definition: ActorDefinition, surroundings: Surroundings, core: Core
) -> tuple[Admission, Connections, Hibernation]:
    admission = Admission(identity, definition, surroundings, core.stream, core.work)
    connections = Connections(definition.events, core, admission.farewell)
    hibernation = Hibernation(identity, definition.conn_state, surroundings, connections, admission)
    return admission, connections, hibernation


def _mailbox(
    identity: Identity,
    definition: ActorDefinition,
    surroundings: Surroundings,
    tether: Tether,
    core: Core,
) -> Mailbox | None:
    if not definition.queues:
        return None
    rows = QueueRows(identity, surroundings.store.queues, surroundings.queues, tether, core.stream)
    return Mailbox(definition, rows, surroundings.clock, core)


def _scheduler(
    definition: ActorDefinition,
    identity: Identity,
    surroundings: Surroundings,
    tether: Tether,
    core: Core,
    dispatcher: Dispatcher,
) -> Scheduler:
    rows = ScheduleRows(identity, surroundings.store.schedules, surroundings.schedules, tether)
    return Scheduler(definition, rows, surroundings.clock, core, dispatcher)


def _requests(
    identity: Identity,
    definition: ActorDefinition,
    gates: tuple[Admission, Dispatcher],
    surroundings: Surroundings,
    core: Core,
    instance: object,
) -> Requests:
    requests = Requests(identity, definition, surroundings, *gates)
    requests.serve(instance, core)
    return requests


def _deliveries(
    definition: ActorDefinition,
    mailbox: Mailbox | None,
    gates: tuple[Admission, Dispatcher],
    surroundings: Surroundings,
    core: Core,
    blocks: Blocks,
) -> Deliveries:
    deliveries = Deliveries(definition, mailbox, *gates, surroundings)
    deliveries.serve(core.stream, core.work, blocks)
    return deliveries


def _observe(definition: ActorDefinition, instance: object, core: Core) -> None:
    hook = definition.hooks.on_state_change
    if hook is not None:
        core.stream.observe(StateChange(partial(hook, instance), core.state, core.work))
