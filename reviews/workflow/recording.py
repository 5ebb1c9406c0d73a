"""Whether a draft still is what was last recorded of it, though the site around it changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Contribution
from reviews.reviewable import Reviewable
from reviews.text.canonical import digest_of, document_of, text_of


def is_recorded(
    draft: Reviewable, document: dict[str, Any], last: Contribution, *, at: datetime
) -> bool:
    """Whether a draft, which reads as `document`, holds the words of the last contribution to it.

    Where only its schema or what the site gives changed since, that is recorded now, with both
    digests and without an author (DESIGN §5).
    """
    later = (
        last.subject.events.filter(kind=Kind.DRAFT_UPGRADED, pk__gt=last.pk).order_by("-pk").first()
    )
    recorded = later.said["new"] if later else last.digest
    digest = _digest(document)
    if recorded == digest:
        return True
    if not _holds_the_words(draft, document, last):
        return False
    chain.append(
        Kind.DRAFT_UPGRADED, at=at, by=None, subject=last.subject, old=recorded, new=digest
    )
    return True


def _holds_the_words(draft: Reviewable, document: dict[str, Any], last: Contribution) -> bool:
    forms = [document, *draft.former(document)]
    if last.own_digest is not None:
        return any(_digest(draft.own_words(form)) == last.own_digest for form in forms)
    return any(_digest(form) == last.digest for form in _with_what_was_given(draft, forms, last))


def _with_what_was_given(
    draft: Reviewable, forms: list[dict[str, Any]], last: Contribution
) -> Iterator[dict[str, Any]]:
    """Each form with what the site gives now, and with what it gave to the page's editions.

    An older contribution knows only the digest of both together.
    """
    yield from forms
    for text in last.subject.editions.values_list("text", flat=True):
        document = document_of(text)
        given = {key: document[key] for key in document if key not in draft.own_words(document)}
        for form in forms:
            if form["schema"] == document["schema"]:
                yield {**draft.own_words(form), **given}


def _digest(document: dict[str, Any]) -> str:
    return digest_of(text_of(document))
