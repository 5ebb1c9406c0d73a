"""Submitting: the draft is frozen as an edition and put forward; nothing becomes public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import TimeMachineFixture

from conditions.models import Condition, KeyPoint
from reviews import clock, workflow
from reviews.evidence import audit
from reviews.models import Edition, Event, License, Reviewer, SignOff, Submission
from reviews.text.canonical import digest_of, text_of
from tests import cast
from tests.traces import refused
from tests.undoing import Case


def test_submitting_freezes_the_draft_as_an_edition(condition: Condition, editor: User) -> None:
    submission = cast.submit(condition, by=editor, public_note="First edition.")

    edition = submission.edition
    assert (submission.status, edition.number, edition.submitted_by) == ("open", 1, editor)
    assert edition.text == text_of(condition.freeze())
    assert edition.digest == digest_of(edition.text)
    assert (edition.slug, edition.title) == ("sample-condition", "Sample condition")
    assert edition.public_note == "First edition."
    assert [row.user for row in edition.author_rows.all()] == [editor]


def test_submitting_makes_nothing_public(
    condition: Condition, editor: User, client: Client
) -> None:
    submission = cast.submit(condition, by=editor)

    assert client.get("/conditions/sample-condition/").status_code == 404
    assert b"Sample condition" not in client.get("/conditions/").content
    assert workflow.in_force(condition.subject, clock.now()) is None
    assert not SignOff.objects.exists()
    assert next(audit.faults(), None) is None
    assert submission.subject == condition.subject


def test_submitting_is_an_event_that_names_the_authors(condition: Condition, editor: User) -> None:
    submission = cast.submit(condition, by=editor)

    event = Event.objects.get(kind="submitted")
    assert event == submission.edition.event
    assert event.said["by"] == editor.pk
    assert event.said["authors"] == [editor.pk]
    assert event.said["row"]["digest"] == submission.edition.digest


def test_a_note_stands_beside_the_chain(condition: Condition, editor: User) -> None:
    submission = cast.submit(condition, by=editor, note="Look at the doses.\nAll of them.")

    assert submission.note is not None
    assert submission.note.text == "Look at the doses.\nAll of them."
    assert submission.note.holds
    assert not Event.objects.filter(body__contains="doses").exists()


def test_later_edits_change_no_edition(condition: Condition, editor: User) -> None:
    edition = cast.submit(condition, by=editor).edition
    before = edition.text

    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    Condition.objects.update(name="Renamed in a shell")

    edition.refresh_from_db()
    assert edition.text == before
    assert digest_of(edition.text) == edition.digest


def test_submitting_again_supersedes_the_open_submission(
    condition: Condition, editor: User
) -> None:
    first = cast.submit(condition, by=editor)
    cast.edit(condition, by=editor, summary="<p>Better.</p>")

    second = cast.submit(condition, by=editor)

    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "open")
    assert first.ended_by is not None
    assert first.ended_by.said["by_edition"] == second.edition.pk
    assert [first.edition.number, second.edition.number] == [1, 2]
    assert condition.subject.submissions.filter(status="open").get() == second


def test_an_ended_submission_stays_as_it_ended(
    condition: Condition, editor: User, physician: User
) -> None:
    first = cast.submit(condition, by=editor)
    workflow.request_changes(first, by=physician, reason="Say it more plainly.")

    cast.submit(condition, by=editor)

    first.refresh_from_db()
    assert first.status == "changes_requested"


@pytest.mark.parametrize("who", ["physician", "manager", "reader"])
def test_only_staff_who_edit_can_submit(
    condition: Condition, request: pytest.FixtureRequest, who: str
) -> None:
    with refused("Only staff who edit pages can submit"):
        cast.submit(condition, by=request.getfixturevalue(who))


def test_an_account_switched_off_submits_nothing(condition: Condition, editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(is_active=False)

    with refused("no longer active"):
        cast.submit(condition, by=editor)


OUTSIDE: dict[str, Callable[[Condition], Any]] = {
    "a bulk update": lambda condition: Condition.objects.update(headline="Tovani treats this."),
    "a save in a shell": lambda condition: Condition(
        **{
            field.attname: getattr(condition, field.attname)
            for field in Condition._meta.concrete_fields
        }
        | {"headline": "Tovani treats this."}
    ).save(force_update=True),
    "a row added": lambda condition: KeyPoint.objects.create(
        condition=condition, text="<p>Two.</p>"
    ),
    "rows added in bulk": lambda condition: KeyPoint.objects.bulk_create(
        [KeyPoint(condition=condition, text="<p>Two.</p>", position=9)]
    ),
    "a row updated": lambda condition: condition.key_points.update(text="<p>Changed.</p>"),
    "a row deleted": lambda condition: condition.key_points.all().delete(),
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_a_draft_changed_outside_the_admin_is_refused(
    condition: Condition, editor: User, how: str
) -> None:
    OUTSIDE[how](condition)

    with refused("changed outside its form"):
        cast.submit(condition, by=editor)


@pytest.mark.parametrize("how", OUTSIDE)
def test_whoever_saves_it_then_takes_the_words_as_their_own(
    condition: Condition, editor: User, second_editor: User, how: str
) -> None:
    OUTSIDE[how](condition)
    workflow.record_draft(condition.subject, by=second_editor)

    submission = cast.submit(condition, by=editor)

    authors = {row.user for row in submission.edition.author_rows.all()}
    assert authors == {editor, second_editor}


def test_a_draft_that_nobody_saved_in_the_admin_is_refused(
    condition: Condition, editor: User
) -> None:
    made = Condition.objects.create(
        **{"slug": "shell", "name": "Shell", "stance": "treated", "headline": "Yes."},
        **{"summary": "<p>Words.</p>", "disclaimer": "None.", "definition": "<p>D.</p>"},
    )

    with refused("changed outside its form"):
        cast.submit(made, by=editor)


def test_what_is_in_force_already_is_refused(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    with refused("reaffirm"):
        cast.submit(condition, by=editor)


def test_the_words_of_an_older_edition_may_return(
    condition: Condition, editor: User, physician: User
) -> None:
    first = cast.publish(condition, by=editor, signer=physician)
    words = condition.summary
    cast.edit(condition, by=editor, summary="<p>Changed.</p>")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary=words)

    submission = cast.submit(condition, by=editor)

    assert submission.edition.number == 3
    assert submission.edition.digest == first.digest


def test_while_one_waits_it_is_refused_with_its_date(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 3, 2, 15, tzinfo=UTC), tick=False)
    later = datetime(2026, 5, 1, 3, 30, tzinfo=UTC)  # April 30 in the clinic's zone
    cast.publish(condition, by=editor, signer=physician, effective_at=later)
    cast.edit(condition, by=editor, summary="<p>Changed.</p>")

    with refused("takes effect on April 30, 2026. Cancel it first"):
        cast.submit(condition, by=editor)


def test_once_it_took_effect_the_next_one_may_follow(
    condition: Condition, editor: User, physician: User, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 3, 2, 15, tzinfo=UTC), tick=False)
    later = datetime(2026, 5, 1, 3, 30, tzinfo=UTC)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)
    cast.edit(condition, by=editor, summary="<p>Changed.</p>")
    time_machine.move_to(later)

    assert cast.submit(condition, by=editor).edition.number == 2


NO_REVIEWER: dict[str, Callable[[], Any]] = {
    "expired yesterday": lambda: License.objects.update(
        expires_on=clock.today() - timedelta(days=1)
    ),
    "no license": lambda: License.objects.all().delete(),
    "profile switched off": lambda: Reviewer.objects.update(is_active=False),
    "account switched off": lambda: User.objects.filter(reviewer__isnull=False).update(
        is_active=False
    ),
    "no profile": lambda: (License.objects.all().delete(), Reviewer.objects.all().delete()),
}


@pytest.mark.parametrize("why", NO_REVIEWER)
def test_with_no_valid_license_anywhere_a_manager_is_asked(
    condition: Condition, editor: User, why: str
) -> None:
    NO_REVIEWER[why]()

    with refused("ask a manager"):
        cast.submit(condition, by=editor)


def test_one_reviewer_with_a_valid_license_is_enough(
    condition: Condition, editor: User, second_physician: User
) -> None:
    License.objects.exclude(reviewer__user=second_physician).update(expires_on=date(2020, 1, 1))

    assert cast.submit(condition, by=editor).status == "open"


def test_a_reviewer_without_a_license_cannot_be_named(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    License.objects.filter(reviewer__user=physician).update(expires_on=date(2020, 1, 1))

    with refused("Pat Sample, MD has no valid license"):
        cast.submit(condition, by=editor, reviewer=physician.reviewer)


def test_an_empty_part_that_a_page_needs_is_named(
    condition: Condition, editor: User, case: Case
) -> None:
    for field in ("headline", "summary", "disclaimer"):
        with case(field=field):
            Condition.objects.update(**{field: ""})
            workflow.record_draft(condition.subject, by=editor)

            with refused(f"{field}: it is empty"):
                cast.submit(condition, by=editor)


def test_every_fault_is_named_at_once(condition: Condition, editor: User) -> None:
    Condition.objects.update(headline="", disclaimer="")
    condition.key_points.update(text="<p>One <script>bad()</script></p>")
    workflow.record_draft(condition.subject, by=editor)

    with pytest.raises(workflow.NotAllowed) as refusal:
        cast.submit(condition, by=editor)

    for place in ("headline:", "disclaimer:", "key_points[0].text:"):
        assert place in str(refusal.value)
    assert not Edition.objects.exists()


def test_a_public_note_is_one_clean_line(condition: Condition, editor: User, case: Case) -> None:
    for words in (
        "Two\nlines.",
        "A bell \x07.",
        "x" * 301,
        "A hidden \u202e turn.",
        "Half \ud800 a letter.",
    ):
        with case(words=words), refused("."):
            cast.submit(condition, by=editor, public_note=words)


def test_a_note_is_clean_text(condition: Condition, editor: User, case: Case) -> None:
    for words in ("x" * 5001, "A NUL \x00.", "Half \ud800 a letter."):
        with case(words=words), refused("."):
            cast.submit(condition, by=editor, note=words)


def test_a_deleted_draft_cannot_be_submitted(condition: Condition, editor: User) -> None:
    subject = condition.subject
    condition.delete()

    with refused("There is no draft"):
        workflow.submit(subject, by=editor, note="", public_note="")


def test_an_address_that_another_page_signed_is_refused(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, slug="moved")
    other = cast.make_condition("sample-condition", by=editor)

    with refused("“sample-condition” belongs to another page for ever"):
        cast.submit(other, by=editor)


def test_an_edition_keeps_the_addresses_it_names_and_its_words_for_search(
    condition: Condition, editor: User
) -> None:
    cast.name_target(condition, "elsewhere", by=editor)

    edition = cast.submit(condition, by=editor).edition

    assert [target.slug for target in edition.targets.all()] == ["elsewhere"]
    assert edition.index.name == "sample condition"
    assert " what helps is something else " in edition.index.body
    assert "<" not in edition.index.body


def test_a_draft_that_cannot_be_written_down_leaves_no_contribution(
    condition: Condition, editor: User
) -> None:
    """A lone surrogate never reaches the database; a draft that was deleted does not either."""
    subject = condition.subject
    condition.delete()

    with refused("There is no draft"):
        workflow.record_draft(subject, by=editor)


def test_two_pages_count_their_editions_apart(condition: Condition, editor: User) -> None:
    other = cast.make_condition("other", by=editor)

    numbers = [cast.submit(one, by=editor).edition.number for one in (condition, other)]

    assert numbers == [1, 1]
    assert Submission.objects.filter(status="open").count() == 2


def test_what_was_withdrawn_comes_again_unchanged_only_with_a_sentence_why(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    workflow.withdraw(condition.subject, by=manager, reason="A wrong dose.", notice="out_of_date")

    with refused("say why they may be submitted unchanged"):
        cast.submit(condition, by=editor, unchanged_because=" ")

    again = cast.submit(condition, by=editor, unchanged_because="The dose was right after all.")
    assert again.unchanged_because is not None
    assert again.unchanged_because.text == "The dose was right after all."
