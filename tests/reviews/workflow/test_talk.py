"""Comments and suggestions on a submission, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
import reversion.models
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import workflow
from reviews.models import Comment, CommentStep, Contribution, SignOff, Submission
from tests import cast
from tests.reviews.every_verb import verify
from tests.traces import refused, traces

BETTER = "<p>What helps is something better.</p>"


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    """The first edition, put forward."""
    return cast.submit(condition, by=editor)


def say(submission: Submission, *, by: User, **fields: Any) -> Comment:
    return workflow.comment(submission, by=by, **{"text": "Is this so?", **fields})


def offer(submission: Submission, *, by: User, **fields: Any) -> Comment:
    return workflow.suggest(
        submission, by=by, **{"part": "summary", "words": BETTER, "text": "", **fields}
    )


# --- Comments


def test_whoever_works_on_pages_comments_and_answers(
    submission: Submission, editor: User, physician: User, manager: User, root: User
) -> None:
    said = say(submission, by=physician, part="summary", quote="What helps")

    answers = [say(submission, by=who, answers=said) for who in (editor, manager, root)]

    assert (said.text and said.text.text, said.quote and said.quote.text) == (
        "Is this so?",
        "What helps",
    )
    (thread,) = workflow.threads(submission.subject)
    assert (thread.comment, thread.answers) == (said, answers)
    assert {one.part for one in answers} == {"summary"}
    assert verify()[0] == 0


def test_an_answer_to_an_answer_stands_in_the_same_thread(
    submission: Submission, editor: User, physician: User
) -> None:
    said = say(submission, by=physician)
    answer = say(submission, by=editor, answers=said)

    again = say(submission, by=physician, answers=answer)

    assert again.answers == said


def test_who_may_not_comment_is_told_why(
    condition: Condition, submission: Submission, reader: User, editor: User, physician: User
) -> None:
    with refused("Only staff who work on pages can comment on one."):
        say(submission, by=reader)
    with refused("Write the comment first."):
        say(submission, by=physician, text=" ")
    with refused("This edition has no such part."):
        say(submission, by=physician, part="nowhere")
    with refused("Only a physician who may sign can mark a comment as one to settle first."):
        say(submission, by=editor, settle_first=True)
    other = cast.submit(cast.make_condition("other", by=editor), by=editor)
    elsewhere, here = say(other, by=physician), say(submission, by=editor)
    with refused("That comment stands on another page."):
        say(submission, by=editor, answers=elsewhere)
    with refused("An answer cannot be marked “settle first”"):
        say(submission, by=physician, answers=here, settle_first=True)
    cast.submit(cast.edit(condition, by=editor, headline="New."), by=editor)
    with refused("Edition 2 was put forward since. Comment on that one."):
        say(submission, by=physician)


def test_an_account_switched_off_says_nothing(submission: Submission, physician: User) -> None:
    User.objects.filter(pk=physician.pk).update(is_active=False)

    with refused("This account is no longer active."):
        say(submission, by=physician)


def test_a_comment_after_the_submission_was_sent_back_reaches_the_next_one(
    condition: Condition, submission: Submission, editor: User, physician: User
) -> None:
    said = say(submission, by=physician, part="summary")
    workflow.request_changes(submission, by=physician, reason="See there.")
    submission.refresh_from_db()
    answer = say(submission, by=editor, answers=said, text="Done.")

    cast.submit(cast.edit(condition, by=editor, summary=BETTER), by=editor)

    (thread,) = workflow.threads(condition.subject)
    assert thread.comment.is_open
    assert (thread.comment, thread.answers) == (said, [answer])


def test_people_are_mentioned_by_their_user_names(
    submission: Submission, editor: User, second_editor: User, physician: User, reader: User
) -> None:
    User.objects.filter(pk=reader.pk).update(is_active=False)

    said = say(
        submission,
        by=physician,
        text="@editor, ask @second-editor. Not me@physician.example, @nobody or @reader.",
    )

    assert said.mentioned == [editor, second_editor]


# --- Resolve, reopen


def test_a_thread_is_resolved_and_opened_again(
    submission: Submission, editor: User, physician: User, reader: User
) -> None:
    said = say(submission, by=physician)
    answer = say(submission, by=editor, answers=said)
    with refused("Only staff who work on pages"):
        workflow.resolve(said, by=reader)
    with refused("resolve or reopen the comment that it answers."):
        workflow.resolve(answer, by=editor)
    with refused("This is open, so there is nothing to reopen."):
        workflow.reopen(said, by=editor)

    workflow.resolve(said, by=editor)

    assert not Comment.objects.open().exists()
    assert not Comment.objects.get(pk=said.pk).is_open
    with refused("This was resolved already."):
        workflow.resolve(said, by=physician)

    workflow.reopen(said, by=physician)

    assert Comment.objects.open().get() == said
    assert Comment.objects.get(pk=said.pk).is_open
    assert verify()[0] == 0


# --- Settle first


def test_only_who_marked_it_settles_it(
    submission: Submission, editor: User, physician: User, second_physician: User
) -> None:
    said = say(submission, by=physician, settle_first=True)
    for other in (editor, second_physician):
        with refused("physician marked this “settle first”, so only they can resolve it."):
            workflow.resolve(said, by=other)

    with refused("You marked a comment “settle first”. Resolve it, then sign."):
        cast.sign(submission, by=physician, over="I changed my mind.")
    workflow.resolve(said, by=physician)

    assert cast.sign(submission, by=second_physician)


def test_another_physician_signs_over_it_with_a_sentence_and_it_stays_open(
    submission: Submission, physician: User, second_physician: User
) -> None:
    said = say(submission, by=physician, settle_first=True)
    open_one = say(submission, by=physician)
    with refused("physician asked to settle a comment first."):
        cast.sign(submission, by=second_physician)

    cast.sign(submission, by=second_physician, over="Checked with the label.")

    step = CommentStep.objects.get()
    assert (step.comment, step.step, step.by) == (said, "signed_over", second_physician)
    assert step.why is not None
    assert step.why.text == "Checked with the label."
    assert set(Comment.objects.open()) == {said, open_one}
    assert Comment.objects.get(pk=said.pk).is_open
    assert verify()[0] == 0


def test_an_ordinary_open_comment_stops_no_signature(
    submission: Submission, physician: User, second_physician: User
) -> None:
    say(submission, by=physician)

    cast.sign(submission, by=second_physician, over="Not asked for.")

    assert not CommentStep.objects.exists()


# --- Suggestions


def test_a_suggestion_is_kept_in_its_cleaned_form(submission: Submission, physician: User) -> None:
    offered = offer(
        submission, by=physician, words="<p>What helps  is <b>something</b> better.</p>"
    )

    assert offered.suggestion is not None
    assert offered.suggestion.text == ("<p>What helps is <strong>something</strong> better.</p>")


def test_what_cannot_be_suggested_is_refused_in_words(
    submission: Submission, physician: User, reader: User
) -> None:
    for fields, sentence in [
        ({"by": reader}, "Only staff who work on pages"),
        ({"part": "nowhere"}, "This edition has no such part."),
        ({"part": "stance"}, "not typed in the draft"),
        ({"part": "clinic"}, "not typed in the draft"),
        ({"words": " "}, "To take a part out, say so in a comment instead."),
        ({"words": "<p>What helps is something else.</p>"}, "words that stand there"),
        ({"words": '<p>What <img src="x" alt="a dose"> helps.</p>'}, "left out"),
        ({"part": "slug", "words": "Not a slug!"}, "is not an address"),
    ]:
        with refused(sentence):
            offer(submission, **{"by": physician, **fields})


def test_an_editor_takes_it_over_as_one_save_and_one_contribution_of_theirs(
    condition: Condition, submission: Submission, editor: User, physician: User
) -> None:
    offered = offer(submission, by=physician)
    before = Contribution.objects.count(), reversion.models.Revision.objects.count()

    step = workflow.take_over(offered, by=editor)

    condition.refresh_from_db()
    assert condition.summary == BETTER
    after = Contribution.objects.count(), reversion.models.Revision.objects.count()
    assert after == (before[0] + 1, before[1] + 1)
    assert Contribution.objects.latest("pk").by == editor
    assert (step.step, step.words) == ("taken_over", 2)  # one word out, one word in
    assert not Comment.objects.open().exists()
    submission.refresh_from_db()
    assert submission.edition.document["summary"] != BETTER
    assert verify()[0] == 0


def test_a_row_of_the_draft_takes_a_suggestion_too(
    condition: Condition, editor: User, physician: User
) -> None:
    key = condition.key_points.get().key
    submission = cast.submit(condition, by=editor)
    offered = offer(
        submission, by=physician, part=f"key_points.{key}.text", words="<p>Another point.</p>"
    )

    workflow.take_over(offered, by=editor)

    assert condition.key_points.get().text == "<p>Another point.</p>"
    assert Contribution.objects.filter(subject=condition.subject).count() == 2


def test_a_suggestion_that_no_longer_fits_is_not_taken_over(
    condition: Condition, submission: Submission, editor: User, physician: User, root: User
) -> None:
    said, offered = say(submission, by=physician), offer(submission, by=physician)
    with refused("Only staff who edit pages can take a suggestion over."):
        workflow.take_over(offered, by=physician)
    with refused("it offers no words"):
        workflow.take_over(said, by=editor)
    cast.edit(condition, by=editor, summary="<p>What helps was written anew.</p>")
    with refused("“Summary” was changed in the draft since this was suggested."):
        workflow.take_over(offered, by=editor)
    cast.edit(condition, by=editor, summary=BETTER)
    with refused("The draft says exactly this already"):
        workflow.take_over(offered, by=editor)
    key = condition.key_points.get().key
    point = offer(
        submission, by=physician, part=f"key_points.{key}.text", words="<p>Another point.</p>"
    )
    condition.key_points.get().delete()
    with refused("its row was deleted."):
        workflow.take_over(point, by=editor)
    workflow.resolve(offered, by=editor)
    with refused("This was resolved already."):
        workflow.take_over(offered, by=editor)


def test_blanked_words_are_not_taken_over(
    submission: Submission, editor: User, physician: User, manager: User
) -> None:
    offered = offer(submission, by=physician, text="For Jane Doe.", quote="What helps")
    assert offered.suggestion is not None
    assert offered.text is not None
    assert offered.quote is not None
    for remark in (offered.suggestion, offered.text, offered.quote):
        workflow.blank(remark, by=manager)

    with refused("The suggested words were blanked"):
        workflow.take_over(Comment.objects.get(pk=offered.pk), by=editor)

    assert verify()[0] == 0


# --- Authorship (DESIGN, I4)


def long_page(editor: User) -> Condition:
    """A draft of about a hundred words."""
    return cast.make_condition(
        "long", by=editor, definition=f"<p>{' '.join(f'word{n}' for n in range(100))}</p>"
    )


def test_up_to_a_tenth_of_the_words_the_suggester_signs_and_is_named(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    first = cast.submit(page, by=editor)
    workflow.take_over(offer(first, by=second_physician), by=editor)

    again = cast.submit(page, by=editor)

    assert not again.edition.author_rows.filter(user=second_physician).exists()
    signed = cast.sign(again, by=second_physician)
    assert signed.attestation == f"{workflow.ATTESTATIONS['full']} {workflow.SUGGESTED}"
    assert not signed.disclosed
    cast.edit(page, by=editor, headline="Changed.")
    later = cast.publish(page, by=editor, signer=second_physician)
    assert later.attestation == workflow.ATTESTATIONS["full"]


def test_who_suggested_nothing_is_named_for_nothing(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    workflow.take_over(offer(cast.submit(page, by=editor), by=second_physician), by=editor)

    signed = cast.publish(page, by=editor, signer=physician)

    assert workflow.SUGGESTED not in signed.attestation


def test_above_a_tenth_the_suggester_is_an_author(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    first = cast.submit(page, by=editor)
    words = f"<p>{' '.join(f'other{n}' for n in range(12))}</p>"
    workflow.take_over(offer(first, by=second_physician, words=words), by=editor)

    again = cast.submit(page, by=editor)

    assert again.edition.author_rows.filter(user=second_physician).exists()
    with refused("You wrote words of this edition"):
        cast.sign(again, by=second_physician)
    assert cast.sign(again, by=physician)


def test_many_small_suggestions_add_up(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    for number in range(4):
        submission = cast.submit(page, by=editor)
        words = f"<p>{' '.join(f'round{number}word{n}' for n in range(2))}</p>"
        workflow.take_over(offer(submission, by=second_physician, words=words), by=editor)

    again = cast.submit(page, by=editor)

    assert again.edition.author_rows.filter(user=second_physician).exists()


def test_a_restored_text_brings_its_suggester_back(
    editor: User, physician: User, second_physician: User
) -> None:
    """The words went out of sight with a signature, and come again with an old version."""
    page = long_page(editor)
    words = f"<p>{' '.join(f'other{n}' for n in range(20))}</p>"
    workflow.take_over(
        offer(cast.submit(page, by=editor), by=second_physician, words=words), by=editor
    )
    theirs = Contribution.objects.latest("pk")
    cast.edit(page, by=editor, summary="<p>Plain.</p>")
    cast.publish(page, by=editor, signer=physician)
    page.refresh_from_db()
    page.summary = words
    page.save()
    workflow.record_draft(page.subject, by=editor, restored_from=theirs)

    again = cast.submit(page, by=editor)

    assert again.edition.author_rows.filter(user=second_physician).exists()


def test_a_suggestion_that_was_restored_counts_once(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    offered = offer(
        cast.submit(page, by=editor), by=second_physician, words="<p>Rest aids nearly all.</p>"
    )
    step = workflow.take_over(offered, by=editor)
    assert step.words == 9  # of some 130, of whom a tenth may be suggested
    theirs = Contribution.objects.latest("pk")
    cast.edit(page, by=editor, summary="<p>Plain.</p>")
    page.summary = "<p>Rest aids nearly all.</p>"
    page.save()
    workflow.record_draft(page.subject, by=editor, restored_from=theirs)

    again = cast.submit(page, by=editor)

    assert not again.edition.author_rows.filter(user=second_physician).exists()


def test_what_is_taken_over_counts_where_the_draft_was_last_saved_with_the_same_words(
    editor: User, physician: User, second_physician: User
) -> None:
    page = long_page(editor)
    words, was = f"<p>{' '.join(f'other{n}' for n in range(20))}</p>", page.summary
    offered = offer(cast.submit(page, by=editor), by=second_physician, words=words)
    cast.edit(page, by=editor, summary=words)
    Condition.objects.filter(pk=page.pk).update(summary=was)
    workflow.take_over(offered, by=editor)

    again = cast.submit(page, by=editor)

    assert again.edition.author_rows.filter(user=second_physician).exists()


# --- Nothing of this is public


def test_no_comment_moves_anything_that_is_public(
    condition: Condition, editor: User, physician: User, client: Any
) -> None:
    signed = cast.publish(condition, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, headline="New."), by=editor)
    paths = ["/conditions/sample-condition/", "/conditions/sample-condition/record/", "/feed.xml"]
    before = [client.get(path).content for path in paths]
    was = traces()

    say(submission, by=physician, text="Quokka.", settle_first=True)
    workflow.take_over(offer(submission, by=physician, words="<p>Quokka.</p>"), by=editor)

    assert [client.get(path).content for path in paths] == before
    now = traces()
    assert (now["listed"], now["statuses"]) == (was["listed"], was["statuses"])
    assert SignOff.objects.get() == signed
