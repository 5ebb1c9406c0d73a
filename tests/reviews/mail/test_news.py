"""Who is told of what happened, when, and in which words."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.mail import outbox, words, writing
from reviews.models import (
    Group,
    Letter,
    MailChoice,
    MailCursor,
    Notification,
    Reason,
    Submission,
    Timing,
)
from tests import cast
from tests.reviews.mail.post import at, box, empty, morning, read

# A Tuesday evening in the clinic.
EVENING = datetime(2026, 3, 3, 20, tzinfo=clock.zone())


@pytest.fixture(autouse=True)
def _evening(db: None, time_machine: Any) -> None:
    """The letters of this morning are written."""
    time_machine.move_to(EVENING)
    MailCursor.objects.create(pk=1, day=EVENING.date())


def test_a_named_reviewer_is_asked_in_the_morning_and_nobody_else(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    submission = cast.submit(condition, by=editor, reviewer=physician.reviewer)
    outbox.run()
    assert mail.outbox == []

    morning(time_machine)
    morning(time_machine)

    assert box(physician) == ["your morning letter"]
    assert "Edie Editor asks you to review a new page." in read(physician)
    assert f"http://localhost:8000/admin/reviews/submission/{submission.pk}/change/" in read(
        physician
    )
    assert box(second_physician) == box(editor) == []


def test_where_none_is_named_every_physician_who_may_sign_is_asked(
    editor: User,
    physician: User,
    second_physician: User,
    author_physician: User,
    time_machine: Any,
) -> None:
    condition = cast.make_condition(by=author_physician)
    unlicensed = cast.person("unlicensed", "Physicians")
    cast.make_reviewer(unlicensed, "No License", "MD", valid_to=clock.today() - timedelta(days=1))
    cast.submit(condition, by=editor)

    morning(time_machine)

    for asked in (physician, second_physician):
        assert "for any physician to review" in read(asked)
    assert mail.outbox[0].to != mail.outbox[1].to
    assert len(mail.outbox) == 2


def test_what_was_settled_before_the_morning_is_not_asked_any_more(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    workflow.take_back(cast.submit(condition, by=editor), by=editor)

    morning(time_machine)

    assert mail.outbox == []


def test_what_is_sent_back_goes_to_authors_and_who_else_edits_and_comes_again_to_who_sent_it(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    submission = cast.submit(condition, by=editor)
    cast.edit(condition, by=second_editor, headline="Other words.")
    workflow.request_changes(submission, by=physician, reason="The dose of ketamine is wrong.")

    morning(time_machine)

    for author in (editor, second_editor):
        assert "physician sent a new page back and asks for changes." in read(author)
        assert f"/admin/reviews/submission/{submission.pk}/change/" in read(author)
    assert "ketamine" not in read(editor) + read(second_editor)
    assert box(physician) == []

    cast.submit(condition, by=second_editor)
    morning(time_machine)
    assert "put a new page, which you sent back, forward again." in read(physician)
    assert "which you sent back" not in read(second_physician)
    assert "for any physician to review" in read(second_physician)


def test_who_was_asked_and_who_wrote_are_told_that_an_edition_is_superseded(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    cast.submit(condition, by=editor, reviewer=physician.reviewer)
    cast.edit(condition, by=second_editor, headline="Other words.")
    newer = cast.submit(condition, by=second_editor, reviewer=second_physician.reviewer)

    morning(time_machine)

    for person in (physician, editor):
        assert "put a newer edition of a new page forward" in read(person)
        assert f"/admin/reviews/submission/{newer.pk}/change/" in read(person)
    assert "asks you to review" not in read(physician)
    assert "newer edition" not in read(second_editor) + read(second_physician)


def test_authors_are_told_that_it_is_live_with_the_address(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    morning(time_machine)

    assert "physician signed “Sample condition”: it is live." in read(editor)
    assert "http://localhost:8000/conditions/sample-condition/\n" in read(editor)
    assert box(physician) == []


def test_what_waits_to_take_effect_is_not_called_live_until_it_is(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    effective_at = datetime(2026, 3, 6, 15, tzinfo=clock.zone())
    cast.publish(condition, by=editor, signer=physician, effective_at=effective_at)

    morning(time_machine)

    assert "signed a new page. It takes effect on March 6, 2026, 3:00 PM" in read(editor)
    assert "it is live" not in read(editor)
    assert "/conditions/sample-condition/" not in read(editor)
    empty()
    morning(time_machine)
    assert mail.outbox == []
    morning(time_machine)
    for person in (editor, physician):
        assert "A new page takes effect on March 6, 2026, as it was signed." in read(person)
    empty()
    morning(time_machine)
    assert mail.outbox == []


def test_a_correction_gets_its_name_from_what_is_public_and_not_from_the_draft(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="Secret new name")
    cast.submit(condition, by=editor, note="Secret note.")

    morning(time_machine)

    assert "put “Sample condition” forward" in read(physician)
    assert "Secret" not in read(physician) + read(editor)


def test_flag_hold_and_withdrawal_are_told_at_once_whatever_somebody_chose(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    reader: User,
    time_machine: Any,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    for group in Group:
        if group != Group.MUST:
            MailChoice.objects.create(person=second_physician, group=group, timing=Timing.NEVER)
    for verb, subject in (("flag", "a page was flagged"), ("hold", "a page was held")):
        cast.lay_over(verb, condition, by=reader, reason="The dose is wrong.")
        outbox.run()
        for person in (physician, second_physician, manager, editor):
            assert box(person).count(subject) == 1, (verb, person)
    workflow.withdraw(condition.subject, by=manager, reason="The dose.", notice="being_corrected")
    outbox.run()

    assert box(second_physician) == [
        "a page was flagged",
        "a page was held",
        "a page was withdrawn",
    ]
    assert "a page was withdrawn" not in box(manager)
    assert box(reader) == []
    assert "reader held “Sample condition”" in read(second_physician)
    assert "dose" not in "".join(str(sent.body) for sent in mail.outbox)


def test_a_release_is_told_in_the_morning_to_who_flagged_too(
    condition: Condition,
    editor: User,
    physician: User,
    manager: User,
    reader: User,
    time_machine: Any,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.lay_over("flag", condition, by=reader)
    outbox.run()
    empty()
    cast.lay_over("release", condition, by=physician)
    outbox.run()
    assert mail.outbox == []

    morning(time_machine)

    for person in (reader, manager, editor):
        assert "physician released “Sample condition”: it stands as before." in read(person)
    assert "released" not in read(physician)


def test_a_page_taken_out_for_harm_is_not_named_again(
    condition: Condition, editor: User, physician: User, manager: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    workflow.withdraw(condition.subject, by=manager, reason="Wrong.", notice="safety")

    outbox.run()

    assert "manager withdrew a page: a notice stands in its place." in read(physician)
    assert "Sample condition" not in read(physician)


def test_what_is_put_forward_for_a_flagged_page_cannot_wait(
    condition: Condition, editor: User, physician: User, reader: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.lay_over("flag", condition, by=reader)
    outbox.run()
    empty()
    MailChoice.objects.create(person=physician, group=Group.ASKED, timing=Timing.NEVER)
    cast.edit(condition, by=editor, summary="<p>Mended.</p>")
    cast.submit(condition, by=editor)

    outbox.run()

    assert box(physician) == ["a review that cannot wait"]
    assert "it cannot wait." in read(physician)


def test_an_urgent_correction_is_told_at_once_to_authors_managers_and_who_reviewed_in_full(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    time_machine: Any,
) -> None:
    words = " ".join(f"word{number}" for number in range(80))
    cast.edit(condition, by=editor, summary=f"<p>{words}</p>")
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary=f"<p>{words} mended</p>")
    cast.sign(cast.submit(condition, by=editor), by=second_physician, scope="urgent")

    outbox.run()

    for person in (editor, manager, physician):
        assert box(person) == ["a page was changed urgently"]
        assert "A full review is due on March 17, 2026." in read(person)
    assert box(second_physician) == []


def test_who_signed_and_who_wrote_are_told_that_a_signature_was_cancelled(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    signed = cast.publish(
        condition, by=editor, signer=physician, effective_at=EVENING + timedelta(days=9)
    )
    workflow.cancel(signed, by=second_physician, reason="No.")

    morning(time_machine)

    for person in (editor, physician):
        assert "second-physician cancelled a signature under a new page." in read(person)


def test_one_morning_letter_says_it_all_and_what_comes_later_waits_for_the_next(
    editor: User, physician: User, time_machine: Any
) -> None:
    for number in range(3):
        cast.publish(cast.make_condition(f"page-{number}", by=editor), by=editor, signer=physician)
    cast.submit(cast.make_condition("asked", by=editor), by=editor)
    morning(time_machine)
    assert (box(editor), box(physician)) == (["your morning letter"], ["your morning letter"])
    assert read(editor).count("it is live") == 3

    cast.publish(cast.make_condition("later", by=editor), by=editor, signer=physician)
    at(time_machine, clock.today(), time(18))
    outbox.run()
    assert len(box(editor)) == 1
    at(time_machine, clock.today() + timedelta(days=1), time(6, 59))
    outbox.run()
    assert len(box(editor)) == 1
    at(time_machine, clock.today(), time(7))
    outbox.run()
    outbox.run()
    assert len(box(editor)) == 2


def test_each_person_chooses_at_once_or_never(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    for person, timing in ((physician, Timing.AT_ONCE), (second_physician, Timing.NEVER)):
        MailChoice.objects.create(person=person, group=Group.ASKED, timing=timing)
    cast.submit(condition, by=editor)

    outbox.run()
    assert box(physician) == ["you are asked for a review"]
    morning(time_machine)
    assert len(mail.outbox) == 1
    assert not Notification.objects.filter(person=second_physician).exists()


def test_many_lines_are_cut_and_counted(
    editor: User, physician: User, time_machine: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(words, "MOST_LINES", 3)
    for number in range(5):
        cast.submit(cast.make_condition(f"page-{number}", by=editor), by=editor)

    morning(time_machine)

    # All are new pages: one sentence for each, by its address.
    assert read(physician).count("put a new page forward") == 3
    assert "And 2 more: http://localhost:8000/admin/" in read(physician)


def test_letters_are_plain_text_and_the_same_in_html_with_links_that_come_back_after_log_in(
    condition: Condition, editor: User, physician: User, settings: Any, time_machine: Any
) -> None:
    settings.SITE_URL = "https://clinic.example"
    User.objects.filter(pk=editor.pk).update(first_name="<b>Eve</b>", last_name="")
    cast.submit(condition, by=editor)
    morning(time_machine)

    (sent,) = mail.outbox
    message = sent.message()
    assert message.get_content_type() == "multipart/alternative"
    plain, html = (str(part.get_payload(decode=True), "utf-8") for part in message.get_payload())
    assert "<b>Eve</b> put a new page" in plain
    assert "&lt;b&gt;Eve&lt;/b&gt; put a new page" in html
    assert "<b>Eve" not in html
    for said in (plain, html):
        links = re.findall(r"https?://[^\s\"<]+", said)
        assert {link.partition("/admin/")[0] for link in links} == {"https://clinic.example"}
    link = re.findall(r"https://clinic.example(/admin/reviews/\S+)", plain)[0]
    assert sent.body == plain

    client = Client()
    asked = client.get(link, follow=True)
    came = client.post(
        asked.redirect_chain[-1][0],
        {
            "username": "physician",
            "password": cast.PASSWORD,
            "next": link,
        },
        REMOTE_ADDR="192.0.2.1",
    )
    assert (came.status_code, came["Location"]) == (302, link)
    assert client.get(link).status_code == 200


def test_letters_say_no_word_of_medicine_and_none_of_a_draft(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    reader: User,
    time_machine: Any,
) -> None:
    """Every reason for a notification, for pages whose public names say nothing."""
    for person in (editor, physician, second_physician):
        for group in set(Group) - {Group.MUST, Group.DUE}:
            MailChoice.objects.create(person=person, group=group, timing=Timing.AT_ONCE)
    words = " ".join(f"word{number}" for number in range(80))
    here = {"name": "Publicname", "slug": "publicname", "summary": f"<p>{words}</p>"}
    cast.publish(cast.edit(condition, by=editor, **here), by=editor, signer=physician)

    def put_forward(**fields: Any) -> Submission:
        cast.edit(condition, by=second_editor, **fields)
        submission = cast.submit(condition, by=editor, note="Draftnote", public_note="Draftpublic")
        outbox.run()
        return submission

    first = put_forward(headline="Draftword.", name="Draftname")
    workflow.request_changes(first, by=physician, reason="Draftreason")
    put_forward(headline="Draft two.")
    workflow.submit(condition.subject, by=second_editor, note="", public_note="")
    outbox.run()
    cast.edit(
        condition, by=second_editor, name="Publicname", headline="Tovani does not treat this."
    )
    correction = put_forward(summary=f"<p>{words} Draftend</p>")
    cast.sign(correction, by=second_physician, scope="urgent")
    cast.lay_over("flag", condition, by=reader, reason="Draftreason")
    put_forward(headline="Draft three.")
    cast.lay_over("hold", condition, by=reader, reason="Draftreason")
    cast.lay_over("release", condition, by=physician, reason="Draftreason")
    live = workflow.in_force(condition.subject, clock.now())
    assert live is not None
    workflow.cancel(live, by=physician, reason="Draftreason")
    workflow.withdraw(condition.subject, by=manager, reason="Draftreason", notice="out_of_date")
    other = cast.make_condition("draftother", by=editor)
    cast.publish(other, by=editor, signer=physician, effective_at=EVENING + timedelta(days=1))
    physician.reviewer.licenses.update(expires_on=clock.today() + timedelta(days=20))
    talked = cast.submit(cast.make_condition("publictalk", by=editor), by=editor)
    said = workflow.comment(talked, by=physician, text="Draftsaid", settle_first=True)
    workflow.comment(talked, by=editor, text="Draftsaid, @physician", answers=said)
    workflow.suggest(talked, by=physician, part="summary", words="<p>Draftsaid.</p>")
    workflow.take_on(talked, by=physician)
    workflow.hand_over(talked, by=physician, to=second_physician)
    outbox.run()
    cast.sign(talked, by=second_physician, over="Draftreason")
    due = cast.make_condition("publicdue", by=editor, review_interval_months=1)
    cast.publish(due, by=editor, signer=second_physician)
    own = {"proof": cast.proof(), "reason": "Draftreason", "hold": False}
    workflow.end_reliance(due.subject, by=second_physician, **own)
    for days in (1, 1, 40):
        morning(time_machine, days)

    told = set(Notification.objects.values_list("reason", flat=True))
    assert {reason.value for reason in Reason} - told == set()
    assert Letter.objects.filter(kind="overdue").exists()
    said = " ".join(f"{sent.subject} {sent.message()}" for sent in mail.outbox).lower()
    said = re.sub(r"http://localhost:8000/conditions/public\w+/", "", said)
    found = re.findall(r"ketamine|patient|diagnos|condition|treat|dose|depress|draft\w*", said)
    assert found == []


def test_what_is_said_goes_to_authors_the_thread_and_who_is_mentioned(
    condition: Condition,
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    time_machine: Any,
) -> None:
    submission = cast.submit(condition, by=editor)
    first = workflow.comment(
        submission, by=physician, text="Is the dose right, @second-editor?", part="summary"
    )
    workflow.comment(submission, by=second_physician, text="I think so.", answers=first)
    workflow.suggest(submission, by=manager, part="summary", words="<p>Draftwords.</p>")

    morning(time_machine)

    for told in ("physician commented on a new page.", "manager suggested words for a new page."):
        assert told in read(editor)
    assert "physician mentioned you in a comment on a new page." in read(second_editor)
    assert "commented" not in read(second_editor)
    assert "second-physician commented on a new page." in read(physician)
    assert "physician commented" not in read(second_physician).replace("second-physician", "")
    said = "".join(str(sent.body) for sent in mail.outbox)
    assert "dose" not in said
    assert "Draftwords" not in said
    assert f"/admin/reviews/submission/{submission.pk}/change/" in read(second_editor)


def test_who_does_a_review_is_told_to_authors_and_who_was_named_and_to_whom_it_is_handed(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    author_physician: User,
    time_machine: Any,
) -> None:
    submission = cast.submit(condition, by=editor, reviewer=author_physician.reviewer)
    workflow.take_on(submission, by=physician)
    workflow.hand_over(submission, by=physician, to=second_physician)

    morning(time_machine)

    for person in (editor, author_physician):
        assert "physician took the review of a new page on." in read(person)
        assert "handed" not in read(person)
    assert "physician handed the review of a new page over to you." in read(second_physician)
    assert box(physician) == []


def test_who_wanted_something_settled_first_is_told_that_it_was_signed_over(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    time_machine: Any,
) -> None:
    submission = cast.submit(condition, by=editor)
    workflow.comment(submission, by=physician, text="Settle this.", settle_first=True)
    cast.sign(submission, by=second_physician, over="Drafted reason.")

    morning(time_machine)

    words = "second-physician signed “Sample condition” over your comment, which stays open"
    assert words in read(physician)
    assert "Drafted reason" not in read(physician)


def test_what_happened_long_before_the_first_run_is_no_news(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    cast.submit(condition, by=editor)
    morning(time_machine, days=31)

    assert mail.outbox == []
    assert MailCursor.objects.get().seq > 0


def test_a_batch_asks_no_more_than_a_single_event(
    editor: User, physician: User, second_physician: User, django_assert_max_num_queries: Any
) -> None:
    def happen(number: int) -> None:
        page = cast.make_condition(f"page-{number}", by=editor)
        back = cast.submit(page, by=editor)
        workflow.request_changes(back, by=physician, reason="No.")
        cast.publish(page, by=editor, signer=physician)
        cast.lay_over("flag", page, by=editor)

    asked = []
    for number, times in ((0, 1), (1, 4)):
        for one in range(times):
            happen(number * 100 + one)
        with django_assert_max_num_queries(60) as queries:
            writing.read_events(outbox.silent)
        asked.append(len(queries))
    assert asked[1] <= asked[0]


def test_a_person_who_is_no_longer_active_gets_no_letter(
    condition: Condition, editor: User, physician: User, second_physician: User, time_machine: Any
) -> None:
    cast.submit(condition, by=editor)
    outbox.run()
    User.objects.filter(pk=second_physician.pk).update(is_active=False)

    morning(time_machine)

    assert box(second_physician) == []
    assert box(physician) == ["your morning letter"]


def test_read_twice_after_a_restored_backup_nobody_is_told_twice(
    condition: Condition, editor: User, physician: User, time_machine: Any
) -> None:
    cast.submit(condition, by=editor)
    morning(time_machine)
    MailCursor.objects.update(seq=0, day=None)

    outbox.run()
    morning(time_machine)

    assert box(physician) == ["your morning letter"]
    assert Submission.objects.get().is_open
