"""Physicians: their profiles and licenses, for managers; their own profile, for each of them."""

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from reviews import clock, workflow
from reviews.desk.forms import (
    AwayForm,
    ConfirmForm,
    EndForm,
    PasswordForm,
    RenewForm,
)
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import (
    answer,
    carried_out,
    ids,
    proof_of,
    refusals,
    tell_odd_names,
    user_of,
)
from reviews.mail import outbox
from reviews.models import REVIEW_WITHIN, License, Person, Reviewer, SignOff, Subject, odd_names


def _confirm(request: HttpRequest, reviewer: Reviewer, **fields: Any) -> str:
    workflow.confirm_profile(reviewer, by=user_of(request), **fields)
    return "Confirmed. Patients can read these words."


def _renew(request: HttpRequest, **fields: Any) -> str:
    workflow.renew(by=user_of(request), **fields)
    return "Renewed. It counts from now on."


def _end(request: HttpRequest, reviewer: Reviewer, password: str, pages: Any, **fields: Any) -> str:
    proof = proof_of(request, password)
    workflow.end_reviewer(reviewer, by=user_of(request), proof=proof, seen=pages, **fields)
    outbox.hurry()
    held, kept = len(fields["hold"]), len(pages) - len(fields["hold"])
    return f"{reviewer} reviews pages here no longer. Pages kept: {kept}; held: {held}."


def _bring_back(request: HttpRequest, reviewer: Reviewer, password: str) -> str:
    workflow.bring_back(reviewer, by=user_of(request), proof=proof_of(request, password))
    outbox.hurry()
    return f"{reviewer} is back. They can sign once another manager has confirmed it."


def _away(request: HttpRequest, reviewer: Reviewer, **fields: Any) -> str:
    said = workflow.go_away(reviewer, by=user_of(request), **fields)
    return f"Saved. {said.stand_in} stands in on these days."


def _come_back(request: HttpRequest, reviewer: Reviewer) -> str:
    workflow.come_back(reviewer, by=user_of(request))
    return "Saved. What is asked goes to the physician again."


class LicenseInline(admin.StackedInline):
    """A physician's licenses."""

    model = License
    extra = 0
    can_delete = False


def _pages(rows: list[SignOff], form: EndForm, at: datetime) -> list[dict[str, Any]]:
    """What the screen says of each page that rests on somebody, with its box."""
    latest = clock.local_date(at) + REVIEW_WITHIN
    boxes = {str(box.data["value"]): box for box in form["hold"]}
    return [
        {
            "row": row,
            "box": boxes[str(row.subject_id)],
            "waits": row.waits(at),
            "sooner": latest if latest < row.due else None,
            "url": Subject(pk=row.subject_id).get_absolute_url(),
        }
        for row in rows
    ]


def _away_context(reviewer: Reviewer, by: User) -> dict[str, Any]:
    """When a physician is away, and the form to say so."""
    urls = {
        f"{name}_url": reverse(f"admin:reviews_reviewer_{verb}", args=[reviewer.pk])
        for name, verb in (("away", "away"), ("back", "come_back"))
    }
    return {
        **urls,
        "absence": workflow.absence_of(reviewer, clock.today()),
        "away_form": AwayForm(reviewer, auto_id=ids("away")),
        "why_not_away": workflow.why_not(workflow.may_be_away, reviewer, by=by),
    }


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
        if obj is None:
            return []
        # Who went comes back by a verb, so that their pages are told too.
        gone = workflow.departure_of(obj) is not None
        return ["user", "slug", *["is_active"] * gone]

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
        of_one = {
            "end": self.end_view,
            "bring-back": self.bring_back_view,
            "away": self.away_view,
            "come-back": self.come_back_view,
        }
        own = [
            path(
                f"<int:pk>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"reviews_reviewer_{verb.replace('-', '_')}",
            )
            for verb, view in of_one.items()
        ]
        return [mine, *own, *super().get_urls()]

    def _load(self, request: HttpRequest, pk: int, *, own: bool = False) -> Reviewer:
        """A profile for who may see it, or with `own` is it; 404, or PermissionDenied."""
        reviewer = get_object_or_404(Reviewer.objects.select_related("user"), pk=pk)
        is_own = own and reviewer.user_id == user_of(request).pk
        if not is_own and not self.has_view_permission(request, reviewer):
            raise PermissionDenied
        return reviewer

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that rests on a physician who goes, each page kept or held."""
        reviewer, at = self._load(request, pk), clock.now()
        if not self.has_change_permission(request, None):
            raise PermissionDenied
        rows = workflow.resting_on(reviewer, at)
        form = EndForm(rows, request.POST if request.method == "POST" else None)
        back = reverse("admin:reviews_reviewer_change", args=[reviewer.pk])
        if done := carried_out(form, partial(_end, request, reviewer)):
            messages.success(request, done)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"End {reviewer} as a reviewer",
            "reviewer": reviewer,
            "form": form,
            "pages": _pages(rows, form, at),
            "back": back,
            "refused": refusals(form),
            "why_not": workflow.why_not(workflow.may_end_reviewer, reviewer, by=user_of(request)),
        }
        return answer(request, "admin/reviews/reviewer/end.html", context, form)

    def bring_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A physician who went is back."""
        return self._verb(request, self._load(request, pk), PasswordForm, _bring_back)

    def away_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From when to when a physician is away."""
        reviewer = self._load(request, pk, own=True)
        return self._verb(request, reviewer, partial(AwayForm, reviewer), _away)

    def come_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A physician is not away."""
        return self._verb(request, self._load(request, pk, own=True), forms.Form, _come_back)

    def _verb(self, request: HttpRequest, reviewer: Reviewer, form: Any, act: Any) -> HttpResponse:
        """One POST of a form on a profile, by a manager or by the physician themselves."""
        own = reviewer.user_id == user_of(request).pk
        names = ("mine",) if own else ("change", reviewer.pk)
        page = redirect(f"admin:reviews_reviewer_{names[0]}", *names[1:])
        if request.method != "POST":
            return page
        bound = form(request.POST, auto_id=ids("away"))
        if done := carried_out(bound, partial(act, request, reviewer)):
            messages.success(request, done)
            return page
        context = {
            **self.admin_site.each_context(request),
            "title": str(reviewer),
            "form": bound,
            "back": page.url,
            "refused": refusals(bound),
        }
        return answer(request, "admin/reviews/reviewer/refused.html", context, bound)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what in the names passes for other letters."""
        reviewer: Reviewer | None = context["original"]
        if reviewer is not None:
            by = user_of(request)
            context |= {
                "odd_names": odd_names(reviewer.user),
                "missing": workflow.missing(reviewer, clock.now()),
                "gone": workflow.departure_of(reviewer),
                "why_not_end": workflow.why_not(workflow.may_end_reviewer, reviewer, by=by),
                "why_not_back": workflow.why_not(workflow.may_bring_back, reviewer, by=by),
                "back_form": PasswordForm(auto_id=ids("back")),
                **_away_context(reviewer, by),
            }
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
            **_away_context(reviewer, user_of(request)),
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
