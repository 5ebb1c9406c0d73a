"""Four eyes: nobody signs words that they wrote, or the page says so."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import audit, chain
from reviews.evidence.kinds import Kind
from reviews.models import Contribution, Edition, SignOff, Submission
from reviews.text.canonical import digest_of, text_of
from tests import cast
from tests.traces import refused

OWN_WORDS = "You wrote words of this edition, so another physician must sign it."


def authors(edition: Edition) -> set[str]:
    return {row.user.username for row in edition.author_rows.select_related("user")}


def save(condition: Condition, words: str, *, by: User) -> Contribution:
    """Save new words and hand back the evidence of it."""
    cast.edit(condition, by=by, summary=f"<p>{words}</p>")
    return condition.subject.contributions.latest("pk")


def restore(condition: Condition, old: Contribution, words: str, *, by: User) -> Contribution:
    """Load an old version into the draft, as "Restore" does."""
    Condition.objects.filter(pk=condition.pk).update(summary=f"<p>{words}</p>")
    return workflow.record_draft(condition.subject, by=by, restored_from=old)


def test_authors_cannot_sign_their_own_words(
    condition: Condition, editor: User, author_physician: User, client: Client
) -> None:
    save(condition, "Mine.", by=author_physician)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)

    submission.refresh_from_db()
    assert submission.is_open
    assert client.get("/conditions/sample-condition/").status_code == 404
    assert authors(submission.edition) == {"editor", "author-physician"}


def test_another_physician_signs_them(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)

    signed = cast.publish(condition, by=editor, signer=physician)

    assert not signed.disclosed
    assert json.loads(signed.authors) == sorted([editor.pk, author_physician.pk])


def test_a_superuser_who_is_a_physician_cannot_sign_their_own_words(
    condition: Condition, editor: User, author_physician: User
) -> None:
    User.objects.filter(pk=author_physician.pk).update(is_superuser=True)
    save(condition, "Mine.", by=author_physician)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=User.objects.get(pk=author_physician.pk))


def test_whoever_submits_is_an_author(condition: Condition, author_physician: User) -> None:
    submission = cast.submit(condition, by=author_physician)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)

    assert authors(submission.edition) == {"editor", "author-physician"}


def test_words_overwritten_since_still_count(
    condition: Condition, editor: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    save(condition, "Not mine any more.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_words_of_an_earlier_submission_that_was_not_signed_count(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    workflow.request_changes(cast.submit(condition, by=editor), by=physician, reason="No.")
    save(condition, "Edited.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_edits_between_freezing_and_signing_count_for_the_next_edition(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    first = cast.submit(condition, by=editor)
    save(condition, "Mine, while it was in review.", by=author_physician)
    cast.sign(first, by=physician)
    save(condition, "And a comma.", by=editor)
    second = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(second, by=author_physician)

    assert authors(first.edition) == {"editor"}
    assert authors(second.edition) == {"editor", "author-physician"}


def test_who_edits_after_the_freeze_may_sign_what_was_frozen(
    condition: Condition, editor: User, author_physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    save(condition, "Mine, but not in this edition.", by=author_physician)

    assert cast.sign(submission, by=author_physician).signer == author_physician


def test_words_signed_by_somebody_else_are_behind_us(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "New words.", by=editor)
    submission = cast.submit(condition, by=editor)

    assert authors(submission.edition) == {"editor"}
    assert cast.sign(submission, by=author_physician).signer == author_physician


def test_authors_of_one_page_may_sign_another(
    condition: Condition, editor: User, author_physician: User
) -> None:
    cast.make_condition("other", by=author_physician)
    submission = cast.submit(condition, by=editor)

    assert cast.sign(submission, by=author_physician).signer == author_physician


# --- Restored text


def test_restored_text_is_its_writers_again(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    old = save(condition, "Mine.", by=author_physician)
    save(condition, "Other words.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    restore(condition, old, "Mine.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)

    assert authors(submission.edition) == {"editor", "author-physician"}


def test_text_restored_from_a_restored_one_is_its_first_writers(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    author_physician: User,
) -> None:
    old = save(condition, "Mine.", by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "Second.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    once = restore(condition, old, "Mine.", by=second_editor)
    save(condition, "Third.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    restore(condition, once, "Mine.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)

    assert authors(submission.edition) == {"editor", "second-editor", "author-physician"}


def test_restored_text_of_a_cancelled_edition_is_its_writers(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    mine = save(condition, "Mine.", by=author_physician)
    workflow.cancel(
        cast.publish(condition, by=editor, signer=physician), by=physician, reason="Wrong."
    )
    save(condition, "Put right.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    restore(condition, mine, "Mine.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_a_version_built_on_a_cancelled_edition_brings_that_ones_authors(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "Mine.", by=author_physician)
    mine = cast.publish(condition, by=editor, signer=physician)
    on_top = save(condition, "Mine, with a comma.", by=editor)
    workflow.cancel(mine, by=physician, reason="Wrong.")
    save(condition, "Put right.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    restore(condition, on_top, "Mine, with a comma.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_words_of_a_cancelled_edition_that_still_stand_count(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "Mine.", by=author_physician)
    workflow.cancel(
        cast.publish(condition, by=editor, signer=physician), by=physician, reason="Wrong."
    )
    save(condition, "Mine, with a comma.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_words_of_a_withdrawn_page_that_still_stand_count(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    workflow.withdraw(condition.subject, by=physician, reason="Wrong.", notice="safety")
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_a_restored_version_brings_only_its_own_authors(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    author_physician: User,
) -> None:
    old = save(condition, "Old.", by=editor)
    save(condition, "Mine, later.", by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    restore(condition, old, "Old.", by=second_editor)
    submission = cast.submit(condition, by=second_editor)

    assert authors(submission.edition) == {"editor", "second-editor"}
    assert cast.sign(submission, by=author_physician).signer == author_physician


def test_a_restored_contribution_is_kept_as_evidence(
    condition: Condition, editor: User, author_physician: User
) -> None:
    old = save(condition, "Mine.", by=author_physician)

    restored = restore(condition, old, "Mine.", by=editor)

    restored.refresh_from_db()
    assert (restored.restored_from, restored.digest) == (old, old.digest)
    assert restored.event.said["row"]["restored_from_id"] == old.pk


# --- Words that come back another way

LONG = "Ketamine can lift a depression for some days, and what helps after that is another matter."


def test_an_old_export_imported_again_brings_its_writers(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    author_physician: User,
    tmp_path: Path,
) -> None:
    save(condition, "Mine.", by=author_physician)
    exported = StringIO()
    call_command("export_condition", condition.slug, stdout=exported)
    file = tmp_path / "old.json"
    file.write_text(exported.getvalue())
    save(condition, "Replaced.", by=editor)
    cast.publish(condition, by=editor, signer=physician)

    call_command("import_condition", str(file), "--by", "second-editor", stdout=StringIO())
    submission = cast.submit(condition, by=second_editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)
    assert authors(submission.edition) == {"editor", "second-editor", "author-physician"}
    assert cast.sign(submission, by=physician).signer == physician


def test_words_typed_again_are_their_first_writers_too(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    save(condition, "Replaced.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "Mine.", by=editor)
    save(condition, "Mine, with a comma.", by=editor)
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_going_back_to_what_is_signed_brings_nobody(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "Mine.", by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    save(condition, "Tried.", by=editor)
    save(condition, "Mine.", by=editor)
    save(condition, "Mine, with a comma.", by=editor)
    submission = cast.submit(condition, by=editor)

    assert authors(submission.edition) == {"editor"}
    assert cast.sign(submission, by=author_physician).signer == author_physician


@pytest.mark.parametrize(
    "pasted",
    [
        LONG,
        LONG.replace("Ketamine", "KETAMINE"),
        LONG.replace("some days", "<strong>some</strong> days"),
        LONG.replace(",", " –").replace(".", "!"),
    ],
)
def test_a_part_copied_through_somebody_elses_draft_is_its_writers(
    pasted: str, condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, LONG, by=author_physician)
    save(condition, "Replaced.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition=f"<p>Other words.</p><p>{pasted}</p>")
    submission = cast.submit(condition, by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)
    assert authors(submission.edition) == {"editor", "author-physician"}


def test_a_part_copied_from_another_page_is_its_writers(
    condition: Condition, editor: User, author_physician: User
) -> None:
    other = cast.make_condition("other", by=author_physician, definition=f"<p>{LONG}</p>")
    submission = cast.submit(cast.edit(condition, by=editor, safety=f"<p>{LONG}</p>"), by=editor)

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)
    assert authors(submission.edition) == {"editor", "author-physician"}
    assert other.subject != condition.subject


def test_what_another_physician_signed_elsewhere_may_be_taken_over(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    other = cast.make_condition("other", by=author_physician, definition=f"<p>{LONG}</p>")
    cast.publish(other, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, safety=f"<p>{LONG}</p>"), by=editor)

    assert authors(submission.edition) == {"editor"}
    assert cast.sign(submission, by=author_physician).signer == author_physician


def test_what_nobody_vouches_for_elsewhere_any_more_is_its_writers_again(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    other = cast.make_condition("other", by=author_physician, definition=f"<p>{LONG}</p>")
    signed = cast.publish(other, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, safety=f"<p>{LONG}</p>"), by=editor)
    assert workflow.why_not(workflow.may_sign_off, submission, by=author_physician) == ""
    workflow.withdraw(signed.subject, by=physician, reason="Wrong.", notice="being_corrected")

    with refused(OWN_WORDS):
        cast.sign(submission, by=author_physician)


def test_a_copy_made_after_the_freeze_brings_nobody_even_where_authors_are_counted_again(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    submission = cast.submit(cast.edit(condition, by=editor, safety=f"<p>{LONG}</p>"), by=editor)
    other = cast.make_condition("other", by=author_physician, definition=f"<p>{LONG}</p>")
    signed = cast.publish(other, by=editor, signer=physician)
    workflow.withdraw(signed.subject, by=physician, reason="Wrong.", notice="being_corrected")

    assert cast.sign(submission, by=author_physician).signer == author_physician


def test_a_part_that_is_signed_now_is_behind_us_wherever_else_it_changed(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, LONG, by=author_physician)
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Something that is new.</p>")
    submission = cast.submit(condition, by=editor)

    assert authors(submission.edition) == {"editor"}


def test_a_part_of_fewer_than_eight_words_is_nobodys(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    save(condition, "One two three four five six seven.", by=author_physician)
    save(condition, "Replaced.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, safety="<p>One two three four five six seven.</p>")

    assert authors(cast.submit(condition, by=editor).edition) == {"editor"}


def test_what_the_site_gives_to_every_page_is_nobodys(
    editor: User, physician: User, author_physician: User
) -> None:
    cast.make_condition("first", by=author_physician, stance="sometimes")
    second = cast.make_condition("second", by=editor, stance="sometimes")
    stance = second.document()["labels"]["stance"]

    assert len(stance.split()) >= 8
    assert authors(cast.submit(second, by=editor).edition) == {"editor"}


def test_a_save_holds_the_pieces_that_it_brought(
    condition: Condition, editor: User, second_editor: User
) -> None:
    first = save(condition, LONG, by=editor)
    second = save(condition, LONG, by=second_editor)
    cast.edit(condition, by=second_editor, safety=f"<p>{LONG} And more.</p>")
    third = condition.subject.contributions.latest("pk")

    held = [json.loads(one.pieces or "null") for one in (first, third)]
    assert second == first  # a save that changed no word is none
    assert [len(pieces) for pieces in held] == [1, 1]
    assert held[0] != held[1]
    assert first.event.said["row"]["pieces"] == first.pieces
    assert next(audit.faults(), None) is None


def test_a_save_from_before_pieces_were_held_still_counts_by_its_text(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    condition.summary = f"<p>{LONG}</p>"
    condition.save()
    digest = digest_of(text_of(condition.document()))
    older = Contribution(
        subject=condition.subject, by=author_physician, at=clock.now(), digest=digest
    )
    with transaction.atomic():
        chain.append(Kind.DRAFT_SAVED, at=older.at, by=older.by, subject=older.subject, row=older)
    save(condition, "Replaced.", by=editor)
    cast.publish(condition, by=editor, signer=physician)
    save(condition, LONG, by=editor)

    assert authors(cast.submit(condition, by=editor).edition) == {"editor", "author-physician"}


# --- AUTHOR_MAY_SIGN=disclosed


@pytest.fixture
def own(condition: Condition, author_physician: User) -> Submission:
    """A submission of the author physician's own words."""
    save(condition, "Mine.", by=author_physician)
    return cast.submit(condition, by=author_physician)


def test_a_disclosed_author_signs_under_the_second_attestation(
    own: Submission, editor: User, author_physician: User, settings: Any, client: Client
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"

    signed = cast.sign(own, by=author_physician)

    signed.refresh_from_db()
    full = workflow.ATTESTATIONS[SignOff.Scope.FULL]
    assert signed.attestation == f"{full} {workflow.DISCLOSURE}"
    assert (signed.policy, signed.disclosed) == ("disclosed", True)
    assert json.loads(signed.authors) == sorted([editor.pk, author_physician.pk])
    html = client.get("/conditions/sample-condition/").content.decode()
    assert "Written and reviewed by the same physician" in html
    assert next(audit.faults(), None) is None


def test_under_that_policy_somebody_else_signs_without_disclosure(
    own: Submission, physician: User, settings: Any, client: Client
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"

    signed = cast.sign(own, by=physician)

    assert signed.attestation == workflow.ATTESTATIONS[SignOff.Scope.FULL]
    assert (signed.policy, signed.disclosed) == ("disclosed", False)
    html = client.get("/conditions/sample-condition/").content.decode()
    assert "Written and reviewed by the same physician" not in html


def test_under_that_policy_an_author_who_is_no_physician_does_not_sign(
    own: Submission, editor: User, root: User, settings: Any
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"

    for person in (editor, root):
        with refused("Only a physician with a reviewer’s profile"):
            cast.sign(own, by=person)


def test_a_disclosure_stays_when_the_policy_changes(
    own: Submission, author_physician: User, settings: Any, client: Client
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    cast.sign(own, by=author_physician)
    before = client.get("/conditions/sample-condition/").content

    settings.AUTHOR_MAY_SIGN = "never"

    assert client.get("/conditions/sample-condition/").content == before


def test_a_disclosed_author_reaffirms_under_the_second_attestation(
    own: Submission, author_physician: User, settings: Any
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"
    signed = cast.sign(own, by=author_physician)

    again = cast.reaffirm(
        own.subject, by=author_physician, proof=cast.proof(), digest=signed.digest
    )

    assert again.disclosed
    assert again.attestation.endswith(workflow.DISCLOSURE)


def test_who_wrote_what_a_cancelled_signature_vouched_for_cannot_sign_it_later(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(
        condition, by=author_physician, summary="<p>Words that Robin wrote at some length.</p>"
    )
    second = cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>Other words.</p>")
    third = cast.submit(condition, by=editor)
    # Robin's words are vouched for by Pat: so far Robin wrote nothing of the third edition.
    assert workflow.why_not(workflow.may_sign_off, third, by=author_physician) == ""

    workflow.cancel(second, by=physician, reason="Signed by mistake.")

    with refused("You wrote words of this edition"):
        cast.sign(third, by=author_physician)
    assert cast.sign(third, by=physician).edition == third.edition


def test_who_wrote_what_waits_cannot_end_it_by_an_urgent_signature_on_those_words(
    condition: Condition, editor: User, physician: User, author_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    words = "What helps is something else, and Robin says at some length what that would be."
    cast.edit(condition, by=author_physician, definition=f"<p>{words}</p>" * 20)
    later = clock.now() + timedelta(days=3)
    waits = cast.publish(condition, by=editor, signer=physician, effective_at=later)
    cast.edit(condition, by=editor, definition="", next_steps="<p>Call the clinic.</p>")
    cast.edit(condition, by=editor, next_steps=f"<p>{words[:52]}</p>")
    urgent = cast.submit(condition, by=editor, urgent=True)
    assert author_physician not in workflow.writers(urgent.edition)

    with refused("You wrote words of this edition"):
        cast.sign(urgent, by=author_physician, scope="urgent", cancels=waits.pk)

    assert workflow.waiting_of(condition.subject, clock.now()) == waits
