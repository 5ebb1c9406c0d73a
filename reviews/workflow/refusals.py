"""What a refusal is, and the questions that several verbs ask."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from reviews import clock
from reviews.models import (
    License,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from reviews.text.days import day

Refusals = Iterator[str]


class NotAllowed(Exception):
    """The verb is refused; the message tells the person what to do instead."""


def why_not(guard: Callable[..., Refusals], *args: Any, by: User, **kwargs: Any) -> str:
    """The sentence that refuses this person this verb now, or "" where it is allowed.

    `guard` is one of the `may_…` functions; the verb of the same name asks the same question.
    """
    return next(guard(*args, by=by, at=clock.now(), **kwargs), "")


def require(refusals: Refusals) -> None:
    for sentence in refusals:
        raise NotAllowed(sentence)


def in_force(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off in force at an instant, if any."""
    return SignOff.objects.in_force(at).select_related("edition").filter(subject=subject).first()


def is_open(submission: Submission) -> Refusals:
    if not submission.is_open:
        status = submission.get_status_display()
        yield f"This submission is no longer open ({status}). The page’s record lists all of them."


def is_entitled(by: User, at: datetime) -> Refusals:
    reviewer = Reviewer.objects.filter(user=by, is_active=True).first()
    if reviewer is None:
        yield "Only a physician with a reviewer’s profile can do this. Ask a manager for one."
    elif not License.objects.valid(at).filter(reviewer=reviewer).exists():
        yield "None of your licenses is valid today. Ask a manager to bring one up to date."


def nothing_waits(subject: Subject, at: datetime, verb: str) -> Refusals:
    waiting = SignOff.objects.waiting(at).filter(subject=subject).first()
    if waiting is not None:
        when = day(clock.local_date(waiting.effective_at))
        yield f"A signed edition takes effect on {when}. Cancel it first if you want to {verb}."
