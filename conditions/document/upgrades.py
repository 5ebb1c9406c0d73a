"""Stored documents in the present schema: one step from each schema to the next.

A step may move, rename or add what is empty; it never adds a word. What was signed stays as it is
stored: it is only read through here, wherever it is read. A step back says how the older schema
would have written the same words, by which a draft that nobody touched since is known.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conditions.outline import KEYS, LISTS, ROWS, SCHEMA

Document = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """The keys of a document, of its rows by their part, and which parts are lists of texts."""

    keys: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]
    lists: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """From an older schema to the next one.

    `back` gives None where the older schema has no place for what stands there. `shape` makes the
    older shape from the newer one, for files that are still read; `path` says where a place of the
    newer document stood in the older one.
    """

    forth: Callable[[Document], Document]
    back: Callable[[Document], Document | None]
    shape: Callable[[Shape], Shape]
    path: Callable[[str], str] = str


def adding(key: str, empty: Any) -> Step:
    """The step to a schema that has one part more, with a heading: both empty in what is older."""

    def forth(document: Document) -> Document:
        made = {**document, "schema": document["schema"] + 1, key: empty}
        return {**made, "labels": {**document["labels"], key: ""}}

    def back(document: Document) -> Document | None:
        if document[key] != empty:
            return None
        made = {name: words for name, words in document.items() if name != key}
        labels = {name: words for name, words in document["labels"].items() if name != key}
        return {**made, "schema": document["schema"] - 1, "labels": labels}

    def shape(newer: Shape) -> Shape:
        return Shape(
            tuple(name for name in newer.keys if name != key),
            {part: columns for part, columns in newer.rows.items() if part != key},
            tuple(name for name in newer.lists if name != key),
        )

    return Step(forth, back, shape)


def current(document: Document) -> Document:
    """A stored document, whatever its schema, in the present one."""
    while document["schema"] != SCHEMA:
        document = STEPS[document["schema"]].forth(document)
    return document


def former(document: Document) -> Iterator[Document]:
    """A present document as each older schema would have written it, the latest first."""
    for schema in range(SCHEMA - 1, 0, -1):
        older = STEPS[schema].back(document)
        if older is None:
            return
        yield older
        document = older


def shape_of(schema: int) -> Shape:
    """The shape of a document of an older schema, or of the present one."""
    shape = Shape(KEYS, {part: tuple(names.values()) for part, names in ROWS.items()}, LISTS)
    for older in range(SCHEMA - 1, schema - 1, -1):
        shape = STEPS[older].shape(shape)
    return shape


def made_key(words: str, taken: Collection[str] = ()) -> str:
    """The key of a row that had none when it was signed: from its words, which no other row has.

    So the same row has the same key in every edition, wherever it stands. Eight characters a to z
    and 0 to 9, and none that is `taken` in the same document.
    """
    while (key := hashlib.sha256(words.encode()).hexdigest()[:8]) in taken:
        words += " "
    return key


def keys_of(document: Mapping[str, Any]) -> set[str]:
    """The keys of all rows of a document."""
    return {
        row["key"]
        for part in document.values()
        if isinstance(part, list)
        for row in part
        if isinstance(row, dict) and "key" in row
    }


# --- 1 → 2: codes with their systems, boxed warnings, more about references

_ICD10 = "ICD-10-CM"
_NEW_OF_REFERENCES = ("pmcid", "isbn", "accessed_on")
_NEW_LABELS = ("warnings", "pmc", "isbn", "accessed", "cited")


def _to_2(document: Document) -> Document:
    made = dict(document)
    codes, taken = made.pop("icd10"), keys_of(document)
    labels = {name: words for name, words in made["labels"].items() if name != "icd10"}
    return made | {
        "schema": 2,
        "codes": [
            {
                "key": made_key(code, taken),
                "system": _ICD10,
                "code": code,
                "to": "",
            }
            for code in codes
        ],
        "warnings": [],
        "references": [row | dict.fromkeys(_NEW_OF_REFERENCES, "") for row in made["references"]],
        "labels": labels | dict.fromkeys(_NEW_LABELS, ""),
    }


def _back_to_1(document: Document) -> Document | None:
    made = dict(document)
    codes, warnings = made.pop("codes"), made.pop("warnings")
    taken = keys_of({**made, "codes": []})
    as_upgraded = all(
        (row["key"], row["system"], row["to"]) == (made_key(row["code"], taken), _ICD10, "")
        for row in codes
    )
    more = [row[name] for row in made["references"] for name in _NEW_OF_REFERENCES]
    if warnings or any(more) or not as_upgraded:
        return None
    labels = {name: words for name, words in made["labels"].items() if name not in _NEW_LABELS}
    return made | {
        "schema": 1,
        "icd10": [row["code"] for row in codes],
        "references": [
            {name: words for name, words in row.items() if name not in _NEW_OF_REFERENCES}
            for row in made["references"]
        ],
        "labels": labels | {"icd10": _ICD10},
    }


def _path_in_1(path: str) -> str:
    return re.sub(r"^codes(\[[0-9]+\])\.code$", r"icd10\1", path)


def _shape_of_1(newer: Shape) -> Shape:
    keys = [*newer.keys]
    keys[keys.index("codes")] = "icd10"
    keys.remove("warnings")
    rows = {part: names for part, names in newer.rows.items() if part not in ("codes", "warnings")}
    references = [name for name in rows["references"] if name not in _NEW_OF_REFERENCES]
    return Shape(tuple(keys), {**rows, "references": tuple(references)}, (*newer.lists, "icd10"))


# By the older schema of the two.
STEPS: dict[int, Step] = {1: Step(_to_2, _back_to_1, _shape_of_1, _path_in_1)}
