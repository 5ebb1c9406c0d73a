"""Withdrawing a page: off at once, a fixed notice outside, back only by a full review."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit, listing
from reviews.models import Event, SignOff, Withdrawal
from tests import cast
from tests.traces import refused
from tests.undoing import Case

ADDRESS = "/conditions/sample-condition/"
MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 3, 15, tzinfo=UTC)
JULY_9 = datetime(2026, 7, 9, 15, tzinfo=UTC)


@pytest.fixture
def first(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> SignOff:
    """Signed in full on May 31; it is now July 3."""
    time_machine.move_to(MAY_31, tick=False)
    signed = cast.publish(condition, by=editor, signer=physician)
    time_machine.move_to(JULY_3, tick=False)
    return signed


def withdraw(condition: Condition, *, by: User, notice: str = "safety") -> Withdrawal:
    return workflow.withdraw(condition.subject, by=by, reason="Why.", notice=notice)


@pytest.mark.parametrize("notice", Withdrawal.Notice.values)
def test_patients_read_one_of_the_fixed_notices(
    condition: Condition, first: SignOff, manager: User, client: Client, notice: str
) -> None:
    withdraw(condition, by=manager, notice=notice)

    response = client.get(ADDRESS)
    html = response.content.decode()
    assert response.status_code == 410
    assert Withdrawal.Notice(notice).label in html
    assert ">July 3, 2026</time>" in html
    for gone in ("What helps is something else.", "Pat Sample", "Why.", "May 31"):
        assert gone not in html
    assert "Sample condition" not in client.get("/conditions/").content.decode()
    assert "Sample condition" not in client.get("/").content.decode()


def test_a_withdrawal_is_evidence(condition: Condition, first: SignOff, manager: User) -> None:
    withdrawn = withdraw(condition, by=manager)

    assert (withdrawn.sign_off, withdrawn.by, withdrawn.notice) == (None, manager, "safety")
    assert (withdrawn.at, withdrawn.on) == (JULY_3, date(2026, 7, 3))
    assert withdrawn.reason.text == "Why."
    assert Event.objects.get(pk=withdrawn.pk).kind == "page_withdrawn"
    assert [span.until_at for span in listing.recorded(condition.subject)] == [JULY_3]
    assert next(audit.faults(), None) is None


def test_the_day_of_a_withdrawal_is_the_clinics_day(
    condition: Condition, first: SignOff, manager: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 7, 5, 2, 30, tzinfo=UTC), tick=False)

    assert withdraw(condition, by=manager).on == date(2026, 7, 4)


def test_a_notice_is_never_typed(
    condition: Condition, first: SignOff, manager: User, client: Client, case: Case
) -> None:
    for notice in ("", "typed by hand", "SAFETY"):
        with case(notice=notice):
            with refused("Choose one of the notices"):
                withdraw(condition, by=manager, notice=notice)

            assert client.get(ADDRESS).status_code == 200


def test_a_withdrawal_needs_a_clean_reason(
    condition: Condition, first: SignOff, manager: User, case: Case
) -> None:
    for reason in ("", " \n ", "x" * 5001, "\x07"):
        with case(reason=reason), refused("."):
            workflow.withdraw(condition.subject, by=manager, reason=reason, notice="safety")


@pytest.mark.parametrize("who", ["editor", "reader"])
def test_who_may_not(
    condition: Condition, first: SignOff, request: pytest.FixtureRequest, who: str
) -> None:
    with refused("Only a physician or a manager can withdraw"):
        withdraw(condition, by=request.getfixturevalue(who))


@pytest.mark.parametrize("who", ["manager", "physician", "second_physician", "root"])
def test_who_may(
    condition: Condition,
    first: SignOff,
    request: pytest.FixtureRequest,
    client: Client,
    who: str,
) -> None:
    withdraw(condition, by=request.getfixturevalue(who))

    assert client.get(ADDRESS).status_code == 410


def test_it_ends_the_open_submission(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    opened = cast.submit(condition, by=editor)

    withdraw(condition, by=manager)

    opened.refresh_from_db()
    assert opened.status == "ended_by_withdrawal"
    with refused("no longer open"):
        cast.sign(opened, by=physician)


def test_it_ends_what_waits(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    cast.publish(condition, by=editor, signer=physician, effective_at=JULY_9)

    withdraw(condition, by=manager)

    time_machine.move_to(JULY_9 + timedelta(days=1), tick=False)
    response = client.get(ADDRESS)
    assert response.status_code == 410
    assert ">July 3, 2026</time>" in response.content.decode()
    assert workflow.in_force(condition.subject, clock.now()) is None
    assert [span.until_at for span in listing.recorded(condition.subject)] == [JULY_3]
    assert next(audit.faults(), None) is None


def test_a_page_that_only_waits_can_be_withdrawn_and_was_never_here(
    condition: Condition,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(JULY_3, tick=False)
    cast.publish(condition, by=editor, signer=physician, effective_at=JULY_9)

    withdraw(condition, by=manager)

    assert client.get(ADDRESS).status_code == 404
    time_machine.move_to(JULY_9 + timedelta(days=1), tick=False)
    assert client.get(ADDRESS).status_code == 404
    assert listing.recorded(condition.subject) == []


def test_it_comes_back_by_a_full_review_only(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    withdraw(condition, by=manager)
    time_machine.move_to(JULY_9, tick=False)
    submission = cast.submit(condition, by=editor)
    with refused("review the whole page"):
        cast.sign(submission, by=physician, scope="correction")

    again = cast.sign(submission, by=physician)

    html = client.get(ADDRESS).content.decode()
    assert (again.against, again.rests_on) == (None, None)
    assert ">July 9, 2026</time>" in html
    assert "withdrawn" not in html
    assert next(audit.faults(), None) is None


def test_it_stays_off_until_a_scheduled_return(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    withdraw(condition, by=manager)
    cast.publish(condition, by=editor, signer=physician, effective_at=JULY_9)

    time_machine.move_to(JULY_9 - timedelta(seconds=1), tick=False)
    assert client.get(ADDRESS).status_code == 410
    time_machine.move_to(JULY_9, tick=False)
    assert client.get(ADDRESS).status_code == 200


def test_nothing_public_is_nothing_to_withdraw(
    condition: Condition, editor: User, manager: User
) -> None:
    cast.submit(condition, by=editor)

    with refused("nothing to withdraw"):
        withdraw(condition, by=manager)


def test_a_page_is_withdrawn_once(condition: Condition, first: SignOff, manager: User) -> None:
    withdraw(condition, by=manager)

    with refused("nothing to withdraw"):
        withdraw(condition, by=manager)


def test_other_pages_stay(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
) -> None:
    cast.publish(cast.make_condition("other", by=editor), by=editor, signer=physician)
    before = client.get("/conditions/other/")

    withdraw(condition, by=manager)

    after = client.get("/conditions/other/")
    assert (after.content, after.headers) == (before.content, before.headers)
    assert "Other" in client.get("/conditions/").content.decode()
