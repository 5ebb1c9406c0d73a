"""From when to when each sign-off is in force: derived rows that lists page through."""

from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from reviews.models import Listing, SignOff, Subject


class Span(NamedTuple):
    """One stretch of time in which a sign-off is in force, as the columns of a listing."""

    sign_off_id: int
    slug: str
    name: str
    from_at: datetime
    until_at: datetime | None


def spans(subject: Subject) -> list[Span]:
    """Every stretch in which a page is or will be in force, by what is known now.

    What is in force can change only when a sign-off becomes effective or something is withdrawn,
    so it is asked for at each of those instants.
    """
    changes = {row.effective_at for row in subject.sign_offs.all()}
    changes |= {row.at for row in subject.withdrawals.all()}
    instants = sorted(changes)
    found: list[Span] = []
    for at, until in zip_longest(instants, instants[1:]):
        row = (
            SignOff.objects.in_force(at)
            .filter(subject=subject)
            .select_related("edition")
            .defer("edition__text")
            .first()
        )
        if row is None:
            continue
        if found and found[-1].sign_off_id == row.pk and found[-1].until_at == at:
            found[-1] = found[-1]._replace(until_at=until)
        else:
            found.append(Span(row.pk, row.edition.slug, row.edition.title, at, until))
    return found


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
