"""What a page shows from when to when, by its sign-offs and withdrawals."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest

from reviews.models import Evidence, SignOff, Withdrawal


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
    sign_offs, withdrawals = list(sign_offs), list(withdrawals)
    instants = sorted({row.effective_at for row in sign_offs} | {row.at for row in withdrawals})
    found: list[State] = []
    for at, until in zip_longest(instants, instants[1:]):
        state = _state(sign_offs, withdrawals, at, until)
        if found and found[-1].shows == state.shows:
            found[-1] = replace(found[-1], until_at=until)
        elif found or state.sign_off:
            found.append(state)
    return found


def _state(
    sign_offs: list[SignOff], withdrawals: list[Withdrawal], at: datetime, until: datetime | None
) -> State:
    """What is shown at an instant: the rule of `SignOffQuerySet.in_force` in plain Python."""
    made = [row for row in withdrawals if row.at <= at]
    ended = {row.sign_off_id for row in made}
    counting = [row for row in sign_offs if row.effective_at <= at and row.pk not in ended]
    newest = max(counting, key=_number, default=None)
    page_off = max((row for row in made if row.sign_off_id is None), key=_number, default=None)
    if newest is None or (page_off is not None and page_off.pk > newest.pk):
        return State(at, until, None, page_off)
    cancelled = next((row for row in made if row.at == at and row.sign_off_id), None)
    return State(at, until, newest, cancelled=cancelled)


def _number(row: Evidence) -> int:
    return int(row.pk)
