"""What a refusal is, and the questions that several verbs ask."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.models import User

from reviews import clock
from reviews.models import (
    PERSONAL,
    TIME_TO_OBJECT,
    Claim,
    ClaimAnswer,
    License,
    Person,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from reviews.models.prepared import Prepared
from reviews.text.days import day, moment

Refusals = Iterator[str]
P = ParamSpec("P")
R = TypeVar("R")

# What was answered since `asking` began, by question and what it was asked about.
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def asking() -> Iterator[None]:
    """Within, each question that many guards share asks the database once, for one instant.

    Nothing that they ask about may be written within, save before `ask_again`.
    """
    token = _answers.set({"now": clock.now()})
    try:
        yield
    finally:
        _answers.reset(token)


def ask_again() -> None:
    """Forget what was answered while somebody is `asking`: what it is about was written since."""
    known = _answers.get()
    if known is not None:
        instant = known["now"]
        known.clear()
        known["now"] = instant


def once(question: Callable[P, R]) -> Callable[P, R]:
    """A question whose answer is kept while somebody is `asking`."""

    @wraps(question)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        known = _answers.get()
        if known is None:
            return question(*args, **kwargs)
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = question(*args, **kwargs)
        answer: R = known[key]
        return answer

    return asked


class NotAllowed(Exception):
    """The verb is refused; the message tells the person what to do instead."""


def why_not(guard: Callable[..., Refusals], *args: Any, by: User, **kwargs: Any) -> str:
    """The sentence that refuses this person this verb now, or "" where it is allowed.

    `guard` is one of the `may_…` functions; the verb of the same name asks the same question.
    """
    return next(guard(*args, by=_person(by), at=now(), **kwargs), "")


def now() -> datetime:
    """The instant for which somebody is `asking`, or else the present."""
    known = _answers.get()
    return known["now"] if known else clock.now()


@once
def _person(by: User) -> Person:
    return Person.of(by)


def require(refusals: Refusals) -> None:
    for sentence in refusals:
        raise NotAllowed(sentence)


@once
def in_force(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off in force at an instant, if any."""
    return _IN_FORCE.first(subject=subject.pk, at=at)


_IN_FORCE: Prepared[SignOff] = Prepared(
    lambda subject, at: (
        SignOff.objects.in_force(at)
        .relied_on(at)
        .filter(subject=subject)
        .select_related("edition__subject")[:1]
    ),
    subject=UUID,
    at=datetime,
)
_WAITING: Prepared[SignOff] = Prepared(
    lambda subject, at: (
        SignOff.objects.waiting(at)
        .filter(subject=subject)
        .select_related("edition")
        .order_by("pk")[:1]
    ),
    subject=UUID,
    at=datetime,
)


@once
def waiting_of(subject: Subject, at: datetime) -> SignOff | None:
    """The sign-off of a page that takes effect after an instant, if one waits."""
    return _WAITING.first(subject=subject.pk, at=at)


def is_open(submission: Submission) -> Refusals:
    if not submission.is_open:
        status = submission.get_status_display()
        yield f"This submission is no longer open ({status}). The page’s record lists all of them."


def is_entitled(by: User, at: datetime) -> Refusals:
    """Whether somebody may sign at all."""
    yield from _entitlement(by, at)


@once
def reviewer_of(by: User) -> Reviewer | None:
    """Somebody's profile as a physician, if they have one."""
    return Reviewer.objects.filter(user=by).first()


@once
def _entitlement(by: User, at: datetime) -> list[str]:
    return list(_is_entitled(by, at))


def _is_entitled(by: User, at: datetime) -> Refusals:
    for lack in lacks(by, reviewer_of(by), at):
        yield lack.own


@dataclass(frozen=True)
class Lack:
    """Something without which somebody cannot sign: as they are told, and as a manager is."""

    own: str
    told: str


def lacks(by: User, reviewer: Reviewer | None, at: datetime) -> Iterator[Lack]:
    """What somebody with a profile, or without, lacks for a signature at an instant."""
    kinds = (Claim.Kind.PROFILE, *PERSONAL)
    if reviewer is None:
        yield Lack(
            "Only a physician with a reviewer’s profile can do this. Ask a manager for one.",
            "There is no reviewer’s profile yet.",
        )
        return
    if not (reviewer.is_active and by.is_active):
        yield Lack(
            "Your reviewer’s profile is no longer active. Ask a manager if it should be.",
            "The profile or the account is not active.",
        )
    today = clock.local_date(at)
    if reviewer.first_day and today < reviewer.first_day:
        first = day(reviewer.first_day)
        yield Lack(
            f"Your first day here is {first}: from then on you can sign.",
            f"The first day is {first}.",
        )
    if reviewer.last_day and today > reviewer.last_day:
        last = day(reviewer.last_day)
        yield Lack(
            f"Your last day here was {last}. Ask a manager if you stay longer.",
            f"The last day was {last}. Enter a later one, or end them.",
        )
    for claim in Person.of(by).waiting:
        if claim.kind in kinds:
            yield Lack(why_it_waits(claim), why_it_waits(claim))
    if not valid_licenses(reviewer, at):
        yield Lack(
            "None of your licenses is valid today. Ask a manager to bring one up to date.",
            "No license is valid today"
            + (": enter its new last day." if reviewer.licenses.exists() else ": enter one."),
        )


def missing(reviewer: Reviewer, at: datetime) -> list[Lack]:
    """All that keeps a physician from signing at an instant; without a password nobody proves it.

    By the same rules as `is_entitled`.
    """
    found = list(lacks(reviewer.user, reviewer, at))
    if not reviewer.user.has_usable_password():
        told = "No password is set yet: they set it by the link that was mailed to them."
        found.append(Lack(told, told))
    return found


@once
def valid_licenses(reviewer: Reviewer, at: datetime) -> list[License]:
    """A physician's licenses that are valid at an instant."""
    return reviewer.valid_licenses(at)


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
    waits = waiting_of(subject, at)
    if waits is not None:
        when = day(clock.local_date(waits.effective_at))
        yield f"A signed edition takes effect on {when}. Cancel it first if you want to {verb}."
