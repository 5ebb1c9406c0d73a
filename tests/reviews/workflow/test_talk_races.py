"""Two people at once about one submission: who does it, comments, and suggestions taken over."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import workflow
from reviews.models import Assignment, Comment, CommentStep, Contribution, SignOff
from tests import cast
from tests.config.test_access import draft_form
from tests.reviews.workflow.test_races import (
    assert_the_record_holds,
    one_won,
    pages,
    signing,
    together,
)
from tests.reviews.workflow.test_talk import BETTER, offer, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]
ROUNDS = 3


def test_of_two_reviewers_one_takes_a_submission_on(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor, ROUNDS):
        submission = cast.submit(page, by=editor)

        runners = together(
            partial(workflow.take_on, submission, by=physician),
            partial(workflow.take_on, submission, by=second_physician),
        )

        won, lost = one_won(runners)
        assert Assignment.objects.get(submission=submission) == won.result
        assert "took this on" in str(lost.refusal)
    assert_the_record_holds()


def test_what_is_handed_over_is_not_let_go_as_well(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor, ROUNDS):
        submission = cast.submit(page, by=editor)
        workflow.take_on(submission, by=physician)

        runners = together(
            partial(workflow.hand_over, submission, by=physician, to=second_physician),
            partial(workflow.let_go, submission, by=physician),
        )

        won, _ = one_won(runners)
        current = workflow.assignment_of(submission)
        assert (current and current.person) == (second_physician if won is runners[0] else None)
    assert_the_record_holds()


def test_two_comments_at_once_both_stand(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)

    runners = together(
        partial(say, submission, by=physician), partial(offer, submission, by=editor)
    )

    assert [one.refusal for one in runners] == [None, None]
    assert Comment.objects.count() == 2
    assert_the_record_holds()


def test_a_thread_is_closed_once(
    editor: User, second_editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor, ROUNDS):
        offered = offer(cast.submit(page, by=editor), by=physician)

        runners = together(
            partial(workflow.take_over, offered, by=editor),
            partial(workflow.resolve, offered, by=second_editor),
        )

        one_won(runners)
        assert CommentStep.objects.filter(comment=offered).count() == 1
        page.refresh_from_db()
        assert (page.summary == BETTER) is (runners[0].refusal is None)
    assert_the_record_holds()


def test_a_suggestion_is_taken_over_once(
    editor: User, second_editor: User, physician: User
) -> None:
    for page in pages(editor, ROUNDS):
        offered = offer(cast.submit(page, by=editor), by=physician)

        runners = together(
            *(partial(workflow.take_over, offered, by=who) for who in (editor, second_editor))
        )

        won, _ = one_won(runners)
        assert CommentStep.objects.get(comment=offered) == won.result
        assert Contribution.objects.filter(subject=page.subject).count() == 2
    assert_the_record_holds()


def test_a_form_and_a_suggestion_never_overwrite_each_other(
    editor: User, second_editor: User, physician: User
) -> None:
    """Neither waits for the other without end, and whoever comes second is asked or refused."""
    for page in pages(editor, ROUNDS):
        offered = offer(cast.submit(page, by=editor), by=physician)
        browser = Client()
        browser.force_login(second_editor, backend="django.contrib.auth.backends.ModelBackend")
        address = f"/admin/conditions/condition/{page.pk}/change/"
        opened = browser.get(address).context["adminform"].form.initial["opened"]
        typed = draft_form(
            slug=page.slug,
            opened=opened,
            headline=page.headline,
            summary="<p>Typed meanwhile.</p>",
            disclaimer=page.disclaimer,
        )

        taken, saved = together(
            partial(workflow.take_over, offered, by=editor),
            partial(browser.post, address, typed),
        )

        page.refresh_from_db()
        response = saved.result
        assert response is not None
        if taken.refusal is None:
            assert page.summary == BETTER
            assert b"since you opened it" in response.content  # type: ignore[attr-defined]
        else:
            assert page.summary == "<p>Typed meanwhile.</p>"
            assert response.status_code == 302  # type: ignore[attr-defined]
    assert_the_record_holds()


def test_a_comment_to_settle_first_stops_a_signature_or_comes_after_it(
    editor: User, physician: User, second_physician: User
) -> None:
    for page in pages(editor, ROUNDS):
        submission = cast.submit(page, by=editor)

        signed, said = together(
            signing(submission, second_physician),
            partial(say, submission, by=physician, settle_first=True),
        )

        assert said.refusal is None
        sign_off = SignOff.objects.filter(subject=page.subject).first()
        assert (sign_off is None) is (signed.refusal is not None)
        if sign_off is not None:
            assert sign_off.pk < Comment.objects.get(subject=page.subject).pk
    assert_the_record_holds()
