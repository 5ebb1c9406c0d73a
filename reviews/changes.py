"""What became public or was withdrawn, and since when what is in force has been: all proved."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from reviews import proof, reading
from reviews.models import Listing, SignOff, Withdrawal
from reviews.reviewable import Shown, Signature

logger = logging.getLogger(__name__)


class Happened(StrEnum):
    """What became of a page."""

    PUBLISHED = "first published"
    REVIEWED = "reviewed in full"
    CORRECTED = "corrected"
    REAFFIRMED = "reviewed again, unchanged"
    STEPPED_BACK = "back to an earlier signature"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Change:
    """One change of what is public, at the instant from which it counted.

    `number` is that of the event that made it. `signature` is what stood under the page from then
    on; of a withdrawn page, until then. `shown` is set where that is no longer in force. `notice`
    is the word for one of the fixed notices.
    """

    number: int
    happened: Happened
    at: datetime
    slug: str
    title: str
    signature: Signature
    public_note: str
    shown: Shown | None
    notice: str


class _Moment(NamedTuple):
    """When a listing began, or ended by a withdrawal, and by which event."""

    at: datetime
    number: int
    row: Any
    notice: str


def latest(kind: str, at: datetime, most: int) -> list[Change]:
    """The newest changes up to an instant, newest first; what does not hold is left out.

    Three queries, however many pages and editions there are.
    """
    rows = list(_newest_rows(kind, at, most))
    numbers = {row.cancelled_by for row in rows} | {row.withdrawn_by for row in rows}
    withdrawals = _holding(
        proof.check_row, Withdrawal.objects.select_related("event").filter(pk__in=numbers - {None})
    )
    moments = sorted(
        (moment for row in rows for moment in _moments(row, withdrawals)),
        key=lambda moment: moment[:2],
        reverse=True,
    )[:most]
    sign_offs = _holding(
        proof.check_signed,
        reading.with_evidence().filter(pk__in={moment.row.sign_off_id for moment in moments}),
    )
    return [
        _change(moment, sign_offs[moment.row.sign_off_id], at)
        for moment in moments
        if moment.row.sign_off_id in sign_offs
    ]


def current(kind: str, at: datetime, first: int, most: int) -> list[tuple[str, datetime]]:
    """Some of the addresses in force, and since when what is shown there has been, by name."""
    rows = Listing.objects.current(kind, at).filter(_BEGAN).values_list("slug", "from_at")
    return list(rows[first : first + most])


def extent(kind: str, at: datetime) -> tuple[int, datetime | None]:
    """How many pages are in force, and when that or anything in them changed last."""
    rows = Listing.objects.filter(subject__kind=kind, from_at__lte=at)
    found = rows.aggregate(
        count=Count("pk", filter=_open(at)),
        began=Max("from_at"),
        ended=Max("until_at", filter=~_open(at)),
    )
    changes = [instant for instant in (found["began"], found["ended"]) if instant]
    return found["count"], max(changes, default=None)


def _open(at: datetime) -> Q:
    return Q(until_at=None) | Q(until_at__gt=at)


# The cancellation that brought a listing's sign-off back, by ending a later one.
_CANCELLATIONS = Withdrawal.objects.filter(
    subject=OuterRef("subject"), sign_off__gt=OuterRef("sign_off"), at=OuterRef("from_at")
)
_WITHDRAWALS = Withdrawal.objects.page().filter(
    subject=OuterRef("subject"), at=OuterRef("until_at")
)
# What evidence must say of a listing's two instants.
_BEGAN = Q(from_at=F("sign_off__effective_at")) | Exists(_CANCELLATIONS)
_ENDED = Exists(
    Withdrawal.objects.filter(subject=OuterRef("subject"), at=OuterRef("until_at"))
) | Exists(SignOff.objects.filter(subject=OuterRef("subject"), effective_at=OuterRef("until_at")))


def _newest_rows(kind: str, at: datetime, most: int) -> QuerySet[Listing, Any]:
    """The listings that began last and those that a withdrawal ended last, each re-proved."""
    begun = Listing.objects.filter(subject__kind=kind, from_at__lte=at).order_by("-from_at", "-pk")
    withdrawn = Withdrawal.objects.page().filter(subject__kind=kind, at__lte=at).order_by("-pk")
    ended = Listing.objects.filter(
        subject__withdrawals__in=withdrawn.values("pk")[:most],
        until_at=F("subject__withdrawals__at"),
    )
    was_public = SignOff.objects.shown_by(at).filter(
        pk=OuterRef("sign_off"), edition__slug=OuterRef("slug"), edition__title=OuterRef("name")
    )
    in_force = SignOff.objects.in_force(at).filter(pk=OuterRef("sign_off"))
    earlier = SignOff.objects.shown_by(at).filter(
        subject=OuterRef("subject"), pk__lt=OuterRef("sign_off")
    )
    return (
        Listing.objects.filter(
            Q(pk__in=begun.values("pk")[:most]) | Q(pk__in=ended.values("pk")),
            subject__kind=kind,
            from_at__lte=at,
        )
        .filter(Exists(was_public), _BEGAN)
        .filter(_open(at) & Exists(in_force) | ~_open(at) & _ENDED)
        .annotate(
            effective_at=F("sign_off__effective_at"),
            is_first=~Exists(earlier),
            cancelled_by=Subquery(_CANCELLATIONS.order_by("pk").values("pk")[:1]),
            withdrawn_by=Subquery(_WITHDRAWALS.filter(at__lte=at).order_by("-pk").values("pk")[:1]),
        )
    )


def _moments(row: Any, withdrawals: dict[int, Withdrawal]) -> Iterator[_Moment]:
    if row.from_at == row.effective_at:
        yield _Moment(row.from_at, row.sign_off_id, row, "")
    elif row.cancelled_by in withdrawals:
        yield _Moment(row.from_at, row.cancelled_by, row, "")
    if row.withdrawn_by in withdrawals:
        yield _Moment(row.until_at, row.withdrawn_by, row, withdrawals[row.withdrawn_by].notice)


def _change(moment: _Moment, sign_off: SignOff, at: datetime) -> Change:
    row, until = moment.row, moment.row.until_at
    happened = _happened(moment, sign_off)
    is_news = happened in (Happened.PUBLISHED, Happened.REVIEWED, Happened.CORRECTED)
    return Change(
        number=moment.number,
        happened=happened,
        at=moment.at,
        slug=row.slug,
        title=row.name,
        signature=reading.signature_of(sign_off),
        public_note=sign_off.edition.public_note if is_news else "",
        shown=Shown(row.from_at, until) if until and until <= at else None,
        notice=moment.notice,
    )


def _happened(moment: _Moment, sign_off: SignOff) -> Happened:
    if moment.notice:
        return Happened.WITHDRAWN
    if moment.number != sign_off.pk:
        return Happened.STEPPED_BACK
    if sign_off.scope == SignOff.Scope.CORRECTION:
        return Happened.CORRECTED
    if moment.row.is_first:
        return Happened.PUBLISHED
    return Happened.REVIEWED if sign_off.submission_id else Happened.REAFFIRMED


def _holding(check: Callable[[Any], None], rows: QuerySet[Any, Any]) -> dict[int, Any]:
    """By number, those rows of evidence that are still what was recorded."""
    held = {}
    for row in rows:
        try:
            check(row)
        except proof.BrokenEvidence:
            logger.exception("A change is left out of the lists.")
        else:
            held[row.pk] = row
    return held
