"""The document, schema 1: how a draft becomes one, what it must hold, and what it is made of."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models as db

from conditions.cleaning import identifiers, sanitise
from conditions.cleaning.fields import RichField
from reviews.reviewable import IndexedText, NotFreezable, Part
from reviews.text import lines

if TYPE_CHECKING:
    from conditions.models import Condition

SCHEMA = 1

# The rows of each part: column of the draft -> key of the document.
ROWS: dict[str, dict[str, str]] = {
    "key_points": {"text": "text"},
    "sections": {"heading": "heading", "body": "body"},
    "differentials": {"label": "label", "target": "condition", "text": "text"},
    "treatments": {"name": "name", "text": "text"},
    "questions": {"question": "question", "answer": "answer"},
    "references": {
        "citation": "citation",
        "note": "note",
        "pmid": "pmid",
        "doi": "doi",
        "url": "url",
    },
}
LISTS = ("also_known_as", "icd10")
# The rows before which the page prints their number.
NUMBERED = ("references",)
# Taken from the clinic's settings and this module when a draft is frozen.
FROM_THE_SITE = ("clinic", "treatment", "labels")
# In the order in which a person reads an exported file.
KEYS = (
    *("schema", "lang", "translation_of", "slug", "name", "also_known_as", "icd10"),
    *("clinic", "treatment", "stance", "headline", "summary", "crisis_notice", "key_points"),
    *("definition", "sections", "differentials", "treatments", "when_treatments_fail"),
    *("where_it_fits", "where_we_fit", "safety", "next_steps", "questions", "references"),
    *("disclaimer", "meta_description", "review_interval_months", "labels"),
)
# Pieces that no reader sees as such.
FOR_MACHINES = ("stance_word", "slug", "lang", "translation_of", "clinic", "treatment")
# Columns of the draft that are not words of the page.
NOT_IN_THE_DOCUMENT = {"id", "subject", "condition", "position"}
# Without these a draft can be saved but not submitted.
NEEDED = ("name", "slug", "stance", "headline", "summary", "disclaimer")

_STANCES = {
    "treated": "{clinic} offers {treatment} for this condition.",
    "sometimes": "{clinic} offers {treatment} to some people with this condition, not to all.",
    "not_treated": "{clinic} does not treat this condition with {treatment}.",
}
_LABELS = {
    "also_known_as": "Also known as",
    "icd10": "ICD-10-CM",
    "contents": "On this page",
    "key_points": "Key points",
    "definition": "Clinical definition",
    "differentials": "How it differs from related conditions",
    "treatments": "First-line treatments",
    "when_treatments_fail": "When standard treatments fail",
    "where_it_fits": "Where {treatment} fits",
    "where_we_fit": "Where this fits with {clinic}",
    "safety": "Risks and approval status",
    "next_steps": "What to do next",
    "questions": "Frequently asked questions",
    "references": "References",
    "pubmed": "PubMed",
    "doi": "DOI",
    "source": "Source",
    "disclaimer": "About this page",
}


def labels(stance: str) -> dict[str, str]:
    """Every heading and fixed sentence of a page, with the clinic's words filled in."""
    words = {"stance": _STANCES.get(stance, ""), **_LABELS}
    return {
        name: words[name].format(clinic=settings.CLINIC_NAME, treatment=settings.CLINIC_TREATMENT)
        for name in words
    }


def of(condition: "Condition") -> dict[str, Any]:
    """A draft as a document, in the order of KEYS, unchecked. Costs a query for each part."""
    words: dict[str, Any] = {
        "schema": SCHEMA,
        "clinic": settings.CLINIC_NAME,
        "treatment": settings.CLINIC_TREATMENT,
        "labels": labels(condition.stance),
    }
    for key in KEYS:
        if key in ROWS:
            words[key] = [
                {"key": row.key, **{name: getattr(row, at) for at, name in ROWS[key].items()}}
                for row in getattr(condition, key).all()
            ]
        elif key in LISTS:
            words[key] = [line for line in getattr(condition, key).split("\n") if line]
        elif key not in words:
            words[key] = getattr(condition, key)
    return {key: words[key] for key in KEYS}


def frozen(document: dict[str, Any]) -> dict[str, Any]:
    """The document unchanged, if it may be frozen. Raises NotFreezable naming every fault."""
    checked = check(document)
    faults = [f"{fault.path}: {fault.message}" for fault in checked.faults]
    faults += [
        f"{change.path}: it is not in its clean form. Save the draft once more."
        for change in checked.changes
        # Clean by earlier rules: nobody has to save it again, its words may be frozen as they are.
        if not (change.is_rich and sanitise.was_clean(change.before))
    ]
    faults += [
        f"{key}: it is empty. A page needs it before it can be submitted."
        for key in NEEDED
        if not document[key]
    ]
    if faults:
        raise NotFreezable(faults)
    return document


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place of a document, by its path, such as questions[2].answer."""

    path: str
    message: str


@dataclass(frozen=True)
class Change:
    """What cleaning made of the text at one place."""

    path: str
    before: Any
    after: Any
    is_rich: bool = False
    said: tuple[str, ...] = ()


@dataclass
class Checked:
    """A document in its clean form, every fault found, and everything that cleaning changed."""

    document: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def check(value: Any) -> Checked:
    """Hold anything that was read from a file, or built from a draft, to the rules of schema 1.

    Raises nothing: every fault is in the result, with its path.
    """
    return _Check().run(value)


class _Check:
    """One walk over a document."""

    def __init__(self) -> None:
        self.result = Checked()
        self.keys: set[str] = set()

    def run(self, value: Any) -> Checked:
        if not isinstance(value, dict):
            self.fault("document", "it must be a JSON object.")
            return self.result
        self.known(value, KEYS, "")
        if "schema" in value and (type(value["schema"]) is not int or value["schema"] != SCHEMA):
            self.fault("schema", f"this version reads schema {SCHEMA} only.")
            return self.result
        out = self.result.document
        for key in KEYS:
            if key not in value:
                continue
            if key in ROWS:
                out[key] = self.rows(key, value[key])
            elif key in LISTS:
                out[key] = self.lines(key, value[key])
            elif key == "schema":
                out[key] = SCHEMA
            elif key == "review_interval_months":
                out[key] = self.number(key, value[key])
            elif key not in FROM_THE_SITE:
                out[key] = self.words(key, value[key], _page_field(key))
        self.from_the_site(value)
        return self.result

    def fault(self, path: str, message: str) -> None:
        self.result.faults.append(Fault(path, message))

    def known(self, value: Mapping[str, Any], keys: tuple[str, ...], at: str) -> None:
        for key in keys:
            if key not in value and key != "key":
                self.fault(f"{at}{key}", "it is missing; write an empty text or list for none.")
        for key in value:
            if key not in keys:
                self.fault(f"{at}{key}", "there is no such part in schema 1; take it out.")

    def words(self, path: str, value: Any, column: Any) -> str:
        """One text through its column's own rules."""
        if not isinstance(value, str):
            self.fault(path, "it must be text.")
            return ""
        try:
            cleaned = str(column.clean(value, None))
        except ValidationError as fault:
            self.fault(path, " ".join(fault.messages))
            return ""
        if is_rich(column) and cleaned != value:
            told = column.read(value)
            said = (*(f"left out: {loss}" for loss in told.losses), *told.notes)
            self.result.changes.append(Change(path, value, cleaned, is_rich=True, said=said))
        else:
            self.changed(path, value, cleaned)
        return cleaned

    def changed(self, path: str, before: Any, after: Any) -> None:
        if before != after:
            self.result.changes.append(Change(path, before, after))

    def number(self, path: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(path, "it must be a whole number of months.")
            return 0
        try:
            return int(_page_field(path).clean(value, None))
        except ValidationError as fault:
            self.fault(path, " ".join(fault.messages))
            return 0

    def lines(self, path: str, value: Any) -> list[str]:
        if not isinstance(value, list):
            self.fault(path, "it must be a list of texts.")
            return []
        out = []
        for index, line in enumerate(value):
            if line == "":
                self.changed(f"{path}[{index}]", line, None)
                continue
            if isinstance(line, str) and "\n" in line.strip():
                self.fault(f"{path}[{index}]", "it must be one line.")
            else:
                out.append(self.words(f"{path}[{index}]", line, _page_field(path)))
        if len({line.casefold() for line in out}) != len(out):
            self.fault(path, "the same text stands twice.")
        return out

    def rows(self, path: str, value: Any) -> list[dict[str, str]]:
        if not isinstance(value, list):
            self.fault(path, "it must be a list.")
            return []
        return [self.row(path, f"{path}[{index}]", row) for index, row in enumerate(value)]

    def row(self, part: str, path: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            self.fault(path, "it must be a JSON object.")
            return {}
        columns = {name: at for at, name in ROWS[part].items()}
        self.known(value, ("key", *columns), f"{path}.")
        out = {"key": self.key(f"{path}.key", value.get("key", ""))}
        for name, at in columns.items():
            if name in value:
                out[name] = self.words(f"{path}.{name}", value[name], _row_field(part, at))
        return out

    def key(self, path: str, value: Any) -> str:
        """A row's key: made where the file has none."""
        if value == "":
            value = identifiers.new_key()
            self.changed(path, "", value)
        try:
            identifiers.clean_key(value if isinstance(value, str) else "")
        except ValidationError as fault:
            self.fault(path, " ".join(fault.messages))
            return ""
        if value in self.keys:
            self.fault(path, f"the key {value} stands twice in this document.")
        self.keys.add(value)
        return str(value)

    def from_the_site(self, value: Mapping[str, Any]) -> None:
        """The clinic's words come from its settings, whatever a file says."""
        ours: dict[str, Any] = {
            "clinic": settings.CLINIC_NAME,
            "treatment": settings.CLINIC_TREATMENT,
            "labels": labels(self.result.document.get("stance", "")),
        }
        for key in FROM_THE_SITE:
            self.result.document[key] = ours[key]
            if key in value and type(value[key]) is not type(ours[key]):
                self.fault(
                    key, "it must be a JSON object." if key == "labels" else "it must be text."
                )
            elif key in value:
                self.changed(key, value[key], ours[key])
        for path, words in [
            ("clinic", ours["clinic"]),
            ("treatment", ours["treatment"]),
            *((f"labels.{name}", label) for name, label in ours["labels"].items()),
        ]:
            try:
                lines.check_is_frozen_form(words)
            except ValidationError as fault:
                self.fault(path, " ".join(fault.messages))


def _page_field(name: str) -> Any:
    # By name: the models import this module.
    return apps.get_model("conditions.condition")._meta.get_field(name)


def _row_field(part: str, column: str) -> Any:
    return _page_field(part).related_model._meta.get_field(column)


def is_rich(column: "db.Field[Any, Any]") -> bool:
    """Whether a column of the draft holds markup."""
    return isinstance(column, RichField)


def parts(document: Mapping[str, Any]) -> list[Part]:
    """The labelled, keyed pieces of a document in the order of the page; no word is left out."""
    names = document["labels"]
    made: list[Part] = []

    def add(
        key: str, label: str, content: Any, *, html: bool = False, weighty: bool = False
    ) -> None:
        made.append(Part(key, label, str(content), html=html, needs_full_review=weighty))

    def page_field(key: str, *, weighty: bool = False) -> None:
        column = _page_field(key)
        label = names.get(key) or _sentence(column.verbose_name)
        add(key, label, document[key], html=is_rich(column), weighty=weighty)

    def rows(part: str) -> None:
        for number, row in enumerate(document[part], 1):
            for at, name in ROWS[part].items():
                column = _row_field(part, at)
                piece = Part(
                    f"{part}.{row['key']}.{name}",
                    _sentence(column.verbose_name),
                    row[name],
                    html=is_rich(column),
                    row=f"{part}.{row['key']}",
                    group=names.get(part, "Sections"),
                    number=number if part in NUMBERED else 0,
                )
                made.append(piece)

    page_field("name")
    add("also_known_as", names["also_known_as"], "\n".join(document["also_known_as"]))
    add("icd10", names["icd10"], "\n".join(document["icd10"]))
    page_field("headline", weighty=True)
    add("stance", "Stance", names["stance"], weighty=True)
    page_field("summary")
    page_field("crisis_notice")
    rows("key_points")
    page_field("definition")
    rows("sections")
    rows("differentials")
    rows("treatments")
    for key in ("when_treatments_fail", "where_it_fits", "where_we_fit", "safety", "next_steps"):
        page_field(key)
    rows("questions")
    rows("references")
    page_field("disclaimer")
    page_field("meta_description")
    page_field("review_interval_months")
    for key in ("slug", "lang", "translation_of"):
        page_field(key)
    for key in ("clinic", "treatment"):
        add(key, _sentence(f"the {key}’s name"), document[key])
    add("stance_word", "Stance as recorded", document["stance"], weighty=True)
    for name, words in names.items():
        if name != "stance":
            add(f"labels.{name}", f"Heading or fixed words, {name.replace('_', ' ')}", words)
    return made


def words(document: Mapping[str, Any]) -> list[tuple[str, list[Part]]]:
    """What a reader sees of a document, for paper: (heading, pieces) of each part and row.

    Without the headings as such and what only machines read.
    """
    shown = (part for part in parts(document) if part.content and not _is_for_machines(part.key))
    found: list[tuple[str, list[Part]]] = []
    numbers: Counter[str] = Counter()
    for _, group in groupby(shown, key=lambda part: part.row or part.key):
        pieces = list(group)
        heading = pieces[0].group or pieces[0].label
        if pieces[0].row:
            numbers[heading] += 1
            heading = f"{heading}, {numbers[heading]}"
        found.append((heading, pieces))
    return found


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


def index(document: Mapping[str, Any]) -> IndexedText:
    """A document's words for search, as plain text."""
    body = "\n".join(
        sanitise.visible_text(part.content) if part.html else part.content
        for part in parts(document)
        if part.content and not re.match(r"labels\.|stance_word|lang|slug", part.key)
    )
    return IndexedText(str(document["name"]), "\n".join(document["also_known_as"]), body)
