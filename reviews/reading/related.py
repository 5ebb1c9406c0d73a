"""The public pages that a page names, or that name it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import (
    Q,
)

from reviews.models import Edition, Listing, SignOff
from reviews.reading.at_address import Found, addresses, was_at
from reviews.reading.proved import holding, with_evidence
from reviews.reviewable import Related


class Around(NamedTuple):
    """The pages beside one, and the page that its subject is now part of, if that can be read."""

    related: list[Related]
    successor: Related | None


def of(found: Found) -> list[Related]:
    """The public pages that a page names or that name it; one that does not hold is left out."""
    return in_order(with_evidence().filter(pk__in=found.related))


def around(found: Found, kind: str, successor: UUID, at: datetime) -> Around:
    """What stands around a withdrawn page that is now part of another: one query."""
    public = Listing.objects.current(kind, at).filter(subject=successor).order_by()
    either = Q(pk__in=found.related) | Q(pk__in=public.values("sign_off"))
    rows = list(with_evidence().filter(either))
    of_successor = in_order(row for row in rows if row.subject_id == successor)
    others = in_order(row for row in rows if row.subject_id != successor)
    return Around(others, next(iter(of_successor), None))


def current(kind: str, subject: UUID, at: datetime) -> Related | None:
    """A page by its signed name, if patients can read it, the lists agree, and it holds."""
    public = Listing.objects.current(kind, at).filter(subject=subject).order_by()
    return next(iter(in_order(with_evidence().filter(pk__in=public.values("sign_off")))), None)


def beside(edition: Edition, at: datetime) -> list[Related]:
    """Those that the page would list beside an edition, were it in force: for a preview."""
    kind = edition.subject.kind
    public = SignOff.objects.public(at).exclude(subject=edition.subject)
    targets = edition.targets.values("slug")
    named = public.filter(
        was_at(targets, at), subject__addresses__kind=kind, subject__addresses__slug__in=targets
    )
    own = addresses(at).filter(subject=edition.subject).values("slug")
    naming = public.filter(
        Q(edition__targets__slug__in=own) | Q(edition__targets__slug=edition.slug),
        subject__kind=kind,
    )
    either = Q(pk__in=named.values("pk")) | Q(pk__in=naming.values("pk"))
    return in_order(with_evidence().filter(either))


def in_order(sign_offs: Iterable[SignOff]) -> list[Related]:
    """Those that hold, by name, as both engines would not sort it alike."""
    pages = (Related(row.edition.slug, row.edition.title) for row in holding(sign_offs))
    return sorted(pages, key=lambda page: (page.title.casefold(), page.slug))
