"""What became public or was withdrawn, and since when what is in force has been: all proved."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from reviews.evidence import checks, kinds
from reviews.evidence.states import Overlaid, State, overlaid, states
from reviews.models import Event, Listing, Overlay, Redaction, SignOff, Subject, Withdrawal
from reviews.reading import decisions, proved
from reviews.reading.decisions import Decisions
from reviews.reviewable import Shown, Signature, model_of

logger = logging.getLogger(__name__)


class Happened(StrEnum):
    """What became of a page."""

    PUBLISHED = "first published"
    REVIEWED = "reviewed in full"
    CORRECTED = "corrected"
    REAFFIRMED = "reviewed again, unchanged"
    CORRECTED_URGENTLY = "corrected urgently; a full review is pending"
    STEPPED_BACK = "back to an earlier signature"
    WITHDRAWN = "withdrawn"
    FLAGGED = "part of it is being checked"
    HELD = "taken off while it is checked"
    RELEASED = "back after a check"


# What brought new words.
NEWS = (
    *(Happened.PUBLISHED, Happened.REVIEWED),
    *(Happened.CORRECTED, Happened.CORRECTED_URGENTLY),
)


@dataclass(frozen=True)
class Change:
    """One change of what is public, at the instant from which it counted.

    `number` is that of the event that made it. `signature` is what stood under the page from then
    on; of a withdrawn page, until then. `shown` is set where that is no longer in force. `notice`
    is the word for one of the fixed notices. Where its words were taken out, `taken_out_on` says
    when, and title and note are left out; `is_held` says that the page is off now.
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
    taken_out_on: date | None = None
    taken_out_at: datetime | None = None
    is_held: bool = False


class _Moment(NamedTuple):
    """When a page began to show something, or was withdrawn, and by which event.

    `state` is what it showed from then on; of a withdrawn page, until then. `hides` says whether
    the words of its edition are in force and held now, whenever they were signed first.
    """

    at: datetime
    number: int
    happened: Happened
    state: State
    notice: str = ""
    taken_out: Redaction | None = None
    is_held: bool = False
    hides: bool = False


def latest(kind: str, at: datetime, most: int) -> list[Change]:
    """The newest changes up to an instant, newest first; what does not hold is left out.

    Five queries, however many pages and editions there are, and one more where a page was ever
    flagged or held. Derived rows say only where to look: what is said comes from evidence alone.
    """
    moments = sorted(
        (
            moment
            for decided in _decided(_lately_changed(kind, at, most))
            for moment in _moments(decided, at)
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
    and one each if a cancellation or a release brought any of these pages back.
    """
    rows: list[Any] = list(
        Listing.objects.current(kind, at)
        .select_related("sign_off__event")
        .annotate(
            brought_back_by=Subquery(_cancellations(at).values("pk")[:1]),
            released_by=Subquery(_releases().values("pk")[:1]),
        )[first : first + most]
    )
    signed = [(row.sign_off_id, row.sign_off.event.hash) for row in rows]
    slugs = proved.briefs_by_number(signed, model_of(kind).address)
    cancellations = _by_number(Withdrawal, (row.brought_back_by for row in rows))
    releases = _by_number(Overlay, (row.released_by for row in rows))
    return [
        (row.slug, row.from_at)
        for row in rows
        if slugs.get(row.sign_off_id) == row.slug
        and row.from_at
        == _since(
            row.sign_off, cancellations.get(row.brought_back_by), releases.get(row.released_by)
        )
    ]


def _by_number(model: Any, numbers: Iterable[int | None]) -> dict[int, Any]:
    asked = {number for number in numbers if number is not None}
    return model.objects.select_related("event").in_bulk(asked) if asked else {}


def count(kind: str, at: datetime) -> int:
    """How many pages are in force, by what is listed."""
    still = Q(until_at=None) | Q(until_at__gt=at)
    return Listing.objects.filter(still, subject__kind=kind, from_at__lte=at).count()


def _cancellations(at: datetime) -> Any:
    """Those that ended a sign-off which had counted over that of a listing, the last one first."""
    return Withdrawal.objects.filter(
        subject=OuterRef("subject"),
        sign_off__gt=OuterRef("sign_off"),
        sign_off__effective_at__lt=F("at"),
        at__lte=at,
    ).order_by("-at", "-pk")


def _releases() -> Any:
    """The release that gave a page back at the instant from which a listing counts."""
    return Overlay.objects.filter(
        subject=OuterRef("subject"), at=OuterRef("from_at"), kind=Overlay.Kind.RELEASE
    ).order_by("-pk")


def _since(
    sign_off: SignOff, cancellation: Withdrawal | None, release: Overlay | None
) -> datetime | None:
    """From when a sign-off has been what patients read; None where the evidence does not hold."""
    rows = [row for row in (sign_off, cancellation, release) if row is not None]
    try:
        for row in rows:
            checks.check_row(row)
    except checks.BrokenEvidence:
        logger.exception("A page is left out of the sitemap.")
        return None
    if release is not None:
        return release.at
    return sign_off.effective_at if cancellation is None else cancellation.at


def _lately_changed(kind: str, at: datetime, most: int) -> list[UUID]:
    """The pages of the newest changes, in no order."""
    begun = Listing.objects.filter(subject__kind=kind, from_at__lte=at).order_by("-from_at", "-pk")
    withdrawn = Withdrawal.objects.page().filter(subject__kind=kind, at__lte=at).order_by("-pk")
    return list(
        Subject.objects.filter(
            Q(pk__in=begun.values("subject")[:most]) | Q(pk__in=withdrawn.values("subject")[:most])
        ).values_list("pk", flat=True)
    )


def _decided(subjects: list[UUID]) -> Iterator[Decisions]:
    """All that decided what each of some pages showed, proved.

    Editions are not read here. A history with a hole would lie about the rest, so it is left out.
    """
    events = defaultdict(list)
    for event in Event.objects.filter(subject__in=subjects, kind__in=kinds.DECISIVE):
        events[event.subject_id].append(event.pk)
    numbers = [number for numbers in events.values() for number in numbers]
    found = decisions.of_pages(subjects, numbers, decisions.sign_offs_alone())
    for subject, decided in found.items():
        try:
            decided.check(events[subject])
        except checks.BrokenEvidence:
            logger.exception("A page is left out of the feed.")
            continue
        yield decided


def _moments(decided: Decisions, at: datetime) -> Iterator[_Moment]:
    """When a page began to show something else, and what is to be said of it now."""
    overlays = overlaid(row for row in decided.overlays if row.at <= at)
    is_held = bool(overlays and overlays[-1].until_at is None and overlays[-1].is_hold)
    taken_out = {row.edition_id: row for row in decided.redactions if row.at <= at}
    history = states(
        [row for row in decided.sign_offs if row.effective_at <= at],
        [row for row in decided.withdrawals if row.at <= at],
    )
    in_force = history[-1].sign_off if history else None
    held = in_force.edition.digest if is_held and in_force else ""
    for moment in [*_changes(history), *_laid_over(history, overlays)]:
        sign_off = moment.state.sign_off
        yield moment._replace(
            taken_out=taken_out.get(sign_off.edition_id) if sign_off else None,
            is_held=is_held and moment.state.until_at is None,
            hides=sign_off is not None and sign_off.edition.digest == held,
        )


def _changes(history: list[State]) -> Iterator[_Moment]:
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


def _laid_over(history: list[State], overlays: list[Overlaid]) -> Iterator[_Moment]:
    """When a page that patients could read was flagged, held or given back."""
    for one in overlays:
        happened = Happened.HELD if one.is_hold else Happened.FLAGGED
        yield from _moment(history, one.overlay, happened)
        if one.ended is not None and one.ended.kind == Overlay.Kind.RELEASE:
            yield from _moment(history, one.ended, Happened.RELEASED)


def _moment(history: list[State], overlay: Overlay, happened: Happened) -> Iterator[_Moment]:
    under = [state for state in history if state.from_at <= overlay.at]
    if under and under[-1].sign_off:
        yield _Moment(overlay.at, overlay.pk, happened, under[-1])


def _happened(sign_off: SignOff, *, is_first: bool) -> Happened:
    if sign_off.scope == SignOff.Scope.CORRECTION:
        return Happened.CORRECTED
    if sign_off.scope == SignOff.Scope.URGENT:
        return Happened.CORRECTED_URGENTLY
    if is_first:
        return Happened.PUBLISHED
    return Happened.REVIEWED if sign_off.submission_id else Happened.REAFFIRMED


def _change(moment: _Moment, sign_off: SignOff) -> Change:
    from_at, until_at = moment.state.from_at, moment.state.until_at
    taken_out = moment.taken_out
    says_note = moment.happened in NEWS and not (taken_out or moment.hides)
    edition = sign_off.edition
    return Change(
        number=moment.number,
        happened=moment.happened,
        at=moment.at,
        slug=edition.slug,
        title=edition.slug if taken_out else edition.title,
        signature=proved.signature_of(sign_off),
        public_note=edition.public_note if says_note else "",
        shown=Shown(from_at, until_at) if until_at else None,
        notice=moment.notice,
        taken_out_on=taken_out.on if taken_out else None,
        taken_out_at=taken_out.at if taken_out else None,
        is_held=moment.is_held,
    )
