"""What a document is made of: its labelled pieces, on paper, its hosts, its words for search."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from conditions import outline
from conditions.cleaning import sanitise
from conditions.document import citing
from conditions.outline import (
    OUTLINE,
    ROWS,
    Item,
    Kind,
    is_rich,
    is_shown,
    page_field,
    row_field,
    row_model,
)
from reviews.reviewable import IndexedText, Part, Place

# Pieces that no reader sees as such.
FOR_MACHINES = ("stance_word", "slug", "lang", "translation_of", "clinic", "treatment")


def parts(document: Mapping[str, Any]) -> list[Part]:
    """The labelled, keyed pieces of a document in the order of the page; no word is left out.

    What no reader of the page sees stands last. The label of a part that is empty is no piece.
    """
    unseen = [item for item in OUTLINE if item.place is outline.Place.UNSEEN]
    seen = [item for item in OUTLINE if item.place is not outline.Place.UNSEEN]
    pieces = (piece for item in [*seen, *unseen] for piece in _pieces(item, document))
    printed = citing.printed(document)
    return [replace(piece, printed=printed) if piece.html else piece for piece in pieces]


def _pieces(item: Item, document: Mapping[str, Any]) -> Iterator[Part]:
    names, content = document["labels"], document[item.key]
    if item.columns:
        yield from _rows(item, content, label_of(item.key, document))
    elif item.key == "stance":
        yield Part("stance", "Stance", names["stance"], needs_full_review=True)
        yield Part("stance_word", "Stance as recorded", content, needs_full_review=True)
    elif item.key == "labels":
        # In the order of the canonical text: where a label stands is no word of the page.
        for name, words in sorted(names.items()):
            if name != "stance" and is_shown(name, document):
                label = f"Heading or fixed words, {name.replace('_', ' ')}"
                yield Part(f"labels.{name}", label, words)
    elif item.kind is Kind.SITE:
        if item.key != "schema":
            yield Part(item.key, _sentence(f"the {item.key}’s name"), content)
    else:
        column = page_field(item.key)
        yield Part(
            item.key,
            label_of(item.key, document),
            "\n".join(content) if item.kind is Kind.LINES else str(content),
            html=is_rich(column),
            needs_full_review=item.needs_full_review,
            may_change_urgently=item.may_change_urgently,
        )


def _rows(item: Item, rows: list[dict[str, str]], group: str) -> Iterator[Part]:
    for number, row in enumerate(rows, 1):
        for name, at in (item.columns or {}).items():
            column = row_field(item.key, at)
            yield Part(
                f"{item.key}.{row['key']}.{name}",
                _sentence(column.verbose_name),
                row[name],
                html=is_rich(column),
                needs_full_review=item.needs_full_review,
                may_change_urgently=item.may_change_urgently,
                row=f"{item.key}.{row['key']}",
                group=group,
                number=number if item.numbered else 0,
            )


def label_of(part: str, document: Mapping[str, Any]) -> str:
    """What a part of a document is called: its heading there, or the name of its column."""
    if heading := document["labels"].get(part):
        return str(heading)
    return _plural(part) if part in ROWS else _sentence(page_field(part).verbose_name)


def _plural(part: str) -> str:
    return _sentence(row_model(part)._meta.verbose_name_plural)


def codes_by_system(document: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Each system of codes with those of the document: a range is F30–F39."""
    found: dict[str, list[str]] = {}
    for row in document["codes"]:
        code = f"{row['code']}–{row['to']}" if row["to"] else row["code"]
        found.setdefault(row["system"], []).append(code)
    return list(found.items())


def on_paper(document: Mapping[str, Any]) -> list[tuple[str, list[Part]]]:
    """What a reader sees of a document, for paper: (heading, pieces) of each part and row.

    Without the headings as such and what only machines read.
    """
    read = parts(citing.numbered(document))
    shown = (part for part in read if part.content and not _is_for_machines(part.key))
    found: list[tuple[str, list[Part]]] = []
    numbers: Counter[str] = Counter()
    for key, group in groupby(shown, key=_paper_key):
        if key == "codes":
            found += [
                (system, [Part(f"codes.{system}", system, "\n".join(codes))])
                for system, codes in codes_by_system(document)
            ]
            continue
        pieces = list(group)
        heading = pieces[0].group or pieces[0].label
        if pieces[0].row:
            numbers[heading] += 1
            heading = f"{heading}, {numbers[heading]}"
        found.append((heading, pieces))
    return found


def places(document: Mapping[str, Any]) -> list[Place]:
    """Where on the page a reader meets which parts: the opening, each section, the foot."""
    found: dict[str, list[Part]] = {}
    names: dict[str, str] = {}
    by_key = {item.key: item for item in OUTLINE}
    for part in parts(document):
        item = by_key.get(part.key.partition(".")[0])
        if item is None or item.place is outline.Place.UNSEEN or not part.content:
            continue
        name, anchor = _place(item, part, document)
        names.setdefault(anchor, name)
        found.setdefault(anchor, []).append(part)
    return [Place(names[anchor], anchor, tuple(held)) for anchor, held in found.items()]


def _place(item: Item, part: Part, document: Mapping[str, Any]) -> tuple[str, str]:
    """The name and the anchor of where a part stands on the page."""
    if item.place is outline.Place.OPENING:
        return "Opening", "opening"
    if item.place is outline.Place.FOOT:
        return document["labels"][item.key], item.key
    if item.anchor:
        return document["labels"][item.key], item.anchor
    key = part.row.partition(".")[2]
    row = next(row for row in document[item.key] if row["key"] == key)
    return row["heading"], f"section-{key}"


def _paper_key(part: Part) -> str:
    return "codes" if part.row.startswith("codes.") else part.row or part.key


def _is_for_machines(key: str) -> bool:
    is_target = key.startswith("differentials.") and key.endswith(".condition")
    return key in FOR_MACHINES or key.startswith("labels.") or is_target


def _sentence(words: object) -> str:
    sentence = str(words)
    return sentence[:1].upper() + sentence[1:]


def hosts(document: Mapping[str, Any]) -> list[str]:
    """The hosts of all links in a document's markup and references, in ASCII, each once."""
    found = {host for part in parts(document) if part.html for host in sanitise.hosts(part.content)}
    found |= {urlsplit(row["url"]).hostname or "" for row in document["references"] if row["url"]}
    return sorted(found)


def unidentified(document: Mapping[str, Any]) -> list[str]:
    """The references that name no identifier and no address by which they can be found."""
    known_by = ("pmid", "pmcid", "doi", "isbn", "url")
    rows = document["references"]
    return [row["citation"] for row in rows if not any(row[name] for name in known_by)]


def index(document: Mapping[str, Any]) -> IndexedText:
    """A document's words for search, as plain text."""
    body = "\n".join(
        sanitise.visible_text(part.content) if part.html else part.content
        for part in parts(citing.uncited(document))
        if part.content and not re.match(r"labels\.|stance_word|lang|slug", part.key)
    )
    return IndexedText(str(document["name"]), "\n".join(document["also_known_as"]), body)
