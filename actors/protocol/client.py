"""The client protocol, versions 1 to 4, in BARE: what goes between clients and actors in the `bare` encoding.

`Cbor` fields hold CBOR of tagged user values and stay bytes here; `protocol/codec.py` decodes them.
RivetKit: rivetkit-rust/packages/client-protocol/schemas.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from actors.protocol.envelope import Versioned
from actors.protocol.messages import ActorSpecifier
from actors.protocol.schema import U64, S, Uint, since, struct, union, until

VERSIONS: Final = range(1, 5)
QUEUE_VERSIONS: Final = range(3, 5)

Cbor: TypeAlias = bytes


class Init(msgspec.Struct, frozen=True):
    """First message on a connection. Its token went away with version 2."""

    actor_id: str
    connection_id: str
    connection_token: Annotated[str, until(1)] = ""


class Error(msgspec.Struct, frozen=True):
    """Failure of the action `action_id`, or of the connection when that is None."""

    group: str
    code: str
    message: str
    metadata: Cbor | None
    action_id: Uint | None
    actor: Annotated[ActorSpecifier | None, since(4)] = None


class ActionResponse(msgspec.Struct, frozen=True, gc=False):
    id: Uint
    output: Cbor


class Event(msgspec.Struct, frozen=True, gc=False):
    """`args` is CBOR of a list."""

    name: str
    args: Cbor


class ActionRequest(msgspec.Struct, frozen=True, gc=False):
    """`args` is CBOR of a list."""

    id: Uint
    name: str
    args: Cbor


class SubscriptionRequest(msgspec.Struct, frozen=True, gc=False):
    event_name: str
    subscribe: bool


class HttpActionRequest(msgspec.Struct, frozen=True):
    args: Cbor


class HttpActionResponse(msgspec.Struct, frozen=True):
    output: Cbor


class HttpResponseError(msgspec.Struct, frozen=True):
    group: str
    code: str
    message: str
    metadata: Cbor | None
    actor: Annotated[ActorSpecifier | None, since(4)] = None


class HttpQueueSendRequest(msgspec.Struct, frozen=True):
    """`timeout` is in milliseconds."""

    body: Cbor
    name: str | None
    wait: bool | None
    timeout: U64 | None


class HttpQueueSendResponse(msgspec.Struct, frozen=True):
    """`status` is "completed" or "timedOut"."""

    status: str
    response: Cbor | None


class HttpResolveRequest(msgspec.Struct, frozen=True):
    """Nothing at all; a leftover of version 1 that no route uses now."""


class HttpResolveResponse(msgspec.Struct, frozen=True):
    actor_id: str


ToClient: TypeAlias = Init | Error | ActionResponse | Event
ToServer: TypeAlias = ActionRequest | SubscriptionRequest

_WHAT: Final = "client protocol"
_TO_CLIENT_TAGS: Final = (Init, Error, ActionResponse, Event)
_TO_SERVER_TAGS: Final = (ActionRequest, SubscriptionRequest)


TO_CLIENT: Final[Versioned[ToClient]] = Versioned(_WHAT, {v: union(_TO_CLIENT_TAGS, v) for v in VERSIONS})
TO_SERVER: Final[Versioned[ToServer]] = Versioned(_WHAT, {v: union(_TO_SERVER_TAGS, v) for v in VERSIONS})


def _versioned(cls: type[S], versions: range = VERSIONS) -> Versioned[S]:
    return Versioned(_WHAT, {version: struct(cls, version) for version in versions})


HTTP_ACTION_REQUEST: Final = _versioned(HttpActionRequest)
HTTP_ACTION_RESPONSE: Final = _versioned(HttpActionResponse)
HTTP_RESPONSE_ERROR: Final = _versioned(HttpResponseError)
HTTP_QUEUE_SEND_REQUEST: Final = _versioned(HttpQueueSendRequest, QUEUE_VERSIONS)
HTTP_QUEUE_SEND_RESPONSE: Final = _versioned(HttpQueueSendResponse, QUEUE_VERSIONS)
HTTP_RESOLVE_REQUEST: Final = _versioned(HttpResolveRequest)
HTTP_RESOLVE_RESPONSE: Final = _versioned(HttpResolveResponse)
