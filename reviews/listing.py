"""What a page shows from when to when, and the derived rows that lists page through."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from reviews.models import Evidence, Listing, SignOff, Subject, Withdrawal


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


class Span(NamedTuple):
    """One stretch of time in which a sign-off is in force, as the columns of a listing."""

    sign_off_id: int
    slug: str
    name: str
    from_at: datetime
    until_at: datetime | None


def spans(subject: Subject) -> list[Span]:
    """Every stretch in which a page is or will be in force, by what is known now."""
    sign_offs = subject.sign_offs.select_related("edition").defer("edition__text")
    return [
        Span(
            state.sign_off.pk,
            state.sign_off.edition.slug,
            state.sign_off.edition.title,
            state.from_at,
            state.until_at,
        )
        for state in states(sign_offs, subject.withdrawals.all())
        if state.sign_off is not None
    ]


def rebuild(subject: Subject) -> None:
    """Write a subject's listings afresh, in the transaction of the verb that changed them."""
    subject.listings.all().delete()
    Listing.objects.bulk_create(
        Listing(subject=subject, **span._asdict()) for span in spans(subject)
    )


def recorded(subject: Subject) -> list[Span]:
    """The spans as they stand in the table, in order."""
    return [
        Span(row.sign_off_id, row.slug, row.name, row.from_at, row.until_at)
        for row in subject.listings.order_by("from_at")
    ]
