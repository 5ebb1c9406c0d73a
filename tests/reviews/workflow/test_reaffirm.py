"""Reaffirming: the edition in force is signed again, so the date moves and the words stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit, listing
from reviews.models import License, Shown, SignOff, WrongPassword
from reviews.workflow import NotAllowed
from tests import cast
from tests.traces import refused, traces

ADDRESS = "/conditions/sample-condition/"
MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 3, 15, tzinfo=UTC)


@pytest.fixture
def signed(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> SignOff:
    """Signed in full on May 31; it is now July 3."""
    time_machine.move_to(MAY_31, tick=False)
    first = cast.publish(condition, by=editor, signer=physician)
    time_machine.move_to(JULY_3, tick=False)
    return first


def reaffirm(signed: SignOff, *, by: User, **fields: object) -> SignOff:
    arguments = {"proof": cast.proof(), "digest": signed.digest, **fields}
    return cast.reaffirm(signed.subject, by=by, **arguments)  # type: ignore[arg-type]


def test_the_date_moves_and_the_words_stay(
    signed: SignOff, second_physician: User, client: Client
) -> None:
    again = reaffirm(signed, by=second_physician)

    html = client.get(ADDRESS).content.decode()
    assert again.edition == signed.edition
    assert (again.scope, again.rests_on, again.against) == ("full", None, signed)
    assert again.submission is None
    assert again.next_review_due == date(2027, 7, 3)
    assert "Last reviewed by Alex Example, DO on" in html
    assert ">July 3, 2026</time>" in html
    assert "May 31" not in html
    assert "What helps is something else." in html


def test_the_listing_follows_and_the_record_holds(signed: SignOff, physician: User) -> None:
    again = reaffirm(signed, by=physician)

    spans = listing.recorded(signed.subject)
    assert [span.sign_off_id for span in spans] == [signed.pk, again.pk]
    assert spans == listing.spans(signed.subject)
    assert next(audit.faults(), None) is None


def test_what_was_shown_by_a_server_whose_clock_is_a_little_behind_counts(
    signed: SignOff, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(signed.signed_at - timedelta(seconds=3), tick=False)
    workflow.show_all(signed.edition, to=physician)

    assert reaffirm(signed, by=physician).edition == signed.edition


def test_a_draft_changed_since_is_left_as_it_is(
    condition: Condition, signed: SignOff, editor: User, physician: User, client: Client
) -> None:
    cast.edit(condition, by=editor, summary="<p>Not yet signed.</p>")

    again = reaffirm(signed, by=physician)

    assert again.digest == signed.digest
    assert "Not yet signed." not in client.get(ADDRESS).content.decode()
    assert cast.submit(condition, by=editor).is_open


def test_an_open_submission_stays_open_but_its_form_is_stale(
    condition: Condition, signed: SignOff, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    opened = cast.submit(condition, by=editor)

    reaffirm(signed, by=physician)

    opened.refresh_from_db()
    assert opened.is_open
    with refused("What is in force changed"):
        cast.sign(opened, by=physician, against=signed.pk)
    assert cast.sign(opened, by=physician).edition == opened.edition


def test_reaffirming_a_correction_is_a_full_review_of_its_words(
    condition: Condition, signed: SignOff, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>What helps is something corrected.</p>")
    correction = cast.publish(condition, by=editor, signer=physician, scope="correction")

    again = reaffirm(correction, by=physician)

    assert (again.edition, again.rests_on) == (correction.edition, None)
    assert again.next_review_due == date(2027, 7, 3)


def test_an_overdue_page_can_be_reaffirmed(
    signed: SignOff, physician: User, client: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(MAY_31 + timedelta(days=500), tick=False)
    assert "has not been done yet" in client.get(ADDRESS).content.decode()

    reaffirm(signed, by=physician)

    assert "has not been done yet" not in client.get(ADDRESS).content.decode()


@pytest.mark.parametrize("who", ["root", "manager", "editor", "reader"])
def test_only_a_physician_reaffirms(
    signed: SignOff, request: pytest.FixtureRequest, who: str
) -> None:
    with refused("Only a physician with a reviewer’s profile"):
        reaffirm(signed, by=request.getfixturevalue(who))


def test_a_license_must_be_valid(signed: SignOff, physician: User) -> None:
    License.objects.update(expires_on=clock.today() - timedelta(days=1))

    with refused("None of your licenses is valid today"):
        reaffirm(signed, by=physician)


def test_an_author_does_not_reaffirm_their_own_words(
    condition: Condition, signed: SignOff, author_physician: User, physician: User
) -> None:
    cast.edit(condition, by=author_physician, summary="<p>Mine.</p>")
    mine = cast.publish(condition, by=author_physician, signer=physician)

    with refused("You wrote words of this edition"):
        reaffirm(mine, by=author_physician)

    assert reaffirm(mine, by=physician).edition == mine.edition


def test_a_wrong_password_reaffirms_nothing_and_is_counted(
    signed: SignOff, physician: User
) -> None:
    before = traces()

    with pytest.raises(NotAllowed, match="wrong"):
        reaffirm(signed, by=physician, proof=cast.proof("wrong"))

    assert traces() == before | {"Event": before["Event"] + 1}
    assert WrongPassword.objects.get().user == physician


def test_guessing_at_signing_and_at_reaffirming_is_counted_together(
    condition: Condition, signed: SignOff, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    opened = cast.submit(condition, by=editor)
    for _ in range(15):
        with pytest.raises(NotAllowed, match="wrong"):
            reaffirm(signed, by=physician, proof=cast.proof("wrong"))
    for _ in range(5):
        with pytest.raises(NotAllowed, match="wrong"):
            cast.sign(opened, by=physician, proof=cast.proof("wrong"))

    with pytest.raises(NotAllowed, match="locked"):
        reaffirm(signed, by=physician)


def test_a_form_opened_before_the_words_changed_is_refused(
    condition: Condition, signed: SignOff, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    cast.publish(condition, by=editor, signer=physician)

    with refused("not those of the edition"):
        reaffirm(signed, by=physician)


def test_nothing_in_force_is_not_reaffirmed(
    condition: Condition, signed: SignOff, physician: User, manager: User
) -> None:
    workflow.withdraw(condition.subject, by=manager, reason="Why.", notice="safety")

    with refused("submit the draft instead"):
        reaffirm(signed, by=physician)


def test_while_one_waits_it_is_refused_with_its_date(
    condition: Condition, signed: SignOff, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")
    cast.publish(condition, by=editor, signer=physician, effective_at=JULY_3 + timedelta(days=3))

    with refused("takes effect on July 6, 2026. Cancel it first"):
        reaffirm(signed, by=physician)


@pytest.mark.parametrize(
    ("asked", "may"),
    [
        (date(2027, 7, 3), True),
        (date(2026, 7, 4), True),
        (date(2027, 7, 4), False),
        (date(2026, 7, 3), False),
    ],
)
def test_the_next_review_may_be_due_sooner_never_later(
    signed: SignOff, physician: User, asked: date, may: bool
) -> None:
    if may:
        assert reaffirm(signed, by=physician, next_review_due=asked).next_review_due == asked
    else:
        with refused("on July 3, 2027 at the latest"):
            reaffirm(signed, by=physician, next_review_due=asked)


def test_a_clock_behind_the_last_signature_reaffirms_nothing(
    condition: Condition,
    signed: SignOff,
    editor: User,
    physician: User,
    time_machine: TimeMachineFixture,
) -> None:
    other = cast.make_condition("other", by=editor)
    cast.publish(other, by=editor, signer=physician)
    time_machine.move_to(JULY_3 - timedelta(seconds=6), tick=False)

    with refused("clock is behind"):
        reaffirm(signed, by=physician)


def test_a_page_is_read_again_before_it_is_reaffirmed(
    signed: SignOff, physician: User, second_physician: User
) -> None:
    """What was shown before the last signature was read for that one."""
    Shown.objects.update(at=MAY_31 - timedelta(minutes=5))
    given = {"proof": cast.proof(), "digest": signed.digest}
    for by in (physician, second_physician):
        with refused("You were not shown all of “Opening”, “"):
            workflow.reaffirm(signed.subject, by=by, profile=cast.printed(by), **given)
    workflow.show(signed.edition, ["summary"], to=physician)
    with refused("You were not shown all of “Opening”"):
        workflow.reaffirm(signed.subject, by=physician, profile=cast.printed(physician), **given)

    workflow.show_all(signed.edition, to=physician)
    printed = cast.printed(physician)
    again = workflow.reaffirm(signed.subject, by=physician, profile=printed, **given)

    assert again.attestation == workflow.ATTESTATIONS[SignOff.Scope.FULL]


def test_who_read_the_rest_elsewhere_says_so_in_the_attestation(
    signed: SignOff, second_physician: User
) -> None:
    again = workflow.reaffirm(
        signed.subject,
        by=second_physician,
        proof=cast.proof(),
        digest=signed.digest,
        profile=cast.printed(second_physician),
        read_elsewhere=True,
    )

    assert again.attestation.endswith(workflow.READ_ELSEWHERE)
