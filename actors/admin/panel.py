"""ActorPanel: on the change page of a project's model, the actor of the object. To look at only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from actors.admin.values import inspector_link, moment, shown_state
from actors.api.actor import Actor
from actors.gateway.permissions import VIEW, may
from actors.models import Actor as ActorRow
from actors.protocol.keys import serialize_key
from actors.status import derived_status

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ActorPanel(ModelAdmin):
    """A mixin for a `ModelAdmin`. `actor_class` and `actor_key` say which actor an object has.

    It reads rows: nothing is woken, and nothing made. Whoever may not look at actors does not see it.
    """

    actor_class: ClassVar[type[Actor]]

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("actors/admin.css",)}

    def actor_key(self, obj: Any) -> Sequence[str]:
        """The key of the object's actor; unless you say otherwise, its primary key."""
        return (str(obj.pk),)

    def actor_owners(self, keys: Sequence[Sequence[str]]) -> Iterable[Any]:
        """The objects whose actors may have these keys: `actor_key` backwards, in one look-up.

        For the dashboard's list, which asks `actor_key` of each before it believes it.
        """
        field = self.model._meta.pk
        found: Iterable[Any] = self.model._default_manager.filter(
            pk__in=[key[0] for key in keys if _fits(field, key[0])]
        )
        return found

    @admin.display(description="actor")
    def actor_panel(self, obj: Any) -> str:
        key = serialize_key(tuple(self.actor_key(obj)))
        rows = ActorRow.objects.filter(name=self.actor_class.__blueprint__.name, key=key, destroyed_at=None)
        actor = rows.defer("input").annotate(status=derived_status()).first()
        if actor is None:
            return "None yet: it is made by its first call."
        return format_html("<table>{}</table>", format_html_join("", _ROW, _told(actor)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), "actor_panel"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The panel is a field set of its own."""
        return [name for name in super().get_fields(request, obj) if name != "actor_panel"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        given = list(super().get_fieldsets(request, obj))
        if obj is None or not may(request.user, VIEW):
            return given
        return [*given, ("Actor", {"fields": ("actor_panel",)})]


def _fits(field: Any, text: str) -> bool:
    """Whether it can be a value of the field."""
    try:
        field.run_validators(field.to_python(text))
    except ValidationError:
        return False
    return True


_ROW = "<tr><th>{}</th><td>{}</td></tr>"


def _told(actor: Any) -> Iterator[tuple[str, str]]:
    yield "Type and key", str(actor)
    yield "Status", actor.status
    if actor.error:
        yield "Last error", actor.error_name
    yield "Created", moment(actor.created_at)
    yield "Awake since", moment(actor.connectable_at)
    yield "Asleep since", moment(actor.slept_at)
    yield "State", shown_state(actor.pk)
    yield "", inspector_link(actor.pk)
