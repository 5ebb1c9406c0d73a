"""What a signature says: its statement, its dates, and whose words it is about."""

import calendar
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists

from reviews import clock
from reviews.models import Edition, SignOff, Submission, Withdrawal
from reviews.reviewable import model_of
from reviews.text.days import day
from reviews.workflow.authors import authors_now, has_suggested
from reviews.workflow.refusals import NotAllowed, once, reviewer_of, valid_licenses

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
DISCLOSURE = "I also wrote words of this page, and the page will say so."
READ_ELSEWHERE = "I read the rest elsewhere."
SUGGESTED = "I suggested some of its words, which an editor took over."


@once
def writers(edition: Edition) -> list[User]:
    """Who wrote words of an edition, in the order in which they came."""
    return [row.user for row in _rows(edition)]


@once
def _rows(edition: Edition) -> list[Any]:
    """The recorded authors of an edition, each with whether a signature was ended since then.

    On whatever page: words that were taken over from there were behind its signature alone.
    """
    ended = Withdrawal.objects.filter(pk__gt=edition.pk)
    rows = edition.author_rows.select_related("user").order_by("pk")
    return list(rows.annotate(ended=Exists(ended)))


@once
def _authors(edition: Edition, at: datetime) -> set[int]:
    """Whose words an edition holds at an instant: its recorded authors, and who is one again.

    That is whoever wrote what a signature vouched for that was ended since the freeze.
    """
    rows = _rows(edition)
    recorded = {row.user_id for row in rows}
    ended = any(row.ended for row in rows)
    return recorded | authors_now(edition, at) if ended else recorded


def must_disclose(edition: Edition, by: User, at: datetime) -> bool:
    """Whether a signature of this person at an instant is one on their own words."""
    return by.pk in _authors(edition, at)


def besides(edition: Edition, by: User, at: datetime) -> list[str]:
    """What somebody affirms beside the statement of a scope: their own share in the words."""
    if must_disclose(edition, by, at):
        return [DISCLOSURE]
    return [SUGGESTED] if has_suggested(edition, by, at) else []


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
        rests_on, urgent_on, due = before.full_review, before.urgent_on, before.due
        if scope == SignOff.Scope.URGENT:
            urgent_on, due = signed_on, min(due, signed_on + URGENT_DAYS)
            if effective_at is not None:
                raise NotAllowed("An urgent correction takes effect at once.")
        elif clock.local_date(effective_at or at) > due:
            raise NotAllowed(f"A full review is due on {day(due)}, before this takes effect.")
    disclosed = must_disclose(edition, by, at)
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
        authors=text_of_ids(edition, at),
        policy=settings.AUTHOR_MAY_SIGN,
        disclosed=disclosed,
        signed_at=at,
        signed_on=signed_on,
        effective_at=_effective(effective_at, at),
        next_review_due=due,
        urgent_on=urgent_on,
    )


def text_of_ids(edition: Edition, at: datetime) -> str:
    """The user ids of an edition's authors at an instant, as a JSON list in order."""
    return f"[{','.join(map(str, sorted(_authors(edition, at))))}]"


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
