"""The picture of a page's history: each edition on a line of time, and what kept the page off.

It shows no word of a document: numbers of editions, days, and what became of the page.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from reviews import clock
from reviews.evidence.states import Overlaid, State, shown
from reviews.models import Edition
from reviews.reading.scale import Bar, Mark, Moment, Scale, Stretch, Tick, begins, ends

# The newest editions are drawn; older ones stand in the list beside the picture.
MOST_ROWS = 40


@dataclass(frozen=True)
class Row:
    """One line of the picture and what it says in words: days, as (from, until or None)."""

    title: str
    what: str
    days: tuple[tuple[date, date | None], ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A page's history, the newest edition first; `left_out` older editions are not drawn.

    `shows_submissions` says whether it is one for the staff.
    """

    first: date
    last: date
    today: date
    rows: tuple[Row, ...]
    years: tuple[Tick, ...]
    left_out: int
    shows_submissions: bool


def picture(
    states: Collection[State],
    laid: Collection[Overlaid],
    at: datetime,
    *,
    editions: Collection[Edition] = (),
) -> Picture | None:
    """The picture of what a page showed up to an instant, and of what waits where that is given.

    With all its `editions` it is one for the staff: those never public and the submissions are
    drawn too. None where there is nothing to draw.
    """
    signed = [state.sign_off for state in states if state.sign_off]
    drawn = {row.edition_id: row.edition for row in signed} | {one.pk: one for one in editions}
    begun = [row.signed_at for row in signed] + [one.frozen_at for one in editions]
    if not begun:
        return None
    # Whole days: what is drawn stays the same, byte for byte, until the day is over.
    first = clock.local_date(min(begun))
    last = clock.local_date(max(at, *(one.from_at for one in states), min(begun)))
    scale = Scale(begins(first), ends(last))
    newest = sorted(drawn.values(), key=lambda one: one.number, reverse=True)
    rows = [
        _edition(edition, states, laid, scale, is_inside=bool(editions))
        for edition in newest[:MOST_ROWS]
    ]
    return Picture(
        first,
        last,
        clock.local_date(at),
        (*rows, *_off(states, laid, scale)),
        tuple(scale.ticks(date(year, 1, 1) for year in range(first.year + 1, last.year + 1))),
        left_out=max(len(newest) - MOST_ROWS, 0),
        shows_submissions=bool(editions),
    )


def _edition(
    edition: Edition,
    states: Collection[State],
    laid: Collection[Overlaid],
    scale: Scale,
    *,
    is_inside: bool,
) -> Row:
    own = [state for state in states if state.sign_off and state.sign_off.edition_id == edition.pk]
    stretches = [Stretch("in-force", *one) for state in own for one in shown(state, laid)]
    moments = [Moment("submitted", edition.frozen_at)] if is_inside else []
    moments += [Moment("signed", state.sign_off.signed_at) for state in own if state.sign_off]
    what = "in force" if stretches else "never public"
    return _row(f"Edition {edition.number}", what, stretches, scale, moments)


def _off(states: Collection[State], laid: Collection[Overlaid], scale: Scale) -> Iterable[Row]:
    """The lines of what kept the page off, or stood above it; none where nothing ever did."""
    withdrawn = [
        Stretch("withdrawn", state.from_at, state.until_at)
        for state in states
        if state.sign_off is None
    ]
    held = [Stretch("held", one.from_at, one.until_at) for one in laid if one.is_hold]
    flagged = [Stretch("flagged", one.from_at, one.until_at) for one in laid if not one.is_hold]
    for title, what, stretches in (
        ("Withdrawn", "off", withdrawn),
        ("Held", "off while it was checked", held),
        ("Flagged", "with a notice above it while it was checked", flagged),
    ):
        if stretches:
            yield _row(title, what, stretches, scale)


def _row(
    title: str,
    what: str,
    stretches: list[Stretch],
    scale: Scale,
    moments: Iterable[Moment] = (),
) -> Row:
    return Row(
        title,
        what,
        tuple(_days(stretches)),
        tuple(scale.bars(stretches)),
        tuple(scale.marks(moments)),
    )


def _days(stretches: Iterable[Stretch]) -> list[tuple[date, date | None]]:
    """The days of stretches; one that begins where the one before ends goes on."""
    joined: list[tuple[datetime, datetime | None]] = []
    for one in sorted(stretches, key=lambda each: each.from_at):
        if joined and joined[-1][1] == one.from_at:
            joined[-1] = (joined[-1][0], one.until_at)
        else:
            joined.append((one.from_at, one.until_at))
    return [
        (clock.local_date(from_at), None if until_at is None else clock.local_date(until_at))
        for from_at, until_at in joined
    ]
