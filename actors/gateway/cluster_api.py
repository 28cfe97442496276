"""What RivetKit's dashboard asks about the whole: namespaces, datacenters, runners. There is one of each.

The answers have the engine's form, so that its pages open. Reads settings alone; nothing can be changed.
"""

from __future__ import annotations

from typing import Final

from actors.gateway.api_shapes import (
    DatacenterPage,
    Namespace,
    NamespacePage,
    Pagination,
    RunnerConfigPage,
    RunnerNamePage,
    RunnerPage,
)
from actors.gateway.auth import headers_of, text_header
from actors.gateway.records import ApiRequest, namespace_id
from actors.gateway.resolve import POOL

_ONE_PAGE: Final[Pagination] = {"cursor": None}
_DATACENTER: Final = "default"
_NORMAL: Final = {
    "drain_on_version_upgrade": True,
    "actor_eviction_delay": 0,
    "actor_eviction_period": 0,
    "actor_eviction_rate": 1.0,
}
_PROTOCOL: Final = 8
"""Of RivetKit's envoys, which 2.3.19 speaks: dashboards look whether it is new enough."""


async def namespaces(request: ApiRequest) -> NamespacePage:
    """`GET /namespaces`: the one that there is, unless another is asked for."""
    asked = request.query_anywhere("name", "namespace_id", "namespace_ids", "limit", "cursor")
    name = request.platform.config.namespace
    ours = {"namespace_id": namespace_id(name), "name": name}
    wanted = {field: value.split(",") for field, value in asked if field in ("name", "namespace_id")}
    shown = all(ours[field] in values for field, values in wanted.items())
    described: Namespace = {
        "namespace_id": ours["namespace_id"],
        "name": name,
        "display_name": name.capitalize(),
        "create_ts": 0,
    }
    return {"namespaces": [described] if shown else [], "pagination": _ONE_PAGE}


async def datacenters(request: ApiRequest) -> DatacenterPage:
    """`GET /datacenters`: this server, as the client has reached it."""
    request.query_anywhere()
    scope = request.http.scope
    url = f"{scope.get('scheme', 'http')}://{text_header(headers_of(scope), b'host') or ''}/"
    return {"datacenters": [{"label": 1, "name": _DATACENTER, "url": url}], "pagination": _ONE_PAGE}


async def runner_configs(request: ApiRequest) -> RunnerConfigPage:
    """`GET /runner-configs`: every node serves every class, which is one pool."""
    asked = request.query("runner_name", "runner_names", "variant", "limit", "cursor")
    names = {value for field, value in asked if field == "runner_name"}
    pool = {"datacenters": {_DATACENTER: {"normal": _NORMAL, "protocol_version": _PROTOCOL}}}
    return {"runner_configs": {POOL: pool} if not names or POOL in names else {}, "pagination": _ONE_PAGE}


async def runners(request: ApiRequest) -> RunnerPage:
    """`GET /runners`: none beside the nodes."""
    request.query("name", "runner_id", "runner_ids", "include_stopped", "limit", "cursor")
    return {"runners": [], "pagination": _ONE_PAGE}


async def runner_names(request: ApiRequest) -> RunnerNamePage:
    """`GET /runners/names`."""
    request.query("limit", "cursor")
    return {"names": [], "pagination": _ONE_PAGE}
