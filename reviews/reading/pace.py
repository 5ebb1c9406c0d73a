"""How fast pages are reviewed, by month: what was signed, how long it took, what waited longest."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID

from reviews import clock
from reviews.models import SignOff, Submission
from reviews.reading.events import instant_of, said
from reviews.reading.scale import begins, months, months_before

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Put:
    """A submission: when it was put forward, and when it ended and how, if it did."""

    subject: UUID
    number: int
    at: datetime
    ended_at: datetime | None
    is_signed: bool


@dataclass(frozen=True)
class Month:
    """One month that has begun. Times are in days.

    `took` and `rounds` are medians over what was signed in it: from the first submission since the
    page was signed before to the signature, and the submissions that it needed. `waited` is how
    long the oldest open submission had waited at its end, or by now.
    """

    first: date
    took: float | None
    rounds: float | None
    waited: int | None


def of_months(at: datetime, before: int) -> list[Month]:
    """The month of an instant and some before it, the oldest first; two queries."""
    return pace(_put(), at, before)


def pace(put: Iterable[Put], at: datetime, before: int) -> list[Month]:
    """The same, of given submissions."""
    put = list(put)
    signed = _signed(put)
    today = clock.local_date(at)
    firsts = months(months_before(today, before), before + 2)
    return [
        _month(first, min(begins(after), at), put, signed[first])
        for first, after in pairwise(firsts)
    ]


def _month(
    first: date, ends_at: datetime, put: list[Put], signed: list[tuple[timedelta, int]]
) -> Month:
    waiting = [
        one.at for one in put if one.at <= ends_at and (not one.ended_at or one.ended_at > ends_at)
    ]
    return Month(
        first,
        took=round(median(took / ONE_DAY for took, _ in signed), 1) if signed else None,
        rounds=median(rounds for _, rounds in signed) if signed else None,
        waited=(ends_at - min(waiting)) // ONE_DAY if waiting else None,
    )


def _signed(put: Iterable[Put]) -> dict[date, list[tuple[timedelta, int]]]:
    """How long each signature took and in how many rounds, by the month in which it was made."""
    pages: dict[UUID, list[Put]] = defaultdict(list)
    for one in put:
        pages[one.subject].append(one)
    found: dict[date, list[tuple[timedelta, int]]] = defaultdict(list)
    for rounds in pages.values():
        rounds.sort(key=lambda one: one.number)
        begun = 0
        for index, one in enumerate(rounds):
            if one.is_signed and one.ended_at:
                month = clock.local_date(one.ended_at).replace(day=1)
                found[month].append((one.ended_at - rounds[begun].at, index + 1 - begun))
                begun = index + 1
    return found


def _put() -> list[Put]:
    signed = SignOff.objects.filter(submission__isnull=False).values_list(
        *("subject_id", "edition__number", "edition__frozen_at", "signed_at")
    )
    others = (
        Submission.objects.exclude(status=Submission.Status.SIGNED)
        .select_related("edition", "ended_by")
        .only("subject_id", "edition__number", "edition__frozen_at", "ended_by__body")
        .order_by()
    )
    return [
        *(Put(subject, number, at, ended, True) for subject, number, at, ended in signed),
        *(
            Put(
                one.subject_id,
                one.edition.number,
                one.edition.frozen_at,
                _ended_at(one),
                False,
            )
            for one in others
        ),
    ]


def _ended_at(submission: Submission) -> datetime | None:
    """When a submission ended; one whose end cannot be read counts as ended at once."""
    if submission.ended_by is None:
        return None
    return instant_of(said(submission.ended_by).get("at")) or submission.edition.frozen_at
