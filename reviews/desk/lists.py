"""What all lists of the desk share: no odd lookups, and rows that no form changes."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.utils.html import format_html


class PlainLookups(ModelAdmin):
    """A list whose address takes no regular expression: a broken one is an error in SQLite.

    `list_name` is what the list is called everywhere, where that is not the name of its rows.
    """

    list_name = ""
    # On a phone, where each row is a card, what is empty is left out.
    empty_value_display = format_html('<span class="desk-none">{}</span>', "–")

    def is_list(self, request: HttpRequest) -> bool:
        """Whether a request asks for this list, as against one row or another model's list."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_changelist"
        return bool(request.resolver_match and request.resolver_match.url_name == name)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list, under its one name."""
        return super().changelist_view(request, {**self._named(), **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A row's form, which leads back to the list by its one name."""
        context = {**self._named(), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _named(self) -> dict[str, Any]:
        return {"list_name": self.list_name or self.opts.verbose_name_plural}

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
