"""What waits for a second pair of eyes, for managers and physicians."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, Case, When
from django.http import HttpRequest

from reviews import clock, workflow
from reviews.desk.forms import EmptyForm
from reviews.desk.verb_pages import VerbAdmin, name_of, user_of
from reviews.mail import outbox
from reviews.models import NOT_COUNTING, Claim, Reviewer, odd_names


def _confirm(request: HttpRequest, claim: Claim) -> str:
    workflow.confirm(claim, by=user_of(request))
    return "Confirmed. It counts from now on."


def _object(request: HttpRequest, claim: Claim) -> str:
    workflow.object_to(claim, by=user_of(request))
    outbox.hurry()
    return "It does not count until a manager clears it. The managers are told by mail."


class StandingFilter(admin.SimpleListFilter):
    """Those that somebody should look at."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One choice beside all."""
        return [("waits", "does not count yet")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that do not count now."""
        return queryset.filter(counts_now=False) if self.value() == "waits" else queryset


@admin.register(Claim)
class ClaimAdmin(VerbAdmin):
    """Claims: confirmed by a third person who manages, or objected to."""

    list_display = ["__str__", "by", "at", "counts"]
    list_filter = [StandingFilter, "kind"]
    list_select_related = ["person", "by", "license"]
    ordering = ["-event"]
    verbs = {"confirm": (EmptyForm, _confirm), "object": (EmptyForm, _object)}
    page_template = "admin/reviews/claim/page.html"

    @admin.display(boolean=True, description="counts now")
    def counts(self, claim: Claim) -> bool:
        """Whether it counts now."""
        return bool(claim.counts_now)  # type: ignore[attr-defined]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With whether each counts now."""
        answered = Claim.objects.answered(clock.now())
        return answered.annotate(
            counts_now=Case(
                When(NOT_COUNTING, then=False), default=True, output_field=BooleanField()
            )
        )

    def context(self, request: HttpRequest, row: Claim, bound: dict[str, forms.Form]) -> Any:
        """Who asked, what was answered, and for each verb why not."""
        by, at = user_of(request), clock.now()
        profile = Reviewer.objects.filter(user=row.person_id).first()
        of_profile = row.kind in (Claim.Kind.PROFILE, Claim.Kind.LICENSE)
        return {
            "state": "It counts." if row.counts(at) else workflow.why_it_waits(row),
            "asker": row.by and name_of(row.by),
            "odd_names": odd_names(row.person),
            "address": row.person.email if by.has_perm("auth.view_user") else "",
            "profile": profile if of_profile else None,
            "licenses": profile.licenses.order_by("state") if profile and of_profile else [],
            "answers": row.answers.select_related("by").order_by("pk"),
            "why_not_confirm": workflow.why_not(workflow.may_confirm, row, by=by),
            "why_not_object": workflow.why_not(workflow.may_object, row, by=by),
        }
