"""What managers take out as CSV, and that each time is an event."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.desk import exports
from reviews.desk.exports import cell
from reviews.evidence import chain
from reviews.models import Event, Remark
from reviews.workflow import Export, NotAllowed
from tests import cast
from tests.reviews.every_verb import put, tampering

BACKEND = "django.contrib.auth.backends.ModelBackend"
EXPORT = "/admin/overview/export/"
NOON = datetime(2026, 5, 31, 16, tzinfo=UTC)


@pytest.fixture
def client(manager: User) -> Client:
    client = Client()
    client.force_login(manager, backend=BACKEND)
    return client


@pytest.fixture
def told(condition: Condition, editor: User, physician: User) -> None:
    """A page signed on May 31, 2026, and flagged on June 3."""
    with time_machine.travel(NOON, tick=False):
        submission = cast.submit(
            condition, by=editor, note="=HYPERLINK() written inside", public_note="+1 dose"
        )
        cast.sign(submission, by=physician)
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        cast.lay_over("flag", condition, by=physician, reason="A patient called.")


def taken(client: Client, what: str, **asked: Any) -> list[dict[str, str]]:
    """The rows of an export."""
    response = client.post(EXPORT, {"what": what, **asked})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    text = response.getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_no_cell_is_a_formula() -> None:
    for begin in ("=", "+", "-", "@", "\t", "\r", "\n"):
        assert cell(f"{begin}1+1") == f"'{begin}1+1"
    for plain in ("May 31, 2026", "", "a=b", 7, -7, date(2026, 5, 31)):
        assert cell(plain) == plain
    assert cell(None) == ""


def test_the_record_holds_every_event_and_all_that_its_hash_needs(
    client: Client, told: None
) -> None:
    rows = taken(client, "record")

    # The export's own event is the last one.
    assert [int(row["Event"]) for row in rows] == list(
        Event.objects.order_by("seq").values_list("seq", flat=True)
    )
    for before, row in zip([None, *rows], rows, strict=False):
        assert row["Hash"] == chain.hash_of(row["Hash before"], row["Words that it covers"])
        assert before is None or row["Hash before"] == before["Hash"]
    (signed,) = [row for row in rows if row["Kind"] == "signed"]
    assert signed["What happened"].startswith("Pat Sample, MD signed edition 1 of Sample")
    assert signed["When (UTC)"] == "2026-05-31T16:00:00+00:00"
    assert signed["When (the clinic)"] == "2026-05-31 12:00:00-04:00"


def test_texts_written_inside_go_out_on_request_only(client: Client, told: None) -> None:
    for what in ("record", "changes"):
        without, asked = taken(client, what), taken(client, what, texts="on")
        assert "A patient called." not in str(without)
        assert "Written inside" not in without[0]
        assert any(row["Written inside"] == "A patient called." for row in asked)
    assert any(
        row["Written inside"] == "'=HYPERLINK() written inside"
        for row in taken(client, "record", texts="on")
    )


def test_a_blanked_text_goes_out_as_blanked(client: Client, told: None, manager: User) -> None:
    workflow.blank(Remark.objects.get(text="A patient called."), by=manager)

    (flagged,) = [
        row for row in taken(client, "record", texts="on") if row["Kind"] == "page flagged"
    ]
    assert flagged["Written inside"] == "(blanked)"


def test_days_are_the_clinics_and_both_ends_count(client: Client, told: None) -> None:
    kinds = {row["Kind"] for row in taken(client, "record", first="2026-05-31", last="2026-05-31")}
    later = {row["Kind"] for row in taken(client, "record", first="2026-06-01", last="2026-06-03")}

    assert "signed" in kinds
    assert "page flagged" not in kinds
    assert "page flagged" in later
    assert "signed" not in later


def test_the_changes_say_what_patients_read_since_a_day(client: Client, told: None) -> None:
    signed, flagged = taken(client, "changes", first="2026-05-31")

    assert signed["Told to patients"] == "'+1 dose"
    assert (signed["Edition"], signed["Address"]) == ("1", "sample-condition")
    assert signed["Next review due"] == "2027-05-31"
    assert "flagged Sample condition" in flagged["What happened"]
    assert taken(client, "changes", first="2026-06-04") == []


def test_the_due_list_is_of_the_present(client: Client, told: None, manager: User) -> None:
    with time_machine.travel(datetime(2027, 6, 2, 16, tzinfo=UTC)):
        client.force_login(manager, backend=BACKEND)
        (row,) = taken(client, "due", first="1999-01-01", texts="on")

    assert (row["Page"], row["Stands"], row["Days left"]) == ("Sample condition", "overdue", "-2")
    assert row["Last full review"] == "2026-05-31"
    assert row["Flagged"] == "yes"
    said = Event.objects.latest("seq").said
    assert (said["export"], said["first"], said["texts"]) == ("due", None, False)


def test_each_export_is_an_event_with_what_was_chosen(
    client: Client, told: None, manager: User
) -> None:
    taken(client, "changes", first="2026-01-01", last="2026-12-31", texts="on")

    event = Event.objects.latest("seq")
    assert event.kind == "record_exported"
    said = event.said
    assert said["by"] == manager.pk
    assert [said[key] for key in ("export", "first", "last", "texts")] == [
        *("changes", "2026-01-01", "2026-12-31"),
        True,
    ]


def test_nobody_else_takes_anything_out_and_no_refusal_is_an_event(
    client: Client, told: None, editor: User, physician: User
) -> None:
    before = Event.objects.count()
    for person in (editor, physician):
        other = Client()
        other.force_login(person, backend=BACKEND)
        assert other.post(EXPORT, {"what": "record"}).status_code == 403
        with pytest.raises(NotAllowed, match="Only a manager"):
            workflow.export(Export.RECORD, by=person, texts=False)
    assert client.get(EXPORT).status_code == 302
    for wrong in (
        {"what": "everything"},
        {},
        {"what": "record", "first": "never"},
        {"what": "record", "first": "2026-02-01", "last": "2026-01-01"},
    ):
        response = client.post(EXPORT, wrong)
        assert response.status_code == 422, wrong
        assert "errornote" in response.content.decode() or "errorlist" in response.content.decode()
    assert Event.objects.count() == before


def test_a_damaged_event_is_taken_out_as_it_stands(told: None) -> None:
    event = Event.objects.get(kind="signed")
    for body in ("{", '{"row":{"edition_id":' + "9" * 30 + "}}"):
        with tampering():
            put(event, body=body)
            (kept,) = [row for row in exports.record(None, None, True) if row[0] == event.pk]
            assert kept[-1] == body
            assert event.pk in [row[-1] for row in exports.changes(None, None, True)]


def test_an_export_of_today_holds_what_was_done_today(
    client: Client, condition: Condition, editor: User
) -> None:
    cast.submit(condition, by=editor)

    today = str(clock.today())
    assert "submitted" in {row["Kind"] for row in taken(client, "record", first=today, last=today)}
