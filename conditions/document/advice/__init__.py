"""What an editor is told about a draft beside the parts it speaks of; a little of it is required.

Advice is about words as they stand and never refuses a save. What is `required` stops submitting.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.document.advice import citations, missing, reading, stance, wording
from conditions.document.advice.known import Advice, Known

__all__ = ["Advice", "Known", "advise"]


def advise(document: Mapping[str, Any], known: Known) -> list[Advice]:
    """What is to be said about a document, each once, what is required first."""
    found = list(dict.fromkeys(_said(document, known)))
    return sorted(found, key=lambda one: not one.required)


def _said(document: Mapping[str, Any], known: Known) -> Iterator[Advice]:
    yield from missing.missing(document, known)
    yield from citations.marks(document)
    yield from citations.references(document)
    yield from citations.links(document, known)
    yield from stance.contradictions(document)
    yield from stance.near_suicide(document)
    yield from wording.house_words(document, known)
    yield from wording.doses(document)
    yield from wording.scripts(document)
    yield from reading.hard(document)
