"""In how many parts a draft differs from what is public: written at save and by the verbs."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command

from conditions.models import Condition, KeyPoint
from reviews import clock, workflow
from reviews.evidence import ahead, audit
from reviews.models import DraftAhead, Subject
from tests import cast
from tests.reviews.every_verb import drop, put


def differ(subject: Subject) -> int:
    """The number as a list shows it now."""
    return DraftAhead.objects.counted(clock.now()).get(subject=subject).differ


def test_a_draft_is_ahead_by_the_parts_that_were_changed_since_the_signature(
    condition: Condition, editor: User, physician: User
) -> None:
    subject = condition.subject
    assert differ(subject) > 1  # nothing is public, so every part is new

    cast.publish(condition, by=editor, signer=physician)
    signed = differ(subject)
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    changed = differ(subject)
    KeyPoint.objects.create(condition=condition, text="<p>One more point.</p>")
    cast.edit(condition, by=editor, headline="Another headline.")
    more = differ(subject)
    first, second = condition.key_points.all()
    first.position, second.position = 2, 1
    first.save()
    second.save()
    workflow.record_draft(subject, by=editor)
    moved = differ(subject)
    condition.key_points.get(pk=second.pk).delete()
    first.position = 1
    first.save()
    cast.edit(condition, by=editor, headline="Tovani does not treat this.")

    assert (signed, changed, more, moved, differ(subject)) == (0, 1, 3, 3, 1)
    assert not list(audit.faults())


def test_rows_in_another_order_are_one_part(
    condition: Condition, editor: User, physician: User
) -> None:
    KeyPoint.objects.create(condition=condition, text="<p>One more point.</p>")
    workflow.record_draft(condition.subject, by=editor)
    cast.publish(condition, by=editor, signer=physician)
    first, second = condition.key_points.all()
    first.position, second.position = 2, 1
    first.save()
    second.save()
    workflow.record_draft(condition.subject, by=editor)

    assert differ(condition.subject) == 1


def test_every_verb_that_changes_what_is_public_counts_again(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    subject = condition.subject
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    signed = cast.publish(condition, by=editor, signer=physician)
    assert differ(subject) == 0

    workflow.cancel(signed, by=physician, reason="Too early.")
    assert differ(subject) == 1

    cast.reaffirm(subject, by=second_physician, digest=subject.editions.get(number=1).digest)
    assert differ(subject) == 1

    workflow.withdraw(subject, by=physician, reason="Old.", notice="out_of_date")
    assert differ(subject) > 1
    assert not list(audit.faults())


def test_what_takes_effect_later_counts_from_then_on_and_no_job_has_to_run(
    condition: Condition, editor: User, physician: User
) -> None:
    subject = condition.subject
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    later = clock.now() + timedelta(days=7)
    cast.publish(condition, by=editor, signer=physician, effective_at=later)

    assert differ(subject) == 1
    with time_machine.travel(later + timedelta(seconds=1)):
        assert differ(subject) == 0
        assert not list(audit.faults())


def test_a_draft_that_was_changed_past_its_form_is_no_fault_and_rebuilding_counts_it(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    Condition.objects.update(headline="Typed into the database.")

    assert differ(condition.subject) == 0
    assert not list(audit.faults())
    call_command("rebuild_lists")
    assert differ(condition.subject) == 1
    assert not list(audit.faults())


def test_a_wrong_number_is_named_and_rebuilt(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    row = DraftAhead.objects.get()
    wrong = [
        {"name": "Cure"},
        {"parts": 7},
        {"parts_before": 0},
        {"from_at": None},
        {"rows": "[]"},
        {"digest": "x"},
    ]
    for fields in wrong:
        put(row, **fields)

        (fault,) = audit.faults()
        assert fault.startswith(f"DraftAhead of {condition.subject.pk}: "), fields
        call_command("rebuild_lists")
        assert not list(audit.faults()), fields
    drop(row)
    assert len(list(audit.faults())) == 1
    ahead.rebuild_all()
    assert not list(audit.faults())
    assert DraftAhead.objects.filter(parts=0, subject=condition.subject).exists()


def test_saving_the_same_words_again_writes_nothing(condition: Condition, editor: User) -> None:
    row = DraftAhead.objects.get()
    put(row, parts=99)

    workflow.record_draft(condition.subject, by=editor)

    assert DraftAhead.objects.get().parts == 99


def test_a_draft_that_was_deleted_is_ahead_of_nothing(condition: Condition) -> None:
    condition.delete()

    assert not DraftAhead.objects.exists()
    assert not list(audit.faults())
