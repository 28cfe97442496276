"""actors.protocol.client against 106 messages of RivetKit's own generated codecs, versions 1 to 4."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.protocol import client
from actors.protocol.envelope import Versioned
from tests.wire import golden

TYPES: dict[str, Versioned[Any]] = {
    "ToClient": client.TO_CLIENT,
    "ToServer": client.TO_SERVER,
    "HttpActionRequest": client.HTTP_ACTION_REQUEST,
    "HttpActionResponse": client.HTTP_ACTION_RESPONSE,
    "HttpResponseError": client.HTTP_RESPONSE_ERROR,
    "HttpQueueSendRequest": client.HTTP_QUEUE_SEND_REQUEST,
    "HttpQueueSendResponse": client.HTTP_QUEUE_SEND_RESPONSE,
    "HttpResolveRequest": client.HTTP_RESOLVE_REQUEST,
    "HttpResolveResponse": client.HTTP_RESOLVE_RESPONSE,
}
VECTORS = golden.load("client_protocol.json")["vectors"]


def message(kind: str, notation: Any) -> Any:
    if kind in ("ToClient", "ToServer"):
        body = golden.fields(notation["body"])
        return msgspec.convert(body["val"], getattr(client, body["tag"]))
    return msgspec.convert(golden.fields(notation or {}), getattr(client, kind))


def label(vector: dict[str, Any]) -> str:
    return f"{vector['type']}-v{vector['version']}"


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_writes_the_bytes_of_the_original(vector: dict[str, Any]) -> None:
    built = message(vector["type"], vector["message"])
    assert TYPES[vector["type"]].encode(built, vector["version"]).hex() == vector["embedded_hex"]


@pytest.mark.parametrize("vector", VECTORS, ids=label)
def test_reads_the_bytes_of_the_original(vector: dict[str, Any]) -> None:
    decoded, version = TYPES[vector["type"]].decode(bytes.fromhex(vector["embedded_hex"]))
    assert decoded == message(vector["type"], vector["message"])
    assert version == vector["version"]


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if "official_upgrade_to_latest" in vector], ids=label
)
def test_an_older_message_reads_as_its_official_upgrade(vector: dict[str, Any]) -> None:
    decoded, _ = TYPES[vector["type"]].decode(bytes.fromhex(vector["embedded_hex"]))
    latest = TYPES[vector["type"]].encode(decoded, 4)
    upgraded = message(vector["type"], vector["official_upgrade_to_latest"])
    assert latest == TYPES[vector["type"]].encode(upgraded, 4)


def test_every_type_of_the_protocol_has_vectors() -> None:
    assert {vector["type"] for vector in VECTORS} == set(TYPES)


@pytest.mark.parametrize("version", [0, 5, 65535])
def test_an_unknown_version_is_named(version: int) -> None:
    with pytest.raises(ActorError) as caught:
        client.TO_SERVER.decode(version.to_bytes(2, "little") + b"\x00")
    assert caught.value.name == "protocol.unsupported_version"
    assert caught.value.metadata == {"what": "client protocol", "version": version, "known": "1 to 4"}


def test_queue_messages_do_not_exist_before_version_3() -> None:
    with pytest.raises(ActorError, match="Unsupported client protocol version 2"):
        client.HTTP_QUEUE_SEND_REQUEST.decode(b"\x02\x00\x00\x00\x00\x00")
