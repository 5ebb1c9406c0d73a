"""Accounts: managers make them and put them in groups."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from reviews.desk.lists import PlainLookups

admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(PlainLookups, UserAdmin):
    """Accounts: managers make them and put them in groups; only a superuser makes superusers."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: people are made inactive, so that what they did keeps their name."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A manager changes nobody who has more rights than a manager."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights come from groups."""
        if request.user.is_superuser:
            return super().get_readonly_fields(request, obj)
        return [*super().get_readonly_fields(request, obj), "is_superuser", "user_permissions"]
