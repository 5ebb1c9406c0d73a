"""A correction: the words change, the date of the last full review stays."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition
from reviews import workflow
from reviews.models import SignOff, Submission
from tests import cast
from tests.traces import refused

ADDRESS = "/conditions/sample-condition/"
MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)
JULY_3 = datetime(2026, 7, 3, 15, tzinfo=UTC)


@pytest.fixture
def full(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> SignOff:
    """A full review by Pat Sample on May 31; it is now July 3."""
    time_machine.move_to(MAY_31, tick=False)
    signed = cast.publish(condition, by=editor, signer=physician)
    time_machine.move_to(JULY_3, tick=False)
    return signed


def correct(condition: Condition, words: str, *, by: User, signer: User) -> SignOff:
    cast.edit(condition, by=by, summary=f"<p>What helps is {words}</p>")
    return cast.publish(condition, by=by, signer=signer, scope="correction")


def test_a_correction_rests_on_the_full_review(
    condition: Condition, editor: User, second_physician: User, full: SignOff
) -> None:
    correction = correct(condition, "Corrected.", by=editor, signer=second_physician)

    assert (correction.scope, correction.rests_on, correction.against) == (
        "correction",
        full,
        full,
    )
    assert correction.full_review == full
    assert correction.signed_on == date(2026, 7, 3)
    assert correction.next_review_due == full.next_review_due == date(2027, 5, 31)
    assert correction.attestation == workflow.ATTESTATIONS[SignOff.Scope.CORRECTION]


def test_the_page_says_both_dates(
    condition: Condition, editor: User, second_physician: User, full: SignOff, client: Client
) -> None:
    correct(condition, "Corrected.", by=editor, signer=second_physician)

    html = client.get(ADDRESS).content.decode()
    assert "Corrected." in html
    assert "What helps is something else." not in html
    words = re.sub("<[^>]+>", "", html)
    assert "Last reviewed in full by Pat Sample, MD on May 31, 2026." in words
    assert "Changed on July 3, 2026; the change was checked by Alex Example, DO." in words


def test_a_chain_of_corrections_rests_on_the_full_review_itself(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    full: SignOff,
    time_machine: TimeMachineFixture,
) -> None:
    first = correct(condition, "One.", by=editor, signer=second_physician)
    time_machine.move_to(JULY_3 + timedelta(days=1), tick=False)
    second = correct(condition, "Two.", by=editor, signer=physician)
    time_machine.move_to(JULY_3 + timedelta(days=2), tick=False)
    third = correct(condition, "Three.", by=editor, signer=second_physician)

    assert [one.rests_on for one in (first, second, third)] == [full] * 3
    assert [one.against for one in (first, second, third)] == [full, first, second]
    assert {one.next_review_due for one in (first, second, third)} == {full.next_review_due}


def test_a_full_review_after_corrections_moves_the_date(
    condition: Condition, editor: User, physician: User, full: SignOff, client: Client
) -> None:
    correct(condition, "One.", by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Reviewed whole.</p>")

    signed = cast.publish(condition, by=editor, signer=physician)

    assert (signed.rests_on, signed.next_review_due) == (None, date(2027, 7, 3))
    html = client.get(ADDRESS).content.decode()
    assert "Last reviewed by Pat Sample, MD on" in html
    assert "May 31" not in html


def test_a_correction_inherits_a_date_that_was_set_sooner(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(MAY_31, tick=False)
    soon = date(2026, 8, 1)
    cast.publish(condition, by=editor, signer=physician, next_review_due=soon)
    time_machine.move_to(JULY_3, tick=False)

    assert correct(condition, "One.", by=editor, signer=physician).next_review_due == soon


def test_another_interval_moves_no_due_date_by_a_correction(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    cast.edit(condition, by=editor, review_interval_months=36)

    correction = cast.publish(condition, by=editor, signer=physician, scope="correction")

    assert correction.next_review_due == full.next_review_due


def test_a_correction_sets_no_date_of_its_own(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    cast.edit(condition, by=editor, summary="<p>What helps is new.</p>")
    submission = cast.submit(condition, by=editor)

    with refused("A correction keeps the date of the next review"):
        cast.sign(
            submission,
            by=physician,
            scope="correction",
            next_review_due=date(2026, 12, 1),
        )


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("stance", "treated", "“Stance"),
        ("headline", "Tovani treats this now.", "“Headline”"),
    ],
)
def test_stance_and_headline_need_a_full_review(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    field: str,
    value: str,
    label: str,
) -> None:
    cast.edit(condition, by=editor, **{field: value})
    submission = cast.submit(condition, by=editor)

    with refused("needs a review of the whole page"):
        cast.sign(submission, by=physician, scope="correction")

    why = workflow.why_not(workflow.may_correct, submission, by=physician)
    assert why.startswith(label)
    assert workflow.why_not(workflow.may_sign_off, submission, by=physician) == ""


def test_a_stance_changed_by_an_earlier_correction_is_not_smuggled_in_steps(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    """Each correction is held against what is in force, which still has the old headline."""
    correct(condition, "One.", by=editor, signer=physician)
    cast.edit(condition, by=editor, headline="Tovani treats this now.")
    submission = cast.submit(condition, by=editor)

    with refused("“Headline” changed"):
        cast.sign(submission, by=physician, scope="correction")


@pytest.mark.parametrize(
    ("instant", "may"),
    [("2027-06-01T03:59", True), ("2027-06-01T04:00", False)],
)
def test_no_correction_once_the_full_review_is_overdue(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    time_machine: TimeMachineFixture,
    instant: str,
    may: bool,
) -> None:
    time_machine.move_to(datetime.fromisoformat(f"{instant}+00:00"), tick=False)
    cast.edit(condition, by=editor, summary="<p>What helps is new.</p>")
    submission = cast.submit(condition, by=editor)

    if may:
        assert cast.sign(submission, by=physician, scope="correction").rests_on == full
    else:
        with refused("A full review was due on May 31, 2027"):
            cast.sign(submission, by=physician, scope="correction")


def test_no_correction_takes_effect_after_the_full_review_is_due(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    cast.edit(condition, by=editor, summary="<p>What helps is new.</p>")
    submission = cast.submit(condition, by=editor)

    with refused("A full review is due on May 31, 2027"):
        cast.sign(
            submission,
            by=physician,
            scope="correction",
            effective_at=datetime(2027, 6, 1, 12, tzinfo=UTC),
        )


def test_no_correction_of_a_page_that_was_withdrawn(
    condition: Condition, editor: User, physician: User, manager: User, full: SignOff
) -> None:
    workflow.withdraw(condition.subject, by=manager, reason="Why.", notice="safety")
    cast.edit(condition, by=editor, summary="<p>What helps is new.</p>")
    submission = cast.submit(condition, by=editor)

    with refused("Nothing is in force that this could correct"):
        cast.sign(submission, by=physician, scope="correction")


def test_a_scheduled_correction_keeps_the_old_words_until_then(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    later = JULY_3 + timedelta(days=7)
    cast.edit(condition, by=editor, summary="<p>What helps is later words.</p>")
    before = client.get(ADDRESS)
    cast.publish(condition, by=editor, signer=physician, scope="correction", effective_at=later)

    after = client.get(ADDRESS)
    assert (after.content, after.headers) == (before.content, before.headers)
    time_machine.move_to(later, tick=False)
    assert "later words." in client.get(ADDRESS).content.decode()


def test_a_disclosed_correction_is_said_on_the_page(
    condition: Condition,
    author_physician: User,
    full: SignOff,
    client: Client,
    settings: pytest.FixtureRequest,
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"  # type: ignore[attr-defined]

    correction = correct(condition, "My own.", by=author_physician, signer=author_physician)

    assert correction.disclosed
    assert correction.attestation.endswith(workflow.DISCLOSURE)
    assert "Written and reviewed by the same physician" in client.get(ADDRESS).content.decode()


# --- How much one may change


def long_page(condition: Condition, *, by: User, signer: User) -> SignOff:
    """A page of 200 words and some more, signed."""
    words = " ".join(f"word{number}" for number in range(200))
    cast.edit(condition, by=by, safety=f"<p>{words}</p>")
    return cast.publish(condition, by=by, signer=signer)


def changing(condition: Condition, number: int, *, by: User) -> Submission:
    """A submission in which so many of those words were replaced: each counts twice."""
    words = [f"word{at}" for at in range(200)]
    words[:number] = [f"other{at}" for at in range(number)]
    cast.edit(condition, by=by, safety=f"<p>{' '.join(words)}</p>")
    return cast.submit(condition, by=by)


def why_not(submission: Submission, signer: User) -> list[str]:
    """Why not as a correction, and why not as an urgent one."""
    guards = workflow.may_correct, workflow.may_urgently_correct
    return [workflow.why_not(guard, submission, by=signer) for guard in guards]


def test_a_correction_changes_a_tenth_of_the_words_and_an_urgent_one_a_third(
    condition: Condition, editor: User, physician: User
) -> None:
    before = long_page(condition, by=editor, signer=physician)
    submission = changing(condition, 1, by=editor)
    counted = workflow.counted_changes(before.edition, submission.edition)
    assert counted.changed == 2
    tenth, third = counted.total // 10, counted.total // 3
    for most, may in ((tenth, ["", ""]), (third, ["over", ""]), (third + 2, ["over", "over"])):
        submission = changing(condition, most // 2, by=editor)
        said = why_not(submission, physician)
        assert [bool(one) for one in said] == [bool(one) for one in may], (most, said)
    changed = 2 * ((third + 2) // 2)
    assert said == [
        f"It changes {changed} words of {counted.total}; a correction changes {tenth} at most. "
        "It needs a review of the whole page.",
        f"It changes {changed} words of {counted.total}; an urgent correction changes {third} at "
        "most. It needs a review of the whole page.",
    ]
    for scope in ("correction", "urgent"):
        with refused("It needs a review of the whole page."):
            cast.sign(submission, by=physician, scope=scope)


def test_five_words_may_change_on_the_shortest_page(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    for words, may in (("One two three.", True), ("One two three four.", False)):
        cast.edit(condition, by=editor, definition=f"<p>{words}</p>")
        submission = cast.submit(condition, by=editor)
        counted = workflow.counted_changes(full.edition, submission.edition)
        assert counted.total // 10 < 5
        # The heading of a part that was empty comes with it.
        assert counted.changed == len(words.split()) + 2
        assert (workflow.why_not(workflow.may_correct, submission, by=physician) == "") is may


def test_what_cannot_be_counted_needs_a_full_review(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(MAY_31, tick=False)
    lists = "<ul><li><p>Rest.</p></li></ul><ul><li><p>Sleep.</p></li></ul>"
    cast.edit(condition, by=editor, summary=lists)
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary=lists.replace("</ul><ul>", ""))
    submission = cast.submit(condition, by=editor)

    for scope in ("correction", "urgent"):
        with refused("What changed in “Summary” cannot be counted"):
            cast.sign(submission, by=physician, scope=scope)


def test_a_name_needs_a_full_review_even_when_it_is_urgent(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    for field, value, label in (
        ("name", "Other condition", "“Name”"),
        ("headline", "Tovani treats this.", "“Headline”"),
    ):
        before = getattr(condition, field)
        cast.edit(condition, by=editor, **{field: value})
        submission = cast.submit(condition, by=editor)
        assert all(said.startswith(label) for said in why_not(submission, physician))
        cast.edit(condition, by=editor, **{field: before})


def test_a_warning_changes_by_an_urgent_correction_only(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    condition.warnings.create(heading="Take care", text="<p>Never with alcohol.</p>")
    cast.edit(condition, by=editor)
    submission = cast.submit(condition, by=editor)

    correction, urgent = why_not(submission, physician)

    assert "changed, which needs a review of the whole page." in correction
    assert urgent == ""


# --- Urgent corrections


def urgently(condition: Condition, *, by: User, signer: User, words: str = "else today") -> SignOff:
    cast.edit(condition, by=by, summary=f"<p>What helps is something {words}.</p>")
    return cast.sign(cast.submit(condition, by=by), by=signer, scope="urgent")


def test_an_urgent_correction_keeps_the_date_and_is_due_within_14_days(
    condition: Condition, editor: User, second_physician: User, full: SignOff, client: Client
) -> None:
    signed = urgently(condition, by=editor, signer=second_physician)

    assert (signed.scope, signed.rests_on, signed.urgent_on) == ("urgent", full, date(2026, 7, 3))
    assert signed.next_review_due == date(2026, 7, 17)
    assert signed.attestation == workflow.ATTESTATIONS[SignOff.Scope.URGENT]
    page = client.get(ADDRESS).content.decode()
    words = re.sub("<[^>]+>", "", page)
    pending = "Changed urgently on July 3, 2026; a full review is pending."
    assert "Last reviewed in full by Pat Sample, MD on May 31, 2026." in words
    assert "Changed on July 3, 2026; the change was checked by Alex Example, DO." in words
    # Above, in the review section, on paper, and for machines in two places.
    assert words.count(pending) == 5
    said = client.get("/conditions/sample-condition.json").json()
    assert (said["full_review_pending"], said["changed_urgently_on"]) == (True, "2026-07-03")
    assert pending in client.get("/feed.xml").content.decode()
    assert "Urgent correction" in client.get(f"{ADDRESS}record/").content.decode()


def test_an_urgent_correction_never_moves_the_due_day_later(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    for today, due in (
        (datetime(2027, 5, 25, 15, tzinfo=UTC), date(2027, 5, 31)),
        (datetime(2027, 8, 1, 15, tzinfo=UTC), date(2027, 5, 31)),
    ):
        time_machine.move_to(today, tick=False)
        signed = urgently(condition, by=editor, signer=physician, words=f"else {today:%d}")
        assert signed.next_review_due == due

    assert "A full review was due on" in client.get(ADDRESS).content.decode()


def test_a_full_review_is_pending_until_there_is_one(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    pending = b"a full review is pending"
    urgently(condition, by=editor, signer=physician)
    time_machine.move_to(JULY_3 + timedelta(days=2), tick=False)
    later = correct(condition, "something else now.", by=editor, signer=physician)
    assert (later.urgent_on, later.next_review_due) == (date(2026, 7, 3), date(2026, 7, 17))
    assert pending in client.get(ADDRESS).content

    cast.edit(condition, by=editor, summary="<p>Reviewed whole.</p>")
    review = cast.publish(condition, by=editor, signer=physician)

    assert (review.urgent_on, review.next_review_due) == (None, date(2027, 7, 5))
    assert pending not in client.get(ADDRESS).content
    workflow.cancel(review, by=physician, reason="Why.")
    assert pending in client.get(ADDRESS).content


def test_an_urgent_correction_cancels_what_waits_after_saying_so(
    condition: Condition,
    editor: User,
    physician: User,
    full: SignOff,
    client: Client,
    time_machine: TimeMachineFixture,
) -> None:
    cast.edit(condition, by=editor, summary="<p>Words that wait.</p>")
    later = JULY_3 + timedelta(days=7)
    waits = cast.publish(condition, by=editor, signer=physician, effective_at=later)
    cast.edit(condition, by=editor, summary="<p>What helps is something else today.</p>")
    with refused("A signed edition takes effect on July 10, 2026."):
        cast.submit(condition, by=editor)
    submission = cast.submit(condition, by=editor, urgent=True)
    for scope in ("full", "correction"):
        with refused("A signed edition takes effect on July 10, 2026."):
            cast.sign(submission, by=physician, scope=scope, cancels=waits.pk)
    with refused("which this form did not say"):
        cast.sign(submission, by=physician, scope="urgent")

    cast.sign(submission, by=physician, scope="urgent", cancels=waits.pk)

    assert waits.cancellation.by == physician
    assert "something else today" in client.get(ADDRESS).content.decode()
    time_machine.move_to(later + timedelta(days=1), tick=False)
    assert "Words that wait" not in client.get(ADDRESS).content.decode()


def test_an_urgent_correction_counts_at_once_and_sets_no_date(
    condition: Condition, editor: User, physician: User, full: SignOff
) -> None:
    cast.edit(condition, by=editor, summary="<p>What helps is something else today.</p>")
    submission = cast.submit(condition, by=editor)

    with refused("An urgent correction takes effect at once."):
        later = JULY_3 + timedelta(days=1)
        cast.sign(submission, by=physician, scope="urgent", effective_at=later)
    with refused("A correction keeps the date of the next review."):
        cast.sign(submission, by=physician, scope="urgent", next_review_due=date(2026, 7, 9))


def test_a_first_edition_is_never_an_urgent_correction(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    with refused("Nothing is in force that this could correct"):
        cast.sign(submission, by=physician, scope="urgent")
