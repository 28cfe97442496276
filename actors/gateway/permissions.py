"""What a member of the staff may do with actors: Django's four permissions on the model Actor, at every door.

The management API, the inspector of an actor, the dashboard and the admin ask for these and for no others.
`ACTORS["INSPECTOR_READ_ONLY"]` leaves of all of them the first.
"""

from __future__ import annotations

from typing import Any, Final

from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.platform import current

VIEW: Final = "actors.view_actor"
ADD: Final = "actors.add_actor"
CHANGE: Final = "actors.change_actor"
DELETE: Final = "actors.delete_actor"
"""To look at all that an actor has, to make actors, to change something in one or its life, to end one."""


def may(user: Any, permission: str) -> bool:
    """Whether `user` may now, in this process. Permissions are rows: not to be asked on an event loop."""
    closed = permission != VIEW and current().config.inspector_read_only
    return not closed and bool(user.is_active and user.is_staff and user.has_perm(permission))


def check_writable(config: NodeConfig, permission: str) -> None:
    """Raises inspector.read_only where people may only look."""
    if permission != VIEW and config.inspector_read_only:
        raise error("inspector.read_only")
