"""Comments, suggestions and who does a submission, on its page; and the page after a signature."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition
from reviews import workflow
from reviews.models import Comment, CommentStep, SignOff, Submission
from tests import cast
from tests.reviews.desk.test_desk import address, html_of, is_open, logged_in, sign_form
from tests.reviews.workflow.test_talk import BETTER, offer, say


@pytest.fixture
def submission(condition: Condition, editor: User, physician: User) -> Submission:
    """A change of the summary, on top of a signed edition."""
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is tea.</p>")
    return cast.submit(condition, by=editor)


# --- Comments


def test_a_comment_stands_beside_its_part_in_both_views(
    submission: Submission, physician: User, editor: User
) -> None:
    sent = {
        "view": "change",
        "place": "part-summary",
        "part": "summary",
        "quote": "tea",
        "text": "Which <b>tea</b>?",
    }

    response = logged_in(physician).post(address(submission, "comment"), sent)

    said = Comment.objects.get()
    assert response["Location"] == f"{address(submission)}#part-summary"
    changed, page = (
        logged_in(editor).get(address(submission, view)).content.decode()
        for view in ("change", "page")
    )
    for html in (changed, page):
        assert html.count(f'id="thread-{said.pk}"') == 1
        assert "Which &lt;b&gt;tea&lt;/b&gt;?" in html
        assert "<blockquote>tea</blockquote>" in html
        assert "These words are no longer there." not in html
    place = changed.index('id="part-summary"')
    assert place < changed.index(f'id="thread-{said.pk}"') < changed.index("unchanged part", place)


def test_quoted_words_that_are_gone_are_said_to_be(
    condition: Condition, submission: Submission, physician: User, editor: User
) -> None:
    said = say(submission, by=physician, part="summary", quote="tea")
    cast.edit(condition, by=editor, summary="<p>What helps is coffee.</p>")

    html = html_of(logged_in(editor), cast.submit(condition, by=editor))

    thread = html[html.index(f'id="thread-{said.pk}"') :]
    assert "These words are no longer there." in thread.partition("</article>")[0]
    assert "on edition 2," in thread


def test_a_comment_on_a_part_that_is_gone_stands_with_the_whole_page(
    condition: Condition, editor: User, physician: User
) -> None:
    key = condition.key_points.get().key
    submission = cast.submit(condition, by=editor)
    said = say(submission, by=physician, part=f"key_points.{key}.text")
    condition.key_points.all().delete()
    workflow.record_draft(condition.subject, by=editor)

    html = html_of(logged_in(editor), cast.submit(condition, by=editor))

    whole = html[html.index('id="at-whole"') :]
    assert f'id="thread-{said.pk}"' in whole
    assert "These words are no longer there." in whole


def test_a_thread_is_answered_resolved_and_opened_again_on_the_page(
    submission: Submission, physician: User, editor: User
) -> None:
    said = say(submission, by=physician, part="summary")
    client = logged_in(editor)

    client.post(address(submission, "comment"), {"answers": said.pk, "text": "Green tea."})
    assert "Green tea." in html_of(client, submission)
    sent = client.post(
        address(submission, "resolve"),
        {"comment": said.pk, "view": "page", "place": f"thread-{said.pk}"},
    )
    assert sent["Location"] == f"{address(submission, 'page')}#thread-{said.pk}"
    html = html_of(client, submission)
    assert "resolved by Edie Editor" in html
    assert "1 open comment" not in html
    client.post(address(submission, "reopen"), {"comment": said.pk})
    assert "1 open comment" in html_of(client, submission)


def test_what_is_refused_comes_back_with_what_was_typed(
    submission: Submission, physician: User, editor: User
) -> None:
    client = logged_in(editor)

    refused = client.post(
        address(submission, "comment"), {"text": "My words.", "settle_first": "on"}
    )

    assert refused.status_code == 422
    html = refused.content.decode()
    assert "Only a physician who may sign can mark a comment" in html
    assert ">My words.</textarea>" in html
    stranger = client.post(address(submission, "resolve"), {"comment": 9_999})
    assert "There is no such comment on this page." in stranger.content.decode()
    assert not Comment.objects.exists()


def test_a_place_from_a_form_leads_nowhere_else(submission: Submission, editor: User) -> None:
    for place in ("//evil.example", "x\r\nSet-Cookie: a=b", "a b", "<script>"):
        response = logged_in(editor).post(
            address(submission, "comment"), {"text": "Words.", "place": place, "view": "//x"}
        )

        assert response["Location"] == address(submission)


# --- Suggestions


def test_words_are_suggested_in_the_drafts_own_field_and_taken_over_with_one_click(
    condition: Condition, submission: Submission, physician: User, editor: User
) -> None:
    client = logged_in(physician)
    where = f"{address(submission, 'suggest')}?part=summary&view=page"
    form = client.get(where).content.decode()
    assert "What helps is tea." in form

    sent = client.post(where, {"words": BETTER, "text": "Stronger."})

    offered = Comment.objects.get()
    assert sent["Location"] == f"{address(submission, 'page')}#part-summary"
    assert offered.suggestion is not None
    assert offered.suggestion.text == BETTER
    theirs = html_of(client, submission)
    assert re.search(r"<ins>.*?something better.*?</ins>", theirs, re.DOTALL)
    assert "Take over into the draft" not in theirs
    desk = logged_in(editor)
    assert "Take over into the draft" in html_of(desk, submission)
    taken = desk.post(address(submission, "take-over"), {"comment": offered.pk}, follow=True)
    assert "Taken over into the draft" in taken.content.decode()
    condition.refresh_from_db()
    assert condition.summary == BETTER


def test_a_comment_that_becomes_a_suggestion_is_in_no_address(
    submission: Submission, physician: User
) -> None:
    client = logged_in(physician)
    typed = {"part": "summary", "view": "page", "quote": "", "text": "Why not tea?"}
    page = client.get(address(submission, "page")).content.decode()
    opened = client.post(address(submission, "suggest"), typed)

    assert 'formmethod="get"' not in page
    assert opened.status_code == 200
    html = opened.content.decode()
    assert "Why not tea?" in html
    assert '<input type="hidden" name="part" value="summary">' in html
    assert not Comment.objects.exists()


def test_a_suggestion_that_is_refused_keeps_its_words(
    submission: Submission, physician: User
) -> None:
    where = f"{address(submission, 'suggest')}?part=summary"

    refused = logged_in(physician).post(where, {"words": "<p>What helps is tea.</p>"})

    assert refused.status_code == 422
    assert "These are the words that stand there" in refused.content.decode()
    for part in ("", "nowhere", "stance", "clinic"):
        where = f"{address(submission, 'suggest')}?part={part}"
        assert logged_in(physician).get(where).status_code == 404, part


def test_signing_after_ones_own_small_suggestion_says_so_beforehand(
    editor: User, physician: User, second_physician: User
) -> None:
    words = f"<p>{' '.join(f'word{n}' for n in range(100))}</p>"
    page = cast.make_condition("long", by=editor, definition=words)
    workflow.take_over(offer(cast.submit(page, by=editor), by=second_physician), by=editor)
    submission = cast.submit(page, by=editor)

    assert workflow.SUGGESTED in html_of(logged_in(second_physician), submission)
    assert workflow.SUGGESTED not in html_of(logged_in(physician), submission)


# --- Beside Sign


def test_open_comments_stand_beside_sign_and_only_settle_first_asks_for_a_sentence(
    submission: Submission, physician: User, second_physician: User
) -> None:
    say(submission, by=second_physician, part="summary", text="An aside.")
    client = logged_in(physician)
    html = html_of(client, submission)
    assert "An aside." in html[html.index('id="sign"') :]
    assert 'name="over"' not in html
    said = say(submission, by=second_physician, part="summary", settle_first=True)
    assert 'name="over"' in html_of(client, submission)

    refused = client.post(address(submission, "sign"), sign_form(submission))
    assert "asked to settle a comment first" in refused.content.decode()
    assert is_open(submission)
    form = sign_form(submission, over="Checked.")
    assert client.post(address(submission, "sign"), form).status_code == 302

    assert CommentStep.objects.get(step="signed_over").comment == said


def test_take_on_hand_over_and_let_go(
    submission: Submission, physician: User, second_physician: User
) -> None:
    client, other = logged_in(physician), logged_in(second_physician)
    assert "taken\non by nobody" in html_of(client, submission)

    client.post(address(submission, "take-on"), {"view": "checks"})
    assert "you took it on" in html_of(client, submission)
    assert "taken on by second-physician" not in html_of(other, submission)
    client.post(address(submission, "hand-over"), {"to": second_physician.reviewer.pk})
    assert "you took it on" in html_of(other, submission)
    assert "taken on by second-physician" in html_of(client, submission)
    other.post(address(submission, "let-go"))
    assert "taken\non by nobody" in html_of(client, submission)


# --- After signing


def test_after_signing_one_reads_where_it_is_and_how_to_go_back(
    submission: Submission, physician: User, second_physician: User
) -> None:
    client = logged_in(second_physician)
    form = sign_form(submission, profile=cast.printed(second_physician))

    response = client.post(address(submission, "sign"), form, follow=True)

    assert response.redirect_chain == [(address(submission, "signed"), 302)]
    html = response.content.decode()
    assert "Signed. Patients read it now" in html
    assert "Told in the next morning’s letter: Edie Editor." in html
    assert "Told by mail now" not in html
    assert 'href="/conditions/sample-condition/"' in html
    assert "Go back to\nedition 1" in html
    assert "Next: your work" in html
    signed = SignOff.objects.latest("pk")
    (action,) = re.findall(r'action="([^"]*cancel/)"', html)
    client.post(action, {"sign_off": signed.pk, "reason": "A slip."})
    again = client.get(address(submission, "signed")).content.decode()
    assert "Signed,\nand no longer in force" in again
    assert "Go back" not in again


def test_a_first_edition_is_taken_off_instead(
    condition: Condition, editor: User, physician: User
) -> None:
    submission = cast.submit(condition, by=editor)
    client = logged_in(physician)
    assert client.get(address(submission, "signed"))["Location"] == address(submission)

    html = client.post(
        address(submission, "sign"), sign_form(submission), follow=True
    ).content.decode()

    assert "Go back to" not in html
    assert f"{submission.subject.get_absolute_url()}#withdraw" in html


# --- On the draft


def draft(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/change/"


def test_open_comments_are_told_on_the_draft_with_their_fields(
    condition: Condition, submission: Submission, physician: User, editor: User
) -> None:
    said = say(submission, by=physician, part="summary", text="Which tea?")
    key = condition.key_points.get().key
    offer(submission, by=physician, part=f"key_points.{key}.text", words="<p>Another.</p>")
    workflow.resolve(say(submission, by=physician, text="Settled."), by=editor)

    html = logged_in(editor).get(draft(condition)).content.decode()

    assert "2 open comments" in html
    assert 'href="#part-summary"' in html
    assert 'id="id_summary"' in html
    assert f'href="#row-{key}"' in html
    assert f'id="row-{key}"' in html
    assert f"{submission.get_absolute_url()}#thread-{said.pk}" in html
    assert "Settled." not in html


def test_a_reviewer_is_asked_before_their_first_save_of_a_draft(
    condition: Condition, submission: Submission, author_physician: User, editor: User
) -> None:
    client = logged_in(author_physician)
    opened = client.get(draft(condition))
    html = opened.content.decode()
    assert "If you save, you cannot sign this version." in html
    assert f'href="{submission.get_absolute_url()}">Suggest instead?' in html
    assert "save_all_the_same" not in logged_in(editor).get(draft(condition)).content.decode()
    typed = typed_draft(condition, opened, summary="<p>My own words.</p>")

    refused = client.post(draft(condition), typed)
    condition.refresh_from_db()
    assert condition.summary == "<p>What helps is tea.</p>"
    assert "Not saved yet. If you save, you cannot sign this version." in refused.content.decode()
    assert "My own words." in refused.content.decode()
    saved = client.post(draft(condition), {**typed, "save_all_the_same": "on"})

    assert saved.status_code == 302
    condition.refresh_from_db()
    assert condition.summary == "<p>My own words.</p>"
    assert "save_all_the_same" not in client.get(draft(condition)).content.decode()


def test_nobody_is_asked_where_authors_may_sign(
    settings: Any, condition: Condition, author_physician: User
) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"

    html = logged_in(author_physician).get(draft(condition)).content.decode()

    assert "you cannot sign this version" not in html


def test_the_only_physician_reads_what_would_let_them_sign_their_own_words(
    author_physician: User, editor: User
) -> None:
    page = cast.make_condition("own", by=author_physician)
    submission = cast.submit(page, by=editor)

    alone = html_of(logged_in(author_physician), submission)
    cast.make_reviewer(cast.person("colleague", "Physicians"), "Dana Third", "MD")
    helped = html_of(logged_in(author_physician), submission)

    assert "whoever runs the server can set AUTHOR_MAY_SIGN=disclosed" in alone
    assert "AUTHOR_MAY_SIGN" not in helped


def typed_draft(condition: Condition, opened: Any, **typed: Any) -> dict[str, Any]:
    """What the browser sends for a draft, its rows as they stand."""
    form = opened.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    for inline in opened.context["inline_admin_formsets"]:
        for one in [inline.formset.management_form, *inline.formset.initial_forms]:
            sent |= {one[name].html_name: one[name].value() for name in one.fields}
    return {name: value for name, value in sent.items() if value is not None} | typed
