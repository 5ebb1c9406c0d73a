"""Translations: held with the page that they translate, and given back with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Overlay, SignOff
from tests import cast
from tests.traces import refused


@pytest.fixture
def original(condition: Condition, editor: User, physician: User) -> Condition:
    cast.publish(condition, by=editor, signer=physician)
    return condition


@pytest.fixture
def translation(original: Condition, editor: User, physician: User) -> Condition:
    made = cast.make_condition("traduccion", by=editor, lang="es", translation_of=original.slug)
    cast.publish(made, by=editor, signer=physician)
    return made


def overlay(page: Condition) -> str:
    found = workflow.overlay_of(page.subject, clock.now())
    return found.kind if found else ""


def test_holding_the_original_holds_its_translation_and_releasing_gives_both_back(
    original: Condition, translation: Condition, editor: User, physician: User, manager: User
) -> None:
    held = cast.lay_over("hold", original, by=physician)

    followed = Overlay.objects.get(subject=translation.subject)
    assert (followed.kind, followed.follows_id) == ("hold", held.pk)
    assert not SignOff.objects.public(clock.now()).exists()
    with refused("The page that this one translates is held"):
        cast.lay_over("release", translation, by=physician)
    with refused("a physician must release it"):
        cast.lay_over("release", original, by=manager)

    cast.lay_over("release", original, by=physician)

    assert (overlay(original), overlay(translation)) == ("", "")
    assert SignOff.objects.public(clock.now()).count() == 2


def test_a_translation_of_a_translation_goes_with_them(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    third = cast.make_condition("third", by=editor, lang="pt", translation_of=translation.slug)
    cast.publish(third, by=editor, signer=physician)

    cast.lay_over("hold", original, by=physician)
    assert overlay(third) == "hold"

    cast.lay_over("release", original, by=physician)
    assert overlay(third) == ""


def test_what_was_held_or_flagged_by_itself_stays_so(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    cast.lay_over("flag", translation, by=editor)
    other = cast.make_condition("otra", by=editor, lang="es", translation_of=original.slug)
    cast.publish(other, by=editor, signer=physician)
    cast.lay_over("hold", other, by=editor)
    cast.lay_over("hold", original, by=physician)

    cast.lay_over("release", original, by=physician)

    assert (overlay(translation), overlay(other)) == ("flag", "hold")


def test_a_translation_stays_held_where_the_original_came_back_with_other_words(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    cast.lay_over("hold", original, by=physician)
    cast.edit(original, by=editor, summary="<p>The fault is mended.</p>")
    cast.publish(original, by=editor, signer=physician)

    cast.lay_over("release", original, by=physician)

    assert (overlay(original), overlay(translation)) == ("", "hold")
    cast.lay_over("release", translation, by=physician)
    assert overlay(translation) == ""


def test_withdrawing_the_original_holds_its_translation_until_somebody_looks(
    original: Condition, translation: Condition, editor: User, physician: User, manager: User
) -> None:
    workflow.withdraw(original.subject, by=manager, reason="Wrong.", notice="safety")
    assert overlay(translation) == "hold"
    with refused("held or withdrawn"):
        cast.lay_over("release", translation, by=physician)

    cast.edit(original, by=editor, summary="<p>Written anew.</p>")
    cast.publish(original, by=editor, signer=physician)

    assert overlay(translation) == "hold"
    cast.lay_over("release", translation, by=physician)
    assert overlay(translation) == ""


def test_a_translation_that_waits_is_held_before_it_takes_effect(
    original: Condition, editor: User, physician: User
) -> None:
    later = clock.now() + timedelta(days=3)
    made = cast.make_condition("traduccion", by=editor, lang="es", translation_of=original.slug)
    cast.publish(made, by=editor, signer=physician, effective_at=later)

    cast.lay_over("hold", original, by=physician)

    assert not SignOff.objects.public(later + timedelta(days=1)).exists()


def test_no_translation_of_a_page_that_is_off_is_signed_until_it_is_a_page_of_its_own(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    late = cast.make_condition("tarde", by=editor, lang="es", translation_of=original.slug)
    submission = cast.submit(late, by=editor)
    cast.lay_over("hold", original, by=physician)

    with refused("The page that this one translates was held"):
        cast.sign(submission, by=physician)
    with refused("The page that this one translates was held"):
        cast.reaffirm(
            translation.subject,
            by=physician,
            digest=workflow.in_force(translation.subject, clock.now()).edition.digest,  # type: ignore[union-attr]
            proof=cast.proof(),
        )

    cast.edit(late, by=editor, translation_of="", summary="<p>Por su cuenta.</p>")
    signed = cast.publish(late, by=editor, signer=physician)
    assert SignOff.objects.public(clock.now()).get() == signed


def test_a_cancelled_signature_that_brings_a_translation_back_brings_its_hold(
    original: Condition, translation: Condition, editor: User, physician: User
) -> None:
    cast.edit(translation, by=editor, translation_of="", summary="<p>Por su cuenta.</p>")
    alone = cast.publish(translation, by=editor, signer=physician)
    cast.lay_over("hold", original, by=physician)
    assert overlay(translation) == ""

    workflow.cancel(alone, by=physician, reason="A fault.")

    assert overlay(translation) == "hold"
    assert not SignOff.objects.public(clock.now()).exists()
