"""What a refusal is, and the questions that several verbs ask."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from reviews import clock
from reviews.models import (
    PERSONAL,
    TIME_TO_OBJECT,
    Claim,
    ClaimAnswer,
    Person,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from reviews.models.claims import not_counting
from reviews.models.prepared import Prepared
from reviews.text.days import day, moment

Refusals = Iterator[str]


class NotAllowed(Exception):
    """The verb is refused; the message tells the person what to do instead."""


def why_not(guard: Callable[..., Refusals], *args: Any, by: User, **kwargs: Any) -> str:
    """The sentence that refuses this person this verb now, or "" where it is allowed.

    `guard` is one of the `may_…` functions; the verb of the same name asks the same question.
    """
    return next(guard(*args, by=Person.of(by), at=clock.now(), **kwargs), "")


def require(refusals: Refusals) -> None:
    for sentence in refusals:
        raise NotAllowed(sentence)


def in_force(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off in force at an instant, if any."""
    return _IN_FORCE.first(subject=subject.pk, at=at)


_IN_FORCE: Prepared[SignOff] = Prepared(
    lambda subject, at: (
        SignOff.objects.in_force(at).filter(subject=subject).select_related("edition")[:1]
    ),
    subject=UUID,
    at=datetime,
)
_WAITING: Prepared[SignOff] = Prepared(
    lambda subject, at: SignOff.objects.waiting(at).filter(subject=subject).order_by("pk")[:1],
    subject=UUID,
    at=datetime,
)


def waiting_of(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off of a page that takes effect after an instant, if one waits."""
    return _WAITING.first(subject=subject.pk, at=at)


def is_open(submission: Submission) -> Refusals:
    if not submission.is_open:
        status = submission.get_status_display()
        yield f"This submission is no longer open ({status}). The page’s record lists all of them."


def is_entitled(by: User, at: datetime) -> Refusals:
    reviewer = Reviewer.objects.filter(user=by).first()
    kinds = (Claim.Kind.PROFILE, *PERSONAL)
    if reviewer is None:
        yield "Only a physician with a reviewer’s profile can do this. Ask a manager for one."
        return
    if not (reviewer.is_active and by.is_active):
        yield "Your reviewer’s profile is no longer active. Ask a manager if it should be."
    waiting = next((claim for claim in not_counting(by, at) if claim.kind in kinds), None)
    if waiting is not None:
        yield why_it_waits(waiting)
    if not reviewer.valid_licenses(at):
        yield "None of your licenses is valid today. Ask a manager to bring one up to date."


def why_it_waits(claim: Claim) -> str:
    """What must happen before a claim that does not count now will."""
    words = list(claim.answers.order_by("pk"))
    told = next((word.at for word in words if word.step == ClaimAnswer.Step.TOLD), None)
    if any(word.step == ClaimAnswer.Step.OBJECTED for word in words):
        return f"{claim.what}: somebody objected. A manager must look into it and clear it first."
    if told is None:
        until = "72 hours after every physician was told of it"
    else:
        until = f"on {moment(told + TIME_TO_OBJECT, clock.zone())}"
    return f"{claim.what}: it counts once another manager confirms it, or {until}."


def nothing_waits(subject: Subject, at: datetime, verb: str) -> Refusals:
    waiting = waiting_of(subject, at)
    if waiting is not None:
        when = day(clock.local_date(waiting.effective_at))
        yield f"A signed edition takes effect on {when}. Cancel it first if you want to {verb}."
