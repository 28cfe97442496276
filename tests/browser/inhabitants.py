"""Actors of a test on a live site, reached over their doors."""

from __future__ import annotations

from uuid import uuid4

import httpx

from tests import web


class Inhabitant:
    """An actor of one test, reached over its door; it is made by its first action."""

    def __init__(self, url: str, name: str, action: str, *args: object, key: str = "") -> None:
        self.key = key or f"{name[:5]}/{uuid4().hex[:8]}"
        self._url, self._name = url, name
        self.id = self.act("getOrCreate", action, *args).headers["x-rivet-actor"]

    def act(self, method: str, action: str, *args: object) -> httpx.Response:
        query = {"rvt-namespace": "default", "rvt-method": method, "rvt-key": self.key}
        if method == "getOrCreate":
            query["rvt-runner"] = "default"
        door = f"{self._url}/gateway/{self._name}/action/{action}"
        answer = web.post(door, params=query, json={"args": args})
        return answer.raise_for_status()


class Counter(Inhabitant):
    """A counter at five."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "counter", "increment", 5)

    def add(self, amount: int) -> None:
        self.act("get", "increment", amount)
