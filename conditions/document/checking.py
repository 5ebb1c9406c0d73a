"""Whether anything that was read from a file, or built from a draft, keeps a document's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError

from conditions.cleaning import identifiers
from conditions.document import upgrades
from conditions.document.anchors import lost_links
from conditions.document.upgrades import STEPS, Shape, Step
from conditions.outline import (
    FROM_THE_SITE,
    KEYS,
    MOST,
    OUTLINE,
    ROWS,
    SCHEMA,
    Item,
    Kind,
    from_the_site,
    is_rich,
    page_field,
    row_field,
    row_model,
)
from reviews.text import lines


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
        schema = value.get("schema", SCHEMA)
        if type(schema) is not int or schema not in (*STEPS, SCHEMA):
            self.fault("schema", f"this version reads schemas 1 to {SCHEMA}.")
            return self.result
        if schema == SCHEMA:
            self.known(value, KEYS, "", optional=FROM_THE_SITE)
            self.parts(value)
        elif self.has(upgrades.shape_of(schema), value):
            self.parts(upgrades.current({**from_the_site(""), **value}), given=value)
            for step in reversed([STEPS[one] for one in range(schema, SCHEMA)]):
                self.tell_places_of(step)
        return self.result

    def has(self, shape: Shape, value: dict[str, Any]) -> bool:
        """Whether a document of an older schema can be brought to the next one."""
        self.known(value, shape.keys, "", optional=FROM_THE_SITE)
        for part in (*shape.lists, *shape.rows):
            if not isinstance(value.get(part, []), list):
                self.fault(part, "it must be a list.")
            elif part in shape.rows:
                for index, row in enumerate(value.get(part, [])):
                    if not isinstance(row, dict):
                        self.fault(f"{part}[{index}]", "it must be a JSON object.")
                    else:
                        self.known(row, ("key", *shape.rows[part]), f"{part}[{index}].")
        if not isinstance(value.get("labels", {}), dict):
            self.fault("labels", "it must be a JSON object.")
        return not self.result.faults

    def tell_places_of(self, step: Step) -> None:
        """Name each place as the file has it."""
        faults, changes = self.result.faults, self.result.changes
        faults[:] = [replace(fault, path=step.path(fault.path)) for fault in faults]
        changes[:] = [replace(change, path=step.path(change.path)) for change in changes]

    def parts(self, value: dict[str, Any], given: Mapping[str, Any] | None = None) -> None:
        """A whole document of the present schema; `given` is the file, if that was an older one."""
        for item in OUTLINE:
            if item.key in value and item.kind is not Kind.SITE:
                self.result.document[item.key] = self.part(item, value[item.key])
        self.from_the_site(value if given is None else given)
        document = self.result.document
        self.result.document = {key: document[key] for key in KEYS if key in document}
        for _, path, sentence in lost_links(self.result.document):
            self.fault(path, sentence)

    def part(self, item: Item, value: Any) -> Any:
        """One part through the rules of its kind."""
        match item.kind:
            case Kind.ROWS:
                return self.rows(item.key, value)
            case Kind.LINES:
                return self.lines(item.key, value)
            case Kind.NUMBER:
                return self.number(item.key, value)
            case _:
                return self.words(item.key, value, page_field(item.key))

    def fault(self, path: str, message: str) -> None:
        self.result.faults.append(Fault(path, message))

    def known(
        self,
        value: Mapping[str, Any],
        keys: tuple[str, ...],
        at: str,
        optional: tuple[str, ...] = ("key",),
    ) -> None:
        for key in keys:
            if key not in value and key not in optional:
                self.fault(f"{at}{key}", "it is missing; write an empty text or list for none.")
        for key in value:
            if key not in keys:
                self.fault(f"{at}{key}", "there is no such part; take it out.")

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
            return int(page_field(path).clean(value, None))
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
                out.append(self.words(f"{path}[{index}]", line, page_field(path)))
        if len({line.casefold() for line in out}) != len(out):
            self.fault(path, "the same text stands twice.")
        return out

    def rows(self, path: str, value: Any) -> list[dict[str, str]]:
        if not isinstance(value, list):
            self.fault(path, "it must be a list.")
            return []
        if len(value) > MOST[path]:
            self.fault(path, f"it has {len(value):,} rows; at most {MOST[path]} fit.")
            return []
        found = [self.row(path, f"{path}[{index}]", row) for index, row in enumerate(value)]
        said = [tuple(words for name, words in row.items() if name != "key") for row in found]
        if row_model(path).ONCE and len(set(said)) != len(said):
            self.fault(path, "the same row stands twice.")
        return found

    def row(self, part: str, path: str, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            self.fault(path, "it must be a JSON object.")
            return {}
        columns = {name: at for at, name in ROWS[part].items()}
        self.known(value, ("key", *columns), f"{path}.")
        out = {"key": self.key(f"{path}.key", value.get("key", ""))}
        for name, at in columns.items():
            if name in value:
                out[name] = self.words(f"{path}.{name}", value[name], row_field(part, at))
        self.whole_row(part, path, out)
        return out

    def whole_row(self, part: str, path: str, row: dict[str, str]) -> None:
        """A row through the rules that its columns keep together."""
        columns = {at: name for at, name in ROWS[part].items() if name in row}
        before = {at: row[name] for at, name in columns.items()}
        if len(before) != len(ROWS[part]) or any(
            fault.path.startswith(path) for fault in self.result.faults
        ):
            return
        try:
            after = row_model(part).clean_row(before)
        except ValidationError as fault:
            for at, messages in fault.message_dict.items():
                self.fault(f"{path}.{ROWS[part][at]}", " ".join(messages))
            return
        for at, name in columns.items():
            self.changed(f"{path}.{name}", before[at], after[at])
            row[name] = after[at]

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
        ours = from_the_site(self.result.document.get("stance", ""))
        self.result.document["schema"] = SCHEMA
        for key in FROM_THE_SITE:
            self.result.document[key] = ours[key]
            if key in value and type(value[key]) is not type(ours[key]):
                kind = "a JSON object" if key == "labels" else "text"
                self.fault(key, f"it must be {kind}.")
            elif key in value and key != "labels":
                self.changed(key, value[key], ours[key])
        if isinstance(value.get("labels"), dict):
            for name in ours["labels"].keys() & value["labels"].keys():
                self.changed(f"labels.{name}", value["labels"][name], ours["labels"][name])
        for path, words in [
            ("clinic", ours["clinic"]),
            ("treatment", ours["treatment"]),
            *((f"labels.{name}", label) for name, label in ours["labels"].items()),
        ]:
            try:
                lines.check_is_frozen_form(words)
            except ValidationError as fault:
                self.fault(path, " ".join(fault.messages))
