"""Endpoints beyond the golden vectors."""

from __future__ import annotations

import pytest

from actors.errors import ActorError
from actors.protocol.endpoint import join_url, parse_endpoint


def test_an_endpoint_keeps_port_and_base() -> None:
    endpoint = parse_endpoint("https://ns:tok@host:8443/base/")
    assert (endpoint.url, endpoint.namespace, endpoint.token) == ("https://host:8443/base/", "ns", "tok")


@pytest.mark.parametrize("text", ["", "//host", "http://", "http://[::1", "http://host:port"])
def test_what_is_no_url_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ActorError) as caught:
        parse_endpoint(text)
    assert caught.value.name == "config.invalid"


def test_urls_below_an_endpoint_keep_its_base_and_escape_parameters() -> None:
    url = join_url("http://host/base/", "/actors?name=a", {"namespace": "n s", "key": "a/b"})
    assert url == "http://host/base/actors?name=a&namespace=n%20s&key=a%2Fb"
