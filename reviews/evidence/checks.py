"""Whether a stored row of evidence still is what the chain covers."""

from collections.abc import Collection, Iterable
from typing import Any

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Edition,
    Event,
    Evidence,
    SignOff,
)
from reviews.text.canonical import digest_of


class BrokenEvidence(Exception):
    """Stored evidence no longer matches what was recorded; the message names the row."""


def check_event(event: Event) -> None:
    """Raise BrokenEvidence unless an event's hash covers its body, which says what each must."""
    if chain.hash_of(event.prev, event.body) != event.hash:
        raise BrokenEvidence(f"event {event.seq}: its hash does not cover its text")
    try:
        said = event.said
    except ValueError:
        said = {}
    if not isinstance(said, dict) or not {"seq", "kind", "subject", "row"} <= said.keys():
        raise BrokenEvidence(f"event {event.seq}: its text cannot be read")


def check_row(row: Evidence) -> None:
    """Raise BrokenEvidence unless a row says what its event says.

    A column added to the table later is not in older events; it must then be empty.
    """
    name = f"{type(row).__name__} {row.pk}"
    check_event(row.event)
    said = row.event.said
    if said["seq"] != row.pk or said["kind"] not in Kind.carrying(type(row)):
        raise BrokenEvidence(f"{name}: its event is of another kind or number")
    facts = row.facts()
    covered: dict[str, Any] = said["row"] or {}
    for column in facts.keys() | covered.keys():
        if facts.get(column) != covered.get(column):
            raise BrokenEvidence(f"{name}: {column} is not what was recorded")
    if said["subject"] != facts.get("subject_id"):
        raise BrokenEvidence(f"{name}: it belongs to another page")
    if isinstance(row, Edition) and digest_of(row.text) != row.digest:
        raise BrokenEvidence(f"{name}: its text does not match its digest")


def check_signed(sign_off: SignOff) -> None:
    """Raise BrokenEvidence unless a sign-off, its edition and the review it rests on all hold.

    Asks no query where `event`, `edition__event` and `rests_on__event` were selected with it.
    """
    check_row(sign_off)
    check_row(sign_off.edition)
    if sign_off.digest != sign_off.edition.digest:
        raise BrokenEvidence(f"SignOff {sign_off.pk}: it signed other words")
    if sign_off.subject_id != sign_off.edition.subject_id:
        raise BrokenEvidence(f"SignOff {sign_off.pk}: its edition is another page's")
    if sign_off.rests_on is not None:
        check_row(sign_off.rests_on)
        if sign_off.rests_on.subject_id != sign_off.subject_id:
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
