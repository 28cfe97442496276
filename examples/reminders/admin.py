"""The page of a user in the admin shows that user's reminders, as far as they are stored under the name."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet

from actors.admin import ActorPanel
from examples.reminders.actors import Reminders


class PersonAdmin(ActorPanel, UserAdmin):  # type: ignore[type-arg]
    actor_class = Reminders

    def actor_key(self, obj: User) -> list[str]:
        return [obj.username]

    def actor_owners(self, keys: Sequence[Sequence[str]]) -> QuerySet[User]:
        return User.objects.filter(username__in=[key[0] for key in keys])


admin.site.unregister(User)
admin.site.register(User, PersonAdmin)
