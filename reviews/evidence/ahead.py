"""How far a draft is ahead of what is public: a number for lists, written at save and by verbs."""

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import DatabaseError, connection, transaction

from reviews.evidence import chain
from reviews.evidence.indexing import indexed
from reviews.evidence.states import State, history
from reviews.models import DraftAhead, Edition, Subject
from reviews.reviewable import Part, Reviewable, draft_of, model_of
from reviews.text.canonical import NotCanonical, digest_of, text_of

# Each row of parts in the order of the page, by its key, with a digest of what it says.
Rows = list[list[str]]


@dataclass(frozen=True)
class Read:
    """What a verb has read of a page under its lock, which is not asked for again."""

    row: DraftAhead | None
    editions: Collection[Edition] = ()


def rows_of(parts: Iterable[Part]) -> Rows:
    """What a document says, row by row; rows that say nothing are left out."""
    found = []
    for key, group in groupby(parts, key=lambda part: part.row or part.key):
        said = {part.key: part.content for part in group}
        if any(said.values()):
            found.append([key, digest_of(text_of(said))[:16]])
    return found


def count(draft: Rows, public: Rows) -> int:
    """In how many rows two documents differ; 1 where the same rows stand in another order."""
    one, other = (dict(rows) for rows in (draft, public))
    differ = sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())
    return differ or int(draft != public)


def write(draft: Reviewable, document: dict[str, Any], digest: str) -> None:
    """Write how far a draft, which reads as `document`, is ahead; nothing where that stands.

    Belongs into the transaction that saved the draft.
    """
    subject = draft.subject
    if DraftAhead.objects.filter(subject=subject, digest=digest).exists():
        return
    chain.lock()  # no verb changes meanwhile what is in force
    _write(draft, document, digest)


def rebuild(subject: Subject) -> None:
    """Write afresh how far a page's draft is ahead, as it stands now; a lost draft has no row."""
    draft = draft_of(subject)
    if draft is None:
        DraftAhead.objects.filter(subject=subject).delete()
        return
    document = draft.document()
    with suppress(NotCanonical):  # what cannot be saved by the form is told there
        _write(draft, document, digest_of(text_of(document)))


def count_again(subject: Subject, states: Sequence[State], read: Read | None = None) -> None:
    """Count once more after a verb changed what is or will be in force; the draft stays."""
    read = read or Read(DraftAhead.objects.filter(subject=subject).first())
    if read.row is not None:
        numbers = _numbers(subject, json.loads(read.row.rows), states, read.editions)
        DraftAhead.objects.filter(subject=subject).update(**numbers)


def rebuild_all() -> None:
    """After a migration: drafts may read otherwise now, and older databases have no rows yet."""
    if DraftAhead._meta.db_table not in connection.introspection.table_names():
        return
    with transaction.atomic():
        chain.lock()
        for subject in Subject.objects.iterator():
            # Halfway through a series of migrations a draft cannot be read; the last one does it.
            with suppress(DatabaseError), transaction.atomic():
                rebuild(subject)


def holds(subject: Subject) -> bool:
    """Whether the row of a page is what its draft and its sign-offs say.

    Of a draft that was changed past its form since it was saved there, nothing can be known.
    """
    row = DraftAhead.objects.filter(subject=subject).first()
    draft = draft_of(subject)
    saved = subject.contributions.order_by("-pk").first()
    if draft is None or saved is None:
        return True
    document = draft.document()
    try:
        digest = digest_of(text_of(document))
    except NotCanonical:
        return True
    if row is None or row.digest != digest:
        return digest != saved.digest
    columns = _columns(draft, document)
    return {name: getattr(row, name) for name in columns} == columns


def _write(draft: Reviewable, document: dict[str, Any], digest: str) -> None:
    columns = {"digest": digest, **_columns(draft, document)}
    DraftAhead.objects.bulk_create(
        [DraftAhead(subject=draft.subject, **columns)],
        update_conflicts=True,
        unique_fields=["subject"],
        update_fields=list(columns),
    )


def _columns(draft: Reviewable, document: dict[str, Any]) -> dict[str, Any]:
    rows = rows_of(draft.parts(document))
    return {
        "name": draft.label(document)[:200],
        "rows": json.dumps(rows, separators=(",", ":")),
        "words": _words(draft, document),
        **_numbers(draft.subject, rows, history(draft.subject)),
    }


def _words(draft: Reviewable, document: dict[str, Any]) -> str:
    """All that a draft says, folded as the index of an edition; a space before each word."""
    said = indexed(Edition(subject=draft.subject, text=text_of(document)))
    return f" {said.name} {said.synonyms} {said.body}".replace("\n", " ")


def _numbers(
    subject: Subject,
    draft: Rows,
    states: Sequence[State],
    editions: Collection[Edition] = (),
) -> dict[str, Any]:
    """Counted against the last two states of a page: of more than one, at most one lies ahead."""
    last = states[-1] if states else None
    before = states[-2] if len(states) > 1 else None
    asked = {state.sign_off.edition_id for state in (last, before) if state and state.sign_off}
    read = [edition for edition in editions if edition.pk in asked]
    if unread := asked - {edition.pk for edition in read}:
        read += Edition.objects.filter(pk__in=unread).only("text")
    parts = model_of(subject.kind).parts
    public = {}
    for edition in read:
        edition.subject = subject
        public[edition.pk] = rows_of(parts(edition.document))

    def against(state: State | None) -> int:
        return count(draft, public[state.sign_off.edition_id] if state and state.sign_off else [])

    return {
        "parts": against(last),
        "from_at": last and last.from_at,
        "parts_before": against(before),
    }
