"""Who does a submission: a reviewer takes it on, hands it over, or lets it go."""

from datetime import datetime

from django.contrib.auth.models import User

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Assignment, Submission
from reviews.workflow.refusals import NotAllowed, Refusals, is_open, once, require
from reviews.workflow.signing import may_vouch
from reviews.workflow.submissions import fresh
from reviews.workflow.verbs import verb


@once
def assignment_of(submission: Submission) -> Assignment | None:
    """Who does a submission now, if anybody."""
    current = Assignment.objects.current().filter(submission=submission)
    return current.select_related("person").first()


def may_take_on(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which reviewer may say "I do this one": one who could sign it, while nobody else does it."""
    yield from is_open(submission)
    yield from may_vouch(submission.edition, by, at)
    current = assignment_of(submission)
    if current is None or current.person is None:
        return
    if current.person.pk == by.pk:
        yield "You took this on already."
    elif not next(may_vouch(submission.edition, current.person, at), ""):
        yield (
            f"{_name(current.person)} took this on, and can hand it over to you. "
            "It locks nobody out: you may read and sign it all the same."
        )


def may_let_go(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Who may hand a submission over or let it go: whoever took it on."""
    yield from is_open(submission)
    current = assignment_of(submission)
    if current is None or current.person != by:
        yield "You did not take this on, so it is not yours to pass on."


def take_on(submission: Submission, *, by: User) -> Assignment:
    """A reviewer says that they do this one; it locks nobody out. Raises NotAllowed."""
    with verb(by) as (by, at):
        submission = fresh(submission)
        require(may_take_on(submission, by=by, at=at))
        return _assign(Kind.TAKEN_ON, submission, by, by=by, at=at)


def hand_over(submission: Submission, *, by: User, to: User) -> Assignment:
    """Whoever took a submission on gives it to another reviewer who can sign it.

    Raises NotAllowed.
    """
    with verb(by) as (by, at):
        submission = fresh(submission)
        require(may_let_go(submission, by=by, at=at))
        if to == by:
            raise NotAllowed("It is yours already: choose another physician.")
        if next(may_vouch(submission.edition, to, at), ""):
            raise NotAllowed(f"{_name(to)} cannot sign this edition: choose another physician.")
        return _assign(Kind.HANDED_OVER, submission, to, by=by, at=at)


def let_go(submission: Submission, *, by: User) -> Assignment:
    """Whoever took a submission on leaves it to any physician again. Raises NotAllowed."""
    with verb(by) as (by, at):
        submission = fresh(submission)
        require(may_let_go(submission, by=by, at=at))
        return _assign(Kind.LET_GO, submission, None, by=by, at=at)


def _assign(
    kind: Kind, submission: Submission, person: User | None, *, by: User, at: datetime
) -> Assignment:
    subject = submission.subject
    assigned = Assignment(subject=subject, submission=submission, person=person, by=by, at=at)
    chain.append(kind, at=at, by=by, subject=subject, row=assigned)
    return assigned


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
