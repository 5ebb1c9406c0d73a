"""The record of a page, inside: its sign-offs and events, and the verbs that end or renew them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from reviews import clock, workflow
from reviews.desk.forms import (
    CancelForm,
    LayOverForm,
    ReaffirmForm,
    RedactForm,
    WithdrawForm,
)
from reviews.desk.verb_pages import (
    VerbAdmin,
    after_signing,
    draft_url,
    ids,
    may_edit,
    name_of,
    proof_of,
    user_of,
)
from reviews.models import Edition, Event, Overlay, SignOff, Subject, Withdrawal
from reviews.reviewable import draft_of, model_of
from reviews.text.days import day


def _reaffirm(request: HttpRequest, subject: Subject, password: str, **fields: Any) -> str:
    workflow.reaffirm(subject, by=user_of(request), proof=proof_of(request, password), **fields)
    after_signing(request)
    return "Reaffirmed. The words stay, and the date is today’s."


def _withdraw(request: HttpRequest, subject: Subject, reason: str, notice: str) -> str:
    public = workflow.in_force(subject, clock.now()) is not None
    workflow.withdraw(subject, by=user_of(request), reason=reason, notice=notice)
    if not public:
        return "Withdrawn. What was waiting will not take effect."
    return "Withdrawn. Patients see the notice from now on."


def _cancel(request: HttpRequest, subject: Subject, reason: str, sign_off: int) -> str:
    row = subject.sign_offs.filter(pk=sign_off).first()
    if row is None:
        raise workflow.NotAllowed("There is no such sign-off of this page. Open the page again.")
    waited = row.waits(clock.now())
    workflow.cancel(row, by=user_of(request), reason=reason)
    if waited:
        return "Cancelled. It will not take effect."
    return "Cancelled. What was signed before it counts again."


# The newest events of a page are told on its record; all of them stand in their own list.
MOST_EVENTS = 100


def _flag(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.flag(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Flagged. The page stays, with the notice above it."


def _hold(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.hold(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Held. Patients read that the page is being checked."


def _release(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.release(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Released. The page stands as before, with its own dates."


def _redact(
    request: HttpRequest, subject: Subject, reason: str, password: str, edition: int
) -> str:
    row = subject.editions.filter(pk=edition).first()
    if row is None:
        raise workflow.NotAllowed("There is no such edition of this page. Open the page again.")
    workflow.redact(row, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Taken out. Who signed these words, and when, can still be read."


@admin.register(Subject)
class SubjectAdmin(VerbAdmin):
    """What is in force for each page, and everything that happened to it."""

    list_display = ["page_title", "in_force"]
    verbs = {
        "reaffirm": (ReaffirmForm, _reaffirm),
        "withdraw": (WithdrawForm, _withdraw),
        "cancel": (CancelForm, _cancel),
        "flag": (LayOverForm, _flag),
        "hold": (LayOverForm, _hold),
        "release": (LayOverForm, _release),
        "redact": (RedactForm, _redact),
    }
    page_template = "admin/reviews/subject/page.html"

    @admin.display(description="page", ordering="title")
    def page_title(self, subject: Subject) -> str:
        """The name of its latest edition."""
        return str(getattr(subject, "title", subject))

    @admin.display(description="in force since")
    def in_force(self, subject: Subject) -> Any:
        """Since when what is public now counts, or that it was withdrawn, flagged or held."""
        since: Any = getattr(subject, "since", None)
        withdrawn: Any = getattr(subject, "withdrawn_on", None)
        if since is None:
            return f"withdrawn on {day(withdrawn)}" if withdrawn else None
        laid: str | None = getattr(subject, "laid", None)
        words = day(clock.local_date(since))
        return (
            words
            if laid in (None, Overlay.Kind.RELEASE)
            else f"{words}; {Overlay.Kind(laid).label}"
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subject]:
        """Only pages that were submitted at least once."""
        editions = Edition.objects.filter(subject=OuterRef("pk")).order_by("-number")
        in_force = SignOff.objects.in_force(clock.now()).filter(subject=OuterRef("pk"))
        withdrawn = Withdrawal.objects.page().filter(subject=OuterRef("pk")).order_by("-pk")
        overlays = Overlay.objects.filter(subject=OuterRef("pk")).order_by("-pk")
        return Subject.objects.annotate(
            title=Subquery(editions.values("title")[:1]),
            since=Subquery(in_force.values("effective_at")[:1]),
            withdrawn_on=Subquery(withdrawn.values("on")[:1]),
            laid=Subquery(overlays.values("kind")[:1]),
        ).filter(title__isnull=False)

    def context(self, request: HttpRequest, row: Subject, bound: dict[str, forms.Form]) -> Any:
        """The sign-offs and events, the forms, and for each verb why not."""
        user, at = user_of(request), clock.now()
        in_force = workflow.in_force(row, at)
        sign_offs = list(
            row.sign_offs.select_related(
                "edition__subject", "edition__redaction__reason", "cancellation__reason"
            ).order_by("-pk")
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
                    "redact_form": _redact_form(one, bound.get("redact")),
                    "why_not_redact": workflow.why_not(workflow.may_redact, one.edition, by=user),
                }
                for one in sign_offs
            ],
            "public_url": in_force and model_of(row.kind).public_url(in_force.edition.slug),
            "events": _told(row.events.order_by("-seq")[:MOST_EVENTS]),
            "submissions": row.submissions.select_related("edition"),
            "lost_reason": _lost_reason(bound.get("cancel"), sign_offs),
            "attestation": workflow.ATTESTATIONS[SignOff.Scope.FULL],
            "reaffirm_form": bound.get("reaffirm")
            or ReaffirmForm(
                initial={"digest": digest, "profile": workflow.printed_digest(user, at)},
                auto_id=ids("reaffirm"),
            ),
            "withdraw_form": bound.get("withdraw") or WithdrawForm(auto_id=ids("withdraw")),
            "why_not_reaffirm": workflow.why_not(workflow.may_reaffirm, row, by=user),
            "why_not_withdraw": workflow.why_not(workflow.may_withdraw, row, by=user),
            "overlay": workflow.overlay_of(row, at),
            "overlay_verbs": [
                {
                    "verb": verb,
                    "action": reverse(f"admin:reviews_subject_{verb}", args=[row.pk]),
                    "form": bound.get(verb) or LayOverForm(auto_id=ids(verb)),
                    "why_not": workflow.why_not(guard, row, by=user),
                }
                for verb, guard in OVERLAY_VERBS.items()
            ],
            "draft_url": draft and draft_url(request, draft),
            "may_edit": draft is not None and may_edit(request, draft),
        }


OVERLAY_VERBS = {
    "flag": workflow.may_flag,
    "hold": workflow.may_hold,
    "release": workflow.may_release,
}


def _redact_form(sign_off: SignOff, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("edition") == str(sign_off.edition_id):
        return bound
    return RedactForm(initial={"edition": sign_off.edition_id}, auto_id=ids("redact", sign_off.pk))


def _cancel_form(sign_off: SignOff, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("sign_off") == str(sign_off.pk):
        return bound
    return CancelForm(initial={"sign_off": sign_off.pk}, auto_id=ids("cancel", sign_off.pk))


def _lost_reason(bound: forms.Form | None, sign_offs: list[SignOff]) -> str:
    """The reason typed on a form whose sign-off is not of this page: it has no place to stand."""
    if bound is None or bound.data.get("sign_off") in {str(one.pk) for one in sign_offs}:
        return ""
    return str(bound.data.get("reason", ""))


def _told(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events in a reader's words: what, when, by whom. One query for all the people.

    One that is damaged is told without what cannot be read of it.
    """
    said = [(event, _said(event)) for event in events]
    actors = [told["by"] if isinstance(told.get("by"), int) else None for _, told in said]
    people = User.objects.in_bulk({by for by in actors if by is not None})
    return [
        {
            "seq": event.seq,
            "what": event.kind.replace("_", " "),
            "at": _instant(told.get("at")),
            "by": name_of(people[by]) if by in people else "",
        }
        for (event, told), by in zip(said, actors, strict=True)
    ]


def _said(event: Event) -> dict[str, Any]:
    try:
        said = event.said
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _instant(said: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except (ValueError, TypeError):
        return None
