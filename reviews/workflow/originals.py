"""Translations and the pages that they translate: neither stands in public without the other."""

from datetime import datetime
from typing import Any

from reviews.models import Address, Edition, Overlay, SignOff, Subject, Withdrawal
from reviews.reviewable import model_of
from reviews.text.days import day
from reviews.workflow.refusals import Refusals, in_force, once


def translations_of(subject: Subject, at: datetime) -> list[Subject]:
    """The pages of which something in force, or waiting to be, translates a page."""
    slugs = Address.objects.filter(subject=subject).values("slug")
    naming = {"subject__kind": subject.kind, "edition__original__slug__in": slugs}
    found: dict[Any, Subject] = {}
    for signed in (SignOff.objects.in_force(at), SignOff.objects.waiting(at)):
        for row in signed.filter(**naming).exclude(subject=subject).select_related("subject"):
            found.setdefault(row.subject_id, row.subject)
    return list(found.values())


@once
def off_with_original(edition: Edition, at: datetime) -> Overlay | Withdrawal | None:
    """The hold or withdrawal that keeps off the page which an edition translates, if any."""
    kind = edition.subject.kind
    # Of the document, which is at hand wherever somebody signs: most pages translate none.
    slug = model_of(kind).original(edition.document)
    if not slug:
        return None
    address = Address.objects.filter(kind=kind, slug=slug).select_related("subject").first()
    if address is None or address.subject_id == edition.subject_id:
        return None
    original = address.subject
    hold = Overlay.objects.holding(at).filter(subject=original).first()
    if in_force(original, at) is not None:
        return hold
    return original.withdrawals.page().filter(at__lte=at).order_by("-pk").first()


def original_stands(edition: Edition, at: datetime) -> Refusals:
    """A translation is not signed while the page that it translates is off."""
    off = off_with_original(edition, at)
    if off is None:
        return
    word = "held" if isinstance(off, Overlay) else "withdrawn"
    yield (
        f"The page that this one translates was {word} on {day(off.on)}. Sign the translation once "
        "that page is back; or take “translation of” out of the draft and submit it as a page of "
        "its own."
    )
