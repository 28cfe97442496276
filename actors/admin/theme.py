"""What a theme that replaces Django's templates wants of our lists beyond them, where it is installed."""

from __future__ import annotations

from django.apps import apps
from django.contrib.admin.helpers import ActionForm
from django.utils.module_loading import import_string


def action_form() -> type[ActionForm]:
    """Of the menu of actions. Unfold shows its button only once its own menu has told that one is chosen."""
    if not apps.is_installed("unfold"):
        return ActionForm
    theirs: type[ActionForm] = import_string("unfold.forms.ActionForm")
    return theirs
