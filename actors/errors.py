"""The one exception of the platform: `ActorError(group, code, message, metadata)`, as clients see it.

Every floor raises it through `error("group.code", ...)`; the doors answer with `sanitize(exc)`.
The codes stand in `actors.error_table`. Never imports Django, never logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from actors.error_table import INTERNAL_MESSAGE, KINDS, ErrorKind

ERRORS: Final[Mapping[str, ErrorKind]] = KINDS


class Missing(Enum):
    """The type of `MISSING`, which says "no value was given" where None is itself a value."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING

_UNLISTED: Final = ErrorKind(INTERNAL_MESSAGE, "", status=500, status_api=400, public=False)


class ActorError(Exception):
    """An error with an address: `group` and `code` for machines, `message` for people, `metadata` for both.

    `status` is the HTTP status on actor routes; `public` says whether message and metadata may leave
    the platform. Both come from the table unless given; a code that the table lacks is 500 and masked.
    """

    def __init__(
        self,
        group: str,
        code: str,
        message: str,
        metadata: Any = MISSING,
        *,
        public: bool | None = None,
    ) -> None:
        super().__init__(group, code, message, metadata)
        kind = ERRORS.get(f"{group}.{code}", _UNLISTED)
        self.group = group
        self.code = code
        self.message = message
        self.metadata = metadata
        self.status = kind.status
        self.public = kind.public if public is None else public

    @property
    def name(self) -> str:
        """The address, `"group.code"`: key of the table and reason of a websocket close."""
        return f"{self.group}.{self.code}"

    def payload(self) -> dict[str, Any]:
        """The wire form `{group, code, message[, metadata]}`, without metadata that is missing or None."""
        body: dict[str, Any] = {"group": self.group, "code": self.code, "message": self.message}
        if self.metadata is not MISSING and self.metadata is not None:
            body["metadata"] = self.metadata
        return body

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__.copy())


class UserError(ActorError):
    """What actor code raises for its caller: message, code and metadata reach the client unmasked."""

    def __init__(self, message: str, code: str = "user_error", metadata: Any = MISSING) -> None:
        super().__init__("user", code, message, metadata, public=True)


def error(name: str, message: str | None = None, /, **metadata: Any) -> ActorError:
    """The error `name` ("group.code") of the table, its message filled from `metadata`.

    `message` replaces the template where one code has several texts. Without metadata the field is
    missing. Raises KeyError for a name that the table lacks: that is a bug of the caller.
    """
    kind = ERRORS[name]
    group, _, code = name.partition(".")
    text = kind.message.format_map(_Fields(metadata)) if message is None else message
    return ActorError(group, code, text, metadata or MISSING)


def sanitize(exc: BaseException, expose: bool = False) -> ActorError:
    """What a client may see of `exc`: public errors as they are, others with message and metadata masked.

    Group and code of a masked ActorError stay; any other exception becomes `rivetkit.internal_error`.
    `expose` (DEBUG) keeps the texts. RivetKit: rivetkit-core/src/error.rs.
    """
    if not isinstance(exc, ActorError):
        text = f"{type(exc).__name__}: {exc}" if expose else INTERNAL_MESSAGE
        return ActorError("rivetkit", "internal_error", text)
    if exc.public or expose:
        return exc
    return ActorError(exc.group, exc.code, INTERNAL_MESSAGE)


def hint_of(err: ActorError) -> str:
    """What to do about it, from the table; empty for an error that is not in it."""
    return ERRORS.get(err.name, _UNLISTED).hint.removeprefix("Own. ")


def is_retried(err: ActorError) -> bool:
    """Whether the official client repeats the call on this error: never answer one once a handler started."""
    return err.name.startswith("actor.destroyed_") or ERRORS.get(err.name, _UNLISTED).retried_by_client


def api_status(exc: BaseException) -> int:
    """HTTP status of the management API (`/actors`, `/namespaces`), which differs from actor routes.

    RivetKit: engine/packages/api-builder/src/error_response.rs.
    """
    if not isinstance(exc, ActorError):
        return 500
    return ERRORS.get(exc.name, _UNLISTED).status_api


class _Fields(dict[str, Any]):
    """Leaves an unfilled `{field}` of a template as it stands: an error must not fail while being made."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _rebuild(kind: type[ActorError], fields: dict[str, Any]) -> ActorError:
    """Unpickle: Celery carries errors between processes, and subclasses have other constructors."""
    err = kind.__new__(kind, fields["group"], fields["code"], fields["message"], fields["metadata"])
    err.__dict__.update(fields)
    return err
