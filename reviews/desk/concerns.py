"""Concerns from outside on the record of a page: logging one, and saying how it was settled."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest

from reviews import workflow
from reviews.desk.forms import ConcernForm, SettleForm
from reviews.desk.verb_pages import ids, user_of
from reviews.models import Subject


def log(request: HttpRequest, subject: Subject, part: str, text: str, to: User | None) -> str:
    """Write a concern down."""
    workflow.log_concern(subject, by=user_of(request), part=part, text=text, to=to)
    return "Logged. It stays in sight until somebody says how it was settled."


def settle(
    request: HttpRequest, subject: Subject, concern: int, how: str, answered_by: User | None
) -> str:
    """Say how one was settled."""
    row = subject.concerns.filter(pk=concern).first()
    if row is None:
        raise workflow.NotAllowed("There is no such concern of this page. Open the page again.")
    workflow.settle(row, by=user_of(request), how=how, answered_by=answered_by)
    return "Settled."


def context(subject: Subject, user: User, bound: dict[str, forms.Form]) -> dict[str, Any]:
    """The concerns of a page, the open ones first, with the forms about them."""
    rows = subject.concerns.select_related(
        "text", "to", "by", "settlement__how", "settlement__answered_by"
    )
    found = sorted(rows, key=lambda row: (hasattr(row, "settlement"), -row.pk))
    places = {place.anchor: place.name for place in workflow.places_of(subject)} if found else {}
    form = bound.get("concern")
    why_not = workflow.why_not(workflow.may_log_concern, subject, by=user)
    if not why_not or form is not None:
        form = (form or ConcernForm(auto_id=ids("concern"))).offer(subject)  # type: ignore[attr-defined]
    return {
        "concerns": [
            {
                "row": row,
                "place": places.get(row.part, row.part),
                "settled": getattr(row, "settlement", None),
                "form": _settle_form(row.pk, bound.get("settle")),
                "why_not": hasattr(row, "settlement")
                or workflow.why_not(workflow.may_settle, row, by=user),
            }
            for row in found
        ],
        "concern_form": form,
        "why_not_concern": why_not,
    }


def _settle_form(concern: int, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("concern") == str(concern):
        return bound
    return SettleForm(initial={"concern": concern}, auto_id=ids("settle", concern))
