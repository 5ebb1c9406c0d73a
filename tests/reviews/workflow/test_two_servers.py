"""Two servers whose clocks are some seconds apart: what was done is done, whoever's clock says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit, chain, listing
from reviews.evidence.kinds import Kind
from reviews.models import Event, SignOff, Submission, Withdrawal
from reviews.workflow import verbs
from tests import cast
from tests.traces import refused

pytestmark = pytest.mark.both_engines

ADDRESS = "/conditions/sample-condition/"
NOON = datetime(2026, 7, 3, 16, tzinfo=UTC)
BEHIND = "clock is behind the last signature"


@pytest.fixture
def signed(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> SignOff:
    """Signed at noon, by the clock of the server that is ahead."""
    time_machine.move_to(NOON, tick=False)
    return cast.publish(condition, by=editor, signer=physician)


def other_server(hand: TimeMachineFixture, *, behind: float) -> None:
    """Go to the server whose clock shows so many seconds before noon."""
    hand.move_to(NOON - timedelta(seconds=behind), tick=False)


def test_what_counted_when_it_was_signed_never_waits(
    signed: SignOff, time_machine: TimeMachineFixture
) -> None:
    for behind in (0, 1, 3, 10, 3600):
        other_server(time_machine, behind=behind)

        assert not SignOff.objects.waiting(clock.now()).exists(), behind
        assert not signed.waits(clock.now()), behind


def test_what_was_signed_for_later_waits(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    later = cast.publish(
        condition, by=editor, signer=physician, effective_at=NOON + timedelta(seconds=1)
    )

    other_server(time_machine, behind=3)
    assert list(SignOff.objects.waiting(clock.now())) == [later]
    assert later.waits(clock.now())
    assert not later.waits(NOON + timedelta(seconds=1))


def test_the_only_signature_of_a_page_is_not_cancelled_into_a_404(
    signed: SignOff, manager: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    for behind, why in ((3, "Withdraw the page instead"), (8, BEHIND)):
        other_server(time_machine, behind=behind)
        with refused(why):
            workflow.cancel(signed, by=manager, reason="Why.")

    time_machine.move_to(NOON, tick=False)
    assert client.get(ADDRESS).status_code == 200


def test_every_verb_on_a_clock_that_is_too_far_behind_is_refused(
    signed: SignOff,
    condition: Condition,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    waiting = cast.submit(condition, by=editor)
    other_server(time_machine, behind=5.001)

    attempts = {
        "cancel": lambda: workflow.cancel(signed, by=manager, reason="Why."),
        "withdraw": lambda: workflow.withdraw(
            signed.subject, by=manager, reason="Why.", notice="safety"
        ),
        "reaffirm": lambda: cast.reaffirm(
            signed.subject, by=physician, proof=cast.proof(), digest=signed.digest
        ),
        "sign": lambda: cast.sign(waiting, by=physician, against=signed.pk),
        "submit": lambda: cast.submit(condition, by=editor),
        "send back": lambda: workflow.request_changes(waiting, by=physician, reason="Why."),
    }
    for attempt in attempts.values():
        with refused(BEHIND):
            attempt()

    assert client.get(ADDRESS).status_code == 200


def test_a_clock_is_held_against_the_last_withdrawal_too(
    signed: SignOff,
    condition: Condition,
    editor: User,
    manager: User,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    workflow.withdraw(signed.subject, by=manager, reason="Why.", notice="safety")
    cast.edit(condition, by=editor, name="Again")
    time_machine.move_to(NOON + timedelta(seconds=50), tick=False)

    with refused(BEHIND):
        cast.submit(condition, by=editor)


def test_a_verb_on_a_clock_that_is_a_little_behind_comes_after_what_was_done(
    signed: SignOff,
    condition: Condition,
    editor: User,
    second_physician: User,
    time_machine: TimeMachineFixture,
) -> None:
    other_server(time_machine, behind=4)

    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    newer = cast.publish(condition, by=editor, signer=second_physician, against=signed.pk)

    assert newer.signed_at > signed.signed_at
    assert newer.signed_at - signed.signed_at < timedelta(milliseconds=1)
    assert newer.against == signed
    assert workflow.in_force(newer.subject, newer.signed_at) == newer
    assert next(audit.faults(), None) is None


def test_a_withdrawal_and_what_it_ends_have_one_instant(
    signed: SignOff,
    condition: Condition,
    editor: User,
    manager: User,
    time_machine: TimeMachineFixture,
) -> None:
    cast.submit(cast.edit(condition, by=editor, summary="<p>Newer.</p>"), by=editor)
    other_server(time_machine, behind=4)

    gone = workflow.withdraw(signed.subject, by=manager, reason="Why.", notice="safety")

    ended = Submission.objects.get(status="ended_by_withdrawal").ended_by
    assert ended is not None
    assert ended.said["at"] == gone.event.said["at"] == gone.at.isoformat()
    assert gone.at > signed.signed_at


# --- Readers


@pytest.mark.parametrize("behind", [1, 4, 10])
def test_a_reader_on_the_server_behind_sees_what_was_done_on_the_other(
    behind: float,
    signed: SignOff,
    condition: Condition,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    other_server(time_machine, behind=behind)
    assert client.get(ADDRESS).status_code == 200
    assert client.get(f"{ADDRESS}record/").status_code == 200

    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    workflow.withdraw(signed.subject, by=manager, reason="Why.", notice="safety")
    time_machine.move_to(NOON + timedelta(minutes=5, seconds=-behind), tick=False)
    assert client.get(ADDRESS).status_code == 410
    record = client.get(f"{ADDRESS}record/")
    assert record.status_code == 200
    assert b"could be unsafe" in record.content

    time_machine.move_to(NOON + timedelta(minutes=9), tick=False)
    cast.publish(cast.edit(condition, by=editor, name="Back"), by=editor, signer=physician)
    time_machine.move_to(NOON + timedelta(minutes=9, seconds=-behind), tick=False)
    assert b"<h1>Back</h1>" in client.get(ADDRESS).content


def test_a_reader_behind_does_not_see_what_waits(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON, tick=False)
    later = NOON + timedelta(seconds=2)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)

    other_server(time_machine, behind=3)
    assert client.get(ADDRESS).status_code == 404
    time_machine.move_to(later - timedelta(seconds=1), tick=False)
    assert client.get(ADDRESS).status_code == 404
    time_machine.move_to(later, tick=False)
    assert client.get(ADDRESS).status_code == 200


# --- Holds


@pytest.mark.parametrize("behind", [1, 4, 10])
def test_a_hold_laid_on_the_server_ahead_counts_on_the_one_behind(
    behind: float,
    signed: SignOff,
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    cast.lay_over("hold", condition, by=editor)
    other = NOON + timedelta(minutes=5, seconds=-behind)
    time_machine.move_to(other, tick=False)

    for path in (ADDRESS, "/conditions/sample-condition.json"):
        assert client.get(path).status_code == 410, path
    record = client.get(f"{ADDRESS}record/").content.decode()
    assert "Taken off while it was checked" in record
    assert "Read the page" not in record

    time_machine.move_to(NOON + timedelta(minutes=7), tick=False)
    cast.lay_over("release", condition, by=physician)
    time_machine.move_to(NOON + timedelta(minutes=7, seconds=-behind), tick=False)
    assert client.get(ADDRESS).status_code == 200
    assert next(audit.faults(), None) is None


def test_a_page_signed_and_held_on_the_server_ahead_is_off_on_the_one_behind(
    signed: SignOff,
    condition: Condition,
    editor: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON + timedelta(seconds=1), tick=False)
    cast.lay_over("hold", condition, by=editor)

    other_server(time_machine, behind=9)

    assert client.get(ADDRESS).status_code == 410


def test_the_verbs_of_the_server_behind_know_of_a_hold_and_come_after_it(
    signed: SignOff,
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    held = cast.lay_over("hold", condition, by=editor)

    time_machine.move_to(NOON + timedelta(minutes=4, seconds=54), tick=False)
    with refused(BEHIND):
        cast.lay_over("release", condition, by=physician)

    time_machine.move_to(NOON + timedelta(minutes=4, seconds=56), tick=False)
    for verb in ("flag", "hold"):
        with refused("This page is held already"):
            cast.lay_over(verb, condition, by=physician)
    released = cast.lay_over("release", condition, by=physician)

    assert timedelta(0) < released.at - held.at < timedelta(milliseconds=1)
    assert client.get(ADDRESS).status_code == 200
    assert listing.recorded(condition.subject) == listing.spans(condition.subject)
    assert next(audit.faults(), None) is None


# --- Lists

LISTS = ("/", "/conditions/", "/search/?q=helps", "/sitemap.xml", "/reviewers/physician/")


def test_lists_on_the_server_behind_know_what_was_done_on_the_other(
    signed: SignOff,
    condition: Condition,
    editor: User,
    physician: User,
    manager: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    link = re.compile(rb"/conditions/sample-condition/[\"<]")  # not that of its record
    other_server(time_machine, behind=8)
    for path in LISTS:
        assert link.search(client.get(path).content), path

    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    cast.lay_over("hold", condition, by=physician)
    time_machine.move_to(NOON + timedelta(minutes=5, seconds=-8), tick=False)
    for path in LISTS:
        assert not link.search(client.get(path).content), path

    time_machine.move_to(NOON + timedelta(minutes=6), tick=False)
    cast.lay_over("release", condition, by=physician)
    time_machine.move_to(NOON + timedelta(minutes=7), tick=False)
    workflow.withdraw(signed.subject, by=manager, reason="Why.", notice="safety")
    time_machine.move_to(NOON + timedelta(minutes=7, seconds=-8), tick=False)
    for path in LISTS:
        assert not link.search(client.get(path).content), path


def test_the_feed_on_the_server_behind_has_no_words_taken_out_on_the_other(
    condition: Condition,
    editor: User,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON, tick=False)
    first = cast.publish(condition, by=editor, signer=physician, public_note="Quokka.")
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    cast.publish(cast.edit(condition, by=editor, name="Newer"), by=editor, signer=physician)
    assert b"Quokka" in client.get("/feed.xml").content

    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    cast.redact(first, by=physician)

    time_machine.move_to(NOON + timedelta(minutes=5, seconds=-8), tick=False)
    assert b"Quokka" not in client.get("/feed.xml").content


# --- Records made before verbs took care


@pytest.fixture
def ended_before_it_began(signed: SignOff, manager: User) -> Withdrawal:
    """A withdrawal whose instant, by a clock that was behind, is before the signature's."""
    at = NOON - timedelta(seconds=8)
    with chain.transaction.atomic():
        withdrawal = Withdrawal(
            subject=signed.subject,
            notice="safety",
            reason=verbs.new_remark("Why."),
            by=manager,
            at=at,
            on=clock.local_date(at),
        )
        chain.append(Kind.PAGE_WITHDRAWN, at=at, by=manager, subject=signed.subject, row=withdrawal)
        listing.rebuild(signed.subject)
    return withdrawal


def test_a_record_does_not_deny_that_an_edition_was_public(
    ended_before_it_began: Withdrawal,
    signed: SignOff,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(NOON + timedelta(days=1), tick=False)

    assert list(SignOff.objects.shown_by(clock.now())) == [signed]
    assert client.get(ADDRESS).status_code == 410
    record = client.get(f"{ADDRESS}record/")
    assert record.status_code == 200
    assert "July 3, 2026" in record.content.decode()
    assert client.get(f"{ADDRESS}record/1/").status_code == 200
    assert [(one.sign_off_id, one.from_at) for one in listing.spans(signed.subject)] == [
        (signed.pk, NOON)
    ]
    assert next(audit.faults(), None) is None
    assert Event.objects.count() == ended_before_it_began.pk


def test_what_a_server_ahead_cancelled_vouches_for_no_words_on_the_one_behind(
    condition: Condition,
    editor: User,
    physician: User,
    author_physician: User,
    time_machine: TimeMachineFixture,
) -> None:
    now = datetime(2026, 5, 31, 15, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    cast.publish(condition, by=editor, signer=physician)
    words = "<p>Words that Robin wrote at some length.</p>"
    cast.edit(condition, by=author_physician, summary=words)
    second = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Other words.</p>")
    third = cast.submit(condition, by=editor)

    time_machine.move_to(now + timedelta(seconds=4), tick=False)
    workflow.cancel(second, by=physician, reason="Signed by mistake.")
    time_machine.move_to(now + timedelta(seconds=1), tick=False)

    before = workflow.in_force(condition.subject, now + timedelta(seconds=5))
    assert before is not None
    with refused("You wrote words of this edition"):
        cast.sign(third, by=author_physician, against=before.pk)
