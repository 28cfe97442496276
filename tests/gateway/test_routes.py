"""Gateway URLs as routes: what a path asks of an actor, and where the doors are mounted."""

from __future__ import annotations

from typing import Any

import pytest

from actors.errors import ActorError
from actors.gateway.routes import raw_path, route_of, url_of
from actors.protocol.urls import DirectTarget

ID = "tpm899o4hpr4v5nz6us6k94knval00"


def scope(path: str, query: str = "", root_path: str = "") -> dict[str, Any]:
    return {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": root_path}


@pytest.mark.parametrize(
    ("rest", "ask", "name"),
    [
        ("", "page", "/"),
        ("/", "page", "/"),
        ("/health", "page", "/health"),
        ("/metadata", "page", "/metadata"),
        ("/action/inc", "action", "inc"),
        ("/action/in%63", "action", "inc"),
        ("/action/users.add", "action", "users.add"),
        ("/action/%C3%BC", "action", "ü"),
        ("/action/", "unknown", ""),
        ("/action", "unknown", ""),
        ("/action/a/b", "unknown", ""),
        ("/action/a%2Fb", "unknown", ""),
        ("/queue/jobs", "queue", "jobs"),
        ("/request", "request", ""),
        ("/request/a/b", "request", ""),
        ("/requestx", "unknown", ""),
        ("/connect", "connect", ""),
        ("/connect/x", "unknown", ""),
        ("/websocket/x", "unknown", ""),
        ("/inspector/state", "inspector", ""),
        ("/health/x", "unknown", ""),
    ],
)
def test_what_a_path_asks(rest: str, ask: str, name: str) -> None:
    route = route_of(scope(f"/gateway/{ID}{rest}"))
    assert route is not None
    assert (route.ask, route.name, route.target) == (ask, name, DirectTarget(ID))


@pytest.mark.parametrize("segment", ["%", "%Z1", "a%2", "%ff", "%C3"])
def test_a_broken_escape_is_refused(segment: str) -> None:
    with pytest.raises(ActorError) as caught:
        route_of(scope(f"/gateway/{ID}/action/{segment}"))
    assert caught.value.name == "envoy.fetch_failed"


@pytest.mark.parametrize(
    "path", ["/gateway", "/gateway/", "/gateway//x", "/gateway/@t/x", f"/gateway/{ID}@/x"]
)
def test_what_is_no_gateway_path(path: str) -> None:
    assert route_of(scope(path)) is None


def test_a_query_target_has_its_key_and_leaves_the_rest_of_the_query() -> None:
    query = "x=%20y&rvt-namespace=default&rvt-method=get&rvt-key=a%2Fb,c&rvt-token=t&z"
    route = route_of(scope("/gateway/room/request/p", query))
    assert route is not None
    assert (route.key, route.query, route.path, route.token) == ("a\\/b/c", "x=%20y&z", "/request/p", "t")


def test_a_key_over_the_limit_is_refused() -> None:
    with pytest.raises(ActorError) as caught:
        route_of(scope("/gateway/room/health", f"rvt-namespace=default&rvt-method=get&rvt-key={'k' * 2000}"))
    assert caught.value.name == "actor.key_too_large"


def test_a_root_path_is_no_part_of_the_path() -> None:
    assert raw_path(scope("/prefix/gateway/x", root_path="/prefix")) == "/gateway/x"
    assert raw_path({"path": "/gateway/ä b", "query_string": b""}) == "/gateway/%C3%A4%20b"


def test_a_url_is_what_the_client_sent() -> None:
    assert url_of(raw_path(scope("/gateway/x")), "") == "/gateway/x"
    assert url_of("/actors/x", "namespace=default") == "/actors/x?namespace=default"
