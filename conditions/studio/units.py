"""A document in the pieces that can be taken one by one: a part, a row, the order of rows.

A piece is named by its part (`summary`), by part and key of a row (`key_points.k3y00001`), or, for
the order of a part's rows, by that part (`key_points`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conditions.document.parts import label_of
from conditions.outline import OUTLINE, ROWS, Kind

Document = Mapping[str, Any]


def said(document: Document) -> dict[str, Any]:
    """What each piece says, without the orders; what the site gives is no piece."""
    found: dict[str, Any] = {}
    for item in OUTLINE:
        if item.columns:
            found |= {f"{item.key}.{row['key']}": row for row in document[item.key]}
        elif item.kind is not Kind.SITE:
            found[item.key] = document[item.key]
    return found


def _order(document: Document, part: str, among: Collection[str]) -> list[str]:
    return [row["key"] for row in document[part] if row["key"] in among]


def differing(one: Document, other: Document) -> list[str]:
    """The pieces in which two documents differ, in the order of the page."""
    mine, theirs = said(one), said(other)
    names = [*theirs, *(name for name in mine if name not in theirs)]
    found = [name for name in names if mine.get(name) != theirs.get(name)]
    found += [part for part in ROWS if _ordered_otherwise(one, other, part)]
    return sorted(found, key=_place)


def _ordered_otherwise(one: Document, other: Document, part: str) -> bool:
    common = {row["key"] for row in one[part]} & {row["key"] for row in other[part]}
    return _order(one, part, common) != _order(other, part, common)


_PLACES = {item.key: at for at, item in enumerate(OUTLINE)}


def _place(name: str) -> int:
    return _PLACES[name.partition(".")[0]]


def taken(into: Document, source: Document, names: Iterable[str]) -> dict[str, Any]:
    """A document with some pieces of another one in place of its own; one not there goes."""
    names, made, theirs = {*names}, dict(into), said(source)
    for name in names - ROWS.keys():
        part, _, key = name.partition(".")
        if not key:
            made[part] = theirs[part]
            continue
        rows = {row["key"]: row for row in made[part]}
        if name in theirs:
            rows[key] = theirs[name]
        else:
            rows.pop(key, None)
        made[part] = [*rows.values()]
    for part in {name.partition(".")[0] for name in names} & ROWS.keys():
        rows = {row["key"]: row for row in made[part]}
        first, second = (source, into) if part in names else (into, source)
        made[part] = [rows[key] for key in _woven(first[part], second[part], rows)]
    return made


def _woven(
    first: Sequence[Mapping[str, str]], second: Sequence[Mapping[str, str]], keys: Collection[str]
) -> list[str]:
    """Keys in the order of the first; what only the second has stands after its neighbor there."""
    found = [row["key"] for row in first if row["key"] in keys]
    after = 0
    for row in second:
        if row["key"] not in keys:
            continue
        if row["key"] not in found:
            found.insert(after, row["key"])
        after = found.index(row["key"]) + 1
    return found


@dataclass(frozen=True)
class Merged:
    """Two documents made of one: pieces to take from mine, and those that both changed."""

    mine: list[str]
    both: list[str]


def merge(base: Document | None, mine: Document, theirs: Document) -> Merged:
    """Which pieces to take from mine into theirs, by what both were before.

    Where that is not known (None), everything in which they differ was changed by both.
    """
    differ = differing(mine, theirs)
    if base is None:
        return Merged([], differ)
    by_me, by_them = {*differing(base, mine)}, {*differing(base, theirs)}
    added_alike = _added_alike(base, mine, theirs)
    by_me -= added_alike
    return Merged(
        [name for name in differ if name in by_me and name not in by_them],
        [name for name in differ if name in by_me and name in by_them],
    )


def _added_alike(base: Document, mine: Document, theirs: Document) -> set[str]:
    """Rows that both added with the same words: once is enough."""
    before = said(base)
    their_new = [
        (name.partition(".")[0], _words(row))
        for name, row in said(theirs).items()
        if "." in name and name not in before
    ]
    return {
        name
        for name, row in said(mine).items()
        if "." in name and name not in before and (name.partition(".")[0], _words(row)) in their_new
    }


def _words(row: Mapping[str, str]) -> dict[str, str]:
    return {name: words for name, words in row.items() if name != "key"}


def name_of(unit: str, documents: Sequence[Document]) -> str:
    """What a piece is called, by the first document that has it."""
    part, _, key = unit.partition(".")
    label = label_of(part, documents[0])
    if not key:
        return f"{label}: the order" if part in ROWS else label
    for document in documents:
        keys = [row["key"] for row in document[part]]
        if key in keys:
            return f"{label}, {keys.index(key) + 1}"
    return label
