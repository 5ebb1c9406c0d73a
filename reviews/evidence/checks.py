"""Whether a stored row of evidence still is what the chain covers."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Edition,
    Event,
    Evidence,
    SignOff,
)
from reviews.reviewable import model_of
from reviews.text.canonical import digest_of

# What `check_signed` reads beside a sign-off.
SIGNED_WITH = (
    *("event", "edition__event", "edition__subject", "rests_on__event"),
    *("reviewer", "rests_on__reviewer"),
)


class BrokenEvidence(Exception):
    """Stored evidence no longer matches what was recorded; the message names the row."""


def name_of(row: Model) -> str:
    """A row as faults name it."""
    return f"event {row.pk}" if isinstance(row, Event) else f"{type(row).__name__} {row.pk}"


@contextmanager
def _read(row: Model) -> Iterator[None]:
    """Whatever is damaged in a row is one named fault, never a failure of the program."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, ObjectDoesNotExist) as damage:
        raise BrokenEvidence(f"{name_of(row)}: it cannot be read") from damage


def check_event(event: Event) -> None:
    """Raise BrokenEvidence unless an event's hash covers its body, which says what each must."""
    with _read(event):
        if chain.hash_of(event.prev, event.body) != event.hash:
            raise BrokenEvidence(f"event {event.seq}: its hash does not cover its text")
    try:
        said = event.said
    except (ValueError, RecursionError):
        said = {}
    whole = isinstance(said, dict) and {"seq", "kind", "subject", "row"} <= said.keys()
    if not whole or not isinstance(said["row"], dict | None):
        raise BrokenEvidence(f"event {event.seq}: its text cannot be read")


def check_row(row: Evidence) -> None:
    """Raise BrokenEvidence unless a row says what its event says.

    A column added to the table later is not in older events; it must then be empty.
    """
    name = name_of(row)
    with _read(row):
        event, facts = row.event, row.facts()
    check_event(event)
    said = event.said
    carrying: Collection[Any] = Kind.carrying(type(row))
    if said["seq"] != row.pk or said["kind"] not in carrying:
        raise BrokenEvidence(f"{name}: its event is of another kind or number")
    covered: dict[str, Any] = said["row"] or {}
    for column in facts.keys() | covered.keys():
        if facts.get(column) != covered.get(column):
            raise BrokenEvidence(f"{name}: {column} is not what was recorded")
    if said["subject"] != facts.get("subject_id"):
        raise BrokenEvidence(f"{name}: it belongs to another page")
    with _read(row):
        if isinstance(row, Edition) and digest_of(row.text) != row.digest:
            raise BrokenEvidence(f"{name}: its text does not match its digest")


def check_signed(sign_off: SignOff) -> None:
    """Raise BrokenEvidence unless a sign-off, its edition and the review it rests on all hold.

    Asks no query where `SIGNED_WITH` was selected with it.
    """
    check_row(sign_off)
    with _read(sign_off):
        edition, rests_on = sign_off.edition, sign_off.rests_on
        for row in (sign_off, rests_on):
            _ = row and row.reviewer  # who is printed must stand too
        kind = edition.subject.kind
        model_of(kind)
    check_row(edition)
    # Older events do not hold it.
    if sign_off.event.said.get("subject_kind", kind) != kind:
        raise BrokenEvidence(f"SignOff {sign_off.pk}: its page is of another kind")
    if sign_off.digest != edition.digest:
        raise BrokenEvidence(f"SignOff {sign_off.pk}: it signed other words")
    if sign_off.subject_id != edition.subject_id:
        raise BrokenEvidence(f"SignOff {sign_off.pk}: its edition is another page's")
    if rests_on is not None:
        check_row(rests_on)
        if rests_on.subject_id != sign_off.subject_id:
            raise BrokenEvidence(f"SignOff {sign_off.pk}: it rests on another page's review")


def check_decisions(rows: Iterable[Evidence], numbers: Collection[int]) -> None:
    """Raise BrokenEvidence unless all rows that decide what a page shows stand and hold.

    `rows` are its sign-offs and withdrawals with their events, `numbers` those of its decisive
    events. A row that was taken away, moved or forged would bring another edition into force.
    """
    standing = set()
    for row in rows:
        check_row(row)
        standing.add(row.pk)
    for number in sorted(set(numbers) - standing):
        raise BrokenEvidence(f"event {number}: its row is missing")
