"""A draft as a document, and whether it may be frozen."""

from typing import TYPE_CHECKING, Any

from conditions.cleaning import sanitise
from conditions.document.checking import check
from conditions.outline import NEEDED, OUTLINE, Item, Kind, from_the_site
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
