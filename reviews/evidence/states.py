"""What a page shows from when to when, by its sign-offs and withdrawals."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

from reviews import clock
from reviews.models import Evidence, Overlay, SignOff, Subject, Withdrawal


@dataclass(frozen=True)
class State:
    """What a page showed during one stretch of time.

    With a `sign_off` its edition was in force; otherwise the page was withdrawn, by `withdrawal`.
    `cancelled` is the cancellation by which an earlier edition came back into force.
    """

    from_at: datetime
    until_at: datetime | None
    sign_off: SignOff | None
    withdrawal: Withdrawal | None = None
    cancelled: Withdrawal | None = None

    @property
    def shows(self) -> tuple[SignOff | None, Withdrawal | None]:
        """What a reader sees: two states that show the same are one."""
        return self.sign_off, self.withdrawal


def states(sign_offs: Iterable[SignOff], withdrawals: Iterable[Withdrawal]) -> list[State]:
    """Every stretch from the first public instant on, by what is known, the oldest first.

    What is public can change only when a sign-off takes effect or something is withdrawn.
    """
    sign_offs = list(sign_offs)
    ends = [_End(row, _ended_at(row, sign_offs)) for row in withdrawals]
    instants = sorted({row.effective_at for row in sign_offs} | {end.at for end in ends})
    found: list[State] = []
    for at, until in zip_longest(instants, instants[1:]):
        state = _state(sign_offs, ends, at, until)
        if found and found[-1].shows == state.shows:
            found[-1] = replace(found[-1], until_at=until)
        elif found or state.sign_off:
            found.append(state)
    return found


def history(subject: Subject) -> list[State]:
    """Every stretch of a page; the texts of its editions are not read."""
    sign_offs = subject.sign_offs.select_related("edition").defer("edition__text")
    return states(sign_offs, subject.withdrawals.all())


class _End(NamedTuple):
    """A withdrawal, and from when it counts."""

    row: Withdrawal
    at: datetime


def _ended_at(withdrawal: Withdrawal, sign_offs: Iterable[SignOff]) -> datetime:
    """After all that was signed before it, even if the clock of its server was behind theirs."""
    signed = (row.signed_at for row in sign_offs if row.pk < withdrawal.pk)
    newest = max(signed, default=withdrawal.at)
    return newest + timedelta(microseconds=1) if newest > withdrawal.at else withdrawal.at


def _state(
    sign_offs: list[SignOff], ends: list[_End], at: datetime, until: datetime | None
) -> State:
    """What is shown at an instant: the rule of `SignOffQuerySet.in_force` in plain Python."""
    made = [end.row for end in ends if end.at <= at]
    ended = {row.sign_off_id for row in made}
    counting = [row for row in sign_offs if row.effective_at <= at and row.pk not in ended]
    newest = max(counting, key=_number, default=None)
    page_off = max((row for row in made if row.sign_off_id is None), key=_number, default=None)
    if newest is None or (page_off is not None and page_off.pk > newest.pk):
        return State(at, until, None, page_off)
    cancelled = next((row for row, when in ends if when == at and row.sign_off_id), None)
    return State(at, until, newest, cancelled=cancelled)


def last_shown(subject: Subject) -> SignOff | None:
    """The sign-off of a page that was in force last, or is."""
    history = states(subject.sign_offs.select_related("edition"), subject.withdrawals.all())
    now = clock.now()
    shown = (state.sign_off for state in history[::-1] if state.sign_off and state.from_at <= now)
    return next(shown, None)


@dataclass(frozen=True)
class Overlaid:
    """One stretch of time in which a flag or a hold stood over a page; `ended` is what ended it."""

    overlay: Overlay
    from_at: datetime
    until_at: datetime | None
    ended: Overlay | None = None

    @property
    def is_hold(self) -> bool:
        """Whether the page was off."""
        return self.overlay.kind == Overlay.Kind.HOLD


def overlaid(overlays: Iterable[Overlay]) -> list[Overlaid]:
    """Every stretch in which a page was flagged or held, by what is known, the oldest first."""
    overlays = list(overlays)
    found: list[Overlaid] = []
    for at in sorted({row.at for row in overlays}):
        newest = max((row for row in overlays if row.at <= at), key=_number)
        if found and found[-1].overlay == newest:
            continue
        if found and found[-1].until_at is None:
            found[-1] = replace(found[-1], until_at=at, ended=newest)
        if newest.kind != Overlay.Kind.RELEASE:
            found.append(Overlaid(newest, at, None))
    return found


def shown(state: State, overlays: Iterable[Overlaid]) -> list[tuple[datetime, datetime | None]]:
    """The stretches of a state in which its page was not held, as (from, until)."""
    left = [(state.from_at, state.until_at)] if state.sign_off else []
    for overlay in overlays:
        if overlay.is_hold:
            left = [part for one in left for part in _without(one, overlay)]
    return left


def _without(
    stretch: tuple[datetime, datetime | None], hold: Overlaid
) -> Iterable[tuple[datetime, datetime | None]]:
    """What is left of a stretch outside a hold."""
    begins, ends = stretch
    if ends is not None and hold.from_at >= ends:
        yield stretch
        return
    if hold.from_at > begins:
        yield begins, hold.from_at
    if hold.until_at is not None and (ends is None or hold.until_at < ends):
        yield max(begins, hold.until_at), ends


def _number(row: Evidence) -> int:
    return int(row.pk)
