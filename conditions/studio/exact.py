"""Exact words in a document: where they stand, each in its sentence, and other words instead.

Capital letters count, and so does where a word ends: "mg" is not found in "mgs". In rich text only
text is looked at, never a tag or the address of a link; words that a tag parts are told, and stay.
"""

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

from conditions.outline import OUTLINE, Item, Kind, is_rich, page_field, row_field
from conditions.studio import units
from reviews.text.sentences import around

# What is no prose: addresses, codes and numbers by which something is found.
_NO_WORDS = {
    *("lang", "translation_of", "slug", "stance", "codes", "differentials.condition"),
    *(f"references.{name}" for name in ("pmid", "pmcid", "doi", "isbn", "url", "accessed_on")),
}
_PIECE = re.compile(r"""<(/?)(\w+)(?:[^>"]|"[^"]*")*>|[^<]+""")
# Tags within a sentence; every other one ends it.
_WITHIN = {"a", "strong", "em", "sub", "sup"}


@dataclass(frozen=True)
class Spot:
    """One place where the words stand; `name` tells it from all others of its document.

    A `fixed` one cannot be replaced here: a tag stands within the words.
    """

    name: str
    label: str
    before: str
    words: str
    after: str
    fixed: bool = False
    in_link: bool = False


@dataclass(frozen=True)
class _Text:
    """One text of a document, and how another one takes its place."""

    name: str
    label: str
    value: str
    html: bool
    put: Callable[[str], None]


@dataclass
class _Run:
    """Text that reads on: what it says, and of each stretch where it is in the markup."""

    said: str
    stretches: list[tuple[int, int, int, bool]]


def spots(document: Mapping[str, Any], words: str) -> list[Spot]:
    """Where words stand in a document, in the order of the page."""
    return [spot for text in _texts(dict(document)) for spot, _ in _in_text(text, words)]


def replaced(
    document: Mapping[str, Any], words: str, by: str, names: Collection[str]
) -> dict[str, Any]:
    """The document with other words at the named spots."""
    made = deepcopy(dict(document))
    for text in _texts(made):
        value = text.value
        for spot, (start, end) in reversed(_in_text(text, words)):
            if spot.name in names and not spot.fixed:
                value = value[:start] + (_escaped(by) if text.html else by) + value[end:]
        if value != text.value:
            text.put(value)
    return made


def rarest(words: str) -> str:
    """A stretch of the words that is written the same in markup, by which drafts are looked up."""
    return max(re.split(r"[\s&<>]+", words), key=len)


def _texts(document: dict[str, Any]) -> Iterator[_Text]:
    """Each text of a document that holds words."""
    for item in OUTLINE:
        if item.key in _NO_WORDS or item.kind in (Kind.SITE, Kind.NUMBER):
            continue
        if item.columns:
            for row in document[item.key]:
                yield from _of_row(document, item, row)
        else:
            yield from _of_part(document, item)


def _of_row(document: dict[str, Any], item: Item, row: dict[str, str]) -> Iterator[_Text]:
    unit = f"{item.key}.{row['key']}"
    label = units.name_of(unit, [document])
    for name, at in (item.columns or {}).items():
        if f"{item.key}.{name}" not in _NO_WORDS:
            column = row_field(item.key, at)
            yield _Text(
                f"{unit}.{name}",
                f"{label}: {column.verbose_name}",
                row[name],
                is_rich(column),
                partial(row.__setitem__, name),
            )


def _of_part(document: dict[str, Any], item: Item) -> Iterator[_Text]:
    label = units.name_of(item.key, [document])
    if item.kind is Kind.LINES:
        lines = document[item.key]
        for at, line in enumerate(lines):
            yield _Text(
                f"{item.key}.{at}",
                label,
                line,
                False,
                partial(lines.__setitem__, at),
            )
        return
    yield _Text(
        item.key,
        label,
        document[item.key],
        is_rich(page_field(item.key)),
        partial(document.__setitem__, item.key),
    )


def _in_text(text: _Text, words: str) -> list[tuple[Spot, tuple[int, int]]]:
    """Each spot of a text, with where its words begin and end there."""
    found: list[tuple[Spot, tuple[int, int]]] = []
    for run in _runs(text.value) if text.html else [_Run(text.value, [(0, 0, -1, False)])]:
        for match in _pattern(words).finditer(run.said):
            start, end = match.span()
            at, in_link = _within(run, start, end, text)
            first, last = around(run.said, start, end)
            spot = Spot(
                f"{text.name}:{len(found)}",
                text.label,
                run.said[first:start],
                match[0],
                run.said[end:last],
                fixed=at is None,
                in_link=in_link,
            )
            found.append((spot, at or (0, 0)))
    return found


def _pattern(words: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if re.match(r"\w", words) else ""
    after = r"(?!\w)" if re.search(r"\w$", words) else ""
    return re.compile(f"{before}{re.escape(words)}{after}")


def _runs(markup: str) -> list[_Run]:
    """Cleaned markup as the runs of text that its blocks hold."""
    found, links = [_Run("", [])], 0
    for piece in _PIECE.finditer(markup):
        closes, tag = piece[1], piece[2]
        if tag is None:
            run = found[-1]
            run.stretches.append((len(run.said), piece.start(), piece.end(), links > 0))
            run.said += html.unescape(piece[0])
        elif tag not in _WITHIN:
            found.append(_Run("", []))
        elif tag == "a":
            links += -1 if closes else 1
    return [run for run in found if run.said]


def _within(run: _Run, start: int, end: int, text: _Text) -> tuple[tuple[int, int] | None, bool]:
    """Where words of a run stand in the value, None where a tag parts them; and if in a link."""
    if not text.html:
        return (start, end), False
    begun = [one for one in run.stretches if one[0] <= start][-1]
    said, first, last, in_link = begun
    raw = text.value[first:last]
    if end - said > len(html.unescape(raw)):
        return None, in_link
    starts = _written(raw)
    return (first + starts[start - said], first + starts[end - said]), in_link


_SIGN = re.compile(r"&#?\w+;|.", re.DOTALL)


def _written(raw: str) -> list[int]:
    """Where each sign of a text is written, and where the last one ends: an entity is one sign."""
    return [*(match.start() for match in _SIGN.finditer(raw)), len(raw)]


def _escaped(words: str) -> str:
    return html.escape(words, quote=False)
