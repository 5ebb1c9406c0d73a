"""The review desk: what a physician reads, signs or sends back."""

from dataclasses import replace
from typing import Any

from csp.decorators import csp
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from reviews import clock, workflow
from reviews.desk.forms import (
    EmptyForm,
    ReasonForm,
    SignForm,
)
from reviews.desk.verb_pages import (
    VerbAdmin,
    after_signing,
    draft_url,
    ids,
    name_of,
    proof_of,
    user_of,
)
from reviews.diff import comparison
from reviews.models import SignOff, Submission
from reviews.reading import at_address, proved, related
from reviews.reviewable import Signature, Signer, draft_of, model_of

# The preview is the public page in a frame of the desk: no script, no form, no way out of it.
PREVIEW_POLICY = {
    **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}


def _sign(request: HttpRequest, submission: Submission, password: str, **fields: Any) -> str:
    signed = workflow.sign_off(
        submission, by=user_of(request), proof=proof_of(request, password), **fields
    )
    after_signing(request)
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
    workflow.request_changes(submission, by=user_of(request), reason=reason)
    return "Sent back. The authors see your reason on the draft."


def _take_back(request: HttpRequest, submission: Submission) -> str:
    workflow.take_back(submission, by=user_of(request))
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
        return name_of(submission.edition.submitted_by)

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
        user = user_of(request)
        signed = _signed(row)
        against = signed.against if signed else workflow.in_force(row.subject, clock.now())
        model = model_of(row.subject.kind)
        document = row.edition.document
        before = model.parts(against.edition.document) if against else []
        sign = bound.get("sign") or SignForm(
            initial={
                "digest": row.edition.digest,
                "profile": workflow.printed_digest(user, clock.now()),
                "against": against and against.pk,
            },
            auto_id=ids("sign"),
        )
        draft = draft_of(row.subject)
        return {
            "submission": row,
            "edition": row.edition,
            "signed": signed,
            "against": against,
            "diff": comparison.compare(before, model.parts(document)),
            "authors": [
                name_of(one.user) for one in row.edition.author_rows.select_related("user")
            ],
            "sign_form": sign,
            "reason_form": bound.get("request-changes")
            or ReasonForm(auto_id=ids("request-changes")),
            "take_back_form": bound.get("take-back") or EmptyForm(),
            "attestations": workflow.ATTESTATIONS,
            "disclosure": workflow.DISCLOSURE if workflow.must_disclose(row.edition, user) else "",
            "why_not_sign": workflow.why_not(workflow.may_sign_off, row, by=user),
            "why_not_correct": workflow.why_not(workflow.may_correct, row, by=user),
            "why_not_request": workflow.why_not(workflow.may_request_changes, row, by=user),
            "why_not_take_back": workflow.why_not(workflow.may_take_back, row, by=user),
            "hosts": model.hosts(document),
            "doubts": model.doubts(document),
            "draft_url": draft and draft_url(request, draft),
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
            _signature(submission, user_of(request), request.GET.get("scope", "")),
            on=clock.local_date(at),
            live=at_address.live_targets(submission.subject.kind, model.targets(document), at),
            related=related.beside(submission.edition, at),
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
        return proved.signature_of(signed)
    if workflow.why_not(workflow.may_sign_off, submission, by=user):
        return None
    reviewer, today = user.reviewer, clock.today()
    here = Signer(reviewer.printed_name, reviewer.credentials, today, reviewer.slug)
    same_physician = workflow.must_disclose(submission.edition, user)
    before = workflow.in_force(submission.subject, clock.now())
    if scope == SignOff.Scope.CORRECTION and before is not None:
        rests_on = proved.signature_of(before)
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
