"""The places of a page that a link can lead to, and links to places that it does not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.cleaning import sanitise
from conditions.outline import OUTLINE, Kind, is_rich, row_field

# The review line, which every page has, and what every browser takes for the top of a page.
_ALWAYS = ("review", "top")
# So many places are named to choose from.
_MOST_NAMED = 12


def anchors(document: Mapping[str, Any]) -> set[str]:
    """The places of a page as it is shown: its parts that are not empty, and their rows."""
    return {"review", *_of_parts(document), *_of_rows(document)}


def lost_links(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Links to places that the page does not have, as (part, path, sentence).

    `path` is the text that the link stands in, such as questions[2].answer. A document that is not
    whole is read as far as it goes.
    """
    there = {*anchors(document), *_ALWAYS}
    named = [f"#{place}" for place in (*_of_parts(document), "review")][:_MOST_NAMED]
    for part, path, markup in _rich(document):
        for place in sanitise.places(markup):
            if place not in there:
                yield (
                    part,
                    path,
                    f"A link leads to “#{place}”, and this page has no such place. Take the link "
                    f"off its words, or lead it to one of these: {', '.join(named)}.",
                )


def _of_parts(document: Mapping[str, Any]) -> list[str]:
    return [item.anchor for item in OUTLINE if item.anchor and document.get(item.key)]


def _of_rows(document: Mapping[str, Any]) -> Iterator[str]:
    for item in OUTLINE:
        if item.row_anchor:
            for row in document.get(item.key, []):
                yield f"{item.row_anchor}{row.get('key', '')}"


def _rich(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for item in OUTLINE:
        if item.kind is Kind.RICH:
            yield item.key, item.key, document.get(item.key, "")
        for name, at in (item.columns or {}).items():
            if is_rich(row_field(item.key, at)):
                for index, row in enumerate(document.get(item.key, [])):
                    yield item.key, f"{item.key}[{index}].{name}", row.get(name, "")
