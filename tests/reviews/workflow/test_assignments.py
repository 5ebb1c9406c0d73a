"""Who does a submission: taken on, handed over, let go."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import workflow
from reviews.models import Assignment, License, Submission
from tests import cast
from tests.reviews.every_verb import verify
from tests.traces import refused


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    """The first edition, put forward."""
    return cast.submit(condition, by=editor)


def doing(submission: Submission) -> User | None:
    current = workflow.assignment_of(submission)
    return current.person if current else None


def test_a_reviewer_takes_it_on_hands_it_over_and_it_is_let_go(
    submission: Submission, physician: User, second_physician: User
) -> None:
    assert doing(submission) is None
    workflow.take_on(submission, by=physician)
    assert doing(submission) == physician

    workflow.hand_over(submission, by=physician, to=second_physician)
    assert doing(submission) == second_physician
    assert Assignment.objects.current().get().person == second_physician

    workflow.let_go(submission, by=second_physician)
    assert doing(submission) is None
    assert not Assignment.objects.current().exists()
    assert Assignment.objects.count() == 3
    assert verify()[0] == 0


def test_it_locks_nobody_out(
    submission: Submission, physician: User, second_physician: User
) -> None:
    workflow.take_on(submission, by=physician)

    assert cast.sign(submission, by=second_physician)


def test_the_wrong_person_is_told_why(
    submission: Submission,
    editor: User,
    manager: User,
    root: User,
    physician: User,
    second_physician: User,
) -> None:
    for who in (editor, manager, root):
        with refused("Only a physician with a reviewer’s profile"):
            workflow.take_on(submission, by=who)
    for who in (physician, editor):
        with refused("You did not take this on"):
            workflow.let_go(submission, by=who)
    workflow.take_on(submission, by=physician)
    with refused("You took this on already."):
        workflow.take_on(submission, by=physician)
    with refused("physician took this on, and can hand it over to you."):
        workflow.take_on(submission, by=second_physician)
    with refused("You did not take this on"):
        workflow.hand_over(submission, by=second_physician, to=second_physician)
    with refused("It is yours already"):
        workflow.hand_over(submission, by=physician, to=physician)
    with refused("Edie Editor cannot sign this edition"):
        workflow.hand_over(submission, by=physician, to=editor)


def test_an_author_neither_takes_their_words_on_nor_is_handed_them(
    author_physician: User, physician: User
) -> None:
    page = cast.make_condition("own", by=author_physician)
    submission = cast.submit(page, by=author_physician)

    with refused("You wrote words of this edition"):
        workflow.take_on(submission, by=author_physician)
    workflow.take_on(submission, by=physician)
    with refused("cannot sign this edition"):
        workflow.hand_over(submission, by=physician, to=author_physician)


def test_what_somebody_can_no_longer_sign_another_takes_on(
    submission: Submission, physician: User, second_physician: User
) -> None:
    workflow.take_on(submission, by=physician)
    License.objects.filter(reviewer__user=physician).update(expires_on=date(2020, 1, 1))

    workflow.take_on(submission, by=second_physician)

    assert doing(submission) == second_physician


def test_an_ended_submission_is_nobodys_to_take_on(
    submission: Submission, editor: User, physician: User, second_physician: User
) -> None:
    workflow.take_on(submission, by=physician)
    workflow.take_back(submission, by=editor)
    submission.refresh_from_db()

    with refused("no longer open"):
        workflow.take_on(submission, by=second_physician)
    with refused("no longer open"):
        workflow.let_go(submission, by=physician)
    with refused("no longer open"):
        workflow.hand_over(submission, by=physician, to=second_physician)
