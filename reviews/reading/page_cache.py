"""The page in force, rendered once and kept by everything it depends on."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from reviews import clock
from reviews.reading import related
from reviews.reading.at_address import Found
from reviews.reading.memory import Memory
from reviews.reading.proved import checked, signature_of, with_evidence
from reviews.reviewable import Standing, model_of
from reviews.text.days import is_overdue


@dataclass(frozen=True)
class Page:
    """A rendered page and the ETag of its bytes."""

    body: bytes
    etag: str


_pages: Memory[tuple[Any, ...], Page] = Memory(512)


def page(kind: str, found: Found, on: date) -> Page:
    """The page in force as patients see it, rendered once and kept by everything it depends on.

    Raises BrokenEvidence as `proved.sign_off_of` does.
    """
    overdue = is_overdue(found.due, on)
    key = (
        *(found.row_hash, found.decisions, found.slug, found.due, overdue),
        *(found.live, found.related, found.listed, found.overlay, build()),
        found.original_changed_at,
    )
    kept = _pages.get(key)
    if kept is not None:
        return kept
    rows = {row.pk: row for row in with_evidence().filter(pk__in=[found.sign_off, *found.related])}
    sign_off = checked(rows.pop(found.sign_off, None), found)
    html = model_of(kind).render(
        sign_off.edition,
        Standing(
            signature=signature_of(sign_off),
            on=on,
            live=frozenset(found.live),
            related=related.in_order(rows.values()),
            in_force=True,
            flagged=found.is_flagged,
            original_changed_on=found.original_changed_at
            and clock.local_date(found.original_changed_at),
        ),
    )
    body = html.encode()
    made = Page(body, etag_of(body))
    _pages.put(key, made)
    return made


def etag_of(body: bytes) -> str:
    """The ETag of a response's bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@cache
def build() -> str:
    """A digest of the project's templates: a new build never serves pages of the old one."""
    files = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
