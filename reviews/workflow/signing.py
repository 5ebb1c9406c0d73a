"""Signing: a submission, or again what is in force."""

import calendar
from datetime import date, datetime, timedelta

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
from reviews.reviewable import model_of
from reviews.text.canonical import digest_of
from reviews.text.days import day
from reviews.workflow.authors import has_suggested, vouched_editions
from reviews.workflow.corrections import is_small
from reviews.workflow.credentials import Credentials, prove
from reviews.workflow.drafts import check_address
from reviews.workflow.people import printed_digest
from reviews.workflow.refusals import (
    NotAllowed,
    Refusals,
    asking,
    in_force,
    is_entitled,
    is_open,
    nothing_waits,
    once,
    require,
    reviewer_of,
    valid_licenses,
    waiting_of,
)
from reviews.workflow.shown import reading_of
from reviews.workflow.submissions import fresh, move
from reviews.workflow.talk import sign_over, unsettled
from reviews.workflow.verbs import record_withdrawal, verb

ATTESTATIONS = {
    SignOff.Scope.FULL: (
        "I have read this whole page as it will appear to patients. In my professional judgment "
        "it is accurate, current and fit for patients to read. I sign it under my own name."
    ),
    SignOff.Scope.CORRECTION: (
        "I have read the changes marked against the page now in force, and what stands around "
        "them. In my professional judgment they are accurate and fit for patients to read. I have "
        "not reviewed the whole page; the date of its last full review stays as it is."
    ),
    SignOff.Scope.URGENT: (
        "I have read the changes marked against the page now in force, and what stands around "
        "them. In my professional judgment they cannot wait for a full review, and are accurate "
        "and fit for patients to read. I have not reviewed the whole page; the date of its last "
        "full review stays as it is, and a full review is due within 14 days."
    ),
}
# After an urgent correction a full review is due within so many days.
URGENT_DAYS = timedelta(days=14)
NOTHING_TO_CORRECT = "Nothing is in force that this could correct: review the whole page."
DISCLOSURE = "I also wrote words of this page, and the page will say so."
READ_ELSEWHERE = "I read the rest elsewhere."
SUGGESTED = "I suggested some of its words, which an editor took over."


def may_sign_off(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Which physician may sign a submission."""
    yield from is_open(submission)
    yield from may_vouch(submission.edition, by, at)
    yield from nothing_waits(submission.subject, at, "sign")


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
        due = day(before.next_review_due)
        yield f"A full review was due on {due}: a correction cannot put it off."
    yield from is_small(before.edition, submission.edition, SignOff.Scope.CORRECTION)


def may_urgently_correct(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Whether a submission may be signed as an urgent correction, on an overdue page too.

    What waits to take effect does not stand in its way: signing cancels it.
    """
    yield from is_open(submission)
    yield from may_vouch(submission.edition, by, at)
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


# Which guard stands before a signature of which scope.
GUARDS = {
    SignOff.Scope.FULL: may_sign_off,
    SignOff.Scope.CORRECTION: may_correct,
    SignOff.Scope.URGENT: may_urgently_correct,
}


@once
def writers(edition: Edition) -> list[User]:
    """Who wrote words of an edition, in the order in which they came."""
    rows = edition.author_rows.select_related("user").order_by("pk")
    return [row.user for row in rows]


def must_disclose(edition: Edition, by: User) -> bool:
    """Whether a signature of this person is one on their own words."""
    return any(author.pk == by.pk for author in writers(edition))


def besides(edition: Edition, by: User, at: datetime) -> list[str]:
    """What somebody affirms beside the statement of a scope: their own share in the words."""
    if must_disclose(edition, by):
        return [DISCLOSURE]
    return [SUGGESTED] if has_suggested(edition, by, at) else []


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
    if must_disclose(edition, by) and settings.AUTHOR_MAY_SIGN != "disclosed":
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
        submission = fresh(submission)
        require(GUARDS[SignOff.Scope(scope)](submission, by=by, at=at))
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
        signed = _sign(
            submission.edition,
            by=by,
            at=at,
            before=before,
            scope=SignOff.Scope(scope),
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


def draw_up(
    edition: Edition,
    *,
    by: User,
    at: datetime,
    before: SignOff | None,
    scope: SignOff.Scope,
    effective_at: datetime | None = None,
    next_review_due: date | None = None,
    submission: Submission | None = None,
    read_elsewhere: bool = False,
) -> SignOff:
    """The sign-off that a signature at an instant would be, with all that it decides, unsaved.

    For the verbs, and for a preview of what they would make public. Raises NotAllowed.
    """
    signed_on = clock.local_date(at)
    if scope == SignOff.Scope.FULL:
        rests_on, urgent_on, due = None, None, _due(edition, signed_on, next_review_due)
        if effective_at is not None and clock.local_date(effective_at) >= due:
            raise NotAllowed(f"The next review is due on {day(due)}: take effect before that.")
    else:
        assert before is not None  # the guards of a correction refuse otherwise
        if next_review_due is not None:
            raise NotAllowed("A correction keeps the date of the next review.")
        rests_on, urgent_on, due = before.full_review, before.urgent_on, before.next_review_due
        if scope == SignOff.Scope.URGENT:
            urgent_on, due = signed_on, min(due, signed_on + URGENT_DAYS)
            if effective_at is not None:
                raise NotAllowed("An urgent correction takes effect at once.")
        elif clock.local_date(effective_at or at) > due:
            raise NotAllowed(f"A full review is due on {day(due)}, before this takes effect.")
    disclosed = must_disclose(edition, by)
    reviewer = reviewer_of(by)
    assert reviewer is not None  # the guards refuse otherwise
    return SignOff(
        subject=edition.subject,
        edition=edition,
        submission=submission,
        against=before,
        scope=scope.value,
        rests_on=rests_on,
        digest=edition.digest,
        attestation=" ".join(
            [ATTESTATIONS[scope], *besides(edition, by, at), *[READ_ELSEWHERE] * read_elsewhere]
        ),
        signer=by,
        reviewer=reviewer,
        **reviewer.printed(valid_licenses(reviewer, at)),
        authors=text_of_ids(edition),
        policy=settings.AUTHOR_MAY_SIGN,
        disclosed=disclosed,
        signed_at=at,
        signed_on=signed_on,
        effective_at=_effective(effective_at, at),
        next_review_due=due,
        urgent_on=urgent_on,
    )


def text_of_ids(edition: Edition) -> str:
    """The user ids of an edition's authors, as a JSON list in order."""
    ids = sorted(author.pk for author in writers(edition))
    return f"[{','.join(map(str, ids))}]"


def _effective(effective_at: datetime | None, at: datetime) -> datetime:
    if effective_at is None:
        return at
    if effective_at <= at:
        raise NotAllowed("It can take effect now or later, not in the past.")
    return effective_at


def _due(edition: Edition, signed_on: date, asked: date | None) -> date:
    interval = model_of(edition.subject.kind).review_interval(edition.document)
    latest = months_after(signed_on, interval)
    if asked is None:
        return latest
    if not signed_on < asked <= latest:
        raise NotAllowed(f"The next review is due after today and on {day(latest)} at the latest.")
    return asked


def months_after(day: date, months: int) -> date:
    """A day some calendar months later, held to the month's last day where it has fewer."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
