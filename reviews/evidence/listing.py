"""The derived rows that lists page through: from when to when each sign-off is in force."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from reviews.evidence import ahead
from reviews.evidence.states import State, history, overlaid, shown
from reviews.models import Listing, Subject


class Span(NamedTuple):
    """One stretch of time in which a sign-off is public, as the columns of a listing."""

    sign_off_id: int
    slug: str
    name: str
    from_at: datetime
    until_at: datetime | None


def spans(subject: Subject) -> list[Span]:
    """Every stretch in which a page is or will be in force and not held, by what is known now."""
    return _spans(subject, history(subject))


def _spans(subject: Subject, states: Iterable[State]) -> list[Span]:
    overlays = overlaid(subject.overlays.all())
    return [
        Span(
            state.sign_off.pk,
            state.sign_off.edition.slug,
            state.sign_off.edition.title,
            from_at,
            until_at,
        )
        for state in states
        if state.sign_off is not None
        for from_at, until_at in shown(state, overlays)
    ]


def rebuild(subject: Subject, read: ahead.Read | None = None) -> None:
    """Write a subject's listings afresh, in the transaction of the verb that changed them.

    How far its draft is ahead of what is public is counted again.
    """
    states = history(subject)
    subject.listings.all().delete()
    Listing.objects.bulk_create(
        Listing(subject=subject, **span._asdict()) for span in _spans(subject, states)
    )
    ahead.count_again(subject, states, read)


def recorded(subject: Subject) -> list[Span]:
    """The spans as they stand in the table, in order."""
    return [
        Span(row.sign_off_id, row.slug, row.name, row.from_at, row.until_at)
        for row in subject.listings.order_by("from_at")
    ]
