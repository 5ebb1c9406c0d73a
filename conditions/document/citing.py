"""Where a document's texts cite its references, and how each reader of it is shown that.

A text cites by `[ref:KEY]`, the key of a row of references. That is so only in a document whose
frozen labels hold the word that a citation is read out with ("cited"): what was signed before it
was a mark has no such label and shows those characters as they stand, for ever.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.html import format_html

from conditions.cleaning import marks
from conditions.cleaning.sanitise import visible_text
from conditions.outline import OUTLINE, Kind, rich_columns, rich_texts


def numbers(document: Mapping[str, Any]) -> dict[str, int]:
    """The number of each reference by its key, where the document's texts can cite them."""
    if not document["labels"].get("cited"):
        return {}
    return {row["key"]: number for number, row in enumerate(document["references"], 1)}


def linked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a page shows it: each mark is a numbered link to its reference.

    Inside another link it is the number alone: no link can stand in another.
    """
    known, word = numbers(document), document["labels"].get("cited", "")

    def link(mark: marks.Mark) -> str | None:
        number = known.get(mark.key)
        if number is None:
            return None
        if mark.in_link:
            return f"[{number}]"
        return format_html(
            '<sup class="cite"><a href="#ref-{}" aria-label="{} {}">[{}]</a></sup>',
            *(mark.key, word, number, number),
        )

    return _each(document, lambda markup: marks.put(markup, link))


def numbered(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a sheet of paper shows it: each mark is the number of its reference."""
    known = numbers(document)

    def number(mark: marks.Mark) -> str | None:
        return f"[{known[mark.key]}]" if mark.key in known else None

    return _each(document, lambda markup: marks.put(markup, number))


def uncited(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without its marks: for a search, an excerpt, and what machines read of it."""
    known = numbers(document)
    return _each(document, lambda markup: marks.without(markup, known))


def printed(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What stands for each reference in a text as it is written, and what the page prints."""
    return tuple((f"[ref:{key}]", f"[{number}]") for key, number in numbers(document).items())


def faults(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each mark that names no reference of the document, as (part, sentence)."""
    known = numbers(document)
    for part, markup in rich_texts(document):
        good = set(marks.keys(markup)) & known.keys()
        for mark in marks.meant(visible_text(markup)) if "[" in markup else ():
            if marks.key_of(mark) not in good:
                yield (
                    part,
                    f"“{mark}” names no reference of this page. Write [ref:KEY] with the key that "
                    "stands beside the reference, in one style, or take it out.",
                )


def _each(document: Mapping[str, Any], make: Callable[[str], str]) -> dict[str, Any]:
    made = dict(document)
    if not numbers(document):
        return made
    for item in OUTLINE:
        if item.kind is Kind.RICH:
            made[item.key] = make(document[item.key])
        elif names := rich_columns(item):
            made[item.key] = [
                {**row, **{name: make(row[name]) for name in names}} for row in document[item.key]
            ]
    return made
