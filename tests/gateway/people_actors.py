"""An actor that says whom it sees."""

from __future__ import annotations

from typing import Any

from actors import Actor, ConnectRequest, Request, action


class Portrait(Actor, name="portrait"):
    """Everything that it is shown of a person."""

    state: list[str]

    def on_before_connect(self, request: ConnectRequest) -> None:
        self.state.append(name_of(request.user))

    @action
    async def who(self) -> list[Any]:
        return [name_of(self.conn.user), self.conn.session is not None]

    @action(readonly=True)
    def seen(self) -> list[str]:
        return self.state

    async def on_request(self, request: Request) -> list[Any]:
        """What `conn` says and what Django's own request says."""
        django: Any = request.django
        people = [self.conn.user, django.user, await django.auser()]
        sessions = [self.conn.session, getattr(django, "session", None)]
        return [[name_of(user) for user in people], [session is not None for session in sessions]]


def name_of(user: Any) -> str:
    """The first part of a test user's name."""
    return str(user.get_username()).partition("-")[0] or "nobody"
