"""Physicians: their profiles and licenses, for managers; their own profile, for each of them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from reviews import workflow
from reviews.desk.forms import (
    ConfirmForm,
)
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import damage, user_of
from reviews.models import License, Reviewer


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

    def mine(self, request: HttpRequest) -> HttpResponse:
        """A physician reads their own profile as patients will, and confirms it."""
        reviewer = Reviewer.objects.filter(user=user_of(request)).first()
        if reviewer is None:
            raise PermissionDenied
        form = ConfirmForm(request.POST if request.method == "POST" else None)
        refused = []
        if request.method == "POST" and form.is_valid():
            try:
                workflow.confirm_profile(reviewer, by=user_of(request), **form.cleaned_data)
            except workflow.NotAllowed as refusal:
                refused = [str(refusal)]
            else:
                messages.success(request, "Confirmed. Patients can read these words.")
                return redirect("admin:reviews_reviewer_mine")
        context = {
            **self.admin_site.each_context(request),
            "title": "Your public profile",
            "reviewer": reviewer,
            "form": ConfirmForm(initial={"digest": workflow.profile_digest(reviewer)}),
            "refused": refused or damage(form),
            "confirmed": reviewer.confirmations.order_by("-pk").first(),
            "why_not": workflow.why_not(
                workflow.may_confirm_profile, reviewer, by=user_of(request)
            ),
        }
        response = TemplateResponse(
            request,
            "admin/reviews/reviewer/mine.html",
            context,
            status=422 if request.method == "POST" else 200,
        )
        response["Cache-Control"] = "no-store"
        return response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the licenses are saved too, record how the profile now stands."""
        super().save_related(request, form, formsets, change)
        workflow.record_reviewer(form.instance, by=user_of(request))
