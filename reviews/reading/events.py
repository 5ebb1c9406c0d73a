"""Events found by who, what, which page and when, from what their bodies say.

Nothing of it stands in columns: a body is canonical JSON (keys in order, no space), so that a word
such as `"by":5,` stands in it only where the event says so; a quotation mark inside a text is
escaped. What is damaged is found by nothing, and is no error.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import StrIndex, Substr
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from reviews.models import Edition, Event
from reviews.reading.scale import begins, ends

_AT = '"at":"'
# An instant to the second, such as 2026-05-31T18:05:00, in UTC.
_SECONDS = 19
# Where a body names a person: who did it, whom it is about, whose profile it is.
_NAMED = ("by", "person", "person_id", "user")


def said(event: Event) -> dict[str, Any]:
    """What an event says; nothing where it is damaged."""
    try:
        found = event.said
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def instant_of(said: Any) -> datetime | None:
    """The instant that a body tells in ISO form; None where it is damaged."""
    try:
        return datetime.fromisoformat(said)
    except (ValueError, TypeError):
        return None


def found(
    *,
    person: int | None = None,
    page: str = "",
    kinds: Collection[str] = (),
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[Event]:
    """Events that somebody did or that are about them, of pages whose latest name holds some
    words, of some kinds, and from one day to another in the clinic's time zone, both included."""
    events = Event.objects.all()
    if kinds:
        events = events.filter(kind__in=kinds)
    if page:
        events = events.filter(_of_page(page))
    if person is not None:
        events = events.filter(_naming(person))
    if first:
        events = events.filter(GreaterThanOrEqual(_at(), Value(_seconds(begins(first)))))
    if last:
        events = events.filter(LessThan(_at(), Value(_seconds(ends(last)))))
    return events


def _at() -> Substr:
    """The instant that a body tells, to the second; in UTC such texts stand in their order."""
    return Substr("body", StrIndex("body", Value(_AT)) + Value(len(_AT)), _SECONDS)


def _seconds(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:_SECONDS]


def _naming(person: int) -> Q:
    named = Q()
    for key in _NAMED:
        for end in ",}":
            named |= Q(body__contains=f'"{key}":{person}{end}')
    return named


def _of_page(words: str) -> Q:
    """Of a page whose latest name holds the words."""
    newest = Edition.objects.filter(subject=OuterRef("subject")).order_by("-number")
    latest = Edition.objects.annotate(latest=Subquery(newest.values("pk")[:1])).filter(
        pk=F("latest"), title__icontains=words
    )
    return Q(subject__in=latest.values("subject"))


def titles_of(events: Iterable[Event]) -> dict[Any, str]:
    """The latest name of each page that some events are of, by its key; one query."""
    subjects = {event.subject_id for event in events if event.subject_id}
    rows = Edition.objects.filter(subject__in=subjects).order_by("number")
    return dict(rows.values_list("subject_id", "title"))
