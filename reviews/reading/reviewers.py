"""What the public reads of a reviewer: confirmed words, and the pages that they vouch for."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Q, Subquery

from reviews.evidence import checks
from reviews.models import Listing, ProfileConfirmation, Reviewer, SignOff
from reviews.reading import proved

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Vouched:
    """A page in force that a reviewer vouches for; `full` says whether they reviewed all of it."""

    slug: str
    title: str
    full: bool
    on: date


@dataclass(frozen=True)
class Profile:
    """A reviewer as patients see them. Without `confirmed_on` the words are those of a sign-off.

    `licensed_in` are the states of the newest one; `earlier` the pages whose signature of theirs
    no longer counts.
    """

    slug: str
    name: str
    credentials: str
    specialty: str
    relationship: str
    biography: str
    confirmed_on: date | None
    licensed_in: str
    is_active: bool
    pages: list[Vouched]
    earlier: list[Vouched]

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}"


def profile(slug: str, kind: str, at: datetime) -> Profile | None:
    """The reviewer with an address, and their pages of a kind; None if they signed nothing public.

    At most five queries. What does not hold is logged and left out.
    """
    reviewer = Reviewer.objects.filter(slug=slug).first()
    if reviewer is None:
        return None
    newest = _newest_shown(reviewer, at)
    if newest is None:
        return None
    confirmed = _confirmed(reviewer)
    pages = _pages(reviewer, kind, at)
    return Profile(
        slug=reviewer.slug,
        name=confirmed.printed_name if confirmed else newest.printed_name,
        credentials=confirmed.credentials if confirmed else newest.credentials,
        specialty=confirmed.specialty if confirmed else "",
        relationship=confirmed.relationship if confirmed else newest.relationship,
        biography=confirmed.biography if confirmed else "",
        confirmed_on=confirmed.on if confirmed else None,
        licensed_in=newest.license_states,
        is_active=reviewer.is_active,
        pages=pages,
        earlier=_earlier(reviewer, kind, at, {page.slug for page in pages}),
    )


def _newest_shown(reviewer: Reviewer, at: datetime) -> SignOff | None:
    """Their latest sign-off that was ever public, if it holds."""
    shown = SignOff.objects.shown_by(at).filter(reviewer=reviewer).order_by("-pk").values("pk")
    newest = proved.with_evidence().filter(pk=Subquery(shown[:1]))
    return next(proved.holding(newest), None)


def _confirmed(reviewer: Reviewer) -> ProfileConfirmation | None:
    last = reviewer.confirmations.select_related("event").order_by("-pk").first()
    if last is None:
        return None
    try:
        checks.check_row(last)
    except checks.BrokenEvidence:
        logger.exception("The profile of %s is not shown.", reviewer.slug)
        return None
    return last


def _pages(reviewer: Reviewer, kind: str, at: datetime) -> list[Vouched]:
    theirs = Listing.objects.current(kind, at).filter(
        Q(sign_off__reviewer=reviewer) | Q(sign_off__rests_on__reviewer=reviewer)
    )
    listed = theirs.order_by().values("sign_off")
    rows = proved.holding(proved.with_evidence().filter(pk__in=listed))
    return _by_title(_vouched(row, row.full_review, reviewer) for row in rows)


def _earlier(reviewer: Reviewer, kind: str, at: datetime, now: set[str]) -> list[Vouched]:
    """The newest of their signatures for each page that none in force rests on."""
    shown = SignOff.objects.shown_by(at).filter(subject__kind=kind, reviewer=reviewer)
    newest = shown.order_by().values("subject").annotate(last=Max("pk")).values("last")
    rows = proved.with_evidence().filter(pk__in=newest)
    return _by_title(
        _vouched(row, row, reviewer) for row in proved.holding(rows) if row.edition.slug not in now
    )


def _vouched(sign_off: SignOff, full: SignOff, reviewer: Reviewer) -> Vouched:
    own = full if full.reviewer_id == reviewer.pk else sign_off
    is_full = own.scope == SignOff.Scope.FULL
    edition = sign_off.edition
    # The name is among the words that were taken out; the address is not.
    title = edition.slug if hasattr(edition, "redaction") else edition.title
    return Vouched(edition.slug, title, is_full, own.signed_on)


def _by_title(pages: Iterable[Vouched]) -> list[Vouched]:
    """By name, as both engines would not sort it alike."""
    return sorted(pages, key=lambda page: (page.title.casefold(), page.slug))
