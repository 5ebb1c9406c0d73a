"""Where a submission ends: guarded moves, and sending one back or taking it back."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Subject,
    Submission,
)
from reviews.workflow.refusals import NotAllowed, Refusals, is_entitled, is_open, require
from reviews.workflow.verbs import inside_text, new_remark, verb


def may_request_changes(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which physician may send a submission back."""
    yield from is_open(submission)
    yield from is_entitled(by, at)


def may_take_back(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which author may end a submission."""
    yield from is_open(submission)
    if not by.has_perm("reviews.add_submission"):
        yield "Only staff who edit pages can take a submission back."
    if not submission.edition.author_rows.filter(user=by).exists():
        yield "Only its authors can take a submission back. A physician can request changes."


def request_changes(submission: Submission, *, by: User, reason: str) -> None:
    """A physician ends a submission with a reason for its authors. Raises NotAllowed."""
    reason = inside_text(reason, required=True)
    with verb(by) as (by, at):
        submission = fresh(submission)
        require(may_request_changes(submission, by=by, at=at))
        end(submission, Submission.Status.CHANGES_REQUESTED, by=by, at=at, reason=reason)


def take_back(submission: Submission, *, by: User) -> None:
    """An author ends a submission. Raises NotAllowed."""
    with verb(by) as (by, at):
        submission = fresh(submission)
        require(may_take_back(submission, by=by, at=at))
        end(submission, Submission.Status.TAKEN_BACK, by=by, at=at)


def fresh(submission: Submission) -> Submission:
    related = ("edition__subject", "subject__ahead")
    return Submission.objects.select_related(*related).get(pk=submission.pk)


def end_open(
    subject: Subject,
    status: Submission.Status,
    *,
    by: User,
    at: datetime,
    also: dict[str, Any] | None = None,
) -> None:
    for submission in subject.submissions.filter(status=Submission.Status.OPEN):
        end(submission, status, by=by, at=at, also=also)


def end(
    submission: Submission,
    status: Submission.Status,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    also: dict[str, Any] | None = None,
) -> None:
    remark = new_remark(reason)
    event = chain.append(
        Kind(status.value),
        at=at,
        by=by,
        subject=submission.subject,
        edition=submission.edition_id,
        reason=remark.pk if remark else None,
        **(also or {}),
    )
    move(submission, status, ended_by=event, reason=remark)


def move(submission: Submission, status: Submission.Status, **fields: Any) -> None:
    """The guarded move: of two that try, one finds the submission no longer open."""
    moved = Submission.objects.filter(pk=submission.pk, status=Submission.Status.OPEN).update(
        status=status, **fields
    )
    if not moved:
        raise NotAllowed("Somebody was faster: this submission is no longer open.")
