"""The two ways in which people end a submission without signing it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import workflow
from reviews.evidence import audit
from reviews.models import Event, License, Submission
from tests import cast
from tests.traces import refused


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    return cast.submit(condition, by=editor)


def test_changes_are_requested_with_a_reason(submission: Submission, physician: User) -> None:
    workflow.request_changes(submission, by=physician, reason="Name the dose.\nTwice.")

    submission.refresh_from_db()
    assert submission.status == "changes_requested"
    assert submission.reason is not None
    assert submission.reason.text == "Name the dose.\nTwice."
    assert submission.ended_by is not None
    assert (submission.ended_by.kind, submission.ended_by.said["by"]) == (
        "changes_requested",
        physician.pk,
    )
    assert submission.ended_by.said["reason"] == submission.reason.pk
    assert next(audit.faults(), None) is None


def test_a_reason_stands_beside_the_chain(submission: Submission, physician: User) -> None:
    workflow.request_changes(submission, by=physician, reason="About a patient.")

    assert not Event.objects.filter(body__contains="About a patient").exists()


def test_requesting_changes_changes_nothing_public(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    before = client.get("/conditions/sample-condition/")
    cast.edit(condition, by=editor, summary="<p>Newer.</p>")

    workflow.request_changes(cast.submit(condition, by=editor), by=physician, reason="No.")

    after = client.get("/conditions/sample-condition/")
    assert (after.content, after.headers) == (before.content, before.headers)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t\n"])
def test_changes_are_not_requested_without_a_reason(
    submission: Submission, physician: User, reason: str
) -> None:
    with refused("Give a reason"):
        workflow.request_changes(submission, by=physician, reason=reason)


@pytest.mark.parametrize("reason", ["x" * 5001, "A NUL \x00.", "Half \ud800 a letter."])
def test_a_reason_is_clean_text(submission: Submission, physician: User, reason: str) -> None:
    with refused("."):
        workflow.request_changes(submission, by=physician, reason=reason)


@pytest.mark.parametrize("who", ["editor", "manager", "root", "reader"])
def test_only_a_physician_requests_changes(
    submission: Submission, request: pytest.FixtureRequest, who: str
) -> None:
    with refused("Only a physician with a reviewer’s profile"):
        workflow.request_changes(submission, by=request.getfixturevalue(who), reason="Why.")


def test_a_physician_without_a_valid_license_requests_no_changes(
    submission: Submission, physician: User
) -> None:
    License.objects.all().delete()

    with refused("None of your licenses is valid today"):
        workflow.request_changes(submission, by=physician, reason="Why.")


def test_a_physician_may_send_back_their_own_words(
    condition: Condition, author_physician: User
) -> None:
    cast.edit(condition, by=author_physician, summary="<p>Mine.</p>")
    submission = cast.submit(condition, by=author_physician)

    workflow.request_changes(submission, by=author_physician, reason="Not yet.")

    submission.refresh_from_db()
    assert submission.status == "changes_requested"


def test_an_author_takes_a_submission_back(submission: Submission, editor: User) -> None:
    workflow.take_back(submission, by=editor)

    submission.refresh_from_db()
    assert (submission.status, submission.reason) == ("taken_back", None)
    assert submission.ended_by is not None
    assert (submission.ended_by.kind, submission.ended_by.said["by"]) == ("taken_back", editor.pk)
    assert next(audit.faults(), None) is None


def test_any_of_its_authors_takes_it_back(
    condition: Condition, editor: User, second_editor: User
) -> None:
    cast.edit(condition, by=second_editor, summary="<p>Two of us.</p>")
    submission = cast.submit(condition, by=editor)

    workflow.take_back(submission, by=second_editor)

    submission.refresh_from_db()
    assert submission.status == "taken_back"


def test_who_wrote_none_of_it_does_not_take_it_back(
    submission: Submission, second_editor: User
) -> None:
    with refused("Only its authors can take a submission back"):
        workflow.take_back(submission, by=second_editor)

    submission.refresh_from_db()
    assert submission.status == "open"


def test_whoever_edits_after_the_freeze_is_no_author_of_it(
    condition: Condition, submission: Submission, second_editor: User
) -> None:
    cast.edit(condition, by=second_editor, summary="<p>Later.</p>")

    with refused("Only its authors"):
        workflow.take_back(submission, by=second_editor)


def test_what_was_taken_back_can_be_submitted_again(
    condition: Condition, submission: Submission, editor: User, physician: User
) -> None:
    workflow.take_back(submission, by=editor)

    again = cast.submit(condition, by=editor)

    assert (again.edition.number, again.edition.digest) == (2, submission.edition.digest)
    assert cast.sign(again, by=physician).edition == again.edition
