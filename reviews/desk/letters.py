"""The outbox: what waits, what was sent, what failed and why."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest

from reviews import clock
from reviews.desk.forms import EmptyForm
from reviews.desk.verb_pages import VerbAdmin
from reviews.mail import outbox
from reviews.models import Letter
from reviews.text.days import moment

# How a letter stands; the failed ones are listed first.
FAILED, WAITS, SENT = "failed", "waits", "sent"
_STANDING = Case(
    When(sent_at__isnull=False, then=Value(SENT)),
    When(fault="", unsure__lt=outbox.MOST_UNSURE, then=Value(WAITS)),
    default=Value(FAILED),
)
_ORDER = Case(When(standing=FAILED, then=0), When(standing=WAITS, then=1), default=2)


def _again(request: HttpRequest, letter: Letter) -> str:
    outbox.send_again(letter)
    outbox.hurry()
    letter.refresh_from_db()
    if letter.sent_at:
        return "Sent."
    return "It will be sent with the next letters, within minutes; if it fails, this page says why."


class StandingFilter(admin.SimpleListFilter):
    """Those that failed, wait or were sent."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each way in which a letter stands."""
        return [(FAILED, "failed"), (WAITS, "waits"), (SENT, "sent")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that stand so."""
        return queryset.filter(standing=self.value()) if self.value() else queryset


@admin.register(Letter)
class LetterAdmin(VerbAdmin):
    """Letters: run_due sends them, and tries again what failed; a manager sends one once more."""

    list_display = ["__str__", "standing", "to", "fault", "tries", "made_at"]
    list_filter = [StandingFilter, "kind"]
    list_select_related = ["person"]
    search_fields = ["to", "person__username", "person__first_name", "person__last_name"]
    verbs = {"again": (EmptyForm, _again)}
    page_template = "admin/reviews/letter/page.html"

    @admin.display(description="standing", ordering=_ORDER)
    def standing(self, letter: Letter) -> str:
        """How it stands, in words."""
        return standing_of(letter)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        """With how each stands."""
        return Letter.objects.annotate(standing=_STANDING)

    def get_ordering(self, request: HttpRequest) -> Any:
        """What failed first, then the newest."""
        return [_ORDER, F("pk").desc()]

    def context(self, request: HttpRequest, row: Letter, bound: dict[str, forms.Form]) -> Any:
        """How it stands, and what it tells of."""
        return {
            "standing": standing_of(row),
            "may_have_arrived": row.unsure >= outbox.MOST_UNSURE,
            "told": row.notifications.order_by("pk").values_list("reason", flat=True),
        }


def standing_of(letter: Letter) -> str:
    """How a letter stands: sent, failed, or when it is tried."""
    if letter.sent_at:
        return f"sent on {moment(letter.sent_at, clock.zone())}"
    if letter.unsure >= outbox.MOST_UNSURE:
        return "failed: sending was broken off twice, so it may have arrived"
    again = moment(letter.next_try_at, clock.zone())
    return f"failed; tried again on {again}" if letter.fault else f"waits; tried on {again}"
