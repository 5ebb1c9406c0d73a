"""What became of a page is told where its draft is edited, put forward and signed (DESIGN, I9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import Remark, Submission
from tests import cast
from tests.forms import send

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOON = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)
WITHDRAWN = "Edition 1 was withdrawn on May 31, 2026 by manager."
SENT_BACK = "Edition 1 was sent back with changes requested on May 31, 2026 by physician."
CANCELLED = "Edition 1 was cancelled on May 31, 2026 by manager."


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(editor: User) -> Client:
    return logged_in(editor)


def draft(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/change/"


def submitting(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/submit/"


def html_of(response: HttpResponse) -> str:
    return " ".join(unescape(response.content.decode()).split())


@pytest.fixture
def withdrawn(condition: Condition, editor: User, physician: User, manager: User) -> Condition:
    """Withdrawn for a mistake on May 31, 2026."""
    with time_machine.travel(NOON, tick=False):
        signed = cast.publish(condition, by=editor, signer=physician)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        why = "Dose mistake\nin <next> steps."
        workflow.withdraw(signed.subject, by=manager, reason=why, notice="out_of_date")
    return condition


@pytest.fixture
def sent_back(condition: Condition, editor: User, physician: User) -> Condition:
    """Sent back on May 31, 2026."""
    with time_machine.travel(NOON, tick=False):
        workflow.request_changes(
            cast.submit(condition, by=editor), by=physician, reason="Say how often."
        )
    return condition


@pytest.fixture
def cancelled(condition: Condition, editor: User, physician: User, manager: User) -> Condition:
    """A signed edition that was to count later, cancelled on May 31, 2026."""
    with time_machine.travel(NOON, tick=False):
        ahead = clock.now() + timedelta(days=9)
        signed = cast.publish(condition, by=editor, signer=physician, effective_at=ahead)
        workflow.cancel(signed, by=manager, reason="Too early.")
    return condition


@pytest.mark.parametrize(
    ("what", "told", "reason"),
    [
        ("withdrawn", WITHDRAWN, "Reason: Dose mistake<br>in &lt;next&gt; steps."),
        ("sent_back", SENT_BACK, "Reason: Say how often."),
        ("cancelled", CANCELLED, "Reason: Too early."),
    ],
)
def test_draft_submit_page_and_submission_say_what_happened_and_why(
    request: pytest.FixtureRequest, client: Client, editor: User, what: str, told: str, reason: str
) -> None:
    condition = request.getfixturevalue(what)

    for address in (draft(condition), submitting(condition)):
        raw = client.get(address).content.decode()
        assert told in raw, address
        assert reason in raw, address

    cast.edit(condition, by=editor, summary="<p>Other words.</p>")
    submission = cast.submit(condition, by=editor)
    raw = client.get(submission.get_absolute_url()).content.decode()
    assert told in raw
    assert reason in raw

    # A signature is the answer: then it is told no more.
    cast.sign(submission, by=User.objects.get(username="physician"))
    for address in (draft(condition), submission.get_absolute_url()):
        assert told not in client.get(address).content.decode(), address


def test_a_page_that_nothing_happened_to_has_no_banner(
    client: Client, condition: Condition, editor: User
) -> None:
    for address in (
        draft(condition),
        submitting(condition),
        cast.submit(condition, by=editor).get_absolute_url(),
    ):
        assert "desk-setback" not in client.get(address).content.decode(), address


# --- The same words again


@pytest.mark.parametrize("what", ["withdrawn", "sent_back", "cancelled"])
def test_the_same_words_need_a_sentence_why_which_is_kept_and_shown(
    request: pytest.FixtureRequest, client: Client, physician: User, what: str
) -> None:
    condition = request.getfixturevalue(what)
    before = Remark.objects.count()

    for nothing in ("", "   "):
        typed = {"note": "A note.", "unchanged_because": nothing}
        response = send(client, submitting(condition), "", **typed)

        html = html_of(response)
        assert response.status_code == 422
        assert "This field is required." in html
        assert "A note.</textarea>" in html
        assert not Submission.objects.filter(status="open").exists()
        assert Remark.objects.count() == before

    why = "The dose was right:\nthe <table> is for adults."
    response = send(client, submitting(condition), "", note="A note.", unchanged_because=why)

    assert response.status_code == 302
    submission = Submission.objects.get(status="open")
    assert submission.unchanged_because is not None
    assert submission.unchanged_because.text == why
    page = logged_in(physician).get(submission.get_absolute_url()).content.decode()
    assert "Why these words come again unchanged" in page
    assert "The dose was right:<br>the &lt;table&gt; is for adults." in page


def test_words_that_changed_need_no_sentence_and_none_is_asked_for(
    client: Client, withdrawn: Condition, editor: User
) -> None:
    cast.edit(withdrawn, by=editor, summary="<p>Other words.</p>")
    assert "unchanged_because" not in client.get(submitting(withdrawn)).content.decode()

    response = client.post(submitting(withdrawn), {"unchanged_because": "Sent along."})

    assert response.status_code == 302
    assert Submission.objects.get(status="open").unchanged_because is None


def test_words_turned_back_while_the_form_was_open_are_refused_with_the_sentence(
    client: Client, withdrawn: Condition, editor: User
) -> None:
    words = withdrawn.summary
    cast.edit(withdrawn, by=editor, summary="<p>Other words.</p>")
    assert "unchanged_because" not in client.get(submitting(withdrawn)).content.decode()
    cast.edit(withdrawn, by=editor, summary=words)

    response = client.post(submitting(withdrawn), {"note": "A note."})

    html = html_of(response)
    assert response.status_code == 422
    assert "This field is required." in html
    assert "Why do these words come again unchanged?" in html
    assert "A note.</textarea>" in html
    assert not Submission.objects.filter(status="open").exists()


def test_the_field_stands_first_below_what_it_answers(client: Client, withdrawn: Condition) -> None:
    html = html_of(client.get(submitting(withdrawn)))

    labels = re.findall(r"<label[^>]*>([^<]+)</label>", html[html.index("desk-setback") :])
    assert labels[0] == "Why do these words come again unchanged?"


# --- Compared with what


def test_after_a_withdrawal_the_words_are_compared_with_those_that_were_public_last(
    client: Client, withdrawn: Condition, editor: User
) -> None:
    cast.edit(withdrawn, by=editor, summary="<p>What helps is something quite else.</p>")

    html = html_of(client.get(cast.submit(withdrawn, by=editor).get_absolute_url()))

    assert "Nothing of this page is public now. Against edition 1, which was public last." in html
    added = [words.strip() for words in re.findall(r"<ins>.*?</span>(.*?)</ins>", html)]
    assert added == ["quite"]
    assert "every word is new" not in html


def test_the_second_comparison_shows_what_changed_since_it_was_sent_back(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something quite else.</p>")
    workflow.request_changes(cast.submit(condition, by=editor), by=physician, reason="Say when.")
    cast.edit(condition, by=editor, summary="<p>What helps is something quite else today.</p>")

    address = cast.submit(condition, by=editor).get_absolute_url()
    first, second = (
        html_of(client.get(address, {"against": base})) for base in ("in-force", "edition-2")
    )

    found = [
        [words.strip() for words in re.findall(r"<ins>.*?</span>(.*?)</ins>", part)]
        for part in (first, second)
    ]
    # "today" stands before the full stop.
    assert found == [["quite", "today"], ["today"]]
    assert "Against edition 1, in force since" in first
    assert "Against edition 2, sent back" in second


def test_what_was_never_sent_back_has_one_comparison(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something quite else.</p>")

    html = html_of(client.get(cast.submit(condition, by=editor).get_absolute_url()))

    assert "was sent back" not in html


# --- Where it stands


def test_the_list_says_where_each_draft_stands(
    client: Client, editor: User, physician: User, manager: User
) -> None:
    def page(slug: str) -> Condition:
        return cast.make_condition(slug, by=editor)

    def stands(slug: str) -> str:
        html = html_of(client.get("/admin/conditions/condition/"))
        name = slug.replace("-", " ").capitalize()
        (words,) = re.findall(
            rf'>{name}</a></th>.*?<td class="field-where_it_stands">(.*?)</td>', html
        )
        return str(words)

    with time_machine.travel(NOON, tick=False):
        client = logged_in(editor)
        page("draft-alone")
        cast.submit(page("in-review"), by=editor)
        for slug in ("public-page", "held-page", "flagged-page", "withdrawn-page"):
            cast.publish(page(slug), by=editor, signer=physician)
        for verb, slug in (("hold", "held-page"), ("flag", "flagged-page")):
            cast.lay_over(verb, Condition.objects.get(slug=slug), by=editor)
        gone = Condition.objects.get(slug="withdrawn-page")
        workflow.withdraw(gone.subject, by=manager, reason="Why.", notice="out_of_date")
        ahead = NOON + timedelta(days=2)
        cast.publish(page("waiting-page"), by=editor, signer=physician, effective_at=ahead)
        for slug, words in (
            ("draft-alone", "never signed"),
            ("in-review", "never signed; in review with any physician since May 31, 2026"),
            ("public-page", "public since May 31, 2026"),
            ("held-page", "held since May 31, 2026"),
            ("flagged-page", "public since May 31, 2026; flagged since May 31, 2026"),
            ("withdrawn-page", "withdrawn on May 31, 2026"),
            ("waiting-page", "not public; takes effect on June 2, 2026, 12:00 PM EDT"),
        ):
            assert stands(slug) == words, slug

        cast.submit(gone, by=editor)
        assert (
            stands("withdrawn-page")
            == "withdrawn on May 31, 2026; in review with any physician since May 31, 2026"
        )


def test_the_draft_says_that_a_held_page_is_not_read(
    client: Client, condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    assert "Patients read <a" in html_of(client.get(draft(condition)))

    cast.lay_over("hold", condition, by=editor, reason="A dose is wrong.")

    html = html_of(client.get(draft(condition)))
    assert "Patients read that this page is being checked." in html
    assert "Patients read <a" not in html
    assert "The page is held: A dose is wrong." in html
