"""The draft's form as the page: its parts in the order in which patients read them."""

import dataclasses
import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import strip_tags

from conditions.document.parts import label_of
from conditions.guidance import GUIDANCE, Guidance
from conditions.outline import (
    COLUMNS,
    OUTLINE,
    ROWS,
    Item,
    Kind,
    Place,
    is_rich,
    labels,
    page_field,
    row_field,
)
from conditions.studio import units

_MOST_TITLE = 90
# A longer list can be folded.
_MOST_ROWS = 8
# What a part is called on the form where the page has a sentence instead of a heading.
_TITLES = {"stance": "Stance", "warnings": "Warnings", "disclaimer": "Disclaimer"}


@dataclass(frozen=True)
class FormRow:
    """One row of a list on the form."""

    form: Any
    key: str
    title: str
    differs: bool

    @property
    def place(self) -> str:
        """Its id on the form."""
        return f"row-{self.key}" if self.key else str(self.form.prefix)

    @property
    def columns(self) -> list[Any]:
        """The fields of the row's own words."""
        aside = ("position", "DELETE")
        return [one for one in self.form.visible_fields() if one.name not in aside]

    @property
    def position(self) -> Any:
        """Its place in the order, as a number."""
        return self.form["position"]

    @property
    def deletion(self) -> Any:
        """Whether it goes at the next save."""
        return self.form["DELETE"]


@dataclass(frozen=True)
class FormPart:
    """One part of the page on the form, with what is to be known of it before it is opened."""

    item: Item
    title: str
    guidance: Guidance
    field: Any = None
    formset: Any = None
    rows: list[FormRow] = dataclasses.field(default_factory=list)
    blank: FormRow | None = None
    words: list[list[tuple[str, Any, bool]]] = dataclasses.field(default_factory=list)
    is_empty: bool = False
    is_faulty: bool = False
    differs: bool = False
    comments: int = 0

    @property
    def key(self) -> str:
        """Its key in the document."""
        return self.item.key

    @property
    def is_tucked(self) -> bool:
        """Whether a line says it all: what no reader of the page sees, once it is there."""
        return self.item.place is Place.UNSEEN and not self.is_empty

    @property
    def folds(self) -> bool:
        """Whether it can be folded: what is empty, or not for readers, or long."""
        return self.is_empty or self.is_tucked or len(self.rows) > _MOST_ROWS

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded at first: what is needed and empty asks to be written."""
        shown = self.item.needed if self.is_empty else not self.is_tucked
        return self.is_faulty or shown

    @property
    def place(self) -> str:
        """Its id on the form."""
        return f"part-{self.key}"

    @property
    def anchor(self) -> str:
        """Where the part stands in a preview."""
        if self.item.place is Place.OPENING and self.key not in ("name", "headline", "stance"):
            return "opening"
        return self.item.anchor or ("main" if self.item.place is not Place.BODY else self.key)


@dataclass(frozen=True)
class Fault:
    """What a form was refused for: where, what, and the place on the form."""

    where: str
    words: str
    at: str


def _items() -> Iterator[Item]:
    """Those of the form: as on the page, the address beside the name, what is unseen at the end."""
    asked = [item for item in OUTLINE if item.key in COLUMNS or item.columns]
    seen = [item for item in asked if item.place is not Place.UNSEEN]
    unseen = [item for item in asked if item.place is Place.UNSEEN]
    for item in seen:
        yield item
        if item.key == "name":
            yield from (one for one in unseen if one.key == "slug")
    yield from (one for one in unseen if one.key != "slug")


def parts(
    form: Any,
    formsets: Mapping[str, Any],
    *,
    document: Mapping[str, Any] | None,
    public: Mapping[str, Any] | None,
    commented: Iterable[str],
    editable: bool,
) -> list[FormPart]:
    """Every part of a draft for its form, or for who may only read it."""
    ahead = units.differing(document, public) if document and public else []
    counted = Counter(part.partition(".")[0] for part in commented)
    named = labels((document or {}).get("stance", ""))
    return [
        _Part(item, form, formsets, document, [*ahead], counted[item.key]).made(named, editable)
        for item in _items()
    ]


@dataclass(frozen=True)
class _Part:
    item: Item
    form: Any
    formsets: Mapping[str, Any]
    document: Mapping[str, Any] | None
    ahead: list[str]
    comments: int

    def made(self, named: Mapping[str, str], editable: bool) -> FormPart:
        key = self.item.key
        shared: dict[str, Any] = {
            "item": self.item,
            "title": _TITLES.get(key) or label_of(key, {"labels": named}),
            "guidance": GUIDANCE[key],
            "differs": any(name.partition(".")[0] == key for name in self.ahead),
            "comments": self.comments,
        }
        if not editable:
            words = self.words()
            return FormPart(**shared, words=words, is_empty=not words)
        if key in ROWS:
            return self.listed(shared)
        bound = self.form[key]
        said = str(bound.value() or "").strip()
        return FormPart(
            **shared,
            field=bound,
            is_empty=said in ("", "<p></p>"),
            is_faulty=bool(bound.errors),
        )

    def listed(self, shared: dict[str, Any]) -> FormPart:
        formset = self.formsets[self.item.key]
        rows = sorted((self.row(form) for form in formset.forms), key=_position)
        return FormPart(
            **shared,
            formset=formset,
            rows=rows,
            blank=self.row(formset.empty_form),
            is_empty=not rows,
            is_faulty=not formset.is_valid() if formset.is_bound else False,
        )

    def row(self, form: Any) -> FormRow:
        key = str(form["known_by"].value() or "")
        said = [str(form[column].value() or "") for column in ROWS[self.item.key]]
        return FormRow(
            form, key, title(self.item.key, said), f"{self.item.key}.{key}" in self.ahead
        )

    def words(self) -> list[list[tuple[str, Any, bool]]]:
        """What a reader sees of it, row by row: (name, words, whether they are markup)."""
        key = self.item.key
        said = (self.document or {}).get(key)
        if key not in ROWS:
            if self.item.kind is Kind.LINES:
                return [[("", line, False)] for line in said or []]
            column = page_field(key)
            if said and column.choices:
                said = dict(column.flatchoices).get(said, said)
            return [[("", said, is_rich(column))]] if said else []
        columns = {name: row_field(key, column) for column, name in ROWS[key].items()}
        return [
            [
                (str(column.verbose_name), row[name], is_rich(column))
                for name, column in columns.items()
                if row[name]
            ]
            for row in said or []
        ]


def _position(row: FormRow) -> tuple[bool, int]:
    typed = str(row.position.value() or "")
    return (not typed.isdecimal(), int(typed) if typed.isdecimal() and len(typed) < 10 else 0)


def title(part: str, said: list[str]) -> str:
    """What a row is called: its first words; a code whole."""
    if part == "codes":
        system, code, to = said
        return f"{system} {code}{'–' * bool(to)}{to}" if code else ""
    # What was refused is no markup that could be read: its words are enough here.
    words = " ".join(html.unescape(strip_tags(said[0].replace("<", " <"))).split())
    return words if len(words) <= _MOST_TITLE else f"{words[:_MOST_TITLE].rstrip()}…"


def faults(form: Any, shown: Iterable[FormPart]) -> list[Fault]:
    """Every sentence that refused a form, in the order of the page."""
    found = [Fault("", words, "") for words in form.non_field_errors()]
    for part in shown:
        if part.field is not None:
            found += [Fault(part.title, words, part.field.auto_id) for words in part.field.errors]
        if part.formset is None or not part.formset.is_bound:
            continue
        at = f"part-{part.key}"
        found += [Fault(part.title, words, at) for words in part.formset.non_form_errors()]
        for number, row in enumerate(part.rows, 1):
            where = f"{part.title} {number}"
            found += [Fault(where, words, at) for words in row.form.non_field_errors()]
            for bound in (*row.columns, row.position):
                found += [Fault(f"{where}, {bound.label}", w, bound.auto_id) for w in bound.errors]
    return found
