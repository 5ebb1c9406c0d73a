"""What became public or was withdrawn, and since when what is in force has been: all proved."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from reviews.evidence import checks, kinds
from reviews.evidence.states import State, states
from reviews.models import Event, Listing, SignOff, Subject, Withdrawal
from reviews.reading import proved
from reviews.reviewable import Shown, Signature, model_of

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
    """When a page began to show something, or was withdrawn, and by which event.

    `state` is what it showed from then on; of a withdrawn page, until then.
    """

    at: datetime
    number: int
    happened: Happened
    state: State
    notice: str = ""


def latest(kind: str, at: datetime, most: int) -> list[Change]:
    """The newest changes up to an instant, newest first; what does not hold is left out.

    Five queries, however many pages and editions there are. Derived rows say only where to look:
    what is said comes from evidence alone.
    """
    moments = sorted(
        (
            moment
            for history in _histories(_lately_changed(kind, at, most), at)
            for moment in _moments(history)
        ),
        key=lambda moment: moment[:2],
        reverse=True,
    )[:most]
    shown = {moment.state.sign_off.pk for moment in moments if moment.state.sign_off}
    signed = {
        sign_off.pk: sign_off
        for sign_off in proved.holding(proved.with_evidence().filter(pk__in=shown))
    }
    return [
        _change(moment, signed[moment.state.sign_off.pk])
        for moment in moments
        if moment.state.sign_off and moment.state.sign_off.pk in signed
    ]


def current(kind: str, at: datetime, first: int, most: int) -> list[tuple[str, datetime]]:
    """Some of the addresses in force, and since when what is shown there has been, by name.

    A row that does not hold is left out. Two queries; one more for 500 documents not remembered,
    and one if a cancellation brought any of these pages back.
    """
    rows: list[Any] = list(
        Listing.objects.current(kind, at)
        .select_related("sign_off__event")
        .annotate(brought_back_by=Subquery(_cancellations(at).values("pk")[:1]))[
            first : first + most
        ]
    )
    signed = [(row.sign_off_id, row.sign_off.event.hash) for row in rows]
    slugs = proved.briefs_by_number(signed, model_of(kind).address)
    brought_back = {row.brought_back_by for row in rows} - {None}
    cancellations = (
        Withdrawal.objects.select_related("event").in_bulk(brought_back) if brought_back else {}
    )
    return [
        (row.slug, row.from_at)
        for row in rows
        if slugs.get(row.sign_off_id) == row.slug
        and row.from_at == _since(row.sign_off, cancellations.get(row.brought_back_by))
    ]


def count(kind: str, at: datetime) -> int:
    """How many pages are in force, by what is listed."""
    still = Q(until_at=None) | Q(until_at__gt=at)
    return Listing.objects.filter(still, subject__kind=kind, from_at__lte=at).count()


def _cancellations(at: datetime) -> Any:
    """Those that ended a sign-off which had counted over that of a listing, the last one first."""
    return Withdrawal.objects.filter(
        subject=OuterRef("subject"),
        sign_off__gt=OuterRef("sign_off"),
        sign_off__effective_at__lte=F("at"),
        at__lte=at,
    ).order_by("-at", "-pk")


def _since(sign_off: SignOff, cancellation: Withdrawal | None) -> datetime | None:
    """From when a sign-off in force has been so; None where the evidence does not hold."""
    try:
        checks.check_row(sign_off)
        if cancellation is None:
            return sign_off.effective_at
        checks.check_row(cancellation)
    except checks.BrokenEvidence:
        logger.exception("A page is left out of the sitemap.")
        return None
    return cancellation.at


def _lately_changed(kind: str, at: datetime, most: int) -> list[UUID]:
    """The pages of the newest changes, in no order."""
    begun = Listing.objects.filter(subject__kind=kind, from_at__lte=at).order_by("-from_at", "-pk")
    withdrawn = Withdrawal.objects.page().filter(subject__kind=kind, at__lte=at).order_by("-pk")
    return list(
        Subject.objects.filter(
            Q(pk__in=begun.values("subject")[:most]) | Q(pk__in=withdrawn.values("subject")[:most])
        ).values_list("pk", flat=True)
    )


def _histories(subjects: list[UUID], at: datetime) -> Iterator[list[State]]:
    """What each of some pages showed up to an instant, proved; three queries.

    Editions are not read here. A history with a hole would lie about the rest, so it is left out.
    """
    sign_offs = _by_subject(SignOff.objects.select_related("event").filter(subject__in=subjects))
    withdrawals = _by_subject(
        Withdrawal.objects.select_related("event").filter(subject__in=subjects)
    )
    events = _by_subject(Event.objects.filter(subject__in=subjects, kind__in=kinds.DECISIVE))
    for subject in subjects:
        rows = [*sign_offs[subject], *withdrawals[subject]]
        try:
            checks.check_decisions(rows, [event.pk for event in events[subject]])
        except checks.BrokenEvidence:
            logger.exception("A page is left out of the feed.")
            continue
        yield states(
            [row for row in sign_offs[subject] if row.effective_at <= at],
            [row for row in withdrawals[subject] if row.at <= at],
        )


def _by_subject(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(row)
    return found


def _moments(history: list[State]) -> Iterator[_Moment]:
    before: State | None = None
    for state in history:
        sign_off, withdrawal = state.shows
        if withdrawal is not None and before is not None and before.sign_off is not None:
            yield _Moment(
                state.from_at, withdrawal.pk, Happened.WITHDRAWN, before, withdrawal.notice
            )
        elif sign_off is not None and state.from_at == sign_off.effective_at:
            happened = _happened(sign_off, is_first=before is None)
            yield _Moment(state.from_at, sign_off.pk, happened, state)
        elif sign_off is not None and state.cancelled is not None:
            yield _Moment(state.from_at, state.cancelled.pk, Happened.STEPPED_BACK, state)
        before = state


def _happened(sign_off: SignOff, *, is_first: bool) -> Happened:
    if sign_off.scope == SignOff.Scope.CORRECTION:
        return Happened.CORRECTED
    if is_first:
        return Happened.PUBLISHED
    return Happened.REVIEWED if sign_off.submission_id else Happened.REAFFIRMED


def _change(moment: _Moment, sign_off: SignOff) -> Change:
    from_at, until_at = moment.state.from_at, moment.state.until_at
    is_news = moment.happened in (Happened.PUBLISHED, Happened.REVIEWED, Happened.CORRECTED)
    return Change(
        number=moment.number,
        happened=moment.happened,
        at=moment.at,
        slug=sign_off.edition.slug,
        title=sign_off.edition.title,
        signature=proved.signature_of(sign_off),
        public_note=sign_off.edition.public_note if is_news else "",
        shown=Shown(from_at, until_at) if until_at else None,
        notice=moment.notice,
    )
