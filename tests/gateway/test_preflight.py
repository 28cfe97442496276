"""OPTIONS on routes whose actor only later headers name: browsers ask without them."""

from __future__ import annotations

import httpx


async def test_a_preflight_of_a_raw_request_by_headers_is_answered(http: httpx.AsyncClient) -> None:
    asked = {"origin": "https://a.example", "access-control-request-headers": "x-rivet-target"}
    for path in ("/request", "/request/abc"):
        response = await http.options(path, headers=asked)
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["access-control-allow-origin"] == "https://a.example"
        assert response.headers["access-control-allow-headers"] == "x-rivet-target"
