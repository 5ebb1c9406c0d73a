"""The one ordered list of a page's parts.

Whatever goes through all parts goes by this list: the keys of a document, the columns and the form
of a draft, the page with its contents, the comparison. A new part is a line here, a field with its
migration in `conditions.models`, and a step in `conditions.document.upgrades`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models as db

from conditions.cleaning import marks
from conditions.cleaning.fields import RichField

SCHEMA = 2


class Kind(Enum):
    """What a part holds."""

    LINE = auto()
    """One plain text."""
    RICH = auto()
    """Cleaned markup."""
    LINES = auto()
    """A list of plain texts; in the draft one on each line."""
    NUMBER = auto()
    """A whole number."""
    ROWS = auto()
    """A list of keyed rows; in the draft a model of their own."""
    SITE = auto()
    """What the site gives when a draft is frozen: no column of the draft."""


class Place(Enum):
    """Where a part stands on the page and on the draft's form."""

    OPENING = auto()
    """Above the contents."""
    BODY = auto()
    """Below them, under a heading of its own."""
    FOOT = auto()
    """After the review line."""
    UNSEEN = auto()
    """Nowhere on the page: for machines, or about the page."""


@dataclass(frozen=True)
class Item:
    """One part of a page.

    `heading` is what stands above it, by language. `anchor` is where the page can be linked to, and
    that of a row is its key after `row_anchor`. `columns` are those of its rows: key of the
    document → column of the draft; there are at most `most` rows. A part that is `needed` must not
    be empty in an edition; the page prints the number of `numbered` rows.
    """

    key: str
    kind: Kind
    place: Place
    heading: Mapping[str, str] | None = None
    anchor: str = ""
    columns: Mapping[str, str] | None = None
    needed: bool = False
    needs_full_review: bool = False
    may_change_urgently: bool = False
    numbered: bool = False
    most: int = 100
    row_anchor: str = ""


def _rows(*same: str, **other: str) -> dict[str, str]:
    return {name: name for name in same} | other


# In the order of the page, where it stands there, and of an exported file.
OUTLINE: tuple[Item, ...] = (
    Item("schema", Kind.SITE, Place.UNSEEN),
    Item("lang", Kind.LINE, Place.UNSEEN),
    Item("translation_of", Kind.LINE, Place.UNSEEN),
    Item("slug", Kind.LINE, Place.UNSEEN, needed=True),
    Item("name", Kind.LINE, Place.OPENING, needed=True, needs_full_review=True),
    Item("also_known_as", Kind.LINES, Place.OPENING, {"en": "Also known as"}),
    Item("codes", Kind.ROWS, Place.OPENING, columns=_rows("system", "code", "to")),
    Item("clinic", Kind.SITE, Place.UNSEEN),
    Item("treatment", Kind.SITE, Place.UNSEEN),
    Item("headline", Kind.LINE, Place.OPENING, needed=True, needs_full_review=True),
    Item("stance", Kind.LINE, Place.OPENING, needed=True, needs_full_review=True),
    Item("summary", Kind.RICH, Place.OPENING, needed=True),
    Item("crisis_notice", Kind.RICH, Place.OPENING),
    Item(
        "warnings",
        Kind.ROWS,
        Place.OPENING,
        {"en": "Warning"},
        columns=_rows("heading", "text"),
        needs_full_review=True,
        may_change_urgently=True,
        row_anchor="warning-",
    ),
    Item(
        "key_points",
        Kind.ROWS,
        Place.BODY,
        {"en": "Key points"},
        "key-points",
        _rows("text"),
        row_anchor="kp-",
    ),
    Item("definition", Kind.RICH, Place.BODY, {"en": "Clinical definition"}, "definition"),
    Item(
        "sections",
        Kind.ROWS,
        Place.BODY,
        columns=_rows("heading", "body"),
        row_anchor="section-",
    ),
    Item(
        "differentials",
        Kind.ROWS,
        Place.BODY,
        {"en": "How it differs from related conditions"},
        "differentials",
        _rows("label", condition="target") | {"text": "text"},
        row_anchor="diff-",
    ),
    Item(
        "treatments",
        Kind.ROWS,
        Place.BODY,
        {"en": "First-line treatments"},
        "treatments",
        _rows("name", "text"),
        row_anchor="treatment-",
    ),
    Item(
        "when_treatments_fail",
        Kind.RICH,
        Place.BODY,
        {"en": "When standard treatments fail"},
        "when-treatments-fail",
    ),
    Item("where_it_fits", Kind.RICH, Place.BODY, {"en": "Where {treatment} fits"}, "where-it-fits"),
    Item(
        "where_we_fit",
        Kind.RICH,
        Place.BODY,
        {"en": "Where this fits with {clinic}"},
        "where-we-fit",
    ),
    Item("safety", Kind.RICH, Place.BODY, {"en": "Risks and approval status"}, "safety"),
    Item("next_steps", Kind.RICH, Place.BODY, {"en": "What to do next"}, "next-steps"),
    Item(
        "questions",
        Kind.ROWS,
        Place.BODY,
        {"en": "Frequently asked questions"},
        "questions",
        _rows("question", "answer"),
        row_anchor="q-",
    ),
    Item(
        "references",
        Kind.ROWS,
        Place.BODY,
        {"en": "References"},
        "references",
        _rows("citation", "note", "pmid", "pmcid", "doi", "isbn", "url", "accessed_on"),
        numbered=True,
        most=400,
        row_anchor="ref-",
    ),
    Item(
        "disclaimer",
        Kind.LINE,
        Place.FOOT,
        {"en": "About this page"},
        "disclaimer",
        needed=True,
    ),
    Item("meta_description", Kind.LINE, Place.UNSEEN),
    Item("review_interval_months", Kind.NUMBER, Place.UNSEEN),
    Item("labels", Kind.SITE, Place.UNSEEN),
)

KEYS = tuple(item.key for item in OUTLINE)
# Of each part with rows: column of the draft → key of the document.
ROWS = {
    item.key: {column: name for name, column in item.columns.items()}
    for item in OUTLINE
    if item.columns
}
MOST = {item.key: item.most for item in OUTLINE if item.columns}
LISTS = tuple(item.key for item in OUTLINE if item.kind is Kind.LINES)
NEEDED = tuple(item.key for item in OUTLINE if item.needed)
# The columns of the draft itself, as its form asks for them.
COLUMNS = tuple(item.key for item in OUTLINE if item.kind not in (Kind.ROWS, Kind.SITE))
# What `from_the_site` gives, besides the schema.
FROM_THE_SITE = tuple(
    item.key for item in OUTLINE if item.kind is Kind.SITE and item.key != "schema"
)
# What no draft holds.
GIVEN = ("schema", *FROM_THE_SITE)
# Columns of the draft that are not words of the page.
NOT_IN_THE_DOCUMENT = {"id", "subject", "condition", "position"}

_STANCES = {
    "treated": "{clinic} offers {treatment} for this condition.",
    "sometimes": "{clinic} offers {treatment} to some people with this condition, not to all.",
    "not_treated": "{clinic} does not treat this condition with {treatment}.",
}
# Fixed words that stand within a part: label → the part, and the column of its rows, if one.
_WITHIN = {
    "contents": ("On this page", ""),
    "pubmed": ("PubMed", "references.pmid"),
    "pmc": ("PubMed Central", "references.pmcid"),
    "doi": ("DOI", "references.doi"),
    "isbn": ("ISBN", "references.isbn"),
    "source": ("Source", "references.url"),
    "accessed": ("Accessed", "references.accessed_on"),
    # Read out before the number of a reference that a text cites.
    "cited": ("Reference", "references"),
}


def labels(stance: str, lang: str = "en") -> dict[str, str]:
    """Every heading and fixed sentence of a page, with the clinic's words filled in."""
    words = {"stance": _STANCES.get(stance, "")}
    words |= {
        item.key: item.heading.get(lang, item.heading["en"]) for item in OUTLINE if item.heading
    }
    words |= {name: fixed for name, (fixed, _) in _WITHIN.items()}
    return {
        name: sentence.format(clinic=settings.CLINIC_NAME, treatment=settings.CLINIC_TREATMENT)
        for name, sentence in words.items()
    }


def from_the_site(stance: str) -> dict[str, Any]:
    """What the site gives to a document: its schema, and the clinic's words."""
    return {
        "schema": SCHEMA,
        "clinic": settings.CLINIC_NAME,
        "treatment": settings.CLINIC_TREATMENT,
        "labels": labels(stance),
    }


def is_shown(label: str, document: Mapping[str, Any]) -> bool:
    """Whether a reader of a document meets one of its labels: that of an empty part nobody does."""
    if label == "cited":
        return cites(document)
    part, _, column = _WITHIN.get(label, ("", label))[1].partition(".")
    if column:
        return any(row[column] for row in document[part])
    return bool(document.get(part, True))


def cites(document: Mapping[str, Any]) -> bool:
    """Whether a text of a document holds the mark of one of its references."""
    known = {row["key"] for row in document["references"]}
    return any(known.intersection(marks.keys(text)) for _, text in rich_texts(document))


def rich_texts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each markup of a document, by the key of its part: questions.KEY.answer."""
    for item in OUTLINE:
        if item.kind is Kind.RICH:
            yield item.key, document[item.key]
        for name in rich_columns(item):
            for row in document[item.key]:
                yield f"{item.key}.{row['key']}.{name}", row[name]


def rich_columns(item: Item) -> list[str]:
    """The columns of a part's rows that hold markup."""
    return [name for name, at in (item.columns or {}).items() if is_rich(row_field(item.key, at))]


def page_field(name: str) -> Any:
    """A column of the draft, or the relation to the rows of a part."""
    # By name: the models import this module.
    return apps.get_model("conditions.condition")._meta.get_field(name)


def row_field(part: str, column: str) -> Any:
    """A column of the rows of a part."""
    return row_model(part)._meta.get_field(column)


def row_model(part: str) -> Any:
    """The model of the rows of a part."""
    return page_field(part).related_model


def is_rich(column: "db.Field[Any, Any]") -> bool:
    """Whether a column of the draft holds markup."""
    return isinstance(column, RichField)
