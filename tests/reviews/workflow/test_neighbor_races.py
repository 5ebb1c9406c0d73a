"""Two people at once about a concern, a translation, or a draft that is to be erased."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Edition, Erasure, Settlement, SignOff
from tests import cast
from tests.reviews.workflow.test_races import assert_the_record_holds, one_won, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


def test_a_concern_is_settled_once(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    concern = workflow.log_concern(condition.subject, by=editor, part="", text="A fault.")

    runners = together(
        partial(workflow.settle, concern, by=physician, how="One."),
        partial(workflow.settle, concern, by=manager, how="Two."),
    )

    won, lost = one_won(runners)
    assert Settlement.objects.get() == won.result
    assert "settled already" in str(lost.refusal)
    assert_the_record_holds()


def test_a_draft_is_submitted_or_erased_and_never_both(condition: Condition, editor: User) -> None:
    runners = together(
        partial(cast.submit, condition, by=editor),
        partial(workflow.erase_draft, condition.subject, by=editor, reason="By mistake."),
    )

    one_won(runners)
    assert Edition.objects.exists() != Erasure.objects.exists()
    assert Condition.objects.exists() == Edition.objects.exists()
    assert_the_record_holds()


def test_no_translation_stays_public_whose_original_was_held_meanwhile(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    made = cast.make_condition("traduccion", by=editor, lang="es", translation_of=condition.slug)
    submission = cast.submit(made, by=editor)

    together(
        partial(cast.sign, submission, by=physician),
        partial(cast.lay_over, "hold", condition, by=second_physician),
    )

    assert not SignOff.objects.public(clock.now()).exists()
    assert_the_record_holds()
