"""The review window of every page: until when its full review counts, and what kept it off.

Read for the staff's lists, without proving: patients read nothing of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from reviews import clock
from reviews.evidence.states import Overlaid, State, overlaid, shown, states
from reviews.models import Overlay, SignOff, Withdrawal
from reviews.reading.scale import Moment, Stretch, ends
from reviews.text.days import is_overdue, late_from

SOON = timedelta(days=60)


class Stand(StrEnum):
    """How a page stands now, the most pressing first."""

    OVERDUE = "overdue"
    DUE = "due"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    IN_DATE = "in_date"


@dataclass(frozen=True)
class Window:
    """One page that was signed at least once, as it stands at an instant.

    `signed` is the sign-off in force, or the last one that was (or, before any was, the one that
    waits); `full_review` the one whose date counts. `since` is the day from which a withdrawal, a
    hold or a waiting signature counts. `stretches` and `moments` are for a picture.
    """

    subject: UUID
    title: str
    slug: str
    stand: Stand
    signed: SignOff
    full_review: SignOff
    is_flagged: bool
    since: date | None
    first_public_on: date | None
    stretches: tuple[Stretch, ...]
    moments: tuple[Moment, ...]

    @property
    def late_from(self) -> date | None:
        """From which day on the review that was due is late."""
        return late_from(self.due) if self.due else None

    @property
    def due(self) -> date | None:
        """When the next full review is due; None while nothing of the page counts."""
        return None if self.stand == Stand.WITHDRAWN else self.signed.due

    def days_left(self, on: date) -> int | None:
        """Days from `on` to the day on which the review is due; negative when overdue."""
        return (self.due - on).days if self.due else None


def windows(at: datetime) -> list[Window]:
    """Every page that was public or will be, the one due first first; three queries."""
    signed = _by_subject(
        SignOff.objects.relied_on(at)
        .select_related("edition")
        .only(
            *("subject_id", "scope", "rests_on_id", "printed_name", "credentials", "signed_at"),
            *("signed_on", "effective_at", "next_review_due"),
            *("edition__title", "edition__slug", "edition__number", "edition__subject_id"),
        )
    )
    withdrawn = _by_subject(
        Withdrawal.objects.only("subject_id", "sign_off_id", "notice", "at", "on")
    )
    laid_over = _by_subject(Overlay.objects.only("subject_id", "kind", "at", "on"))
    found = (
        window_of(rows, withdrawn.get(subject, []), laid_over.get(subject, []), at)
        for subject, rows in signed.items()
    )
    return sorted(
        (window for window in found if window),
        key=lambda one: (one.due is None, one.due or date.max, one.title),
    )


def _by_subject(rows: Iterable[SignOff | Withdrawal | Overlay]) -> dict[UUID, list]:
    found = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(row)
    return found


def window_of(
    sign_offs: list[SignOff], withdrawals: list[Withdrawal], overlays: list[Overlay], at: datetime
) -> Window | None:
    """The window of one page, from the rows that decide what it shows.

    None for one of which nothing ever counted or will.
    """
    history, laid = states(sign_offs, withdrawals), overlaid(overlays)
    past = [state for state in history if state.from_at <= at]
    # What counted last, or else what will count first.
    nearest = [*reversed(past), *history[len(past) :]]
    signed = next((state.sign_off for state in nearest if state.sign_off), None)
    if signed is None:
        return None
    over = next((one for one in laid if one.until_at is None), None)
    stand, since = _stand(past[-1] if past else None, over, signed, at)
    rows = {row.pk: row for row in sign_offs}
    public = [from_at for state in past for from_at, _ in shown(state, laid)]
    return Window(
        subject=signed.subject_id,
        title=signed.edition.title,
        slug=signed.edition.slug,
        stand=stand,
        signed=signed,
        full_review=rows.get(signed.rests_on_id or signed.pk, signed),
        is_flagged=over is not None and not over.is_hold,
        since=since,
        first_public_on=clock.local_date(min(public)) if public else None,
        stretches=tuple(_stretches(history, laid, at)),
        moments=tuple(_moments(sign_offs, signed, stand)),
    )


def _stand(
    now: State | None, over: Overlaid | None, signed: SignOff, at: datetime
) -> tuple[Stand, date | None]:
    if now is None:
        return Stand.WAITING, clock.local_date(signed.effective_at)
    if now.sign_off is None:
        return Stand.WITHDRAWN, now.withdrawal.on if now.withdrawal else None
    if over is not None and over.is_hold:
        return Stand.HELD, over.overlay.on
    today = clock.local_date(at)
    if is_overdue(signed.due, today):
        return Stand.OVERDUE, None
    return (Stand.DUE if signed.due <= today + SOON else Stand.IN_DATE), None


def _stretches(history: list[State], laid: list[Overlaid], at: datetime) -> Iterator[Stretch]:
    for state in history:
        if state.sign_off is None:
            yield Stretch("withdrawn", state.from_at, state.until_at or at)
            continue
        due = ends(state.sign_off.due)
        for from_at, until_at in shown(state, laid):
            if from_at < due:
                yield Stretch("in-date", from_at, min(until_at or due, due))
            if (until_at or at) > due:
                yield Stretch("overdue", max(from_at, due), until_at or at)
    yield from (Stretch("held", one.from_at, one.until_at or at) for one in laid if one.is_hold)


def _moments(sign_offs: list[SignOff], signed: SignOff, stand: Stand) -> Iterator[Moment]:
    for row in sign_offs:
        if row.scope == SignOff.Scope.FULL:
            yield Moment("signed", row.signed_at)
    if stand != Stand.WITHDRAWN:
        yield Moment("due", ends(signed.due))


@dataclass(frozen=True)
class Load:
    """One month's reviews: full ones signed in it, and the pages that are due in it or were.

    Pages that were due in it and are late are `overdue`, the others `due`.
    """

    first: date
    signed: int
    due: int
    overdue: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.signed + self.due + self.overdue


def loads(found: Iterable[Window], at: datetime, firsts: Iterable[date]) -> list[Load]:
    """The load of some months, by their first days."""
    today = clock.local_date(at)
    signed, due, overdue = Counter[date](), Counter[date](), Counter[date]()
    for window in found:
        signed.update(
            clock.local_date(moment.at).replace(day=1)
            for moment in window.moments
            if moment.kind == "signed"
        )
        if window.due:
            late = is_overdue(window.due, today)
            (overdue if late else due)[window.due.replace(day=1)] += 1
    return [Load(first, signed[first], due[first], overdue[first]) for first in firsts]
