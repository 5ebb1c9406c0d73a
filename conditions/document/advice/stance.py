"""Where a page's words go against its own stance."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conditions.document.advice.known import Advice, texts

# Words of a treatment's name that name no treatment: "therapy" in "ketamine therapy".
GENERIC = {
    *("and", "for", "the", "with", "assisted", "program", "infusion", "infusions", "medication"),
    *("medicine", "psychotherapy", "therapies", "therapy", "treatment", "treatments"),
}
_NOT = re.compile(r"\b(?:not|no|never|cannot|nor|without)\b|n[’']t\b", re.IGNORECASE)
_OFFER = r"(?:treats?|offers?|provides?|helps? with|uses?)"
# "Near": within so many words of one another, in one sentence or the next.
NEAR = 25


def own_words(treatment: str) -> list[str]:
    """The words of a treatment's name by which it is known."""
    words: list[str] = re.findall(r"\w{3,}", treatment.casefold())
    return [word for word in words if word not in GENERIC] or words


def contradictions(document: Mapping[str, Any]) -> Iterator[Advice]:
    """A headline that says the contrary of the stance; it is only a guess, by its verbs."""
    headline, clinic = document["headline"], document["clinic"]
    says = re.search(rf"\b(?:we|{re.escape(clinic)})\b[^.;]*\b{_OFFER}\b", headline, re.IGNORECASE)
    if not says:
        return
    denies = _NOT.search(says[0])
    if document["stance"] == "not_treated" and not denies:
        yield Advice(
            "headline",
            "stance",
            "The stance says that this is not treated here; the headline may say that it is.",
        )
    if document["stance"] == "treated" and denies:
        yield Advice(
            "headline",
            "stance",
            "The stance says that this is treated here; the headline may say that it is not.",
        )


def near_suicide(document: Mapping[str, Any]) -> Iterator[Advice]:
    """On a page of what is not treated here, the clinic's treatment close to words of suicide."""
    names = own_words(document["treatment"])
    if document["stance"] != "not_treated" or not names:
        return
    for part, text in texts(document):
        words = re.findall(r"\w+", text.casefold())
        named = [at for at, word in enumerate(words) if any(name in word for name in names)]
        dark = [at for at, word in enumerate(words) if word.startswith("suicid")]
        if any(abs(one - other) <= NEAR for one in named for other in dark):
            yield Advice(
                part,
                "stance",
                f"“{document['treatment']}” stands close to words of suicide. A reader in "
                "distress may take it for help that this clinic does not offer here.",
            )
