"""`POST /queue/{name}`: a message for a queue of one actor; with `wait` the answer tells what became of it.

Called by the framework routes with the actor's task in hand. RivetKit: rivetkit-core/src/registry/http.rs.
"""

from __future__ import annotations

from django.http import HttpResponse

from actors.gateway.parcels import check_delivery, delivery_of
from actors.gateway.visit import HttpReply, Visit, check_body, codec_of, connect_request, read_as
from actors.protocol.codec import Codec
from actors.protocol.messages import ActorSpecifier
from actors.runtime.completions import Outcome
from actors.runtime.definition import ActorDefinition
from actors.runtime.deliveries import Delivery
from actors.runtime.task import ActorTask


async def send(visit: Visit, task: ActorTask, codec: Codec, actor: ActorSpecifier) -> HttpResponse:
    """Have the message stored, and completed if the sender waits for that."""
    config = visit.config.narrowed(task.definition.options)
    check_body(visit, config)
    request = await connect_request(visit, config)

    def write(outcome: Outcome) -> bytes:
        return codec.http_queue_response(outcome.status, outcome.response)

    reply = HttpReply(codec, actor, config, write)
    task.deliver(request, _delivery(visit, codec), reply)
    return await reply.response()


def check_send(visit: Visit, definition: ActorDefinition) -> None:
    """Raises what is wrong with the message in itself, as the actor would."""
    check_delivery(_delivery(visit, codec_of(visit)), definition)


def _delivery(visit: Visit, codec: Codec) -> Delivery:
    return delivery_of(visit.route.name, read_as(codec.http_queue_request, visit.body))
