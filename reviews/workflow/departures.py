"""Physicians who go or come back, and signatures that a page must not rest on for long."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, Subquery

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    REVIEW_WITHIN,
    Claim,
    Departure,
    RelianceEnd,
    Reviewer,
    SignOff,
    Subject,
    Withdrawal,
)
from reviews.text.days import day
from reviews.workflow.claims import make_claim
from reviews.workflow.credentials import Credentials, prove
from reviews.workflow.overlays import may_hold, put_on_hold
from reviews.workflow.people import record_profile
from reviews.workflow.refusals import NotAllowed, Refusals, in_force, require
from reviews.workflow.verbs import inside_text, new_remark, verb

# Those ways of going that somebody chooses among.
WAYS = [Departure.Step.LEFT, Departure.Step.RETIRED, Departure.Step.LICENSE_ENDED]


def departure_of(reviewer: Reviewer) -> Departure | None:
    """That a physician reviews pages here no longer, if it is so."""
    last = reviewer.departures.order_by("-pk").first()
    return None if last is None or last.step == Departure.Step.BACK else last


def resting_on(reviewer: Reviewer, at: datetime) -> list[SignOff]:
    """What is in force or waits and rests on a physician's signature, by the page's name."""
    theirs = Q(reviewer=reviewer) | Q(rests_on__reviewer=reviewer)
    rows = SignOff.objects.select_related("edition", "rests_on").defer("edition__text")
    found = [
        *rows.in_force(at).relied_on(at).filter(theirs),
        *rows.waiting(at).filter(theirs),
    ]
    return sorted(found, key=lambda row: (row.edition.title.casefold(), row.pk))


def _ever_resting_on(reviewer: Reviewer, at: datetime) -> list[tuple[Subject, int]]:
    """Every page that rests on a physician, or would again if what was signed since is cancelled.

    With the number of what they signed of it last. Only a withdrawal of the page ends that for
    good.
    """
    withdrawn = Exists(Withdrawal.objects.since_signed(at))
    standing = SignOff.objects.standing(at).filter(reviewer=reviewer).exclude(withdrawn)
    signed = standing.filter(subject=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    pages = Subject.objects.annotate(last=Subquery(signed)).exclude(last=None)
    return [(page, page.last) for page in pages.order_by("pk")]


def _ended(reviewer: Reviewer, at: datetime) -> list[RelianceEnd]:
    """The ends of reliance on a physician that stand, the oldest first."""
    return list(RelianceEnd.objects.standing(at).filter(reviewer=reviewer).order_by("pk"))


def may_end_reviewer(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may record that a physician reviews pages here no longer: another one who manages."""
    if not by.has_perm("reviews.change_reviewer"):
        yield "Only a manager can end a reviewer."
    if reviewer.user_id == by.pk:
        yield "Nobody ends their own profile. Ask another manager."
    gone = departure_of(reviewer)
    if gone is not None:
        yield f"{reviewer} reviews no pages here since {day(gone.on)} already."


def end_reviewer(
    reviewer: Reviewer,
    *,
    by: User,
    proof: Credentials,
    step: str,
    on: date,
    hold: Collection[UUID] = (),
    seen: Collection[UUID] | None = None,
) -> Departure:
    """Record that a physician reviews pages here no longer, from a day up to today.

    Each page that rests on them says so from now on, and is due for a full review at most 90 days
    after that day; those to `hold` are kept off until they are released. `seen` are the pages that
    whoever does it had in sight. Raises NotAllowed.
    """
    prove(proof, by, signs=False)
    if step not in WAYS:
        raise NotAllowed("Choose whether they left, retired, or their license ended.")
    with verb(by) as (by, at):
        reviewer = Reviewer.objects.select_related("user").get(pk=reviewer.pk)
        require(may_end_reviewer(reviewer, by=by, at=at))
        resting = resting_on(reviewer, at)
        pages = {row.subject_id for row in resting}
        _check_day(on, reviewer, resting, at)
        if (seen is not None and set(seen) != pages) or set(hold) - pages:
            raise NotAllowed(
                "The pages that rest on this physician changed since you opened this form. "
                "Look through them again."
            )
        departure = Departure(reviewer=reviewer, step=step, by=by, at=at, on=on)
        chain.append(Kind.REVIEWER_ENDED, at=at, by=by, row=departure, person=reviewer.user_id)
        if reviewer.is_active:
            reviewer.is_active = False
            reviewer.save(update_fields=["is_active"])
            record_profile(reviewer, by=by, at=at)
            make_claim(Claim.Kind.SWITCHED_OFF, reviewer.user, by=by, at=at, waits=False)
        ended = {row.subject_id: int(row.pk) for row in _ended(reviewer, at)}
        for subject, last in _ever_resting_on(reviewer, at):
            # What the physician ended of their own accord stands, until they sign the page anew.
            if ended.get(subject.pk, 0) < last:
                _end(subject, reviewer, RelianceEnd.Kind.GONE, by=by, at=at, on=on)
        _hold(hold, f"{reviewer} reviews pages here no longer.", by=by, at=at)
        return departure


def _check_day(on: date, reviewer: Reviewer, resting: Iterable[SignOff], at: datetime) -> None:
    if on > clock.local_date(at):
        raise NotAllowed(
            "That day lies ahead. Enter it as the last day on the profile: they sign nothing after "
            "it; and end them when it has come."
        )
    theirs = [
        (row.signed_on, signed.edition.title)
        for signed in resting
        for row in {signed, signed.full_review}
        if row.reviewer_id == reviewer.pk
    ]
    last, title = max(theirs, default=(on, ""))
    if on < last:
        raise NotAllowed(
            f"They signed “{title}” on {day(last)}, after that day. Enter {day(last)} or a later "
            "day; or withdraw that page first."
        )


def _end(
    subject: Subject,
    reviewer: Reviewer,
    kind: RelianceEnd.Kind,
    *,
    by: User,
    at: datetime,
    on: date,
    reason: str = "",
) -> RelianceEnd:
    end = RelianceEnd(
        subject=subject,
        reviewer=reviewer,
        kind=kind,
        due=on + REVIEW_WITHIN,
        reason=new_remark(reason),
        by=by,
        at=at,
        on=on,
    )
    person = reviewer.user_id
    chain.append(Kind.RELIANCE_ENDED, at=at, by=by, subject=subject, row=end, person=person)
    return end


def _hold(pages: Collection[UUID], reason: str, *, by: User, at: datetime) -> None:
    """Hold those of some pages that are not held already."""
    for subject in Subject.objects.filter(pk__in=pages).order_by("pk"):
        if not next(may_hold(subject, by=by, at=at), ""):
            put_on_hold(subject, by=by, at=at, reason=reason)


def may_bring_back(reviewer: Reviewer, *, by: User, at: datetime) -> Refusals:
    """Who may record that a physician who went reviews pages here again."""
    if not by.has_perm("reviews.change_reviewer"):
        yield "Only a manager can bring a reviewer back."
    if reviewer.user_id == by.pk:
        yield "Nobody brings their own profile back. Ask another manager."
    if departure_of(reviewer) is None:
        yield "This physician was not ended, so there is nothing to bring back."


def bring_back(reviewer: Reviewer, *, by: User, proof: Credentials) -> Departure:
    """Let a physician who went review pages again: their pages stand as they signed them.

    They sign once another manager has confirmed it, as for a first profile. A page that was held
    stays so. Raises NotAllowed.
    """
    prove(proof, by)
    with verb(by) as (by, at):
        reviewer = Reviewer.objects.select_related("user").get(pk=reviewer.pk)
        require(may_bring_back(reviewer, by=by, at=at))
        on = clock.local_date(at)
        back = Departure(reviewer=reviewer, step=Departure.Step.BACK, by=by, at=at, on=on)
        chain.append(Kind.REVIEWER_BACK, at=at, by=by, row=back, person=reviewer.user_id)
        reviewer.is_active = True
        reviewer.save(update_fields=["is_active"])
        record_profile(reviewer, by=by, at=at)
        make_claim(Claim.Kind.PROFILE, reviewer.user, by=by, at=at, waits=True)
        for end in _ended(reviewer, at):
            if end.kind == RelianceEnd.Kind.GONE:
                row = RelianceEnd(
                    subject=end.subject,
                    reviewer=reviewer,
                    kind=RelianceEnd.Kind.RESTORED,
                    by=by,
                    at=at,
                    on=on,
                )
                person = reviewer.user_id
                chain.append(
                    Kind.RELIANCE_RESTORED,
                    at=at,
                    by=by,
                    subject=end.subject,
                    row=row,
                    person=person,
                )
        return back


def may_end_reliance(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Which physician may say of a page that they no longer stand behind what they signed."""
    reviewer = Reviewer.objects.filter(user=by).first()
    signed = in_force(subject, at)
    behind = {signed.reviewer_id, signed.full_review.reviewer_id} if signed else set()
    if reviewer is None or reviewer.pk not in behind:
        yield "Only a physician on whose signature this page rests can do this."
        return
    for end in _ended(reviewer, at):
        if end.subject_id == subject.pk and signed is not None and _counts(end, signed):
            yield f"It is said already: {reviewer.printed_name} {end.get_kind_display()}."


def _counts(end: RelianceEnd, signed: SignOff) -> bool:
    """Whether an end of reliance came after what its physician signed of it."""
    full = signed.full_review
    row = full if full.reviewer_id == end.reviewer_id else signed
    return int(end.pk) > int(row.pk)


def end_reliance(
    subject: Subject, *, by: User, proof: Credentials, reason: str, hold: bool
) -> RelianceEnd:
    """A physician stands behind their signature on a page no longer, from today on.

    The page says so and is due for a full review within 90 days, or is held at once. Raises
    NotAllowed.
    """
    reason = inside_text(reason, required=True)
    prove(proof, by, signs=False)
    with verb(by) as (by, at):
        require(may_end_reliance(subject, by=by, at=at))
        reviewer = Reviewer.objects.get(user=by)
        on = clock.local_date(at)
        kind = RelianceEnd.Kind.OWN
        end = _end(subject, reviewer, kind, by=by, at=at, on=on, reason=reason)
        if hold:
            _hold([subject.pk], reason, by=by, at=at)
        return end
