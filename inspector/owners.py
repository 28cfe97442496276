"""Owners: rows of the project that have an actor, as their `ActorPanel` in the admin says. Both ways.

Whoever may not look at the rows of a model learns nothing about them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.urls import reverse

from actors.admin import ActorPanel
from actors.errors import error
from actors.protocol.keys import parse_key, serialize_key


@dataclass(frozen=True, slots=True)
class Owned:
    """The class and the serialized key of the actor that a row has."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A row of the project: what it is called, and its page in the admin."""

    label: str
    url: str


def models(user: Any) -> list[str]:
    """Labels of the models whose rows have actors, as `auth.user`, as far as `user` may look at them."""
    return [panel.opts.label_lower for panel in _panels(user)]


def owned_by(user: Any, owner: str) -> Owned:
    """The actor of `owner`, which is `app.model/primary key`. Raises inspector.invalid_request."""
    label, _, key = owner.partition("/")
    for panel in _panels(user):
        if panel.opts.label_lower == label.lower():
            return _owned(panel, _row(panel, key))
    raise _wrong(f"there is no model {label!r} whose rows have actors, or you may not look at them")


def owners_of(user: Any, actors: Sequence[Any]) -> dict[str, Owner]:
    """Who of the project has these actors, by their ids: one look-up for each model."""
    found: dict[str, Owner] = {}
    for panel in _panels(user):
        name = panel.actor_class.__blueprint__.name
        mine = {actor.key: actor.pk for actor in actors if actor.name == name}
        for row in panel.actor_owners([parts for key in mine if (parts := parse_key(key))]):
            actor_id = mine.get(_owned(panel, row).key)
            if actor_id is not None:
                found[actor_id] = _told(panel, row)
    return found


def _panels(user: Any) -> Iterator[Any]:
    for model, of_model in admin.site._registry.items():
        permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
        if isinstance(of_model, ActorPanel) and user.has_perm(permission):
            yield of_model


def _row(panel: Any, key: str) -> Any:
    try:
        return panel.model._default_manager.get(pk=key)
    except (ObjectDoesNotExist, ValidationError, ValueError, OverflowError) as exc:
        raise _wrong(f"{panel.opts.label_lower} has no row {key!r}") from exc


def _owned(panel: Any, row: Any) -> Owned:
    return Owned(panel.actor_class.__blueprint__.name, serialize_key(tuple(panel.actor_key(row))))


def _told(panel: Any, row: Any) -> Owner:
    url = reverse(f"admin:{panel.opts.app_label}_{panel.opts.model_name}_change", args=[row.pk])
    return Owner(f"{panel.opts.verbose_name} {row}", url)


def _wrong(reason: str) -> Exception:
    return error("inspector.invalid_request", field="owner", reason=reason)
