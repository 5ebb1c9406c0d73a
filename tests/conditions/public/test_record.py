"""The public record: what a page said, from when to when, and on one day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from conditions.public import records
from reviews import workflow
from reviews.evidence import triggers
from reviews.models import SignOff, Withdrawal
from reviews.reading import memory
from tests import cast
from tests.undoing import Case

RECORD = "/conditions/sample-condition/record/"
# Noon and 9 PM in New York, on one day; midnight there is 4:00 UTC.
MAY_31 = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
JULY_3 = datetime(2027, 7, 3, 16, 0, tzinfo=UTC)
JULY_3_LATE = datetime(2027, 7, 4, 1, 0, tzinfo=UTC)
JULY_9 = datetime(2027, 7, 9, 16, 0, tzinfo=UTC)
AUGUST_1 = datetime(2027, 8, 1, 16, 0, tzinfo=UTC)


class Past:
    """Lets things happen at an instant, by the verbs."""

    def __init__(self, condition: Condition, people: dict[str, User]) -> None:
        self.condition, self.subject, self.people = condition, condition.subject, people

    def publish(self, at: datetime, words: str, scope: str = "full", **fields: object) -> SignOff:
        signer = self.people["second" if scope == "correction" else "first"]
        with time_machine.travel(at, tick=False):
            cast.edit(self.condition, by=self.people["editor"], definition=f"<p>{words}</p>")
            return cast.publish(
                self.condition,
                by=self.people["editor"],
                signer=signer,
                public_note=f"Note: {words}",
                scope=scope,
                **fields,
            )

    def cancel(self, at: datetime, sign_off: SignOff) -> Withdrawal:
        with time_machine.travel(at, tick=False):
            return workflow.cancel(sign_off, by=self.people["first"], reason="Inside words.")

    def withdraw(self, at: datetime) -> Withdrawal:
        with time_machine.travel(at, tick=False):
            return workflow.withdraw(
                self.subject, by=self.people["first"], reason="Inside words.", notice="out_of_date"
            )


@pytest.fixture
def past(condition: Condition, editor: User, physician: User, second_physician: User) -> Past:
    return Past(condition, {"editor": editor, "first": physician, "second": second_physician})


def read(client: Client, path: str, at: datetime = AUGUST_1, status: int = 200) -> str:
    """The main part of a page as one line of text, as it answers at an instant."""
    with time_machine.travel(at, tick=False):
        response = client.get(path)
    assert response.status_code == status, path
    html = response.content.decode()
    main = html[html.index('<main id="main"') : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", "", main.replace("</li>", " ")).split())


def entries(client: Client, at: datetime = AUGUST_1) -> list[str]:
    """The record's entries, the newest first, without their comparisons."""
    with time_machine.travel(at, tick=False):
        html = client.get(RECORD).content.decode()
    history = html[html.index('<ol class="history"') : html.index("</ol>", html.index("history"))]
    rows = re.split(r"<li(?: class=\"now\")?>\s*<h2>", history)[1:]
    plain = (re.sub(r"<details.*</details>", "", row, flags=re.DOTALL) for row in rows)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in plain]


# --- The history


def test_each_public_edition_is_listed_with_its_days_signer_scope_and_note(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    past.publish(JULY_3, "New words.", scope="correction")

    newest, oldest = entries(client)

    assert newest == (
        "Correction Edition 2 In force since July 3, 2027, 12:00 PM EDT . "
        "Reviewed in full by Pat Sample, MD on May 31, 2027 . "
        "Changed on July 3, 2027 ; the change was checked by Alex Example, DO . "
        "What changed: Note: New words. Read the page"
    )
    assert oldest == (
        "First published Edition 1 No longer current: shown from May 31, 2027, 12:00 PM EDT "
        "to July 3, 2027, 12:00 PM EDT . Reviewed in full by Pat Sample, MD on May 31, 2027 . "
        "What changed: Note: Old words. Read edition 1 as it stood"
    )


def test_an_entry_says_what_changed_since_the_edition_shown_before(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Take two a day.")
    past.publish(JULY_3, "Take ten a day.")

    text = read(client, RECORD)

    assert "See what changed since edition 1" in text
    assert re.search("removed:? two", text)
    assert re.search("added:? ten", text)


def test_each_comparison_is_with_the_edition_shown_before_that_one(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Take one a day.")
    past.cancel(JULY_3 + timedelta(1), past.publish(JULY_3, "Take two a day."))
    past.cancel(JULY_9 + timedelta(1), past.publish(JULY_9, "Take three a day."))

    text = read(client, RECORD)

    assert re.findall("removed:? (\\w+) ?added:? (\\w+)", text) == [
        *[("three", "one"), ("one", "three"), ("two", "one"), ("one", "two")],
    ]


def test_what_waits_is_not_in_the_record_before_it_counts(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    waiting = past.publish(JULY_3, "Quokka words.", effective_at=JULY_9)

    before = read(client, RECORD, at=JULY_9 - timedelta(seconds=1))
    after = read(client, RECORD, at=JULY_9)

    assert "uokka" not in before
    assert "In force since May 31, 2027" in before
    assert "Quokka" in after
    assert "Edition 2 In force since July 9, 2027" in after
    past.cancel(AUGUST_1 - timedelta(days=1), waiting)


def test_an_edition_cancelled_before_it_counted_never_was(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    with_record = entries(client)
    past.cancel(JULY_3 + timedelta(hours=1), past.publish(JULY_3, "Quokka.", effective_at=JULY_9))

    assert entries(client) == with_record
    read(client, f"{RECORD}2/", status=404)


def test_a_cancelled_edition_stays_in_the_record_and_the_one_before_comes_back(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    past.cancel(JULY_9, past.publish(JULY_3, "Wrong words."))

    back, wrong, first = entries(client)

    assert back.startswith("Back to edition 1 Edition 1 In force since July 9, 2027")
    assert "The sign-off of edition 2 was cancelled on July 9, 2027" in back
    assert "Reviewed in full by Pat Sample, MD on May 31, 2027" in back
    assert "shown from July 3, 2027, 12:00 PM EDT to July 9, 2027, 12:00 PM EDT" in wrong
    assert first.startswith("First published")
    assert "Inside words" not in read(client, RECORD)


def test_a_withdrawal_is_listed_with_its_notice_and_the_record_stays_public(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    past.withdraw(JULY_3)

    withdrawn, first = entries(client)

    assert withdrawn.startswith("Withdrawn Since July 3, 2027, 12:00 PM EDT . Patients read")
    assert "This page no longer reflects current medical knowledge" in withdrawn
    assert "No longer current: shown from May 31" in first
    assert "Inside words" not in withdrawn
    with time_machine.travel(AUGUST_1, tick=False):
        assert f'href="{RECORD}"' in client.get("/conditions/sample-condition/").content.decode()


def test_a_page_reviewed_again_unchanged_says_so_without_a_comparison(
    past: Past, client: Client
) -> None:
    first = past.publish(MAY_31, "Old words.")
    with time_machine.travel(JULY_3, tick=False):
        cast.reaffirm(
            past.subject, by=past.people["second"], proof=cast.proof(), digest=first.digest
        )

    newest, oldest = entries(client)

    assert newest.startswith("Reviewed again, unchanged Edition 1 In force since July 3, 2027")
    assert "What changed" not in newest
    assert "See what changed" not in read(client, RECORD)
    assert "No longer current" in oldest


def test_a_physicians_own_words_are_disclosed_in_the_record(
    past: Past, author_physician: User, settings: object, client: Client
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"  # type: ignore[attr-defined]
    past.people |= {"editor": author_physician, "first": author_physician}
    past.publish(MAY_31, "Own words.")

    (only,) = entries(client)

    assert "Written and reviewed by the same physician." in only


def test_a_record_of_many_editions_costs_no_more_queries(past: Past, client: Client) -> None:
    for number in range(8):
        past.publish(MAY_31 + timedelta(days=number), f"Words {number}.")
    memory.forget()

    with CaptureQueriesContext(connection) as queries:
        assert len(entries(client)) == 8

    assert len(queries) <= 3, [query["sql"][:80] for query in queries]


def test_a_long_record_is_shown_in_pages(
    past: Past, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_ENTRIES", 2)
    for number in range(5):
        past.publish(MAY_31 + timedelta(days=number), f"Words {number}.")

    newest, oldest = read(client, RECORD), read(client, f"{RECORD}?page=3")

    assert ("Note: Words 4." in newest, "Note: Words 2." in newest) == (True, False)
    assert "Older entries" in newest
    assert "Newer entries" not in newest
    assert ("First published" in oldest, "Older entries" in oldest) == (True, False)
    # The oldest of a page is compared with what stands on the next one.
    assert re.search("removed:? 2", read(client, f"{RECORD}?page=1"))
    assert read(client, f"{RECORD}?page=x") == newest


def test_a_record_that_a_reader_has_is_not_sent_again(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    with time_machine.travel(AUGUST_1, tick=False):
        etag = client.get(RECORD)["ETag"]
        again = client.get(RECORD, HTTP_IF_NONE_MATCH=etag)
    past.publish(AUGUST_1, "New words.")
    with time_machine.travel(AUGUST_1, tick=False):
        changed = client.get(RECORD, HTTP_IF_NONE_MATCH=etag)

    assert (again.status_code, again["X-Robots-Tag"]) == (304, "noindex")
    assert changed.status_code == 200


# --- An edition as it stood


def test_a_past_edition_is_shown_as_past_and_kept_from_search_engines(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    past.publish(JULY_3, "New words.")
    cast.edit(past.condition, by=past.people["editor"], headline="Quokka headline.")

    with time_machine.travel(AUGUST_1, tick=False):
        response = client.get(f"{RECORD}1/")

    html = response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in html
    assert "Old words." in html
    assert "New words." not in html
    assert "uokka" not in html
    banner = html.index("No longer current: shown from")
    assert banner < html.index('href="tel:911"') < html.index("<h1>")
    words = read(client, f"{RECORD}1/")
    assert "No longer current: shown from May 31, 2027 to July 3, 2027." in words
    assert "From May 31, 2027 to July 3, 2027: Reviewed in full by Pat Sample, MD on May" in words
    assert "Last reviewed" not in words
    assert "Next review due" not in words
    assert "application/ld+json" not in html


def test_an_edition_shown_twice_says_both_times(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    past.cancel(JULY_9, past.publish(JULY_3, "Wrong words."))
    past.publish(AUGUST_1 - timedelta(days=1), "New words.")

    words = read(client, f"{RECORD}1/")

    assert (
        "No longer current: shown from May 31, 2027 to July 3, 2027 "
        "and from July 9, 2027 to July 31, 2027." in words
    )


def test_a_past_edition_of_a_withdrawn_page_gives_the_notice(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    past.withdraw(JULY_3)

    words = read(client, f"{RECORD}1/")

    assert "This page was withdrawn on July 3, 2027. This page no longer reflects" in words
    assert "Do not stop or change treatment because of this page." in words
    assert "See what this page says now" not in words


def test_each_stretch_of_a_past_edition_names_who_vouched_for_it_then(
    past: Past, client: Client
) -> None:
    first = past.publish(MAY_31, "Old words.")
    with time_machine.travel(JULY_3, tick=False):
        cast.reaffirm(
            past.subject, by=past.people["second"], proof=cast.proof(), digest=first.digest
        )
    past.publish(JULY_9, "New words.")

    words = read(client, f"{RECORD}1/")

    assert "No longer current: shown from May 31, 2027 to July 9, 2027." in words
    assert "From May 31, 2027 to July 3, 2027: Reviewed in full by Pat Sample, MD on May" in words
    assert "From July 3, 2027 to July 9, 2027: Reviewed in full by Alex Example, DO on J" in words


def test_the_edition_in_force_is_the_page_itself(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")

    with time_machine.travel(AUGUST_1, tick=False):
        response = client.get(f"{RECORD}1/")

    assert (response.status_code, response["Location"]) == (302, "/conditions/sample-condition/")


@pytest.mark.parametrize("how", ["open", "sent back", "waiting", "no such"])
def test_an_edition_that_was_never_public_is_not_found(
    past: Past, client: Client, how: str
) -> None:
    past.publish(MAY_31, "Old words.")
    with time_machine.travel(JULY_3, tick=False):
        cast.edit(past.condition, by=past.people["editor"], definition="<p>Quokka.</p>")
        if how != "no such":
            submission = cast.submit(past.condition, by=past.people["editor"])
        if how == "sent back":
            workflow.request_changes(submission, by=past.people["first"], reason="No.")
        if how == "waiting":
            cast.sign(submission, by=past.people["first"], effective_at=AUGUST_1 + timedelta(1))

    assert "uokka" not in read(client, f"{RECORD}2/", status=404)
    assert "uokka" not in read(client, RECORD)


def test_odd_numbers_are_no_editions(past: Past, client: Client, case: Case) -> None:
    for number in ("0", "99999999999999999999", "-1", "1.0", "x"):
        with case(number=number):
            past.publish(MAY_31, "Old words.")

            read(client, f"{RECORD}{number}/", status=404)


# --- Addresses


@pytest.mark.parametrize("path", ["", "1/", "?on=2027-06-01"])
def test_the_record_under_an_old_address_leads_to_the_present_one(
    past: Past, client: Client, path: str
) -> None:
    past.publish(MAY_31, "Old words.")
    with time_machine.travel(JULY_3, tick=False):
        cast.edit(past.condition, by=past.people["editor"], slug="new-address")
        cast.publish(past.condition, by=past.people["editor"], signer=past.people["first"])

        response = client.get(f"{RECORD}{path}")

    assert response.status_code == 301
    assert response["Location"] == f"/conditions/new-address/record/{path}"
    assert response["Cache-Control"] == "no-cache"


def test_an_address_that_waited_when_its_page_was_withdrawn_is_not_the_records(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    with time_machine.travel(JULY_3, tick=False):
        cast.edit(past.condition, by=past.people["editor"], slug="waiting-address")
    past.publish(JULY_3, "Quokka words.", effective_at=JULY_9)
    past.withdraw(JULY_3_LATE)

    assert "uokka" not in read(client, RECORD)
    assert "uokka" not in read(client, f"{RECORD}1/")
    read(client, "/conditions/waiting-address/record/", status=404)
    gone = read(client, "/conditions/sample-condition/", status=410)
    assert "What this page said before" in gone


@pytest.mark.parametrize("path", ["", "1/", "?on=2027-06-01"])
def test_a_page_that_was_never_public_has_no_record(
    condition: Condition, client: Client, path: str
) -> None:
    read(client, f"{RECORD}{path}", status=404)


# --- One day


def on(client: Client, day: str, *, at: datetime = AUGUST_1, status: int = 200) -> str:
    return read(client, f"{RECORD}?on={day}", at=at, status=status)


def test_a_day_tells_the_words_the_signer_and_the_proof(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    signed = past.publish(JULY_3, "New words.", scope="correction")

    sheet = on(client, "2027-07-05")

    assert "At the start of the day until the end of the day" in sheet
    assert "New words." in sheet
    assert "Old words." not in sheet
    for proof in (
        "Alex Example, DO (licensed in New York)",
        "July 3, 2027, 12:00 PM EDT",
        "Correction. Reviewed in full by Pat Sample, MD on May 31, 2027",
        signed.attestation,
        signed.digest,
        "Eastern time, New York",
    ):
        assert proof in sheet


def test_a_day_with_several_states_tells_each_with_its_times(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    past.publish(JULY_3, "New words.", scope="correction")
    past.withdraw(JULY_3_LATE)

    sheet = on(client, "2027-07-03")

    signers = re.findall(r"Signed by(\w+ \w+), (?:MD|DO)", sheet)
    assert signers == ["Pat Sample", "Alex Example"]
    first, second, third = (
        sheet.index("At the start of the day until 12:00 PM EDT"),
        sheet.index("From 12:00 PM EDT until 9:00 PM EDT"),
        sheet.index("From 9:00 PM EDT until the end of the day"),
    )
    assert first < sheet.index("Old words.") < second < sheet.index("New words.") < third
    assert "This page no longer reflects" in sheet[third:]


def test_words_that_stood_twice_on_a_day_are_printed_once(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")
    past.cancel(JULY_3_LATE, past.publish(JULY_3, "Wrong words."))

    sheet = on(client, "2027-07-03")

    assert sheet.count("Old words.") == 1
    assert "The words are those of edition 1, printed above." in sheet


def test_a_day_is_the_clinics(past: Past, client: Client, case: Case) -> None:
    for day, old, new in (
        # 04:30 UTC on July 4 is July 4 in New York; 03:30 UTC is still July 3.
        ("2027-07-03", True, True),
        ("2027-07-04", False, True),
        ("2027-07-02", True, False),
    ):
        with case(day=day, old=old, new=new):
            past.publish(MAY_31, "Old words.")
            past.publish(datetime(2027, 7, 4, 3, 30, tzinfo=UTC), "New words.")

            sheet = on(client, day)

            assert ("Old words." in sheet, "New words." in sheet) == (old, new)


def test_a_state_that_begins_at_midnight_is_not_in_the_day_before(
    past: Past, client: Client
) -> None:
    past.publish(MAY_31, "Old words.")
    past.publish(JULY_3, "New words.", effective_at=datetime(2027, 7, 10, 4, 0, tzinfo=UTC))

    assert "New words." not in on(client, "2027-07-09")
    assert "Old words." not in on(client, "2027-07-10")


def test_a_day_is_as_long_as_the_clocks_make_it(past: Past, client: Client) -> None:
    """On November 7, 2027 the clocks go back in New York: the day has 25 hours."""
    past.publish(MAY_31, "Old words.")
    past.publish(datetime(2027, 11, 8, 4, 30, tzinfo=UTC), "New words.")
    later = datetime(2027, 12, 1, tzinfo=UTC)

    assert "From 11:30 PM EST" in on(client, "2027-11-07", at=later)
    assert "Old words." not in on(client, "2027-11-08", at=later)


def test_before_its_first_day_nothing_was_public(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")

    for day in ("2027-05-30", "0001-01-01"):
        sheet = on(client, day)
        assert "Nothing of this page was public on that day." in sheet
        assert "first public on May 31, 2027, 12:00 PM EDT" in sheet
        assert "Old words." not in sheet


def test_what_is_no_day_is_refused_with_a_sentence(past: Past, client: Client, case: Case) -> None:
    for day in ("", "x", "2027-02-30", "May 31", "\x00", "9" * 5000, "2027-8-32"):
        with case(day=day):
            past.publish(MAY_31, "Old words.")

            with time_machine.travel(AUGUST_1, tick=False):
                response = client.get(RECORD, {"on": day})

            assert response.status_code == 400
            html = response.content.decode()
            assert 'id="on-problem"' in html
            assert "such as 2026-05-31." in html
            # Only the form: nothing is compared for a slip.
            assert "First published" not in html


def test_a_day_to_come_is_refused(past: Past, client: Client) -> None:
    past.publish(MAY_31, "Old words.")

    assert "That day has not come yet." in on(client, "2027-08-02", status=400)
    assert "until now" in on(client, "2027-08-01")


# --- It fails closed


@pytest.mark.parametrize("what", ["text", "note", "signer", "withdrawal", "gone"])
def test_a_record_that_no_longer_holds_is_not_shown(past: Past, client: Client, what: str) -> None:
    first = past.publish(MAY_31, "Old words.")
    past.publish(JULY_3, "New words.")
    withdrawn = past.withdraw(JULY_9)
    triggers.remove(connection)
    try:
        match what:
            case "text":
                edition = first.edition
                type(edition).objects.filter(pk=edition.pk).update(
                    text=edition.text.replace("Old", "FALSIFIED")
                )
            case "note":
                type(first.edition).objects.update(public_note="FALSIFIED")
            case "signer":
                SignOff.objects.filter(pk=first.pk).update(printed_name="FALSIFIED")
            case "withdrawal":
                Withdrawal.objects.update(notice="safety")
            case "gone":
                Withdrawal.objects.filter(pk=withdrawn.pk)._raw_delete(using="default")
        for path in ("", "1/", "?on=2027-06-01"):
            text = read(client, f"{RECORD}{path}", status=503)
            assert "FALSIFIED" not in text
            assert "Pat Sample" not in text
    finally:
        triggers.install(connection)
