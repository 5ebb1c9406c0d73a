"""The words of a draft's form as it was sent, as a document: nothing is saved."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from conditions import document
from conditions.cleaning import identifiers
from conditions.document.parts import label_of
from conditions.outline import (
    COLUMNS,
    LISTS,
    MOST,
    OUTLINE,
    ROWS,
    from_the_site,
    page_field,
    row_field,
    row_model,
)


@dataclass(frozen=True)
class Typed:
    """What was typed, cleaned, as a document; what is refused is empty and told in `faults`."""

    document: dict[str, Any]
    faults: list[str]


def read(data: Mapping[str, Any]) -> Typed:
    """What a form of the draft holds, by the same fields that would save it."""
    return _Reading(data).done()


class _Reading:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: list[str] = []
        self.keys: set[str] = set()

    def done(self) -> Typed:
        words: dict[str, Any] = {}
        for item in OUTLINE:
            if item.key in COLUMNS:
                words[item.key] = self.column(item.key)
            elif item.columns:
                words[item.key] = self.rows(item.key)
        words |= from_the_site(words["stance"])
        checked = document.check(words)
        told = [f"{fault.path}: {fault.message}" for fault in checked.faults]
        # What a field refused is empty now, which is no fault of its own.
        return Typed(checked.document, self.faults or told)

    def column(self, name: str) -> Any:
        words = self.words(page_field(name), name, "")
        if name in LISTS:
            return [line for line in words.split("\n") if line]
        return words or 12 if name == "review_interval_months" else words

    def words(self, column: Any, name: str, where: str) -> Any:
        """One text through its form field and its column, as a save does it; "" if refused."""
        field = column.formfield()
        raw = field.widget.value_from_datadict(self.data, {}, name)
        try:
            return column.clean(field.clean("" if raw is None else raw), None)
        except ValidationError as fault:
            called = str(column.verbose_name)
            label = f"{where}, {called}" if where else f"{called[:1].upper()}{called[1:]}"
            self.faults.append(f"{label}: {' '.join(fault.messages)}")
            return ""

    def rows(self, part: str) -> list[dict[str, str]]:
        found = []
        for index in range(self.count(part)):
            at = f"{part}-{index}-"
            if self.data.get(f"{at}DELETE") or self.is_empty(part, at):
                continue
            where = f"{label_of(part, {'labels': {}})} {index + 1}"
            row = {
                name: self.words(row_field(part, column), f"{at}{column}", where)
                for column, name in ROWS[part].items()
            }
            found.append((self.position(at), {"key": self.key(part, at), **row}))
        return [row for _, row in sorted(found, key=lambda one: one[0])]

    def count(self, part: str) -> int:
        with suppress(ValueError):
            return max(0, min(int(self.data.get(f"{part}-TOTAL_FORMS", 0)), MOST[part] + 100))
        return 0

    def is_empty(self, part: str, at: str) -> bool:
        """Whether a row was added and nothing typed into it."""
        typed = [
            (row_field(part, column), self.data.get(f"{at}{column}", "")) for column in ROWS[part]
        ]
        return not self.data.get(f"{at}id") and all(
            words.strip() in ("", "<p></p>", column.get_default()) for column, words in typed
        )

    def position(self, at: str) -> float:
        with suppress(ValueError):
            return float(int(self.data.get(f"{at}position", "")))
        return float("inf")

    def key(self, part: str, at: str) -> str:
        """The row's own key, sent hidden or else asked for; a new row's is made."""
        key, pk = str(self.data.get(f"{at}known_by", "")), str(self.data.get(f"{at}id", ""))
        if not key and pk.isdecimal() and len(pk) < 16:
            key = row_model(part).objects.filter(pk=pk).values_list("key", flat=True).first() or ""
        try:
            identifiers.clean_key(key)
        except ValidationError:
            key = ""
        if not key or key in self.keys:
            key = identifiers.new_key()
        self.keys.add(key)
        return key
