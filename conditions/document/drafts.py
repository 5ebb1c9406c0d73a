"""A draft as a document, and whether it may be frozen."""

from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from conditions.cleaning import sanitise
from conditions.document import citing
from conditions.document.advice.missing import BARE, is_bare
from conditions.document.checking import check
from conditions.outline import (
    COLUMNS,
    NEEDED,
    OUTLINE,
    Item,
    Kind,
    from_the_site,
    is_rich,
    page_field,
    row_field,
)
from reviews.reviewable import NotFreezable

if TYPE_CHECKING:
    from conditions.models import Condition


def of(condition: "Condition") -> dict[str, Any]:
    """A draft as a document, in the outline’s order, unchecked. A query for each kind of row."""
    site = from_the_site(condition.stance)
    return {
        item.key: site[item.key] if item.kind is Kind.SITE else _words(condition, item)
        for item in OUTLINE
    }


def _words(condition: "Condition", item: Item) -> Any:
    value = getattr(condition, item.key)
    if item.columns:
        columns = item.columns.items()
        return [
            {"key": row.key, **{name: getattr(row, column) for name, column in columns}}
            for row in value.all()
        ]
    if item.kind is Kind.LINES:
        return [line for line in value.split("\n") if line]
    return value


def frozen(document: dict[str, Any], *, was_signed: bool = True) -> dict[str, Any]:
    """The document unchanged, if it may be frozen. Raises NotFreezable naming every fault.

    A page that was never signed must say something; one that was can always be put right.
    """
    checked = check(document)
    faults = [f"{fault.path}: {fault.message}" for fault in checked.faults]
    faults += [
        f"{change.path}: it is not in its clean form. Save the draft once more."
        for change in checked.changes
        # Clean by earlier rules: nobody has to save it again, its words may be frozen as they are.
        if not (change.is_rich and sanitise.was_clean(change.before))
    ]
    faults += [f"{part}: {sentence}" for part, sentence in citing.faults(document)]
    faults += [
        f"{key}: it is empty. A page needs it before it can be submitted."
        for key in NEEDED
        if not document[key]
    ]
    if is_bare(document) and not was_signed:
        faults.append(BARE)
    if faults:
        raise NotFreezable(faults)
    return document


class _Place(NamedTuple):
    """Where the draft keeps a part: a column of its own, or of the rows of an item."""

    column: Any
    item: str = ""
    row: str = ""


def _place(part: str) -> _Place:
    """Where the draft keeps a part. Raises ValidationError where the site gives it, or nothing."""
    key, _, rest = part.partition(".")
    item = next((item for item in OUTLINE if item.key == key), None)
    row, _, name = rest.partition(".")
    if item is not None and item.columns and name in item.columns:
        return _Place(row_field(key, item.columns[name]), key, row)
    # A stance is chosen, so that it cannot be typed.
    if item is None or rest or key not in COLUMNS or key == "stance":
        raise ValidationError("These words are not typed in the draft. Write a comment instead.")
    return _Place(page_field(key))


def cleaned(part: str, words: str) -> str:
    """Words for a part as its field keeps them. Raises ValidationError, so where some would go."""
    column = _place(part).column
    if is_rich(column):
        losses = column.read(words).losses
        if losses:
            raise ValidationError(f"This would be left out: {'; '.join(losses)}. Take it out.")
    return str(column.clean(words, None))


def typed(part: str) -> Any:
    """The form field in which the words of a part are typed. Raises ValidationError."""
    return _place(part).column.formfield()


def put(condition: "Condition", part: str, words: str) -> None:
    """Save words in one part of a draft. Raises ValidationError."""
    place = _place(part)
    instance: Any = condition
    if place.item:
        instance = getattr(condition, place.item).filter(key=place.row).first()
        if instance is None:
            raise ValidationError("The draft has no such part any more: its row was deleted.")
    with transaction.atomic():
        setattr(instance, place.column.name, place.column.clean(words, instance))
        instance.clean()
        instance.save()
