"""Gateway paths beyond the golden vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import MISSING, ActorError
from actors.protocol.urls import (
    DirectTarget,
    GatewayPath,
    QueryTarget,
    Target,
    gateway_path,
    parse_gateway_path,
)

GET = "rvt-namespace=default&rvt-method=get"


@pytest.mark.parametrize(
    ("path", "query", "parsed"),
    [
        ("/gateway/abc", "", GatewayPath(DirectTarget("abc"), "/", "")),
        ("/gateway/abc/", "", GatewayPath(DirectTarget("abc"), "/", "")),
        ("/gateway/abc/action/x", "a=1", GatewayPath(DirectTarget("abc"), "/action/x", "a=1")),
        ("/gateway/abc@t%2Fk/connect", "", GatewayPath(DirectTarget("abc", "t/k"), "/connect", "")),
        ("/gateway/a%40b/x%20y/", "q=%20+", GatewayPath(DirectTarget("a@b"), "/x%20y/", "q=%20+")),
        ("/gateway/a+b/x", "", GatewayPath(DirectTarget("a+b"), "/x", "")),
    ],
)
def test_a_direct_path_is_taken_apart(path: str, query: str, parsed: GatewayPath) -> None:
    assert parse_gateway_path(path, query) == parsed


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/other/abc",
        "gateway/abc",
        "/gatewayx/abc",
        "/gateway",
        "/gateway/",
        "/gateway//abc/x",
        "/gateway/abc//x",
        "/gateway/@t/x",
        "/gateway/abc@/x",
        "/gateway/%ff/x",
        "/gateway/abc@%ff/x",
    ],
)
def test_other_paths_are_left_to_others(path: str) -> None:
    assert parse_gateway_path(path, "a=1") is None


def test_a_query_path_gives_its_parameters_to_the_target() -> None:
    query = (
        "x=%20y&rvt-namespace=n+s&rvt-method=getOrCreate&rvt-runner=old&rvt-pool=new&rvt-key=a,b%2Fc,"
        "&rvt-input=ggEC&rvt-region=fra&rvt-crash-policy=destroy&rvt-token=t%2B&rvt-skip-ready-wait=1&&z"
    )
    assert parse_gateway_path("/gateway/my%20actor/request/a", query) == GatewayPath(
        QueryTarget(
            namespace="n s",
            name="my actor",
            method="getOrCreate",
            key=("a", "b/c", ""),
            input=[1, 2],
            region="fra",
            crash_policy="destroy",
            pool="new",
            token="t+",
            skip_ready_wait=True,
        ),
        "/request/a",
        "x=%20y&z",
    )


def test_what_is_not_given_has_its_default() -> None:
    parsed = parse_gateway_path("/gateway/chat/connect", GET)
    assert parsed is not None
    assert parsed.target == QueryTarget(namespace="default", name="chat", method="get")
    assert isinstance(parsed.target, QueryTarget)
    assert (parsed.target.key, parsed.target.input, parsed.target.crash_policy) == ((), MISSING, "sleep")


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("/gateway/", GET, "query_empty_actor_name"),
        ("/gateway", GET, "query_empty_actor_name"),
        ("/gateway/a@t/x", GET, "query_path_token_syntax"),
        ("/gateway/%ff/x", GET, "query_invalid_percent_encoding"),
        ("/gateway/a/x", "rvt-foo=1", "query_invalid_params"),
        ("/gateway/a/x", "rvt-method=get", "query_invalid_params"),
        ("/gateway/a/x", GET + "&rvt-region=x", "query_get_disallowed_params"),
        ("/gateway/a/x", GET + "&rvt-key=%ff", "query_invalid_percent_encoding"),
        (
            "/gateway/a/x",
            "rvt-namespace=n&rvt-method=getOrCreate&rvt-pool=p&rvt-input=a",
            "query_invalid_base64_input",
        ),
        (
            "/gateway/a/x",
            "rvt-namespace=n&rvt-method=getOrCreate&rvt-pool=p&rvt-input=",
            "query_invalid_cbor_input",
        ),
    ],
)
def test_a_bad_query_path_says_what_is_wrong(path: str, query: str, code: str) -> None:
    with pytest.raises(ActorError) as caught:
        parse_gateway_path(path, query)
    assert (caught.value.group, caught.value.code, caught.value.status) == ("guard", code, 400)


names = st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable() and "@" not in text)
direct = st.builds(DirectTarget, names, st.none() | names)
query = st.builds(
    QueryTarget,
    namespace=names,
    name=names,
    method=st.sampled_from(["get", "getOrCreate"]),
    key=st.lists(names.filter(lambda part: "," not in part), max_size=3).map(tuple),
    pool=names,
    token=st.none() | names,
    skip_ready_wait=st.booleans(),
)


@given(direct | query, st.sampled_from(["/connect", "/action/a%2Fb", "/request/x?y=%20&z", "/"]))
def test_what_a_client_builds_a_door_reads(target: Target, rest: str) -> None:
    path, _, search = gateway_path(target, rest).partition("?")
    parsed = parse_gateway_path(path, search)
    assert parsed is not None
    if isinstance(target, QueryTarget) and target.method == "get":
        assert isinstance(parsed.target, QueryTarget)
        assert (parsed.target.name, parsed.target.key) == (target.name, target.key)
    else:
        assert parsed.target == target
    assert f"{parsed.path}?{parsed.query}".rstrip("?") == rest


@given(st.text(max_size=30), st.text(max_size=40).map(lambda text: "rvt-" + text))
def test_any_path_is_read_or_refused(path: str, search: str) -> None:
    try:
        parse_gateway_path("/gateway/" + path, search)
    except ActorError as exc:
        assert exc.group == "guard"


def test_a_large_input_does_not_fit_into_a_url() -> None:
    target = QueryTarget("default", "chat", "getOrCreate", ("k",), "x" * 5000, pool="default")
    with pytest.raises(ActorError) as caught:
        gateway_path(target, "/connect")
    assert caught.value.name == "actor.input_too_large"
