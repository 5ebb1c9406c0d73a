"""Signing: who may, what is checked, what is stored, and when the next review is due."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit, listing
from reviews.models import (
    Address,
    Event,
    License,
    Reviewer,
    SignOff,
    Submission,
    WrongPassword,
)
from reviews.workflow import NotAllowed, signing
from tests import cast
from tests.traces import refused, traces
from tests.undoing import Case

ADDRESS = "/conditions/sample-condition/"


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    return cast.submit(condition, by=editor)


def test_signing_makes_the_words_and_the_date_public(
    submission: Submission,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)
    assert client.get(ADDRESS).status_code == 404

    cast.sign(submission, by=physician)

    html = client.get(ADDRESS).content.decode()
    assert "What helps is something else." in html
    assert "Last reviewed by Pat Sample, MD on" in html
    assert ">May 31, 2026</time>" in html
    assert ">May 31, 2027</time>" in html


def test_a_sign_off_stores_what_it_says(
    submission: Submission, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)

    signed = cast.sign(submission, by=physician)

    signed.refresh_from_db()
    assert (signed.printed_name, signed.credentials) == ("Pat Sample", "MD")
    assert (signed.license_states, signed.relationship) == (
        "New York",
        "A physician of the clinic, made up for tests.",
    )
    assert signed.attestation == workflow.ATTESTATIONS[SignOff.Scope.FULL]
    assert (signed.policy, signed.disclosed) == ("never", False)
    assert json.loads(signed.authors) == [editor.pk]
    assert signed.digest == submission.edition.digest
    assert (signed.scope, signed.rests_on, signed.against) == ("full", None, None)
    assert signed.signed_at == signed.effective_at == datetime(2026, 5, 31, 15, tzinfo=UTC)
    assert (signed.signed_on, signed.next_review_due) == (date(2026, 5, 31), date(2027, 5, 31))


def test_signing_moves_the_submission_claims_the_address_and_lists_the_page(
    submission: Submission, physician: User
) -> None:
    signed = cast.sign(submission, by=physician)

    submission.refresh_from_db()
    assert (submission.status, submission.ended_by) == ("signed", signed.event)
    assert Address.objects.get(slug="sample-condition").subject == submission.subject
    assert listing.recorded(submission.subject) == listing.spans(submission.subject)
    assert [span.sign_off_id for span in listing.recorded(submission.subject)] == [signed.pk]
    assert next(audit.faults(), None) is None


def test_only_licenses_valid_today_are_printed(submission: Submission, physician: User) -> None:
    for state, expires_on in [("Texas", date(2020, 1, 1)), ("Maine", date(2099, 1, 1))]:
        License.objects.create(
            reviewer=physician.reviewer, state=state, number="2", expires_on=expires_on
        )

    assert cast.sign(submission, by=physician).license_states == "Maine, New York"


def test_a_profile_edited_later_changes_no_signature(
    submission: Submission, physician: User, client: Client
) -> None:
    signed = cast.sign(submission, by=physician)
    before = client.get(ADDRESS)

    Reviewer.objects.update(printed_name="Somebody Else", credentials="PhD", is_active=False)
    License.objects.all().delete()

    signed.refresh_from_db()
    after = client.get(ADDRESS)
    assert signed.printed_name == "Pat Sample"
    assert (after.content, after.headers) == (before.content, before.headers)


def test_naming_a_reviewer_is_no_lock(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    submission = cast.submit(condition, by=editor, reviewer=physician.reviewer)

    assert cast.sign(submission, by=second_physician).printed_name == "Alex Example"


# --- Who may


@pytest.mark.parametrize("who", ["root", "manager", "reader", "second_editor"])
def test_who_is_no_physician_cannot_sign(
    submission: Submission, request: pytest.FixtureRequest, client: Client, who: str
) -> None:
    person = request.getfixturevalue(who)

    with refused("Only a physician with a reviewer’s profile"):
        cast.sign(submission, by=person)

    submission.refresh_from_db()
    assert submission.status == "open"
    assert client.get(ADDRESS).status_code == 404


UNLICENSED: dict[str, tuple[Callable[[], Any], str]] = {
    "expired yesterday": (
        lambda: License.objects.update(expires_on=clock.today() - timedelta(days=1)),
        "None of your licenses is valid today",
    ),
    "none at all": (lambda: License.objects.all().delete(), "None of your licenses is valid"),
    "profile switched off": (
        lambda: Reviewer.objects.update(is_active=False),
        "Your reviewer’s profile is no longer active",
    ),
}


@pytest.mark.parametrize("why", UNLICENSED)
def test_a_physician_without_a_valid_license_cannot_sign(
    submission: Submission, physician: User, why: str
) -> None:
    change, sentence = UNLICENSED[why]
    change()

    with refused(sentence):
        cast.sign(submission, by=physician)

    submission.refresh_from_db()
    assert submission.status == "open"


def test_an_account_switched_off_cannot_sign(submission: Submission, physician: User) -> None:
    User.objects.filter(pk=physician.pk).update(is_active=False)

    with pytest.raises(NotAllowed):
        cast.sign(submission, by=physician)

    assert not SignOff.objects.exists()
    submission.refresh_from_db()
    assert submission.status == "open"


def test_an_account_switched_off_after_its_password_was_checked_cannot_sign(
    submission: Submission, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deactivated between the proof and the transaction: only the order of the two is staged."""
    prove = signing.prove

    def then_switched_off(*args: Any) -> None:
        prove(*args)
        User.objects.filter(pk=physician.pk).update(is_active=False)

    monkeypatch.setattr(signing, "prove", then_switched_off)

    with refused("no longer active"):
        cast.sign(submission, by=physician)


@pytest.mark.parametrize(
    ("instant", "may"),
    [
        (datetime(2026, 6, 1, 3, 59, tzinfo=UTC), True),  # 23:59 on May 31 in New York
        (datetime(2026, 6, 1, 4, 0, tzinfo=UTC), False),  # midnight
    ],
)
def test_a_license_counts_to_the_end_of_its_last_day_in_the_clinics_zone(
    submission: Submission,
    physician: User,
    time_machine: TimeMachineFixture,
    instant: datetime,
    may: bool,
) -> None:
    License.objects.update(expires_on=date(2026, 5, 31))
    time_machine.move_to(instant, tick=False)

    if may:
        assert cast.sign(submission, by=physician).signed_on == date(2026, 5, 31)
    else:
        with refused("None of your licenses is valid today"):
            cast.sign(submission, by=physician)


# --- The password again


def test_a_wrong_password_signs_nothing_and_is_counted(
    submission: Submission, physician: User, client: Client
) -> None:
    before = traces()

    with pytest.raises(NotAllowed, match=r"The password is wrong\. Nothing was signed\."):
        cast.sign(submission, by=physician, proof=cast.proof("wrong"))

    assert traces() == before | {"Event": before["Event"] + 1}
    assert Event.objects.latest("seq").kind == "proof_failed"
    assert Event.objects.latest("seq").said["by"] == physician.pk
    assert WrongPassword.objects.get().user == physician
    assert client.get(ADDRESS).status_code == 404


def test_the_twenty_first_try_of_a_day_is_refused_even_with_the_right_password(
    submission: Submission, physician: User
) -> None:
    for number in range(20):
        with pytest.raises(NotAllowed, match="wrong"):
            cast.sign(submission, by=physician, proof=cast.proof("wrong", f"192.0.2.{number}"))

    with pytest.raises(NotAllowed, match="locked"):
        cast.sign(submission, by=physician)

    assert not SignOff.objects.exists()
    assert Event.objects.filter(kind="proof_failed").count() == 20
    submission.refresh_from_db()
    assert submission.status == "open"


def test_the_fifth_try_still_signs_with_the_right_password(
    submission: Submission, physician: User
) -> None:
    for _ in range(4):
        with pytest.raises(NotAllowed, match="wrong"):
            cast.sign(submission, by=physician, proof=cast.proof("wrong"))

    assert cast.sign(submission, by=physician).signer == physician


def test_a_neighbour_at_the_same_address_still_signs(
    submission: Submission, physician: User, second_physician: User
) -> None:
    for _ in range(20):
        with pytest.raises(NotAllowed):
            cast.sign(submission, by=physician, proof=cast.proof("wrong"))

    signed = cast.sign(submission, by=second_physician, proof=cast.proof())

    assert signed.signer == second_physician


def test_a_lock_ends_after_its_time(
    submission: Submission, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)
    for _ in range(20):
        with pytest.raises(NotAllowed):
            cast.sign(submission, by=physician, proof=cast.proof("wrong"))

    time_machine.move_to(datetime(2026, 5, 31, 16, 1, tzinfo=UTC), tick=False)

    assert cast.sign(submission, by=physician).signer == physician


def test_somebody_elses_right_password_is_refused(
    submission: Submission, physician: User, second_physician: User
) -> None:
    second_physician.set_password("another right password")
    second_physician.save()

    with pytest.raises(NotAllowed, match="wrong"):
        cast.sign(submission, by=physician, proof=cast.proof("another right password"))

    assert not SignOff.objects.exists()
    assert WrongPassword.objects.get().user == physician


def test_a_password_is_taken_as_it_was_typed(
    submission: Submission, physician: User, case: Case
) -> None:
    for password in ("", " " + cast.PASSWORD, cast.PASSWORD.upper()):
        with case(password=password):
            with pytest.raises(NotAllowed):
                cast.sign(submission, by=physician, proof=cast.proof(password))

            assert not SignOff.objects.exists()


# --- A form that was opened before something else happened


def _taken_back(submission: Submission, people: dict[str, User]) -> None:
    workflow.take_back(submission, by=people["editor"])


def _changes_requested(submission: Submission, people: dict[str, User]) -> None:
    workflow.request_changes(submission, by=people["second"], reason="Why.")


def _superseded(submission: Submission, people: dict[str, User]) -> None:
    workflow.submit(submission.subject, by=people["editor"], note="", public_note="")


def _withdrawn(submission: Submission, people: dict[str, User]) -> None:
    workflow.withdraw(submission.subject, by=people["manager"], reason="Why.", notice="safety")


def _signed(submission: Submission, people: dict[str, User]) -> None:
    cast.sign(submission, by=people["second"])


@pytest.mark.parametrize(
    "meanwhile", [_taken_back, _changes_requested, _superseded, _withdrawn, _signed]
)
def test_a_form_opened_before_the_submission_ended_is_refused(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    client: Client,
    meanwhile: Callable[[Submission, dict[str, User]], None],
) -> None:
    before = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Newer words.</p>")
    opened = cast.submit(condition, by=editor)
    meanwhile(opened, {"editor": editor, "second": second_physician, "manager": manager})
    public = client.get(ADDRESS).content

    with refused("no longer open"):
        cast.sign(opened, by=physician, against=before.pk)

    assert client.get(ADDRESS).content == public


def test_a_form_compared_with_what_was_reaffirmed_since_is_refused(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    first = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Newer words.</p>")
    opened = cast.submit(condition, by=editor)
    cast.reaffirm(condition.subject, by=second_physician, proof=cast.proof(), digest=first.digest)

    with refused("What is in force changed since you opened this form"):
        cast.sign(opened, by=physician, against=first.pk)


def test_a_form_compared_with_what_was_cancelled_since_is_refused(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Second.</p>")
    second = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Third.</p>")
    opened = cast.submit(condition, by=editor)
    workflow.cancel(second, by=manager, reason="Why.")

    with refused("What is in force changed since you opened this form"):
        cast.sign(opened, by=physician, against=second.pk)


def test_a_form_compared_with_nothing_is_refused_once_something_is_in_force(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Second.</p>")
    opened = cast.submit(condition, by=editor)

    with refused("What is in force changed"):
        cast.sign(opened, by=physician, against=None)


def test_a_form_compared_with_another_page_is_refused(
    condition: Condition, editor: User, physician: User, submission: Submission
) -> None:
    other = cast.publish(cast.make_condition("other", by=editor), by=editor, signer=physician)

    with refused("What is in force changed"):
        cast.sign(submission, by=physician, against=other.pk)


def test_a_form_with_another_digest_is_refused(
    condition: Condition, editor: User, physician: User, case: Case
) -> None:
    for digest in ("", "0" * 64, "that of an older edition"):
        with case(digest=digest):
            older = cast.submit(condition, by=editor)
            cast.edit(condition, by=editor, summary="<p>Newer.</p>")
            newest = cast.submit(condition, by=editor)
            digest = older.edition.digest if digest.startswith("that") else digest

            with refused("not those of the edition"):
                cast.sign(newest, by=physician, digest=digest)


def test_an_unknown_scope_is_refused(submission: Submission, physician: User, case: Case) -> None:
    for scope in ("", "none", "FULL", "full "):
        with case(scope=scope), refused("Choose a full review or a correction"):
            cast.sign(submission, by=physician, scope=scope)


def test_a_first_edition_cannot_be_a_correction(submission: Submission, physician: User) -> None:
    with refused("Nothing is in force that this could correct"):
        cast.sign(submission, by=physician, scope="correction")


def test_an_address_claimed_meanwhile_is_refused_at_signing(
    condition: Condition, editor: User, physician: User
) -> None:
    first = cast.submit(condition, by=editor)
    cast.edit(condition, by=editor, slug="moved-away")
    other = cast.make_condition("sample-condition", by=editor, name="Other")
    late = cast.submit(other, by=editor)
    cast.sign(first, by=physician)

    with refused("“sample-condition” belongs to another page for ever"):
        cast.sign(late, by=physician)


# --- From when it counts


@pytest.mark.parametrize("ahead", [timedelta(0), -timedelta(seconds=1), -timedelta(days=400)])
def test_it_never_takes_effect_in_the_past(
    submission: Submission,
    physician: User,
    time_machine: TimeMachineFixture,
    ahead: timedelta,
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)

    with refused("not in the past"):
        cast.sign(submission, by=physician, effective_at=clock.now() + ahead)


def test_it_does_not_take_effect_once_its_next_review_is_due(
    submission: Submission, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)

    with refused("The next review is due on May 31, 2027"):
        cast.sign(submission, by=physician, effective_at=datetime(2027, 5, 31, 15, tzinfo=UTC))


def test_signed_for_later_is_not_public_before(
    submission: Submission,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)
    later = datetime(2026, 6, 10, 12, tzinfo=UTC)
    cast.sign(submission, by=physician, effective_at=later)

    time_machine.move_to(later - timedelta(microseconds=1), tick=False)
    assert client.get(ADDRESS).status_code == 404
    assert b"Sample condition" not in client.get("/conditions/").content
    time_machine.move_to(later, tick=False)
    html = client.get(ADDRESS).content.decode()
    assert ">May 31, 2026</time>" in html  # the day of signing, not of taking effect
    assert "June 10" not in html
    assert b"Sample condition" in client.get("/conditions/").content


# --- Days and months


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-06-01T02:30", date(2026, 5, 31)),  # 02:30 UTC is yesterday in New York
        ("2026-06-01T03:59", date(2026, 5, 31)),
        ("2026-06-01T04:00", date(2026, 6, 1)),
        ("2026-03-08T04:59", date(2026, 3, 7)),  # the day on which clocks go forward
        ("2026-03-08T05:00", date(2026, 3, 8)),
        ("2026-03-09T03:59", date(2026, 3, 8)),
        ("2026-03-09T04:00", date(2026, 3, 9)),
        ("2026-11-01T03:59", date(2026, 10, 31)),  # and back
        ("2026-11-01T04:00", date(2026, 11, 1)),
        ("2026-11-02T04:59", date(2026, 11, 1)),
        ("2026-11-02T05:00", date(2026, 11, 2)),
        ("2027-01-01T04:59", date(2026, 12, 31)),
    ],
)
def test_the_day_is_the_clinics_day(
    submission: Submission,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
    instant: str,
    day: date,
) -> None:
    time_machine.move_to(datetime.fromisoformat(f"{instant}+00:00"), tick=False)

    signed = cast.sign(submission, by=physician)

    assert signed.signed_on == day
    assert signed.next_review_due == day.replace(year=day.year + 1)
    assert f">{day:%B} {day.day}, {day.year}</time>" in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 36, date(2031, 2, 28)),
        (date(2026, 3, 31), 6, date(2026, 9, 30)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 5, 15), 24, date(2028, 5, 15)),
    ],
)
def test_the_next_review_is_due_calendar_months_later(
    condition: Condition,
    editor: User,
    physician: User,
    time_machine: TimeMachineFixture,
    day: date,
    months: int,
    due: date,
) -> None:
    cast.edit(condition, by=editor, review_interval_months=months)
    time_machine.move_to(datetime(day.year, day.month, day.day, 17, tzinfo=UTC), tick=False)

    assert cast.publish(condition, by=editor, signer=physician).next_review_due == due
    assert workflow.months_after(day, months) == due


def test_the_next_review_may_be_due_sooner(
    submission: Submission, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)

    signed = cast.sign(submission, by=physician, next_review_due=date(2026, 6, 1))

    assert signed.next_review_due == date(2026, 6, 1)


@pytest.mark.parametrize(
    "asked", [date(2027, 6, 1), date(2030, 1, 1), date(2026, 5, 31), date(2020, 1, 1)]
)
def test_the_next_review_is_never_due_later_nor_today(
    submission: Submission, physician: User, time_machine: TimeMachineFixture, asked: date
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)

    with refused("on May 31, 2027 at the latest"):
        cast.sign(submission, by=physician, next_review_due=asked)


@pytest.mark.parametrize(
    ("instant", "overdue"),
    [
        ("2027-05-31T12:00", False),
        ("2027-06-01T03:59", False),  # still May 31 in New York
        ("2027-06-01T04:00", True),
        ("2029-01-01T12:00", True),
    ],
)
def test_a_page_is_overdue_from_the_day_after(
    submission: Submission,
    physician: User,
    client: Client,
    time_machine: TimeMachineFixture,
    instant: str,
    overdue: bool,
) -> None:
    time_machine.move_to(datetime(2026, 5, 31, 15, tzinfo=UTC), tick=False)
    cast.sign(submission, by=physician)
    client.get(ADDRESS)  # rendered once while it was not overdue

    time_machine.move_to(datetime.fromisoformat(f"{instant}+00:00"), tick=False)
    html = client.get(ADDRESS).content.decode()

    assert ("has not been done yet" in html) is overdue
    assert ("Next review due" in html) is not overdue
    assert "Last reviewed by Pat Sample, MD on" in html


# --- The clock


@pytest.mark.parametrize(("behind", "may"), [(5, True), (5.001, False), (3600, False)])
def test_a_clock_behind_the_last_signature_signs_nothing(
    condition: Condition,
    editor: User,
    physician: User,
    time_machine: TimeMachineFixture,
    behind: float,
    may: bool,
) -> None:
    other = cast.make_condition("other", by=editor)
    opened = cast.submit(other, by=editor)
    last = datetime(2026, 5, 31, 15, tzinfo=UTC)
    time_machine.move_to(last, tick=False)
    cast.publish(condition, by=editor, signer=physician)

    time_machine.move_to(last - timedelta(seconds=behind), tick=False)

    if may:
        # Just after the signature that another server's clock made: order is by sequence.
        assert cast.sign(opened, by=physician).signed_at == last + timedelta(microseconds=1)
    else:
        with refused("clock is behind the last signature"):
            cast.sign(opened, by=physician)


# --- What is printed is part of what was read


@pytest.mark.parametrize(
    "change",
    [
        {"printed_name": "Somebody Else"},
        {"credentials": "MD, PhD"},
        {"relationship": "The owner."},
    ],
    ids=str,
)
def test_a_profile_that_changed_while_the_form_was_open_signs_nothing(
    condition: Condition, editor: User, physician: User, change: dict[str, str]
) -> None:
    submission, read = cast.submit(condition, by=editor), cast.printed(physician)
    Reviewer.objects.filter(user=physician).update(**change)

    with refused("What is printed under your signature changed"):
        cast.sign(submission, by=physician, profile=read)

    signed = cast.sign(submission, by=physician)
    assert {name: getattr(signed, name) for name in change} == change
    Reviewer.objects.filter(user=physician).update(printed_name="A third name")
    with refused("What is printed under your signature changed"):
        cast.reaffirm(
            condition.subject,
            by=physician,
            digest=signed.digest,
            profile=signed.digest,
        )


def test_a_license_that_came_or_went_while_the_form_was_open_signs_nothing(
    condition: Condition, editor: User, physician: User
) -> None:
    submission, read = cast.submit(condition, by=editor), cast.printed(physician)
    License.objects.create(
        reviewer=physician.reviewer, state="Ohio", number="2", expires_on=date(2099, 1, 1)
    )

    with refused("What is printed under your signature changed"):
        cast.sign(submission, by=physician, profile=read)

    assert cast.sign(submission, by=physician).license_states == "New York, Ohio"
