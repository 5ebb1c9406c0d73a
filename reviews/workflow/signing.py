"""Signing: a submission, or again what is in force."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User

from reviews import clock
from reviews.evidence import ahead, chain, listing
from reviews.evidence.kinds import Kind
from reviews.models import (
    Address,
    Edition,
    Reviewer,
    SignOff,
    Subject,
    Submission,
)
from reviews.text.canonical import digest_of
from reviews.text.days import day
from reviews.workflow.authors import vouched_editions
from reviews.workflow.corrections import is_small
from reviews.workflow.credentials import Credentials, prove
from reviews.workflow.drafts import check_address
from reviews.workflow.drawing_up import READ_ELSEWHERE, draw_up, must_disclose
from reviews.workflow.originals import original_stands
from reviews.workflow.people import printed_digest
from reviews.workflow.refusals import (
    NotAllowed,
    Refusals,
    ask_again,
    asking,
    in_force,
    is_entitled,
    is_open,
    nothing_waits,
    require,
    waiting_of,
)
from reviews.workflow.shown import reading_of
from reviews.workflow.submissions import fresh, move
from reviews.workflow.talk import sign_over, unsettled
from reviews.workflow.verbs import record_withdrawal, verb

NOTHING_TO_CORRECT = "Nothing is in force that this could correct: review the whole page."


def may_sign_off(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which physician may sign a submission."""
    yield from is_open(submission)
    yield from may_vouch(submission.edition, by, at)
    yield from nothing_waits(submission.subject, at, "sign")
    yield from original_stands(submission.edition, at)


def may_correct(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Whether a submission may be signed as a correction, which keeps the date.

    NHS service manual: never move the date unless the whole page was reviewed.
    """
    yield from may_sign_off(submission, by=by, at=at)
    before = in_force(submission.subject, at)
    if before is None:
        yield NOTHING_TO_CORRECT
        return
    if before.is_overdue(clock.local_date(at)):
        due = day(before.due)
        yield f"A full review was due on {due}: a correction cannot put it off."
    yield from is_small(before.edition, submission.edition, SignOff.Scope.CORRECTION)


def may_urgently_correct(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Whether a submission may be signed as an urgent correction, on an overdue page too.

    What waits to take effect does not stand in its way: signing cancels it.
    """
    yield from is_open(submission)
    yield from may_vouch(submission.edition, by, at)
    yield from original_stands(submission.edition, at)
    before = in_force(submission.subject, at)
    if before is None:
        yield NOTHING_TO_CORRECT
        return
    yield from is_small(before.edition, submission.edition, SignOff.Scope.URGENT)


def may_reaffirm(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Which physician may sign the edition in force again."""
    yield from nothing_waits(subject, at, "reaffirm")
    before = in_force(subject, at)
    if before is None:
        yield "Nothing is in force that could be reaffirmed: submit the draft instead."
        return
    yield from may_vouch(before.edition, by, at)
    yield from original_stands(before.edition, at)


# Which guard stands before a signature of which scope.
GUARDS = {
    SignOff.Scope.FULL: may_sign_off,
    SignOff.Scope.CORRECTION: may_correct,
    SignOff.Scope.URGENT: may_urgently_correct,
}


def gives_up_signing(subject: Subject, by: User, at: datetime) -> bool:
    """Whether somebody who may sign a page now could not any more after a first save of its draft.

    Where authors may sign with a disclosure, nothing is given up.
    """
    if settings.AUTHOR_MAY_SIGN == "disclosed" or next(is_entitled(by, at), ""):
        return False
    after = max(vouched_editions(subject, at), default=0)
    return not subject.contributions.filter(by_id=by.pk, pk__gt=after).exists()


def may_vouch(edition: Edition, by: User, at: datetime) -> Refusals:
    """Which physician may sign an edition, whatever becomes of its submission."""
    yield from is_entitled(by, at)
    if must_disclose(edition, by, at) and settings.AUTHOR_MAY_SIGN != "disclosed":
        yield f"You wrote words of this edition, so another physician must sign it.{_alone(by, at)}"


def _alone(by: User, at: datetime) -> str:
    """What helps an author who is the only physician here."""
    if Reviewer.objects.entitled(at).exclude(user_id=by.pk).exists():
        return ""
    return (
        " No other physician can sign here now. Ask a manager to add one; or whoever runs the "
        "server can set AUTHOR_MAY_SIGN=disclosed: then you may sign, and the page says that one "
        "physician wrote and reviewed it."
    )


def sign_off(
    submission: Submission,
    *,
    by: User,
    proof: Credentials,
    digest: str,
    profile: str,
    against: int | None,
    scope: str,
    cancels: int | None = None,
    effective_at: datetime | None = None,
    next_review_due: date | None = None,
    over: str = "",
    read_elsewhere: bool = False,
) -> SignOff:
    """Sign the edition of an open submission.

    `digest` is that of the edition that was read, `profile` that of what will be printed under it
    (`printed_digest`); `against` the number of the sign-off in force
    that it was compared with, or None. A full review moves the date; a correction keeps it and
    rests on the last full review. `cancels` is the number of the sign-off that waits, or None,
    which an urgent correction ends. `effective_at` may lie ahead. `next_review_due` may be sooner
    than the page's interval, never later. Raises NotAllowed.
    """
    prove(proof, by)
    if scope not in SignOff.Scope.values:
        raise NotAllowed("Choose a full review or a correction.")
    # All that is asked is asked before anything is written.
    with verb(by) as (by, at), asking():
        return sign_one(
            submission,
            by=by,
            at=at,
            digest=digest,
            profile=profile,
            against=against,
            scope=SignOff.Scope(scope),
            cancels=cancels,
            effective_at=effective_at,
            next_review_due=next_review_due,
            over=over,
            read_elsewhere=read_elsewhere,
        )


def sign_one(
    submission: Submission,
    *,
    by: User,
    at: datetime,
    digest: str,
    profile: str,
    against: int | None,
    scope: SignOff.Scope,
    cancels: int | None = None,
    effective_at: datetime | None = None,
    next_review_due: date | None = None,
    over: str = "",
    read_elsewhere: bool = False,
) -> SignOff:
    """Sign one submission inside a verb that proved who signs; otherwise as `sign_off`."""
    submission = fresh(submission)
    require(GUARDS[scope](submission, by=by, at=at))
    before = in_force(submission.subject, at)
    if (before.pk if before else None) != against:
        raise NotAllowed(
            "What is in force changed since you opened this form. "
            "Open it again to see what you would be changing."
        )
    _check_read(submission.edition, digest)
    _check_printed(profile, by, at)
    if not read_elsewhere:
        _check_shown(submission.edition, by, before, scope)
    sign_over(unsettled(submission.subject), by=by, at=at, why=over)
    waits = waiting_of(submission.subject, at)
    if waits is not None:
        _cancel_waiting(waits, cancels, by=by, at=at)
        # Whoever wrote what that one vouched for is an author again.
        ask_again()
        require(may_vouch(submission.edition, by=by, at=at))
    signed = _sign(
        submission.edition,
        by=by,
        at=at,
        before=before,
        scope=scope,
        effective_at=effective_at,
        next_review_due=next_review_due,
        submission=submission,
        read_elsewhere=read_elsewhere,
    )
    move(submission, Submission.Status.SIGNED, ended_by=signed.event)
    draft = getattr(submission.subject, "ahead", None)
    editions = [submission.edition, *([before.edition] if before else [])]
    listing.rebuild(submission.subject, ahead.Read(draft, editions))
    return signed


def _cancel_waiting(waits: SignOff, cancels: int | None, *, by: User, at: datetime) -> None:
    """End what waits, as the form said: only an urgent correction comes so far."""
    if waits.pk != cancels:
        raise NotAllowed(
            "A signed edition waits to take effect, which this form did not say. "
            "Open it again: signing would cancel that one."
        )
    record_withdrawal(
        waits.subject,
        Kind.SIGN_OFF_CANCELLED,
        by=by,
        at=at,
        reason="An urgent correction was signed before it took effect.",
        sign_off=waits,
    )


def reaffirm(
    subject: Subject,
    *,
    by: User,
    proof: Credentials,
    digest: str,
    profile: str,
    next_review_due: date | None = None,
    read_elsewhere: bool = False,
) -> SignOff:
    """Sign the edition in force again, unchanged: the date moves, the words stay.

    `digest` and `profile` as for `sign_off`. What the physician was shown before it was signed last
    does not count as read. Raises NotAllowed.
    """
    prove(proof, by)
    with verb(by) as (by, at):
        require(may_reaffirm(subject, by=by, at=at))
        before = in_force(subject, at)
        assert before is not None  # may_reaffirm refuses otherwise
        _check_read(before.edition, digest)
        _check_printed(profile, by, at)
        if not read_elsewhere:
            _check_shown(before.edition, by, None, SignOff.Scope.FULL, since=before.signed_at)
        signed = _sign(
            before.edition,
            by=by,
            at=at,
            before=before,
            scope=SignOff.Scope.FULL,
            effective_at=None,
            next_review_due=next_review_due,
            submission=None,
            read_elsewhere=read_elsewhere,
        )
        listing.rebuild(subject)
        return signed


def _check_read(edition: Edition, digest: str) -> None:
    if edition.digest != digest or digest_of(edition.text) != edition.digest:
        raise NotAllowed(
            "The words on this form are not those of the edition. Open it again and read it."
        )


def _check_shown(
    edition: Edition,
    by: User,
    before: SignOff | None,
    scope: str,
    since: datetime | None = None,
) -> None:
    left = reading_of(edition, by=by, against=before, since=since).left(scope)
    if left:
        names = ", ".join(f"“{place.name}”" for place in left)
        raise NotAllowed(
            f"You were not shown all of {names} here. Read it, or tick “{READ_ELSEWHERE[:-1]}”."
        )


def _check_printed(profile: str, by: User, at: datetime) -> None:
    if printed_digest(by, at) != profile:
        raise NotAllowed(
            "What is printed under your signature changed since you opened this form: your name, "
            "credentials, licenses or relationship to the clinic. Open it again and read it."
        )


def _sign(
    edition: Edition,
    *,
    by: User,
    at: datetime,
    before: SignOff | None,
    scope: SignOff.Scope,
    effective_at: datetime | None,
    next_review_due: date | None,
    submission: Submission | None,
    read_elsewhere: bool = False,
) -> SignOff:
    subject = edition.subject
    signed = draw_up(
        edition,
        by=by,
        at=at,
        before=before,
        scope=scope,
        effective_at=effective_at,
        next_review_due=next_review_due,
        submission=submission,
        read_elsewhere=read_elsewhere,
    )
    if check_address(subject, edition.slug) is None:
        address = Address(subject=subject, kind=subject.kind, slug=edition.slug)
        chain.append(Kind.ADDRESS_CLAIMED, at=at, by=by, subject=subject, row=address)
    chain.append(Kind.SIGNED, at=at, by=by, subject=subject, row=signed)
    return signed
