"""Discovery: what an endpoint says of itself, and what becomes of clients that do not belong."""

from __future__ import annotations

from tests.clients.conftest import TOKEN, Drive
from tests.servers import LiveServer


def test_metadata(server: LiveServer, drive: Drive) -> None:
    seen = drive("metadata", server)
    assert seen["status"] == 200
    assert seen["type"].startswith("application/json")
    assert seen["body"]["version"].count(".") == 2
    assert seen["throughClient"] == 1
    assert seen["namespaceInUrl"] == 2


def test_an_actor_type_that_nobody_serves_is_an_error_at_once(server: LiveServer, drive: Drive) -> None:
    failed = drive("metadata", server)["unknownActor"]["error"]
    assert (failed["group"], failed["code"]) == ("actor", "not_registered")


def test_a_token_opens_every_door_and_its_lack_none(production: LiveServer, drive: Drive) -> None:
    seen = drive("token", production, TOKEN=TOKEN)
    assert (seen["overSocket"], seen["overHttp"], seen["byId"]) == (2, 5, 5)
    for refused in (seen["wrong"], seen["missing"]):
        assert (refused["error"]["group"], refused["error"]["code"]) == ("api", "forbidden")
    assert seen["socket"] == "forbidden"
