"""What all lists of the desk share: no odd lookups, and rows that no form changes."""

from datetime import date, datetime
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest

from reviews import clock
from reviews.models import Overlay
from reviews.text.days import day


def where_it_stands(*, since: datetime | None, withdrawn_on: date | None, laid: str | None) -> str:
    """What patients read of a page, in a few words.

    `since` is from when the edition in force counts, or None; `laid` the kind of the newest
    overlay, or None.
    """
    if since is None:
        return f"withdrawn on {day(withdrawn_on)}" if withdrawn_on else "not public"
    public = f"public since {day(clock.local_date(since))}"
    if laid == Overlay.Kind.HOLD:
        return "held: patients read that it is being checked"
    return f"{public}; flagged" if laid == Overlay.Kind.FLAG else public


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
