"""The chained audit trail, to read."""

from django.contrib import admin

from reviews.desk.lists import ReadOnlyAdmin
from reviews.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The chained audit trail, to read."""

    list_display = ["seq", "kind", "subject_id", "hash"]
    list_filter = ["kind"]
    ordering = ["-seq"]
