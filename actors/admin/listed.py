"""Listed: what all pages of the platform in the admin have in common. To look at only; whoever installs the
inspector gets the same with actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest

from actors.admin.changelist import KeysetChangeList
from actors.admin.theme import action_form
from actors.gateway.permissions import VIEW, may
from actors.keyset import Order

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class Listed(ModelAdmin):
    """A page to look at, by whoever may look at actors: a write past the generation check would corrupt."""

    keyset: ClassVar[Order]
    """The index that the list walks, page by page."""
    note: ClassVar[str] = ""
    """What people have to know of the list, above it."""

    list_per_page = 100
    sortable_by = ()
    actions: Any = None
    action_form: ClassVar[type[ActionForm]] = action_form()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/actors/change_list.html"

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("actors/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, VIEW)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return may(request.user, VIEW)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
