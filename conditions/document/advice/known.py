"""A piece of advice, and what must be known of the world around a document to give it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conditions.cleaning.sanitise import visible_text
from conditions.document import citing
from conditions.document.parts import FOR_MACHINES, parts


@dataclass(frozen=True)
class Advice:
    """A sentence about a part (its key as in `parts`, or that of a whole part with rows).

    `kind` is one of missing, citation, reference, link, stance, word, dose, letters, reading. What
    is `required` must be put right before the draft can be submitted.
    """

    part: str
    kind: str
    sentence: str
    required: bool = False


@dataclass(frozen=True)
class HouseRule:
    """Words that the clinic does not write, what it writes instead, and why."""

    avoid: str
    instead: str
    why: str = ""


@dataclass(frozen=True)
class Known:
    """The world around a document.

    `live` are the addresses of pages that are public, `drafted` those that have a draft.
    `was_signed` says whether the page has
    ever been signed; `rules` are the clinic's words.
    """

    live: Collection[str] = ()
    drafted: Collection[str] = ()
    rules: Sequence[HouseRule] = ()
    was_signed: bool = False


def texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The words that readers meet, by the key of their part, without marks and citations."""
    for part in parts(citing.uncited(document)):
        unread = part.key.startswith(("labels.", "references.")) or part.key in FOR_MACHINES
        if part.content and not unread and not part.key.endswith(".condition"):
            yield part.key, visible_text(part.content) if part.html else part.content
