"""What managers take out as CSV: the record, the changes of what patients read, the due list."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse

from reviews import clock
from reviews.desk.sentences import Told, told
from reviews.evidence.kinds import DECISIVE
from reviews.models import Edition, Event, Remark
from reviews.reading import events, windows
from reviews.reading.events import instant_of, said
from reviews.reading.windows import Stand
from reviews.workflow import Export

AT_ONCE = 500
# What spreadsheets read as the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIGEST = re.compile("[0-9a-f]{64}")
# A byte order mark, by which spreadsheets know that the file is UTF-8.
_MARK = "\ufeff"
STANDS = {
    Stand.OVERDUE: "overdue",
    Stand.DUE: "due within 60 days",
    Stand.HELD: "held",
    Stand.WITHDRAWN: "withdrawn",
    Stand.WAITING: "takes effect later",
    Stand.IN_DATE: "in date",
}
Row = list[Any]


def answer(
    what: Export, *, first: date | None, last: date | None, texts: bool
) -> StreamingHttpResponse:
    """The file, sent row by row."""
    rows = {Export.RECORD: record, Export.CHANGES: changes, Export.DUE: due}[what]
    response = StreamingHttpResponse(
        _lines(rows(first, last, texts)), content_type="text/csv; charset=utf-8"
    )
    days = [f"{word}-{day}" for word, day in (("from", first), ("to", last)) if day]
    name = "-".join(["countersign", what.value, *(days or [f"on-{clock.today()}"])])
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _MARK
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value


def record(first: date | None, last: date | None, texts: bool) -> Iterator[Row]:
    """Every event with its hash and the words that it covers."""
    yield [
        *("Event", "When (UTC)", "When (the clinic)", "Kind", "By", "What happened", "Page"),
        *("Key of the page", *_texts_head(texts), "Hash before", "Hash", "Words that it covers"),
    ]
    for one, inside in _told(events.found(first=first, last=last).order_by("seq"), texts):
        event = one.event
        yield [
            *(event.seq, _utc(one.at), _local(one.at), one.kind, one.by, one.sentence, one.page),
            *(event.subject_id and str(event.subject_id), *inside),
            *(event.prev, event.hash, event.body),
        ]


def changes(first: date | None, last: date | None, texts: bool) -> Iterator[Row]:
    """Everything that decided what patients read, the oldest first."""
    yield [
        *("When", "Page", "Address", "What happened", "Edition", "Told to patients"),
        *("Counts from", "Next review due", *_texts_head(texts), "Digest of the words", "Event"),
    ]
    found = events.found(kinds=DECISIVE, first=first, last=last).order_by("seq")
    for some in _batches(_told(found, texts)):
        bodies = [_row(one) for one, _ in some]
        editions = Edition.objects.defer("text").in_bulk(
            [pk for row in bodies if type(pk := row.get("edition_id")) is int and pk < 2**63]
        )
        for (one, inside), row in zip(some, bodies, strict=True):
            edition = editions.get(row.get("edition_id"))
            yield [
                *(_local(one.at), one.page, edition and edition.slug, one.sentence),
                *(edition and edition.number, edition and edition.public_note),
                *(_local(instant_of(row.get("effective_at"))), row.get("next_review_due")),
                *(*inside, edition and edition.digest, one.event.seq),
            ]


def due(first: date | None, last: date | None, texts: bool) -> Iterator[Row]:
    """Every page that was ever public, the one due first first. It is of the present."""
    yield [
        *("Page", "Address", "Stands", "Next review due", "Days left", "Last full review"),
        *("Reviewed by", "First public on", "Since", "Flagged"),
    ]
    at = clock.now()
    for one in windows.windows(at):
        review = one.full_review
        yield [
            *(one.title, one.slug, STANDS[one.stand], one.due),
            *(one.days_left(clock.local_date(at)), review.signed_on),
            *(f"{review.printed_name}, {review.credentials}", one.first_public_on, one.since),
            "yes" if one.is_flagged else "",
        ]


def _told(found: Iterable[Event], texts: bool) -> Iterator[tuple[Told, Row]]:
    """Events in words, each with the texts written inside where they are asked for."""
    for some in _batches(found):
        remarks = _remarks(some) if texts else {}
        for one in told(some):
            digests = [digest for digest in _digests(one.event) if digest in remarks]
            inside = " / ".join(str(remarks[digest]) for digest in digests)
            yield one, [inside] if texts else []


def _texts_head(texts: bool) -> list[str]:
    return ["Written inside"] if texts else []


def _remarks(found: Iterable[Event]) -> dict[str, Remark]:
    return Remark.objects.in_bulk({digest for event in found for digest in _digests(event)})


def _digests(event: Event) -> list[str]:
    """Whatever an event names by a digest: the remarks are among them."""
    body = said(event)
    row = body.get("row")
    values = [*body.values(), *(row.values() if isinstance(row, dict) else ())]
    return [value for value in values if isinstance(value, str) and _DIGEST.fullmatch(value)]


def _row(one: Told) -> dict[str, Any]:
    row = said(one.event).get("row")
    return row if isinstance(row, dict) else {}


def _batches(found: Any) -> Iterator[list[Any]]:
    rows = found.iterator(AT_ONCE) if hasattr(found, "iterator") else iter(found)
    while some := list(islice(rows, AT_ONCE)):
        yield some


def _utc(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def _local(at: datetime | None) -> str:
    return at.astimezone(clock.zone()).isoformat(" ", timespec="seconds") if at else ""
