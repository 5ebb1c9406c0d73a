"""Reading a page in force and signing it again: one by one, also for several that are due."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from reviews import clock, workflow
from reviews.desk import waits
from reviews.desk.forms import ReaffirmForm
from reviews.desk.standing import DUE_SOON, due_words
from reviews.desk.verb_pages import after_signing, draft_url, ids, proof_of, user_of
from reviews.models import SignOff, Subject
from reviews.reading import at_address, proved, related
from reviews.reviewable import Standing, draft_of, model_of
from reviews.workflow import row_of

# How the address says that other pages that are due come after this one.
IN_A_ROW = {"in": "a-row"}


def reaffirm(
    request: HttpRequest, subject: Subject, password: str, shown: str, **fields: Any
) -> str:
    """Sign what is in force again, and say so; `shown` was in sight just before."""
    user, in_force = user_of(request), workflow.in_force(subject, clock.now())
    if in_force is not None:
        workflow.show(in_force.edition, shown.split(), to=user)
    workflow.reaffirm(subject, by=user, proof=proof_of(request, password), **fields)
    after_signing(request)
    return f"{subject}: reaffirmed. The words stay, and the date is today’s."


def read_url(subject: UUID | str, *, in_a_row: bool = False) -> str:
    """Where a page is read and reaffirmed."""
    address = reverse("admin:reviews_subject_read", args=[subject])
    return f"{address}?{urlencode(IN_A_ROW)}" if in_a_row else address


def is_in_a_row(request: HttpRequest) -> bool:
    """Whether a page is one of several."""
    return (request.POST.get("in") or request.GET.get("in")) == IN_A_ROW["in"]


def row_for(user: User) -> list[UUID]:
    """The pages that somebody could reaffirm because their review is due, theirs first."""
    at = clock.now()
    rows = waits.due_pages(user, at, until=clock.local_date(at) + DUE_SOON)
    return [row["subject"] for row in waits.theirs_first(rows, user) if waits.may_read(row)]


def after(request: HttpRequest, subject: Subject) -> str:
    """Where somebody goes on: to the next page of a row, else to the record of this one."""
    if not is_in_a_row(request):
        return str(subject.get_absolute_url())
    left = row_for(user_of(request))
    asked = [one for one in left if str(one) == request.POST.get("next")]
    coming = (asked or left)[:1]
    # Without a fragment of its own the answer would keep the form's, and open at its end.
    return f"{read_url(coming[0], in_a_row=True)}#top" if coming else reverse("admin:index")


def context(request: HttpRequest, subject: Subject, bound: forms.Form | None) -> dict[str, Any]:
    """The page in force, its parts with what was shown of them, and the form."""
    user, at = user_of(request), workflow.now()
    in_force = workflow.in_force(subject, at)
    why_not = workflow.why_not(workflow.may_reaffirm, subject, by=user)
    draft = draft_of(subject)
    shown: dict[str, Any] = {
        "in_force": in_force,
        "why_not": why_not,
        "draft_url": draft and draft_url(request, draft),
    }
    if in_force is not None:
        shown |= _read(in_force, user)
        shown["due"] = due_words(in_force.due, clock.local_date(at))
        shown["overdue"] = in_force.is_overdue(clock.local_date(at))
        shown["full_review"] = in_force.full_review
        shown["public_url"] = model_of(subject.kind).public_url(in_force.edition.slug)
        initial = {
            "digest": in_force.edition.digest,
            "profile": workflow.printed_digest(user, at),
        }
        shown["form"] = bound or ReaffirmForm(initial=initial, auto_id=ids("reaffirm"))
    return {
        "subject": subject,
        "attestation": workflow.ATTESTATIONS[SignOff.Scope.FULL],
        "read_elsewhere": workflow.READ_ELSEWHERE,
        **shown,
        **(_row(request, subject, user) if is_in_a_row(request) else {}),
    }


def _read(in_force: SignOff, user: User) -> dict[str, Any]:
    """The places of the page, and those that were not shown since it was signed last."""
    reading = workflow.reading_of(in_force.edition, by=user, against=None, since=in_force.signed_at)
    places = []
    for place in reading.places:
        rows = {row_of(part) for part in place.parts}
        missing = rows & reading.missing
        places.append({"place": place, "rows": sorted(rows), "missing": sorted(missing)})
    return {"places": places, "left": [one for one in places if one["missing"]]}


def _row(request: HttpRequest, subject: Subject, user: User) -> dict[str, Any]:
    """How many pages come after this one, and the next of them."""
    row = row_for(user)
    others = [one for one in row if one != subject.pk]
    at = row.index(subject.pk) + 1 if subject.pk in row else 0
    coming = [*row[at:], *row[: max(at - 1, 0)]]
    return {
        "in_a_row": IN_A_ROW["in"],
        "left_in_row": len(others),
        "next_in_row": coming[0] if coming else "",
        "skip_url": read_url(coming[0], in_a_row=True) if coming else "",
    }


def page(subject: Subject, user: User) -> str:
    """The page in force exactly as patients will read it once this reader reaffirms it today.

    "" where nothing is in force; one who may not sign sees it as it stands.
    """
    at = clock.now()
    in_force = workflow.in_force(subject, at)
    if in_force is None:
        return ""
    edition, model = in_force.edition, model_of(subject.kind)
    signed = proved.with_evidence().get(pk=in_force.pk)
    if not workflow.why_not(workflow.may_reaffirm, subject, by=user):
        signed = workflow.draw_up(
            edition, by=user, at=at, before=in_force, scope=SignOff.Scope.FULL
        )
    targets = model.targets(edition.document)
    return model.render(
        edition,
        Standing(
            signature=proved.signature_of(signed),
            on=clock.local_date(at),
            live=at_address.live_targets(subject.kind, targets, at),
            related=related.beside(edition, at),
        ),
    )
