"""ErrorKind: what the table says of one error. Holds data, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

INTERNAL_MESSAGE: Final = "An internal error occurred"


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row. `message` is a template over the metadata; `hint` tells a person what to do.

    `status` holds on actor routes and at the gateway, `status_api` on the management API.
    `public` lets message and metadata leave the platform. `retried_by_client` marks codes on which
    the official client repeats the call by itself.
    """

    message: str
    hint: str
    status: int = 500
    status_api: int = 400
    public: bool = True
    retried_by_client: bool = False
