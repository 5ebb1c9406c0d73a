"""Physicians: their profiles and licenses, for managers; their own profile, for each of them."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from reviews import workflow
from reviews.desk.forms import (
    ConfirmForm,
    RenewForm,
)
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import answer, carried_out, refusals, tell_odd_names, user_of
from reviews.mail import outbox
from reviews.models import License, Person, Reviewer, odd_names


def _confirm(request: HttpRequest, reviewer: Reviewer, **fields: Any) -> str:
    workflow.confirm_profile(reviewer, by=user_of(request), **fields)
    return "Confirmed. Patients can read these words."


def _renew(request: HttpRequest, **fields: Any) -> str:
    workflow.renew(by=user_of(request), **fields)
    return "Renewed. It counts from now on."


class LicenseInline(admin.TabularInline):
    """A physician's licenses."""

    model = License
    extra = 0
    can_delete = False


@admin.register(Reviewer)
class ReviewerAdmin(PlainLookups):
    """Physicians' profiles: managers only, and every change is an event."""

    list_display = ["printed_name", "credentials", "is_active"]
    inlines = [LicenseInline]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: people with evidence are made inactive."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Reviewer | None = None) -> list[str]:
        """A profile stays with its person, and its address with the profile."""
        return ["user", "slug"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Reviewer | None = None) -> Any:
        """The address is proposed while it can still be chosen."""
        return {} if obj else {"slug": ["printed_name"]}

    def has_change_permission(self, request: HttpRequest, obj: Reviewer | None = None) -> bool:
        """Of a profile that stands: who `may_save_reviewer`."""
        if obj is not None and workflow.why_not(
            workflow.may_save_reviewer, obj, by=user_of(request)
        ):
            return False
        return super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A new profile is for somebody else."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.exclude(pk=user_of(request).pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self) -> list[Any]:
        """Beside the profiles, the one of whoever is logged in."""
        mine = path("mine/", self.admin_site.admin_view(self.mine), name="reviews_reviewer_mine")
        return [mine, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what in the names passes for other letters."""
        reviewer: Reviewer | None = context["original"]
        if reviewer is not None:
            context["odd_names"] = odd_names(reviewer.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def mine(self, request: HttpRequest) -> HttpResponse:
        """A physician reads their own profile as patients will, and confirms it."""
        reviewer = Reviewer.objects.filter(user=user_of(request)).first()
        if reviewer is None:
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else None
        renews = sent is not None and "license" in sent
        form = RenewForm(reviewer, sent) if renews else ConfirmForm(sent)
        act = partial(_renew, request) if renews else partial(_confirm, request, reviewer)
        if done := carried_out(form, act):
            messages.success(request, done)
            return redirect("admin:reviews_reviewer_mine")
        context = {
            **self.admin_site.each_context(request),
            "title": "Your public profile",
            "reviewer": reviewer,
            "form": ConfirmForm(initial={"digest": workflow.profile_digest(reviewer)}),
            "renewals": [
                form
                if renews and form.data.get("license") == str(license.pk)
                else RenewForm(
                    reviewer, initial={"license": license}, auto_id=f"renew{license.pk}-%s"
                )
                for license in reviewer.licenses.order_by("state")
            ],
            "waiting": [
                workflow.why_it_waits(claim) for claim in Person.of(user_of(request)).waiting
            ],
            "refused": refusals(form),
            "confirmed": reviewer.confirmations.order_by("-pk").first(),
            "why_not": workflow.why_not(
                workflow.may_confirm_profile, reviewer, by=user_of(request)
            ),
        }
        return answer(request, "admin/reviews/reviewer/mine.html", context, form)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Note how the profile stood, under the lock."""
        form.before = workflow.standing_of(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the licenses are saved too, record how the profile now stands."""
        super().save_related(request, form, formsets, change)
        workflow.record_reviewer(form.instance, by=user_of(request), before=form.before)
        tell_odd_names(request, form.instance.user)
        outbox.hurry()
