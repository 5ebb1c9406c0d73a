"""Evidence read for patients: proved before anything is shown; what does not hold is left out."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import (
    QuerySet,
)

from reviews.evidence import checks
from reviews.models import Listing, RelianceEnd, SignOff
from reviews.models.prepared import Prepared
from reviews.reading import decisions
from reviews.reading.at_address import Found
from reviews.reading.decisions import Decisions
from reviews.reading.memory import Memory
from reviews.reviewable import Ended, Signature, Signer

logger = logging.getLogger(__name__)
Brief = TypeVar("Brief")
_briefs: Memory[tuple[str, Any], Any] = Memory(8192)


def sign_off_of(found: Found) -> SignOff:
    """The sign-off in force with its edition, proved.

    Raises BrokenEvidence, after logging it, if what is stored is no longer what was signed.
    """
    return checked(with_evidence().filter(pk=found.sign_off).first(), found)


def decisions_of(found: Found) -> Decisions:
    """All that decided what a page shows, proved. Raises BrokenEvidence, after logging it."""
    with _logged(found):
        return decided_of(found, decisions.sign_offs_alone())


def checked(sign_off: SignOff | None, found: Found) -> SignOff:
    """A sign-off, proved with all that decided that it is in force. Raises BrokenEvidence.

    None is one that could not be read with its edition, its reviewer and their events.
    """
    with _logged(found):
        if sign_off is None:
            raise checks.BrokenEvidence(f"SignOff {found.sign_off}: something of it is missing")
        checks.check_signed(sign_off)
        decided = decided_of(found, decisions.sign_offs_alone())
        sign_off.ends = decided.ends_of(sign_off)
    return sign_off


def decided_of(found: Found, sign_offs: Any) -> Decisions:
    """All that decided what a page shows, proved, with its sign-offs as a queryset selects them.

    Raises BrokenEvidence where a row was changed or taken away.
    """
    decided = decisions.of_pages(
        [found.subject],
        found.decisions,
        sign_offs,
        laid_over=found.overlay is not None,
    )[found.subject]
    decided.check(found.decisions)
    check_listed(found)
    return decided


def check_listed(found: Found) -> None:
    """Raise BrokenEvidence unless the lists agree about what is public.

    They tell of a withdrawal, a hold, or a later sign-off, whose row was taken away and whose event
    was disguised.
    """
    is_off = found.withdrawn_on is not None or found.is_held
    if found.listed != (None if is_off else found.sign_off):
        raise checks.BrokenEvidence(
            f"Listing of {found.subject}: it does not agree about what is public"
        )


@contextmanager
def _logged(found: Found) -> Iterator[None]:
    try:
        yield
    except checks.BrokenEvidence:
        logger.exception("The page at %s is not shown.", found.slug)
        raise


def _current(kind: str, at: datetime) -> QuerySet[Listing, Any]:
    """Every sign-off in force with the hash of its event, wherever it stands."""
    return Listing.objects.current(kind, at).values_list("sign_off", "sign_off__event__hash")


_CURRENT: Prepared[Listing] = Prepared(_current, kind=str, at=datetime)


def listed(kind: str, at: datetime, brief: Callable[[dict[str, Any]], Brief]) -> list[Brief]:
    """What `brief` makes of every document in force, in no order that both engines share.

    One query, and a second one for those not remembered. A row that is no longer what was signed
    is logged and left out.
    """
    rows = _CURRENT.rows(kind=kind, at=at)
    return briefs([(pk, row_hash) for pk, row_hash in rows], brief)


def briefs(
    signed: Sequence[tuple[int, str]], brief: Callable[[dict[str, Any]], Brief]
) -> list[Brief]:
    """What `brief` makes of the documents of some sign-offs, as `briefs_by_number`, in order."""
    return list(briefs_by_number(signed, brief).values())


def briefs_by_number(
    signed: Sequence[tuple[int, str]], brief: Callable[[dict[str, Any]], Brief]
) -> dict[int, Brief]:
    """What `brief` makes of the documents of some sign-offs, by their numbers and in their order.

    Each sign-off comes with the hash of its event, under which its brief is remembered; one query
    for those not remembered. A row that is no longer what was signed is logged and left out.
    """
    kept = {pk: _briefs.get((row_hash, brief)) for pk, row_hash in signed}
    unknown = [pk for pk, one in kept.items() if one is None]
    # In slices, because SQLite takes a bounded number of parameters.
    for start in range(0, len(unknown), 500):
        kept |= _proved(with_evidence().filter(pk__in=unknown[start : start + 500]), brief)
    return {pk: one for pk, one in kept.items() if one is not None}


def _proved(
    sign_offs: Iterable[SignOff], brief: Callable[[dict[str, Any]], Brief]
) -> dict[int, Brief]:
    """By sign-off, what `brief` makes of each document that holds; remembered."""
    made = {}
    for sign_off in holding(sign_offs):
        made[sign_off.pk] = brief(sign_off.edition.document)
        _briefs.put((sign_off.event.hash, brief), made[sign_off.pk])
    return made


def holding(sign_offs: Iterable[SignOff]) -> Iterator[SignOff]:
    """Those whose evidence holds; the others are logged and left out."""
    for sign_off in sign_offs:
        try:
            checks.check_signed(sign_off)
        except checks.BrokenEvidence:
            logger.exception("A page is left out of the lists.")
            continue
        yield sign_off


def with_evidence() -> QuerySet[SignOff]:
    """Sign-offs with everything that proves and prints them, in one query."""
    return SignOff.objects.select_related(
        *checks.SIGNED_WITH, "edition__subject", "edition__redaction__event"
    )


def signature_of(sign_off: SignOff) -> Signature:
    """What a sign-off says under a page."""
    full = sign_off.full_review
    return Signature(
        edition=sign_off.edition.number,
        full_review=_signer(full),
        correction=None if full is sign_off else _signer(sign_off),
        relationship=full.relationship,
        same_physician=full.disclosed or sign_off.disclosed,
        next_review_due=sign_off.due,
        urgent_on=sign_off.urgent_on,
        ends=tuple(_ended(end, sign_off) for end in sign_off.ends),
    )


def _ended(end: RelianceEnd, sign_off: SignOff) -> Ended:
    """Under the name that was signed, whatever the physician is called now."""
    is_full = end.reviewer_id == sign_off.full_review.reviewer_id
    signed = sign_off.full_review if is_full else sign_off
    return Ended(signed.printed_name, end.on, has_gone=end.kind == RelianceEnd.Kind.GONE)


def _signer(sign_off: SignOff) -> Signer:
    return Signer(
        sign_off.printed_name,
        sign_off.credentials,
        sign_off.signed_on,
        sign_off.reviewer.slug,
    )
