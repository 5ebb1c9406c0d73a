"""Somebody goes while somebody else acts: one of two wins, and no page rests on them unseen."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User

from reviews import clock, workflow
from reviews.models import Departure, RelianceEnd, SignOff
from tests import cast
from tests.reviews.workflow.test_races import (
    assert_the_record_holds,
    one_won,
    pages,
    signing,
    together,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def test_of_two_managers_one_ends_a_reviewer_and_what_is_signed_meanwhile_says_so(
    editor: User, physician: User, second_physician: User, manager: User, root: User
) -> None:
    reviewer = physician.reviewer
    ended = {"proof": cast.proof(), "step": "left", "on": clock.today()}
    submissions = [cast.submit(page, by=editor) for page in pages(editor, 2)]

    runners = together(
        partial(workflow.end_reviewer, reviewer, by=manager, **ended),
        partial(workflow.end_reviewer, reviewer, by=root, **ended),
        *(signing(one, physician) for one in submissions),
    )

    one_won(runners[:2])
    assert Departure.objects.count() == 1
    signed = set(SignOff.objects.values_list("subject", flat=True))
    assert set(RelianceEnd.objects.values_list("subject", flat=True)) == signed
    away = partial(
        workflow.go_away,
        second_physician.reviewer,
        by=manager,
        first_on=clock.today(),
        last_on=clock.today(),
    )
    (lost,) = together(partial(away, stand_in=reviewer))
    assert "cannot sign now" in str(lost.refusal)
    back = partial(workflow.bring_back, reviewer, proof=cast.proof())
    one_won(together(partial(back, by=manager), partial(back, by=root)))
    assert not RelianceEnd.objects.standing(clock.now()).exists()
    assert_the_record_holds()


def test_a_physician_ends_reliance_on_a_page_once(editor: User, physician: User) -> None:
    (page,) = pages(editor, 1)
    cast.publish(page, by=editor, signer=physician)
    own = {"by": physician, "proof": cast.proof(), "reason": "Why.", "hold": True}
    end = partial(workflow.end_reliance, page.subject, **own)

    _, lost = one_won(together(end, end))

    assert "said already" in str(lost.refusal)
    assert RelianceEnd.objects.count() == 1
    assert_the_record_holds()
