"""Cancelling one sign-off: a waiting one never counts, a live one steps back with the old date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import workflow
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


def newer(condition: Condition, *, by: User, signer: User, **fields: object) -> SignOff:
    cast.edit(condition, by=by, summary="<p>Newer words.</p>")
    return cast.publish(condition, by=by, signer=signer, **fields)


def test_a_live_one_steps_back_with_the_date_of_the_one_before(
    condition: Condition,
    first: SignOff,
    editor: User,
    second_physician: User,
    manager: User,
    client: Client,
) -> None:
    before = client.get(ADDRESS)
    second = newer(condition, by=editor, signer=second_physician)
    assert "Newer words." in client.get(ADDRESS).content.decode()

    workflow.cancel(second, by=manager, reason="A wrong dose.")

    after = client.get(ADDRESS)
    assert (after.content, after.headers) == (before.content, before.headers)
    assert ">May 31, 2026</time>" in after.content.decode()
    assert workflow.in_force(condition.subject, JULY_3) == first


def test_a_cancellation_is_evidence(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    second = newer(condition, by=editor, signer=physician)

    cancelled = workflow.cancel(second, by=manager, reason="A wrong dose.")

    assert (cancelled.sign_off, cancelled.subject, cancelled.by) == (
        second,
        condition.subject,
        manager,
    )
    assert (cancelled.notice, cancelled.reason.text) == ("", "A wrong dose.")
    assert Event.objects.latest("seq").kind == "sign_off_cancelled"
    assert listing.recorded(condition.subject) == listing.spans(condition.subject)
    assert next(audit.faults(), None) is None


def test_a_waiting_one_never_takes_effect(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    waiting = newer(condition, by=editor, signer=physician, effective_at=JULY_9)

    workflow.cancel(waiting, by=physician, reason="Not yet.")

    time_machine.move_to(JULY_9 + timedelta(days=1), tick=False)
    html = client.get(ADDRESS).content.decode()
    assert "Newer words." not in html
    assert workflow.in_force(condition.subject, JULY_9) == first
    assert [span.sign_off_id for span in listing.recorded(condition.subject)] == [first.pk]


def test_a_first_one_that_waits_can_be_cancelled(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(MAY_31, tick=False)
    waiting = cast.publish(condition, by=editor, signer=physician, effective_at=JULY_3)

    workflow.cancel(waiting, by=physician, reason="Not yet.")

    time_machine.move_to(JULY_9, tick=False)
    assert client.get(ADDRESS).status_code == 404
    assert listing.recorded(condition.subject) == []


def test_after_cancelling_what_waited_a_fix_can_be_signed(
    condition: Condition, first: SignOff, editor: User, physician: User, client: Client
) -> None:
    waiting = newer(condition, by=editor, signer=physician, effective_at=JULY_9)
    workflow.cancel(waiting, by=physician, reason="A fix comes first.")
    cast.edit(condition, by=editor, summary="<p>What helps is something fixed.</p>")

    cast.publish(condition, by=editor, signer=physician, scope="correction")

    assert "something fixed." in client.get(ADDRESS).content.decode()


def test_the_words_of_a_cancelled_edition_can_be_submitted_again(
    condition: Condition, first: SignOff, editor: User, physician: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    workflow.cancel(second, by=physician, reason="Too early.")

    again = cast.submit(condition, by=editor)

    assert again.edition.digest == second.digest
    assert cast.sign(again, by=physician).pk > second.pk


def test_a_page_with_nothing_signed_before_is_withdrawn_instead(
    first: SignOff, manager: User, client: Client
) -> None:
    with refused("Withdraw the page instead"):
        workflow.cancel(first, by=manager, reason="Why.")

    assert client.get(ADDRESS).status_code == 200


def test_what_stood_before_a_withdrawal_is_not_stepped_back_to(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    """The old notice and its old date would otherwise return, as if the page had been off since."""
    workflow.withdraw(condition.subject, by=manager, reason="Why.", notice="safety")
    time_machine.move_to(JULY_9, tick=False)
    again = newer(condition, by=editor, signer=physician)

    with refused("Withdraw the page instead"):
        workflow.cancel(again, by=manager, reason="Why.")

    assert client.get(ADDRESS).status_code == 200


def test_a_chain_is_stepped_back_one_by_one(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Third.</p>")
    third = cast.publish(condition, by=editor, signer=physician, scope="correction")

    for live, before in [(third, second), (second, first)]:
        workflow.cancel(live, by=manager, reason="Why.")
        assert workflow.in_force(condition.subject, JULY_3) == before
    with refused("Withdraw the page instead"):
        workflow.cancel(first, by=manager, reason="Why.")


def test_only_what_is_in_force_or_waits_can_be_cancelled(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    newer(condition, by=editor, signer=physician)

    with refused("Only a sign-off that is in force, or one that waits"):
        workflow.cancel(first, by=manager, reason="Why.")


def test_the_live_one_is_not_cancelled_while_another_waits(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Later.</p>")
    cast.publish(condition, by=editor, signer=physician, effective_at=JULY_9)

    with refused("takes effect on July 9, 2026"):
        workflow.cancel(second, by=manager, reason="Why.")


def test_nothing_is_cancelled_twice(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    workflow.cancel(second, by=manager, reason="Why.")

    with refused("cancelled already"):
        workflow.cancel(second, by=manager, reason="Why.")


def test_the_signer_may_cancel_without_the_right(
    condition: Condition, first: SignOff, editor: User, physician: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    physician.groups.clear()

    assert workflow.cancel(second, by=User.objects.get(pk=physician.pk), reason="Why.").pk


@pytest.mark.parametrize("who", ["editor", "second_editor", "reader"])
def test_who_may_not(
    condition: Condition,
    first: SignOff,
    editor: User,
    physician: User,
    request: pytest.FixtureRequest,
    who: str,
) -> None:
    second = newer(condition, by=editor, signer=physician)

    with refused("Only a physician or a manager can cancel"):
        workflow.cancel(second, by=request.getfixturevalue(who), reason="Why.")


def test_a_cancellation_needs_a_clean_reason(
    condition: Condition, first: SignOff, editor: User, physician: User, case: Case
) -> None:
    for reason in ("", "  ", "x" * 5001, "\x00"):
        with case(reason=reason):
            second = newer(condition, by=editor, signer=physician)

            with refused("."):
                workflow.cancel(second, by=physician, reason=reason)

            assert not Withdrawal.objects.exists()


def test_an_open_submission_outlives_a_cancellation_but_its_form_is_stale(
    condition: Condition, first: SignOff, editor: User, physician: User, manager: User
) -> None:
    second = newer(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Third.</p>")
    opened = cast.submit(condition, by=editor)

    workflow.cancel(second, by=manager, reason="Why.")

    opened.refresh_from_db()
    assert opened.is_open
    with refused("What is in force changed"):
        cast.sign(opened, by=physician, against=second.pk)
