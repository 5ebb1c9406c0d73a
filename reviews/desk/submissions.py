"""The review desk: what a physician reads, signs or sends back."""

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
from reviews.evidence.states import last_shown
from reviews.models import Overlay, Reviewer, SignOff, Submission, odd_names
from reviews.reading import at_address, proved, related
from reviews.reviewable import Signature, Standing, draft_of, model_of
from reviews.text.days import day, moment
from reviews.text.lookalikes import look_alikes
from reviews.workflow import Setback

# The preview is the public page in a frame of the desk: no script, no form, no way out of it.
PREVIEW_POLICY = {
    **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}

READ = {
    SignOff.Scope.FULL: "The whole page (full review)",
    SignOff.Scope.CORRECTION: "Only the change (correction)",
    SignOff.Scope.URGENT: "Only the change, which cannot wait (urgent correction)",
}


def _sign(request: HttpRequest, submission: Submission, password: str, **fields: Any) -> str:
    signed = workflow.sign_off(
        submission, by=user_of(request), proof=proof_of(request, password), **fields
    )
    after_signing(request)
    if signed.effective_at > signed.signed_at:
        return f"Signed. It takes effect on {moment(signed.effective_at, clock.zone())}."
    if Overlay.objects.holding(clock.now()).filter(subject=signed.subject).exists():
        return "Signed. The page is still held: patients read these words once it is released."
    if signed.scope == SignOff.Scope.URGENT:
        return (
            "Signed as an urgent correction. Patients now read these words, and that a full review "
            f"is pending. It is due on {day(signed.next_review_due)}."
        )
    if signed.rests_on is not None:
        kept = signed.rests_on.signed_on
        return (
            "Signed as a correction. Patients now read these words; the last full review stays "
            f"the one of {day(kept)}."
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
            *("edition__submitted_by", "edition__subject", "subject"),
            *("note", "reason", "unchanged_because", "reviewer"),
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
        user, at = user_of(request), clock.now()
        signed = _signed(row)
        in_force = signed.against if signed else workflow.in_force(row.subject, at)
        against = in_force or (None if signed else last_shown(row.subject))
        waits = workflow.waiting_of(row.subject, at)
        setbacks = workflow.setbacks(row.subject) if row.is_open else []
        model = model_of(row.subject.kind)
        document = row.edition.document
        before = model.parts(against.edition.document) if against else []
        sign = bound.get("sign") or SignForm(
            initial={
                "digest": row.edition.digest,
                "profile": workflow.printed_digest(user, at),
                "against": in_force and in_force.pk,
                "cancels": waits and waits.pk,
            },
            auto_id=ids("sign"),
        )
        draft = draft_of(row.subject)
        return {
            "submission": row,
            "edition": row.edition,
            "signed": signed,
            "against": against,
            "in_force": in_force,
            "waits": waits,
            "setbacks": setbacks,
            "sent_back": _since_sent_back(row, setbacks),
            "counted": _counted(row, in_force) if row.is_open else "",
            "diff": comparison.compare(before, model.parts(document)),
            "authors": [
                name_of(one.user) for one in row.edition.author_rows.select_related("user")
            ],
            "sign_form": sign,
            "reason_form": bound.get("request-changes")
            or ReasonForm(auto_id=ids("request-changes")),
            "take_back_form": bound.get("take-back") or EmptyForm(),
            "scopes": _scopes(row, user),
            "disclosure": workflow.DISCLOSURE if workflow.must_disclose(row.edition, user) else "",
            "why_not_sign": workflow.why_not(workflow.may_sign_off, row, by=user),
            "why_not_correct": workflow.why_not(workflow.may_correct, row, by=user),
            "why_not_urgently": workflow.why_not(workflow.may_urgently_correct, row, by=user),
            "why_not_request": workflow.why_not(workflow.may_request_changes, row, by=user),
            "why_not_take_back": workflow.why_not(workflow.may_take_back, row, by=user),
            "hosts": model.hosts(document),
            "doubts": model.doubts(document),
            "odd_names": _odd_names(row, signed, user),
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
            Standing(
                signature=_signature(submission, user_of(request), request.GET.get("scope", "")),
                on=clock.local_date(at),
                live=at_address.live_targets(submission.subject.kind, model.targets(document), at),
                related=related.beside(submission.edition, at),
            ),
        )
        response = HttpResponse(html)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response


def _scopes(submission: Submission, user: User) -> list[dict[str, Any]]:
    """What a reader may say that they read: its label, what they affirm, and why it is not open."""
    found: list[dict[str, Any]] = []
    for scope, label in READ.items():
        why_not = workflow.why_not(workflow.GUARDS[scope], submission, by=user)
        found.append(
            {
                "value": scope.value,
                "label": label,
                "affirms": workflow.ATTESTATIONS[scope],
                "why_not": why_not,
                "as_before": bool(found) and why_not == found[-1]["why_not"],
            }
        )
    return found


def _signed(submission: Submission) -> SignOff | None:
    return (
        SignOff.objects.select_related(
            "edition", "reviewer", "signer", "rests_on__reviewer", "against__edition"
        )
        .filter(submission=submission)
        .first()
    )


def _odd_names(submission: Submission, signed: SignOff | None, user: User) -> list[str]:
    """What passes for other letters in the names that are printed, or are to be."""
    if signed is not None:
        printed = f"{signed.printed_name}, {signed.credentials}"
        return list(dict.fromkeys([*look_alikes(printed), *odd_names(signed.signer)]))
    physicians = [submission.reviewer, Reviewer.objects.filter(user=user).first()]
    found = [doubt for one in physicians if one for doubt in odd_names(one.user)]
    return list(dict.fromkeys(found))


def _counted(submission: Submission, in_force: SignOff | None) -> str:
    """How many words changed against what is in force, and how many each correction may change."""
    if in_force is None:
        return ""
    counted = workflow.counted_changes(in_force.edition, submission.edition)
    few, more = (
        workflow.most_changed(scope, counted.total)
        for scope in (SignOff.Scope.CORRECTION, SignOff.Scope.URGENT)
    )
    words = "1 word" if counted.changed == 1 else f"{counted.changed:,} words"
    return (
        f"{words} put in or taken out, of {counted.total:,}. A correction may change up to "
        f"{few:,}, an urgent correction up to {more:,}."
    )


def _since_sent_back(submission: Submission, setbacks: list[Setback]) -> dict[str, Any] | None:
    """What changed since the edition that was sent back last, if one was since a signature."""
    for setback in setbacks:
        if setback.sent_back and setback.edition.number < submission.edition.number:
            parts = model_of(submission.subject.kind).parts
            old, new = parts(setback.edition.document), parts(submission.edition.document)
            return {"edition": setback.edition, "diff": comparison.compare(old, new)}
    return None


def _signature(submission: Submission, user: User, scope: str) -> Signature | None:
    """What the review line says: the sign-off, or else one by this reader today.

    None, which the page says aloud, for a reader who may not sign.
    """
    signed = _signed(submission)
    if signed is not None:
        return proved.signature_of(signed)
    kind = SignOff.Scope(scope) if scope in SignOff.Scope.values else SignOff.Scope.FULL
    if workflow.why_not(workflow.GUARDS[kind], submission, by=user):
        return None
    at = clock.now()
    before = workflow.in_force(submission.subject, at)
    drawn_up = workflow.draw_up(submission.edition, by=user, at=at, before=before, scope=kind)
    return proved.signature_of(drawn_up)
