"""Signing a submission: the form with what it needs to say, and what comes after."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from reviews import clock, workflow
from reviews.desk import work
from reviews.desk.forms import CancelForm, SignForm
from reviews.desk.reading import Opened
from reviews.desk.verb_pages import (
    after_signing,
    draft_url,
    ids,
    may_edit,
    name_of,
    proof_of,
    user_of,
)
from reviews.mail import news, outbox
from reviews.models import Overlay, SignOff, Submission
from reviews.reviewable import draft_of, model_of
from reviews.text.days import day, moment
from reviews.workflow import row_of

READ = {
    SignOff.Scope.FULL: "The whole page (full review)",
    SignOff.Scope.CORRECTION: "Only the change (correction)",
    SignOff.Scope.URGENT: "Only the change, which cannot wait (urgent correction)",
}


def sign(
    request: HttpRequest, submission: Submission, password: str, shown: str, **fields: Any
) -> str:
    """Sign, and say what patients read now; `shown` was in sight just before."""
    workflow.show(submission.edition, shown.split(), to=user_of(request))
    signed = workflow.sign_off(
        submission, by=user_of(request), proof=proof_of(request, password), **fields
    )
    after_signing(request)
    if signed.scope == SignOff.Scope.URGENT:
        outbox.hurry()
    return _said(signed)


def _said(signed: SignOff) -> str:
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


def sign_context(page: Opened, bound: forms.Form | None) -> dict[str, Any]:
    """The form, what each scope affirms, why one is not open, and what is left to settle."""
    submission, user = page.submission, page.user
    if not submission.is_open:
        return {"sign_form": bound}
    waits = workflow.waiting_of(submission.subject, page.at)
    form = bound or SignForm(
        initial={
            "digest": page.edition.digest,
            "profile": workflow.printed_digest(user, page.at),
            "against": page.in_force and page.in_force.pk,
            "cancels": waits and waits.pk,
        },
        auto_id=ids("sign"),
    )
    may = [
        workflow.why_not(workflow.may_sign_off, submission, by=user),
        workflow.why_not(workflow.may_urgently_correct, submission, by=user),
    ]
    open_threads = [one for one in page.threads if one.comment.is_open]
    return {
        "sign_form": form,
        "waits": waits,
        "scopes": _scopes(page),
        "besides": besides_of(page),
        "counted": counted_words(page),
        "left": _left(page),
        "read_elsewhere": workflow.READ_ELSEWHERE,
        "open_threads": open_threads,
        "unsettled": [one for one in open_threads if one.comment.settle_first],
        "may_sign": not all(may),
        "why_not_sign": may[0],
        "why_not_urgently": may[1],
        "why_not_correct": workflow.why_not(workflow.may_correct, submission, by=user),
    }


def _left(page: Opened) -> list[dict[str, Any]]:
    """The places not all shown yet, each with the rows that are missing, and if they changed."""
    changed = page.reading.left(SignOff.Scope.CORRECTION) if page.in_force else []
    return [
        {
            "place": place,
            "rows": sorted({row_of(part) for part in place.parts} & page.reading.missing),
            "changed": place in changed,
        }
        for place in page.reading.left(SignOff.Scope.FULL)
    ]


def _scopes(page: Opened) -> list[dict[str, Any]]:
    """What a reader may say that they read: its label, what they affirm, and why it is not open."""
    found: list[dict[str, Any]] = []
    for scope, label in READ.items():
        why_not = workflow.why_not(workflow.GUARDS[scope], page.submission, by=page.user)
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


def besides_of(page: Opened) -> str:
    """What a reader affirms of their own share in the words; asks only where there may be one."""
    theirs = [one for one in page.threads if one.comment.by == page.user]
    if not theirs and not workflow.must_disclose(page.edition, page.user, page.at):
        return ""
    return " ".join(workflow.besides(page.edition, page.user, page.at))


def counted_words(page: Opened) -> str:
    """How many words changed against what is in force, and how many each correction may change."""
    if page.in_force is None:
        return ""
    counted = workflow.counted_changes(page.in_force.edition, page.edition)
    few, more = (
        workflow.most_changed(scope, counted.total)
        for scope in (SignOff.Scope.CORRECTION, SignOff.Scope.URGENT)
    )
    words = "1 word" if counted.changed == 1 else f"{counted.changed:,} words"
    return (
        f"{words} put in or taken out, of {counted.total:,}. A correction may change up to "
        f"{few:,}, an urgent correction up to {more:,}."
    )


def next_for(user: User) -> dict[str, str]:
    """Where somebody goes on after a signature: to the first thing that waits for them."""
    line = work.next_for(user, clock.now())
    if line is None:
        return {"label": "your work", "url": reverse("admin:index")}
    return {"label": line.what, "url": line.url}


def after(request: HttpRequest, signed: SignOff) -> dict[str, Any]:
    """What came of a signature, how it is taken back, and where its words are read."""
    at, user = clock.now(), user_of(request)
    subject = signed.subject
    in_force = workflow.in_force(subject, at)
    draft = draft_of(subject)
    url = draft and may_edit(request, draft) and draft_url(request, draft)
    return {
        "signed": signed,
        "is_live": in_force is not None and in_force.pk == signed.pk,
        "held": Overlay.objects.holding(at).filter(subject=subject).exists(),
        "next": next_for(user),
        "urgent_url": url and f"{url}?urgent",
        "waits": signed.waits(at),
        "public_url": model_of(subject.kind).public_url(signed.edition.slug),
        "letters": _letters(signed, at),
        "earlier": signed.against,
        "why_not_cancel": workflow.why_not(workflow.may_cancel, signed, by=user),
        "why_not_withdraw": workflow.why_not(workflow.may_withdraw, subject, by=user),
        "cancel_form": CancelForm(initial={"sign_off": signed.pk}, auto_id=ids("cancel")),
    }


def _letters(signed: SignOff, at: datetime) -> dict[str, list[str]]:
    """Who is told of a signature by mail: at once, and in the next morning's letter."""
    told = news.notifications([signed.event], at)
    people = User.objects.in_bulk({one.person_id for one in told})
    return {
        key: [name_of(people[one.person_id]) for one in told if one.at_once == at_once]
        for key, at_once in (("at_once", True), ("in_the_morning", False))
    }
