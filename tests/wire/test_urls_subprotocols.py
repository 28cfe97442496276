"""URLs, subprotocols and close reasons against the functions of the official client."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from actors.errors import MISSING, ActorError
from actors.protocol import cbor
from actors.protocol.endpoint import join_url, parse_endpoint
from actors.protocol.handshake import offer_subprotocols, parse_close_reason, parse_subprotocols
from actors.protocol.urls import DirectTarget, QueryTarget, gateway_path, parse_gateway_path
from tests.wire import golden
from tests.wire.golden import js

FILE = golden.load("urls_subprotocols.json")


def given(args: list[Any], position: int) -> Any:
    """An argument of a call, None for undefined and for what was left out."""
    value = args[position] if position < len(args) else None
    return None if value in ("(undefined)", {"js": "undefined"}) else value


@pytest.mark.parametrize("case", FILE["buildActorGatewayUrl"], ids=lambda case: case["result"])
def test_builds_direct_urls(case: dict[str, Any]) -> None:
    endpoint, actor_id, token, rest = case["args"]
    assert join_url(endpoint, gateway_path(DirectTarget(actor_id, token), rest)) == case["result"]


def query_target(args: list[Any]) -> QueryTarget:
    (kind, query), options = next(iter(args[2].items())), given(args, 8) or {}
    return QueryTarget(
        namespace=args[1],
        name=query["name"],
        method="get" if kind == "getForKey" else "getOrCreate",
        key=tuple(query["key"]),
        input=js(query["input"]) if "input" in query else MISSING,
        region=query.get("region"),
        crash_policy=given(args, 6) or "sleep",
        pool=given(args, 7),
        token=given(args, 3),
        skip_ready_wait=options.get("skipReadyWait", False),
    )


def with_decoded_input(url: str) -> tuple[str, Any]:
    """The URL without its input, and that: cbor-x and cbor2 write map lengths differently."""
    inputs = parse_qs(urlsplit(url).query).get("rvt-input")
    if inputs is None:
        return url, None
    return url.replace(inputs[0], ""), cbor.decode(base64.urlsafe_b64decode(inputs[0] + "=="))


@pytest.mark.parametrize("case", FILE["buildActorQueryGatewayUrl"], ids=lambda case: str(case["result"]))
def test_builds_query_urls(case: dict[str, Any]) -> None:
    args, result = case["args"], case["result"]
    if isinstance(result, dict):
        with pytest.raises(ActorError):
            gateway_path(query_target(args), args[4])
    else:
        built = join_url(args[0], gateway_path(query_target(args), args[4]))
        assert with_decoded_input(built) == with_decoded_input(result)


@pytest.mark.parametrize(
    "case",
    [case for case in FILE["buildActorQueryGatewayUrl"] if isinstance(case["result"], str)],
    ids=lambda case: case["result"],
)
def test_reads_the_query_urls_of_the_client(case: dict[str, Any]) -> None:
    parts = urlsplit(case["result"])
    parsed = parse_gateway_path(parts.path, parts.query)
    target = query_target(case["args"])
    assert parsed is not None
    assert isinstance(parsed.target, QueryTarget)
    assert ",".join(parsed.target.key) == ",".join(target.key)  # the client does not escape commas
    assert (parsed.target.name, parsed.target.method, parsed.target.input, parsed.target.token) == (
        target.name,
        target.method,
        target.input,
        target.token,
    )
    rest = case["args"][4].rstrip("?")
    assert f"{parsed.path}?{parsed.query}".rstrip("?") == rest


@pytest.mark.parametrize("case", FILE["buildWebSocketProtocols"], ids=lambda case: case["header"])
def test_offers_and_reads_the_subprotocols_of_the_client(case: dict[str, Any]) -> None:
    args = case["args"]
    direct_to, options = given(args, 4), given(args, 5) or {}
    direct = DirectTarget(direct_to["actorId"], args[0].get("token")) if direct_to else None
    params = given(args, 2)
    offer = offer_subprotocols(args[1], params, direct, options.get("skipReadyWait", False))
    expected = [item for item in case["result"] if not item.startswith("rivet_test_ack_hook.")]
    assert offer == expected
    read = parse_subprotocols([case["header"]])
    assert (read.encoding, read.params) == (args[1], params or None)
    assert read.skip_ready_wait == options.get("skipReadyWait", False)
    assert (read.actor_id, read.token) == ((direct.actor_id, direct.token) if direct else (None, None))


@pytest.mark.parametrize("case", FILE["combineUrlPath"], ids=lambda case: case["result"])
def test_joins_urls(case: dict[str, Any]) -> None:
    assert join_url(*case["args"]) == case["result"]


@pytest.mark.parametrize("case", FILE["parseWebSocketCloseReason"], ids=lambda case: case["arg"])
def test_reads_close_reasons(case: dict[str, Any]) -> None:
    result = case["result"]
    expected = None if result is None else (result["group"], result["code"], result.get("rayId"))
    assert parse_close_reason(case["arg"]) == expected


@pytest.mark.parametrize("case", FILE["parseEndpoint"], ids=lambda case: case["endpoint"])
def test_reads_endpoints(case: dict[str, Any]) -> None:
    if case["result"] is None:
        with pytest.raises(ActorError) as caught:
            parse_endpoint(case["endpoint"])
        assert [caught.value.metadata["reason"]] == case["issues"]
    else:
        endpoint = parse_endpoint(case["endpoint"])
        assert (endpoint.url, endpoint.namespace, endpoint.token) == (
            case["result"]["endpoint"],
            case["result"].get("namespace"),
            case["result"].get("token"),
        )
