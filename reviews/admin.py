"""The review desk, the page records and the people, in the admin.

Views load and authorise, validate by a form, call one verb, redirect; they hold no rule.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from csp.decorators import csp
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from reviews import clock, reading, workflow
from reviews.diff import comparison
from reviews.forms import (
    CancelForm,
    ConfirmForm,
    EmptyForm,
    ReaffirmForm,
    ReasonForm,
    SignForm,
    WithdrawForm,
)
from reviews.models import Edition, Event, License, Reviewer, SignOff, Subject, Submission
from reviews.reviewable import Signature, Signer, draft_of, model_of

admin.site.unregister(Group)
admin.site.unregister(User)

# The preview is the public page in a frame of the desk: no script, no form, no way out of it.
PREVIEW_POLICY = {
    **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}


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


class VerbAdmin(ReadOnlyAdmin):
    """A page with verbs: each is a POST to an address of its own, outside any transaction."""

    # Verb's last part of the address -> its form and what it does with the row and cleaned fields.
    verbs: dict[str, tuple[type[forms.Form], Callable[..., str]]] = {}
    page_template = ""

    def get_urls(self) -> list[Any]:
        names = (self.opts.app_label, self.opts.model_name)
        own = [
            path(
                f"<str:pk>/{verb}/",
                self.admin_site.admin_view(self._verb_view(verb)),
                name="{}_{}_{}".format(*names, verb.replace("-", "_")),
            )
            for verb in self.verbs
        ]
        return [*own, *super().get_urls()]

    def _verb_view(self, verb: str) -> Callable[[HttpRequest, str], HttpResponse]:
        form_class, act = self.verbs[verb]

        def view(request: HttpRequest, pk: str) -> HttpResponse:
            row = self.load(request, pk)
            if request.method != "POST":
                # Somebody opened a refused form's address again: show them the page.
                return redirect(row)
            form = form_class(request.POST, auto_id=_ids(verb))
            if form.is_valid():
                try:
                    done = act(request, row, **form.cleaned_data)
                except workflow.NotAllowed as refusal:
                    form.add_error(None, str(refusal))
                else:
                    messages.success(request, done)
                    return redirect(row)
            response = self.page(request, row, {verb: form})
            response.status_code = 422
            return response

        return view

    def load(self, request: HttpRequest, pk: str) -> Any:
        """The row, or 404; PermissionDenied to whoever may not see it."""
        field = self.opts.pk
        try:
            row = get_object_or_404(self.get_queryset(request), pk=field.to_python(pk))
        except forms.ValidationError:
            row = get_object_or_404(self.get_queryset(request).none())
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one row; its verbs are POSTs elsewhere."""
        row = self.load(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.page(request, row, {})

    def page(self, request: HttpRequest, row: Any, bound: dict[str, forms.Form]) -> HttpResponse:
        """The page with its forms, those in `bound` as they were sent."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            "refused": [
                message
                for form in bound.values()
                for message in [*form.non_field_errors(), *_damage(form)]
            ],
            **self.context(request, row, bound),
        }
        response = TemplateResponse(request, self.page_template, context)
        response["Cache-Control"] = "no-store"
        return response

    def context(self, request: HttpRequest, row: Any, bound: dict[str, forms.Form]) -> Any:
        raise NotImplementedError


def _ids(verb: str, row: object = "") -> str:
    """The pattern of a form's ids, so that several forms on one page do not share any."""
    return f"{verb}{row}-%s"


def _damage(form: forms.Form) -> list[str]:
    """What a person is told where a field that they cannot see does not hold."""
    if any(field.errors for field in form.hidden_fields()):
        return ["This form is damaged. Open the page again."]
    return []


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user


def _proof(request: HttpRequest, password: str) -> workflow.Credentials:
    return workflow.Credentials(request, password)


def _after_signing(request: HttpRequest) -> None:
    """A new session key: one that was overheard before is worth nothing now."""
    request.session.cycle_key()


# --- A submission


def _sign(request: HttpRequest, submission: Submission, password: str, **fields: Any) -> str:
    signed = workflow.sign_off(
        submission, by=_user(request), proof=_proof(request, password), **fields
    )
    _after_signing(request)
    if signed.effective_at > signed.signed_at:
        when = signed.effective_at.astimezone(clock.zone())
        return f"Signed. It takes effect on {when:%B %-d, %Y, %-I:%M %p}."
    if signed.rests_on is not None:
        kept = signed.rests_on.signed_on
        return (
            "Signed as a correction. Patients now read these words; the last full review stays "
            f"the one of {kept:%B %-d, %Y}."
        )
    return "Signed. Patients now read these words, under your name and today’s date."


def _request_changes(request: HttpRequest, submission: Submission, reason: str) -> str:
    workflow.request_changes(submission, by=_user(request), reason=reason)
    return "Sent back. The authors see your reason on the draft."


def _take_back(request: HttpRequest, submission: Submission) -> str:
    workflow.take_back(submission, by=_user(request))
    return "Taken back. What patients read has not changed."


@admin.register(Submission)
class SubmissionAdmin(VerbAdmin):
    """The review desk."""

    list_display = [
        "page_title",
        "edition_number",
        "status",
        "submitted_by",
        "submitted_at",
        "reviewer",
    ]
    list_filter = ["status"]
    list_select_related = ["edition__submitted_by", "reviewer"]
    verbs = {
        "sign": (SignForm, _sign),
        "request-changes": (ReasonForm, _request_changes),
        "take-back": (EmptyForm, _take_back),
    }
    page_template = "admin/reviews/submission/page.html"

    @admin.display(description="page")
    def page_title(self, submission: Submission) -> str:
        """The page's name as frozen."""
        return submission.edition.title

    @admin.display(description="edition")
    def edition_number(self, submission: Submission) -> int:
        """The edition's number."""
        return submission.edition.number

    @admin.display(description="submitted by")
    def submitted_by(self, submission: Submission) -> str:
        """Who put it forward."""
        return _name(submission.edition.submitted_by)

    @admin.display(description="submitted", ordering="edition")
    def submitted_at(self, submission: Submission) -> Any:
        """When it was frozen."""
        return submission.edition.frozen_at

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With what the page shows."""
        return Submission.objects.select_related(
            "edition__submitted_by", "edition__subject", "subject", "note", "reason", "reviewer"
        )

    def get_urls(self) -> list[Any]:
        """The verbs, and the page as patients will see it."""
        preview = path(
            "<int:pk>/preview/",
            self.admin_site.admin_view(self.preview),
            name="reviews_submission_preview",
        )
        return [preview, *super().get_urls()]

    def context(self, request: HttpRequest, row: Submission, bound: dict[str, forms.Form]) -> Any:
        """What changed, the forms, and for each verb why not."""
        user = _user(request)
        signed = _signed(row)
        against = signed.against if signed else workflow.in_force(row.subject, clock.now())
        model = model_of(row.subject.kind)
        document = row.edition.document
        before = model.parts(against.edition.document) if against else []
        sign = bound.get("sign") or SignForm(
            initial={"digest": row.edition.digest, "against": against and against.pk},
            auto_id=_ids("sign"),
        )
        draft = draft_of(row.subject)
        return {
            "submission": row,
            "edition": row.edition,
            "signed": signed,
            "against": against,
            "diff": comparison.compare(before, model.parts(document)),
            "authors": [_name(one.user) for one in row.edition.author_rows.select_related("user")],
            "sign_form": sign,
            "reason_form": bound.get("request-changes")
            or ReasonForm(auto_id=_ids("request-changes")),
            "take_back_form": bound.get("take-back") or EmptyForm(),
            "attestations": workflow.ATTESTATIONS,
            "disclosure": workflow.DISCLOSURE if workflow.must_disclose(row.edition, user) else "",
            "why_not_sign": workflow.why_not(workflow.may_sign_off, row, by=user),
            "why_not_correct": workflow.why_not(workflow.may_correct, row, by=user),
            "why_not_request": workflow.why_not(workflow.may_request_changes, row, by=user),
            "why_not_take_back": workflow.why_not(workflow.may_take_back, row, by=user),
            "hosts": model.hosts(document),
            "draft_url": draft and _draft_url(request, draft),
        }

    @method_decorator([never_cache, xframe_options_sameorigin, csp(PREVIEW_POLICY)])
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The edition exactly as patients will see it once this reader signs it today."""
        submission = self.load(request, str(pk))
        document = submission.edition.document
        model = model_of(submission.subject.kind)
        at = clock.now()
        html = model.render(
            submission.edition,
            _signature(submission, _user(request), request.GET.get("scope", "")),
            on=clock.local_date(at),
            live=reading.live_targets(submission.subject.kind, model.targets(document), at),
            related=reading.related_to(submission.edition, at),
        )
        response = HttpResponse(html)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response


def _signed(submission: Submission) -> SignOff | None:
    return (
        SignOff.objects.select_related(
            "edition", "reviewer", "rests_on__reviewer", "against__edition"
        )
        .filter(submission=submission)
        .first()
    )


def _signature(submission: Submission, user: User, scope: str) -> Signature | None:
    """What the review line says: the sign-off, or else one by this reader today.

    None, which the page says aloud, for a reader who may not sign.
    """
    signed = _signed(submission)
    if signed is not None:
        return reading.signature_of(signed)
    if workflow.why_not(workflow.may_sign_off, submission, by=user):
        return None
    reviewer, today = user.reviewer, clock.today()
    here = Signer(reviewer.printed_name, reviewer.credentials, today, reviewer.slug)
    same_physician = workflow.must_disclose(submission.edition, user)
    before = workflow.in_force(submission.subject, clock.now())
    if scope == SignOff.Scope.CORRECTION and before is not None:
        rests_on = reading.signature_of(before)
        return replace(
            rests_on,
            edition=submission.edition.number,
            correction=here,
            same_physician=rests_on.same_physician or same_physician,
        )
    interval = model_of(submission.subject.kind).review_interval(submission.edition.document)
    return Signature(
        edition=submission.edition.number,
        full_review=here,
        correction=None,
        relationship=reviewer.relationship,
        same_physician=same_physician,
        next_review_due=workflow.months_after(today, interval),
    )


def _draft_url(request: HttpRequest, draft: Any) -> str:
    opts = draft._meta
    if not request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
        return ""
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[draft.pk])


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


# --- A page's record


def _reaffirm(request: HttpRequest, subject: Subject, password: str, **fields: Any) -> str:
    workflow.reaffirm(subject, by=_user(request), proof=_proof(request, password), **fields)
    _after_signing(request)
    return "Reaffirmed. The words stay, and the date is today’s."


def _withdraw(request: HttpRequest, subject: Subject, reason: str, notice: str) -> str:
    public = workflow.in_force(subject, clock.now()) is not None
    workflow.withdraw(subject, by=_user(request), reason=reason, notice=notice)
    if not public:
        return "Withdrawn. What was waiting will not take effect."
    return "Withdrawn. Patients see the notice from now on."


def _cancel(request: HttpRequest, subject: Subject, reason: str, sign_off: int) -> str:
    row = subject.sign_offs.filter(pk=sign_off).first()
    if row is None:
        raise workflow.NotAllowed("There is no such sign-off of this page. Open the page again.")
    waited = row.effective_at > clock.now()
    workflow.cancel(row, by=_user(request), reason=reason)
    if waited:
        return "Cancelled. It will not take effect."
    return "Cancelled. What was signed before it counts again."


@admin.register(Subject)
class SubjectAdmin(VerbAdmin):
    """What is in force for each page, and everything that happened to it."""

    list_display = ["page_title", "in_force"]
    verbs = {
        "reaffirm": (ReaffirmForm, _reaffirm),
        "withdraw": (WithdrawForm, _withdraw),
        "cancel": (CancelForm, _cancel),
    }
    page_template = "admin/reviews/subject/page.html"

    @admin.display(description="page", ordering="title")
    def page_title(self, subject: Subject) -> str:
        """The name of its latest edition."""
        return str(getattr(subject, "title", subject))

    @admin.display(description="in force since")
    def in_force(self, subject: Subject) -> Any:
        """Since when what is public now counts."""
        return getattr(subject, "since", None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subject]:
        """Only pages that were submitted at least once."""
        editions = Edition.objects.filter(subject=OuterRef("pk")).order_by("-number")
        in_force = SignOff.objects.in_force(clock.now()).filter(subject=OuterRef("pk"))
        return Subject.objects.annotate(
            title=Subquery(editions.values("title")[:1]),
            since=Subquery(in_force.values("effective_at")[:1]),
        ).filter(title__isnull=False)

    def context(self, request: HttpRequest, row: Subject, bound: dict[str, forms.Form]) -> Any:
        """The sign-offs and events, the forms, and for each verb why not."""
        user, at = _user(request), clock.now()
        in_force = workflow.in_force(row, at)
        sign_offs = list(
            row.sign_offs.select_related("edition", "cancellation__reason").order_by("-pk")
        )
        digest = in_force.edition.digest if in_force else ""
        waiting = SignOff.objects.waiting(at).filter(subject=row).first()
        live = {one.pk for one in (in_force, waiting) if one is not None}
        draft = draft_of(row)
        return {
            "subject": row,
            "in_force": in_force,
            "overdue": in_force and in_force.is_overdue(clock.local_date(at)),
            "withdrawal": row.withdrawals.page().select_related("reason").order_by("-pk").first(),
            "waiting": waiting,
            "sign_offs": [
                {
                    "row": one,
                    "form": _cancel_form(one, bound.get("cancel")),
                    "why_not": one.pk not in live
                    or workflow.why_not(workflow.may_cancel, one, by=user),
                }
                for one in sign_offs
            ],
            "public_url": in_force and model_of(row.kind).public_url(in_force.edition.slug),
            "events": [_told(event) for event in row.events.order_by("-seq")[:100]],
            "submissions": row.submissions.select_related("edition"),
            "lost_reason": _lost_reason(bound.get("cancel"), sign_offs),
            "attestation": workflow.ATTESTATIONS[SignOff.Scope.FULL],
            "reaffirm_form": bound.get("reaffirm")
            or ReaffirmForm(initial={"digest": digest}, auto_id=_ids("reaffirm")),
            "withdraw_form": bound.get("withdraw") or WithdrawForm(auto_id=_ids("withdraw")),
            "why_not_reaffirm": workflow.why_not(workflow.may_reaffirm, row, by=user),
            "why_not_withdraw": workflow.why_not(workflow.may_withdraw, row, by=user),
            "draft_url": draft and _draft_url(request, draft),
        }


def _cancel_form(sign_off: SignOff, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("sign_off") == str(sign_off.pk):
        return bound
    return CancelForm(initial={"sign_off": sign_off.pk}, auto_id=_ids("cancel", sign_off.pk))


def _lost_reason(bound: forms.Form | None, sign_offs: list[SignOff]) -> str:
    """The reason typed on a form whose sign-off is not of this page: it has no place to stand."""
    if bound is None or bound.data.get("sign_off") in {str(one.pk) for one in sign_offs}:
        return ""
    return str(bound.data.get("reason", ""))


def _told(event: Event) -> dict[str, Any]:
    """An event in a reader's words: what, when, by whom."""
    said = event.said
    by = User.objects.filter(pk=said["by"]).first()
    return {
        "seq": event.seq,
        "what": event.kind.replace("_", " "),
        "at": datetime.fromisoformat(said["at"]),
        "by": _name(by) if by else "",
    }


# --- People


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
        if obj is not None and workflow.why_not(workflow.may_save_reviewer, obj, by=_user(request)):
            return False
        return super().has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A new profile is for somebody else."""
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.exclude(pk=_user(request).pk)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self) -> list[Any]:
        """Beside the profiles, the one of whoever is logged in."""
        mine = path("mine/", self.admin_site.admin_view(self.mine), name="reviews_reviewer_mine")
        return [mine, *super().get_urls()]

    def mine(self, request: HttpRequest) -> HttpResponse:
        """A physician reads their own profile as patients will, and confirms it."""
        reviewer = Reviewer.objects.filter(user=_user(request)).first()
        if reviewer is None:
            raise PermissionDenied
        form = ConfirmForm(request.POST if request.method == "POST" else None)
        refused = []
        if request.method == "POST" and form.is_valid():
            try:
                workflow.confirm_profile(reviewer, by=_user(request), **form.cleaned_data)
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
            "refused": refused or _damage(form),
            "confirmed": reviewer.confirmations.order_by("-pk").first(),
            "why_not": workflow.why_not(workflow.may_confirm_profile, reviewer, by=_user(request)),
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
        workflow.record_reviewer(form.instance, by=_user(request))


@admin.register(User)
class PeopleAdmin(PlainLookups, UserAdmin):
    """Accounts: managers make them and put them in groups; only a superuser makes superusers."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: people are made inactive, so that what they did keeps their name."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A manager changes nobody who has more rights than a manager."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights come from groups."""
        if request.user.is_superuser:
            return super().get_readonly_fields(request, obj)
        return [*super().get_readonly_fields(request, obj), "is_superuser", "user_permissions"]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The chained audit trail, to read."""

    list_display = ["seq", "kind", "subject_id", "hash"]
    list_filter = ["kind"]
    ordering = ["-seq"]
