"""The derived rows that lists page through: from when to when each sign-off is in force."""

from datetime import datetime
from typing import NamedTuple

from reviews.evidence.states import overlaid, shown, states
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
    sign_offs = subject.sign_offs.select_related("edition").defer("edition__text")
    overlays = overlaid(subject.overlays.all())
    return [
        Span(
            state.sign_off.pk,
            state.sign_off.edition.slug,
            state.sign_off.edition.title,
            from_at,
            until_at,
        )
        for state in states(sign_offs, subject.withdrawals.all())
        if state.sign_off is not None
        for from_at, until_at in shown(state, overlays)
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
