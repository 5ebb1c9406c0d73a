"""What comes by the calendar: due reviews, overdue ones, ends of licenses; each told once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import clock, workflow
from reviews.mail import calendar, outbox
from reviews.models import Group, License, MailChoice, MailCursor, Notification, Timing
from tests import cast, crowd
from tests.reviews.mail.post import at, box, empty, morning, read
from tests.undoing import Case

# A Tuesday; a page signed then is due in a year, on a Wednesday.
START = datetime(2026, 3, 3, 12, tzinfo=clock.zone())
DUE = date(2027, 3, 3)


@pytest.fixture(autouse=True)
def _start(db: None, time_machine: Any) -> None:
    """Everything that happened today is told."""
    time_machine.move_to(START, tick=False)


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User, time_machine: Any) -> Condition:
    cast.publish(condition, by=editor, signer=physician)
    morning(time_machine)
    empty()
    return condition


def go(time_machine: Any, on: date) -> None:
    """Run what is due after seven on a day."""
    at(time_machine, on, time(7, 1))
    outbox.run()


def test_a_due_review_is_told_sixty_thirty_and_seven_days_before_and_no_other_day(
    signed: Condition, editor: User, physician: User, manager: User, time_machine: Any
) -> None:
    told = []
    for left in (61, 60, 59, 31, 30, 29, 8, 7, 6, 1, 0):
        for _ in range(2):
            go(time_machine, DUE - timedelta(days=left))
        if mail.outbox:
            assert "“Sample condition”: a full review is due on March 3, 2027." in read(physician)
            told.append((left, len(box(physician)), len(box(editor)), box(manager)))
        empty()

    assert told == [(60, 1, 1, []), (30, 1, 1, []), (7, 1, 1, [])]


def test_days_on_which_nothing_ran_are_made_up_for_by_one_letter(
    signed: Condition, physician: User, time_machine: Any
) -> None:
    go(time_machine, DUE - timedelta(days=12))
    go(time_machine, DUE - timedelta(days=11))

    assert box(physician) == ["your morning letter"]
    assert read(physician).count("is due on") == 1


def test_where_the_physician_can_sign_no_more_managers_are_told(
    signed: Condition, physician: User, manager: User, time_machine: Any
) -> None:
    License.objects.update(expires_on=START.date() + timedelta(days=100))

    go(time_machine, DUE - timedelta(days=60))

    assert "“Sample condition”: a full review is due" in read(manager)


def test_a_page_signed_anew_has_a_new_day_and_a_withdrawn_one_none(
    signed: Condition, editor: User, physician: User, second_physician: User, time_machine: Any
) -> None:
    go(time_machine, DUE - timedelta(days=60))
    digest = signed.subject.editions.get().digest
    cast.reaffirm(signed.subject, by=second_physician, digest=digest)
    empty()
    go(time_machine, DUE - timedelta(days=30))
    assert mail.outbox == []

    go(time_machine, DUE + timedelta(days=300 - 60 + 5))
    assert box(second_physician) == ["your morning letter"]
    assert box(physician) == []
    workflow.withdraw(signed.subject, by=physician, reason="No.", notice="out_of_date")
    outbox.run()
    empty()
    go(time_machine, DUE + timedelta(days=299))
    assert mail.outbox == []


def test_overdue_pages_share_one_letter_a_week(
    editor: User, physician: User, second_physician: User, manager: User, time_machine: Any
) -> None:
    for number, signer in enumerate((physician, physician, second_physician)):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=signer)
    go(time_machine, DUE)
    empty()

    days = []
    for after in range(1, 15):
        go(time_machine, DUE + timedelta(days=after))
        go(time_machine, DUE + timedelta(days=after))
        if mail.outbox:
            subject = "reviews that are overdue"
            assert box(physician) == box(manager) == box(second_physician) == [subject]
            assert box(editor) == []
            assert "“Page 0”: a full review was due on March 3, 2027." in read(physician)
            assert read(physician).count("was due") == 2
            assert read(second_physician).count("was due") == 1
            assert read(manager).count("was due") == 3
            days.append((DUE + timedelta(days=after)).strftime("%A"))
        empty()
    assert days == ["Thursday", "Monday", "Monday"]


def test_the_week_s_letter_says_how_it_stands_when_it_is_sent(
    signed: Condition, physician: User, time_machine: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(outbox, "LETTERS_A_RUN", 0)
    go(time_machine, DUE + timedelta(days=1))
    assert mail.outbox == []
    cast.reaffirm(signed.subject, by=physician, digest=signed.subject.editions.get().digest)
    monkeypatch.undo()

    outbox.run()

    assert "Nothing is overdue any more." in read(physician)


def test_the_end_of_a_license_is_told_to_its_physician_and_to_managers(
    physician: User, editor: User, manager: User, time_machine: Any
) -> None:
    ends = START.date() + timedelta(days=100)
    License.objects.update(expires_on=ends)
    told = []
    for left in (91, 90, 89, 31, 30, 29, 8, 7, 6, 1, 0):
        go(time_machine, ends - timedelta(days=left))
        if mail.outbox:
            assert "Your license (New York) ends on June 11, 2026." in read(physician)
            assert "/admin/reviews/reviewer/mine/" in read(physician)
            assert "The license (New York) of Pat Sample, MD ends on June 11" in read(manager)
            assert box(editor) == []
            told.append((left, len(mail.outbox)))
        empty()
    assert told == [(90, 2), (30, 2), (7, 2)]

    License.objects.update(expires_on=ends + timedelta(days=90))
    go(time_machine, ends + timedelta(days=1))
    assert len(mail.outbox) == 2


def test_who_chose_never_is_not_told_and_who_chose_at_once_gets_a_letter_for_it(
    signed: Condition, editor: User, physician: User, manager: User, time_machine: Any
) -> None:
    for person, timing in ((editor, Timing.NEVER), (physician, Timing.AT_ONCE)):
        MailChoice.objects.create(person=person, group=Group.DUE, timing=timing)

    go(time_machine, DUE - timedelta(days=60))
    assert (box(editor), box(physician)) == ([], ["a review comes due"])

    empty()
    MailChoice.objects.update(timing=Timing.NEVER)
    go(time_machine, DUE + timedelta(days=1))
    assert (box(physician), box(manager)) == ([], ["reviews that are overdue"])


def test_it_is_the_clinic_s_morning_that_counts(
    signed: Condition, physician: User, time_machine: Any, settings: Any
) -> None:
    settings.CLINIC_TIME_ZONE = "Pacific/Honolulu"
    on = DUE - timedelta(days=60)
    at(time_machine, on, time(6, 59))
    outbox.run()
    assert mail.outbox == []
    at(time_machine, on, time(7))
    outbox.run()
    assert box(physician) == ["your morning letter"]


def test_a_threshold_is_the_smallest_that_is_not_passed() -> None:
    found = [calendar.threshold(left, calendar.DUE_IN) for left in (61, 60, 31, 30, 8, 7, 0, -1)]
    assert found == [None, 60, 60, 30, 30, 7, 7, None]


def test_a_morning_asks_no_more_for_many_pages_than_for_few(
    editor: User, physician: User, manager: User, time_machine: Any, case: Case
) -> None:
    drafts = [cast.make_condition(f"page-{number}", by=editor) for number in range(12)]
    documents = [draft.freeze() for draft in drafts]
    asked: dict[int, list[int]] = {}
    for pages in (2, 12):
        with case(pages=pages):
            time_machine.move_to(START, tick=False)
            crowd.publish(documents[:pages], by=editor, signer=physician)
            morning(time_machine)
            asked[pages] = []
            for days in (-60, 1):
                said: list[str] = []
                at(time_machine, DUE + timedelta(days=days), time(7, 1))
                with CaptureQueriesContext(connection) as captured:
                    outbox.run(progress=said.append)
                asked[pages].append(len(captured))
                if days == -60:
                    assert f"{pages} of {pages} pages that come due looked at." in said
            assert Notification.objects.filter(reason="due").count() == 2 * pages
            assert MailCursor.objects.get().day == clock.today()
    assert asked[12] == asked[2]
