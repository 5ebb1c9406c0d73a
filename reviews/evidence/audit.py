"""Whether the whole record still holds: every row that does not is named."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from reviews.evidence import ahead, beside, chain, listing, readable
from reviews.evidence.checks import (
    SIGNED_WITH,
    BrokenEvidence,
    check_event,
    check_row,
    check_signed,
)
from reviews.evidence.indexing import indexed
from reviews.evidence.kinds import Kind
from reviews.models import (
    Edition,
    Event,
    SignOff,
    Subject,
    Submission,
    evidence_models,
)
from reviews.reviewable import IndexedText, model_of


def faults(kept_head: str = "") -> Iterator[str]:
    """Every row of the whole record that does not hold, the chain first.

    `kept_head` is a head ("SEQ:HASH") that was kept outside the database: only with one can it be
    known that the last events were not cut off.
    """
    for part in _PARTS:
        yield from _whole(part)
        if kept_head and part is _chain_faults:
            yield from _head_faults(kept_head)


def head() -> tuple[int, str]:
    """The last event's number and hash, to be kept outside the database."""
    last = Event.objects.order_by("-seq").first()
    return (last.seq, last.hash) if last else (0, chain.GENESIS)


def _whole(part: Callable[[], Iterator[str]]) -> Iterator[str]:
    """The faults of one part; what is too damaged to be read is a fault too, and named."""
    try:
        yield from part()
    except Exception as damage:
        named = list(readable.faults())
        yield from named or [f"{part.__name__.strip('_')}: {type(damage).__name__}: {damage}"]


def _fault(check: Any, row: Any) -> Iterator[str]:
    try:
        check(row)
    except BrokenEvidence as fault:
        yield str(fault)


def _chain_faults() -> Iterator[str]:
    prev, number = chain.GENESIS, 0
    for event in Event.objects.order_by("seq").iterator(1000):
        number += 1
        if event.seq != number:
            yield f"event {number}: it is missing"
            number = event.seq
        if event.prev != prev:
            yield f"event {event.seq}: it does not follow the event before it"
        prev = event.hash
        broken = list(_fault(check_event, event))
        if broken:
            yield from broken
            continue
        said = event.said
        if (said["seq"], said["kind"], said["subject"]) != (
            event.seq,
            event.kind,
            str(event.subject_id) if event.subject_id else None,
        ):
            yield f"event {event.seq}: its columns are not what its text says"


def _head_faults(kept_head: str) -> Iterator[str]:
    seq, _, hash_ = kept_head.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", kept_head):
        yield f"head {kept_head[:80]}: it is not one; write it as it was printed, SEQ:HASH"
        return
    if kept_head == f"0:{chain.GENESIS}":
        return
    event = Event.objects.filter(seq=seq).first()
    if event is None:
        yield f"event {seq}: the kept head is newer than this record, which was cut or restored"
    elif event.hash != hash_:
        yield f"event {seq}: it is not the one whose hash was kept"


def _row_faults() -> Iterator[str]:
    for model in evidence_models():
        for row in model._default_manager.select_related("event").order_by("pk").iterator(500):
            yield from _fault(check_row, row)


def _missing_rows() -> Iterator[str]:
    for model in evidence_models():
        kinds = [kind.value for kind in Kind.carrying(model)]
        present = model._default_manager.values("pk")
        for seq in (
            Event.objects.filter(kind__in=kinds)
            .exclude(seq__in=present)
            .order_by("seq")
            .values_list("seq", flat=True)
        ):
            yield f"{model.__name__} {seq}: the row of this event is missing"


def _edition_faults() -> Iterator[str]:
    for edition in Edition.objects.select_related("event", "subject", "index", "original").order_by(
        "pk"
    ):
        authors = sorted(edition.author_rows.values_list("user", flat=True))
        if authors != edition.event.said.get("authors"):
            yield f"Edition {edition.pk}: its authors are not those recorded"
        if not Submission.objects.filter(edition=edition).exists():
            yield f"Edition {edition.pk}: its submission is missing"
        yield from _derived_faults(edition)


def _derived_faults(edition: Edition) -> Iterator[str]:
    """What was derived when an edition was frozen: its targets and its words for search."""
    model = model_of(edition.subject.kind)
    if set(edition.targets.values_list("slug", flat=True)) != model.targets(edition.document):
        yield f"EditionTarget of edition {edition.pk}: it is not what the document names"
    original = getattr(edition, "original", None)
    if (original.slug if original else "") != model.original(edition.document):
        yield f"EditionOriginal of edition {edition.pk}: it is not what the document says"
    index = getattr(edition, "index", None)
    said = index and IndexedText(index.name, index.synonyms, index.body)
    if said != indexed(edition):
        yield f"EditionIndex of edition {edition.pk}: it is not what the document says"


def _signed_faults() -> Iterator[str]:
    for sign_off in SignOff.objects.select_related(*SIGNED_WITH).order_by("pk").iterator(200):
        yield from _fault(check_signed, sign_off)


def _listing_faults() -> Iterator[str]:
    for subject in Subject.objects.order_by("pk").iterator():
        if listing.spans(subject) != listing.recorded(subject):
            yield f"Listing of {subject.pk}: it is not what the sign-offs say"


def _ahead_faults() -> Iterator[str]:
    for subject in Subject.objects.order_by("pk").iterator():
        if not ahead.holds(subject):
            yield f"DraftAhead of {subject.pk}: it is not what its draft and its sign-offs say"


def _submission_faults() -> Iterator[str]:
    submissions = Submission.objects.select_related("ended_by", "edition__event")
    ended = {
        event.said.get("edition")
        for event in Event.objects.filter(kind__in=Submission.Status.values).iterator()
    }
    signed = set(SignOff.objects.values_list("submission", flat=True))
    for submission in submissions.order_by("pk"):
        name = f"Submission of edition {submission.edition_id}"
        asked = submission.edition.event.said
        kept = (submission.note_id, submission.reviewer_id, submission.unchanged_because_id)
        if tuple(map(asked.get, ("note", "reviewer", "unchanged_because"))) != kept:
            yield f"{name}: its note or reviewer was changed"
        if submission.subject_id != submission.edition.subject_id:
            yield f"{name}: it belongs to another page"
        by = submission.ended_by
        said = by.said if by else {}
        if by is None or submission.is_open:
            holds = submission.is_open and by is None
            holds = holds and submission.edition_id not in ended and submission.pk not in signed
        elif submission.status == Submission.Status.SIGNED:
            holds = by.kind == "signed" and said["row"]["submission_id"] == submission.pk
        else:
            holds = (by.kind, said.get("edition")) == (submission.status, submission.edition_id)
        reason = said.get("reason")
        if not holds or submission.reason_id != reason:
            yield f"{name}: no event says that it is so"


# In the order in which faults are named: what others rest on first.
_PARTS: tuple[Callable[[], Iterator[str]], ...] = (
    _chain_faults,
    _row_faults,
    _missing_rows,
    beside.subject_faults,
    beside.reviewer_faults,
    _edition_faults,
    _signed_faults,
    _submission_faults,
    beside.remark_faults,
    _listing_faults,
    _ahead_faults,
    readable.faults,
)
