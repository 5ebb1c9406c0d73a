"""What all lists of the desk share: no odd lookups, and rows that no form changes."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest


class PlainLookups(ModelAdmin):
    """A list whose address takes no regular expression: a broken one is an error in SQLite."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return "regex" not in lookup and super().lookup_allowed(lookup, value, request)


class ReadOnlyAdmin(PlainLookups):
    """Rows that no form adds, changes or deletes, for superusers neither."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
