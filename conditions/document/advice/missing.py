"""What a page of its stance lacks."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.document.advice.known import Advice, Known
from conditions.outline import NEEDED

_ALL = {
    "definition": "Say what the condition is, as clinicians define it.",
    "key_points": "Three to six key points serve readers who read nothing else.",
    "treatments": "Name the treatments that are tried first.",
    "safety": "Say the risks, and what is approved for this and what is not.",
    "next_steps": "Say what a reader can do next.",
    "references": "Name the sources that the page rests on.",
    "meta_description": "Without it search engines show the stance alone.",
}
_OFFERED = {
    "where_it_fits": "Say for whom the treatment comes into question, and for whom not.",
    "where_we_fit": "Say what the clinic does here, and what it leaves to others.",
}
_BY_STANCE = {
    "treated": _ALL | _OFFERED,
    "sometimes": _ALL | _OFFERED,
    "not_treated": _ALL
    | {
        "when_treatments_fail": "The clinic does not treat this: say what else there is.",
        "where_it_fits": "Say plainly why the treatment is not offered for this.",
    },
}
# A page without any of these says next to nothing.
SUBSTANCE = ("definition", "references", "next_steps")


def missing(document: Mapping[str, Any], known: Known) -> Iterator[Advice]:
    """Empty parts: those that every page needs are required, the others advice.

    Of a page that was never signed, so is having a definition, a source or next steps at all: an
    old page can always be put right as it is.
    """
    for part in NEEDED:
        if not document[part]:
            yield Advice(part, "missing", "This is empty, and every page needs it.", required=True)
    says_nothing = is_bare(document)
    if says_nothing and not known.was_signed:
        yield Advice("definition", "missing", BARE, required=True)
    for part, sentence in _BY_STANCE.get(document["stance"], _ALL).items():
        if not document[part]:
            yield Advice(part, "missing", f"This is empty. {sentence}")


BARE = (
    "This page says next to nothing yet: it has no definition, no source and no next steps. Write "
    "at least one of them before it is submitted for the first time."
)


def is_bare(document: Mapping[str, Any]) -> bool:
    """Whether a page has no definition, no source and no next steps."""
    return not any(document[part] for part in SUBSTANCE)
