"""The outbox, to read: what waits, what was sent, what failed and why."""

from django.contrib import admin

from reviews.desk.lists import ReadOnlyAdmin
from reviews.models import Letter


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """Letters: run_due sends them, and tries again what failed."""

    list_display = ["__str__", "to", "made_at", "sent_at", "tries", "fault"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person"]
    exclude = ["event"]
