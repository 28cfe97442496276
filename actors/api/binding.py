"""Which Transport the handles of this process use: bound once by the face, in `AppConfig.ready()`."""

from __future__ import annotations

from actors.api.transport import Transport
from actors.errors import error

_bound: list[Transport] = []


def bind_transport(transport: Transport | None) -> Transport | None:
    """Use `transport` from now on; None unbinds. Returns what was bound before, for tests to put back."""
    before = _bound[0] if _bound else None
    _bound[:] = [] if transport is None else [transport]
    return before


def bound_transport() -> Transport:
    """Raises config.invalid while nothing is bound."""
    if not _bound:
        raise error("config.invalid", reason="put 'actors' into INSTALLED_APPS and call django.setup() first")
    return _bound[0]
