"""Documents in and out of drafts: what import_condition, export_condition and the demo share."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from conditions import document, outline
from conditions.cleaning import citations
from conditions.document import Change, Fault
from conditions.models import KIND, Condition, Reference, Row
from conditions.outline import Kind
from reviews import workflow
from reviews.models import Subject

# The longest file that is read: a page's fields at their maxima are far below.
MAXIMUM_BYTES = 4 * 1024 * 1024


class Unreadable(Exception):
    """A file holds no JSON document; the sentence says why."""


class ImportRefused(Exception):
    """A document is not taken over; `faults` name every place and what is wrong there."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(f"{fault.path}: {fault.message}" for fault in faults))
        self.faults = faults


def load(value: Any, *, by: User) -> tuple[Condition, list[Change]]:
    """Replace the whole draft of the document's slug, or make it: one revision, one contribution.

    Returns the draft and what cleaning changed. Raises ImportRefused, having changed nothing.
    """
    checked = document.check(value)
    words = checked.document
    if not checked.faults and not words["slug"]:
        checked.faults.append(Fault("slug", "it is empty; a page needs an address."))
    if checked.faults:
        raise ImportRefused(checked.faults)
    with transaction.atomic():
        condition = _draft_at(words["slug"])
        write(condition, words)
        workflow.record_draft(condition.subject, by=by, how="Imported")
    return condition, checked.changes


def write(condition: Condition, words: Mapping[str, Any]) -> None:
    """Put the words of a document that was checked into a draft; rows that stay keep their ids.

    Belongs into the transaction that records the save.
    """
    for item in outline.OUTLINE:
        if item.kind is Kind.LINES:
            setattr(condition, item.key, "\n".join(words[item.key]))
        elif item.key in outline.COLUMNS:
            setattr(condition, item.key, words[item.key])
    condition.save()
    for part, columns in outline.ROWS.items():
        _write_rows(condition, part, columns, words[part])


def _write_rows(
    condition: Condition, part: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, str]]
) -> None:
    model = outline.row_model(part)
    wanted = {
        row["key"]: model(
            condition=condition,
            key=row["key"],
            position=position,
            **{column: row[name] for column, name in columns.items()},
        )
        for position, row in enumerate(rows, 1)
    }
    kept = {row.key for row in getattr(condition, part).all() if _same(row, wanted.get(row.key))}
    # What goes first makes room: a range of codes may stand only once.
    getattr(condition, part).exclude(key__in=kept).delete()
    model.objects.bulk_create([row for key, row in wanted.items() if key not in kept])


def _same(row: Row, other: Row | None) -> bool:
    names = (field.attname for field in row._meta.concrete_fields if not field.primary_key)
    return other is not None and all(getattr(row, name) == getattr(other, name) for name in names)


def _draft_at(slug: str) -> Condition:
    """The draft of a slug, or else a new one.

    A page whose draft was deleted gets it back, by the address it signed or last submitted.
    """
    condition = Condition.objects.select_for_update().filter(slug=slug).first()
    if condition is not None:
        return condition
    lost = Subject.objects.filter(kind=KIND).exclude(Exists(_drafts()))
    subject = (
        lost.filter(addresses__slug=slug).first()
        or lost.filter(editions__slug=slug).order_by("-editions__pk").first()
    )
    return Condition(subject=subject) if subject else Condition()


def _drafts() -> QuerySet[Condition]:
    return Condition.objects.filter(subject=OuterRef("pk"))


def read(name: str, content: bytes) -> Any:
    """What a file with this name holds. Raises Unreadable."""
    if len(content) > MAXIMUM_BYTES:
        raise Unreadable(f"{name} is larger than {MAXIMUM_BYTES} bytes.")
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except UnicodeDecodeError as fault:
        raise Unreadable(f"{name} is not UTF-8 (byte {fault.start}).") from fault
    except (ValueError, RecursionError) as fault:
        raise Unreadable(f"{name} is not a JSON document: {fault}.") from fault


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose key stands twice is refused: readers differ about which one counts."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key “{key}” stands twice in one object")
        found[key] = value
    return found


def cite(condition: Condition, text: str, *, by: User) -> list[Reference]:
    """Put the references in a pasted text after those of a draft: one revision, one contribution.

    Where an identifier is all that was pasted, it stands for the citation too. Raises
    ImportRefused, having changed nothing.
    """
    found = citations.read(text)
    if not found:
        raise ImportRefused([Fault("references", "nothing was pasted.")])
    with transaction.atomic():
        locked = Condition.objects.select_for_update().get(pk=condition.pk)
        room = outline.MOST["references"] - locked.references.count()
        if len(found) > room:
            faults = [Fault("references", f"{len(found)} were pasted, and only {room} more fit.")]
            raise ImportRefused(faults)
        rows = [_reference(locked, one.fields) for one in found]
        faults = [
            Fault(f"references[{index}].{name}", " ".join(messages))
            for index, row in enumerate(rows)
            for name, messages in _faults_of(row).items()
        ]
        if faults:
            raise ImportRefused(faults)
        for row in rows:
            row.save()
        locked.save()
        workflow.record_draft(locked.subject, by=by, how=f"Pasted {len(found)} references")
    return rows


def _reference(condition: Condition, fields: dict[str, str]) -> Reference:
    alone = " ".join(f"{name.upper()} {value}" for name, value in fields.items())
    return Reference(condition=condition, **{"citation": alone, **fields})


def _faults_of(row: Reference) -> dict[str, list[str]]:
    try:
        row.full_clean()
    except ValidationError as fault:
        return fault.message_dict
    return {}


def dump(condition: Condition) -> str:
    """A draft as the text of a file: indented, in the design's order, with a last line break."""
    return json.dumps(condition.document(), ensure_ascii=False, indent=2) + "\n"
