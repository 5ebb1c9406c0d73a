"""What stands beside the chain, and what its events say of it: subjects, remarks, people."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Min

from reviews.evidence.kinds import Kind
from reviews.models import Address, Event, License, Remark, Reviewer, Subject, evidence_models
from reviews.reviewable import model_of


def subject_faults() -> Iterator[str]:
    """Subjects that are missing, or whose kind is not the one that was recorded."""
    kinds = dict(Subject.objects.values_list("pk", "kind"))
    spoken_of = Event.objects.filter(subject__isnull=False).order_by().values("subject")
    for row in spoken_of.annotate(first=Min("seq")).order_by("first"):
        if row["subject"] not in kinds:
            yield f"Subject {row['subject']}: it is missing, and event {row['first']} speaks of it"
    for key, kind in sorted(kinds.items()):
        if not _is_reviewable(kind) or _recorded_kinds(key) - {kind}:
            yield f"Subject {key}: its kind is not what was recorded"


def _recorded_kinds(key: Any) -> set[str]:
    """The kinds that evidence of a subject holds: its addresses and, if new enough, its events."""
    addresses = set(Address.objects.filter(subject=key).values_list("kind", flat=True))
    last = Event.objects.filter(subject=key).order_by("-seq").first()
    said = last.said.get("subject_kind") if last else None
    return addresses | ({said} if said else set())


def _is_reviewable(kind: str) -> bool:
    try:
        model_of(kind)
    except (LookupError, ValueError):
        return False
    return True


def remark_faults() -> Iterator[str]:
    """Remarks that are missing, altered, or blanked without their event."""
    spoken_of, blanked = _remarks_in_events()
    standing = set()
    for remark in Remark.objects.order_by("pk").iterator():
        name = f"Remark {remark.pk[:12]}"
        standing.add(remark.pk)
        if not remark.holds:
            yield f"{name}: its text was changed"
        elif remark.is_blanked and remark.pk not in blanked:
            yield f"{name}: it was blanked, and no event says so"
        elif remark.pk in blanked and not remark.is_blanked:
            yield f"{name}: event {blanked[remark.pk]} blanked it, and it has words again"
    for digest, seq in spoken_of.items():
        if digest not in standing:
            yield f"Remark {digest[:12]}: it is missing, and event {seq} speaks of it"


def _remarks_in_events() -> tuple[dict[str, int], dict[str, int]]:
    """Each remark that an event speaks of, and each that one blanked, with that event's number."""
    columns = {
        field.attname
        for model in evidence_models()
        for field in model._meta.concrete_fields
        if field.related_model is Remark
    }
    spoken_of: dict[str, int] = {}
    blanked: dict[str, int] = {}
    for event in Event.objects.order_by("seq").iterator(1000):
        said = event.said
        row = said["row"] or {}
        named = [said.get(name) for name in ("note", "reason", "remark")]
        for digest in [*named, *(row.get(column) for column in columns)]:
            if digest:
                spoken_of.setdefault(digest, event.seq)
        if event.kind == Kind.REMARK_BLANKED:
            blanked.setdefault(said["remark"], event.seq)
    return spoken_of, blanked


def reviewer_faults() -> Iterator[str]:
    """Reviewers and licenses that are not as the last event of each reviewer recorded them.

    One who was never recorded, because made by hand, has nothing to be compared with.
    """
    recorded: dict[int, dict[str, Any]] = {}
    for event in Event.objects.filter(kind=Kind.REVIEWER_SAVED.value).order_by("seq").iterator():
        told = event.said["reviewer"]
        recorded[told["id"]] = told
    reviewers = Reviewer.objects.in_bulk(recorded)
    for key, told in sorted(recorded.items()):
        if key not in reviewers:
            yield f"Reviewer {key}: it is missing"
            continue
        now = reviewers[key].facts()
        # Its licenses one by one, where the event holds them so.
        by_license = told.get("license_facts")
        if by_license is not None:
            yield from _license_faults(by_license, now["license_facts"])
        for name in told.keys() & now.keys() - {"license_facts", by_license and "licenses"}:
            if told[name] != now[name]:
                yield f"Reviewer {key}: {name} is not what was recorded"


def _license_faults(told: list[dict[str, Any]], now: list[dict[str, Any]]) -> Iterator[str]:
    was, stands = ({one["id"]: one for one in facts} for facts in (told, now))
    for key in sorted(was.keys() | stands.keys()):
        if key not in stands:
            moved = License.objects.filter(pk=key).exists()
            yield f"License {key}: it {'belongs to somebody else' if moved else 'is missing'}"
        elif was.get(key) != stands[key]:
            yield f"License {key}: it is not what was recorded"
