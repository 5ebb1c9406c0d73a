"""The three views of a submission, what a reader was shown, and what a page of it costs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition
from reviews import workflow
from reviews.models import Shown, SignOff, Submission
from tests import cast
from tests.reviews.desk.test_desk import address, html_of, is_open, logged_in, sign_form
from tests.reviews.workflow.test_talk import offer, say

VIEWS = ("change", "page", "checks")


@pytest.fixture
def submission(condition: Condition, editor: User) -> Submission:
    """The first edition, put forward."""
    return cast.submit(condition, by=editor)


def form_of(submission: Submission, **typed: Any) -> dict[str, Any]:
    """A sign form that was filled in by somebody who was shown nothing."""
    form = sign_form(submission, **typed)
    Shown.objects.all().delete()
    return form


# --- Three views


def test_each_view_has_its_address_the_header_and_the_form(
    submission: Submission, physician: User
) -> None:
    client = logged_in(physician)
    for view in VIEWS:
        html = client.get(address(submission, view)).content.decode()

        head = html[html.index('<header class="sub-head">') : html.index("</header>", 5000)]
        assert "Sample condition" in head
        assert "First edition · asked of any physician · today" in head
        assert 'href="#sign"' in head
        assert 'href="#request-changes"' in head
        (here,) = re.findall(r'<a href="([^"]*)"\s+aria-current="page"', head)
        assert here == address(submission, view)
        assert html.count('id="sign"') == html.count('id="request-changes"') == 1
        assert f'name="view" value="{view}"' in html


def test_a_refused_form_comes_back_on_the_view_that_it_was_sent_from(
    submission: Submission, physician: User
) -> None:
    client = logged_in(physician)
    for view in VIEWS:
        form = sign_form(submission, view=view, password="wrong")

        response = client.post(address(submission, "sign"), form)

        assert response.status_code == 422
        assert f"submission/{view}.html" in response.templates[0].name
        assert "The password is wrong" in response.content.decode()
    assert is_open(submission)


def test_the_page_is_in_a_frame_without_script(submission: Submission, physician: User) -> None:
    html = logged_in(physician).get(address(submission, "page")).content.decode()

    (frame,) = re.findall("<iframe[^>]*>", html)
    assert f'src="{address(submission, "preview")}"' in frame
    assert 'sandbox="allow-same-origin"' in frame


def test_what_changed_is_told_against_what_a_reader_asks_for(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is tea.</p>", headline="New headline.")
    sent_back = cast.submit(condition, by=editor)
    workflow.request_changes(sent_back, by=physician, reason="No tea.")
    cast.edit(condition, by=editor, summary="<p>What helps is coffee.</p>")
    submission = cast.submit(condition, by=editor)
    client = logged_in(physician)

    in_force = client.get(address(submission), {"against": "in-force"}).content.decode()
    since = client.get(address(submission), {"against": "edition-2"}).content.decode()

    assert "Against edition 1, in force since" in in_force
    assert "something else" in in_force
    assert ">edition 2, sent back with changes requested</a>" in in_force
    assert "Against edition 2, sent back" in since
    assert re.search(r"<del>.*?tea.*?</del>", since, re.DOTALL)
    assert "something else" not in since
    assert "headline" not in since.partition('<div class="diff">')[2].partition("<details")[0]


def test_who_read_the_edition_before_sees_what_changed_since(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is tea.</p>")
    looked_at = cast.submit(condition, by=editor)
    logged_in(physician).get(address(looked_at, "shown"), {"view": "page"})
    cast.edit(condition, by=editor, summary="<p>What helps is coffee.</p>")
    submission = cast.submit(condition, by=editor)

    theirs = html_of(logged_in(physician), submission)
    others = html_of(logged_in(second_physician), submission)

    assert "edition 2, your last look" in theirs
    assert re.search(r"<del>.*?tea.*?</del>", theirs, re.DOTALL)
    assert "your last look" not in others
    assert "Against edition 1, in force since" in others


def test_the_checks_name_hosts_references_long_sentences_and_numbers(
    condition: Condition, editor: User, physician: User
) -> None:
    long = " ".join(["word"] * 31)
    cast.edit(
        condition,
        by=editor,
        summary='<p>Take 10 mg twice. <a href="https://label.example/">See</a>.</p>',
    )
    cast.publish(condition, by=editor, signer=physician)
    condition.references.create(citation="Nobody. Nowhere. 2001.")
    condition.references.create(citation="Somebody. 2002.", pmid="123")
    cast.edit(
        condition,
        by=editor,
        summary=f'<p>Take 15 mg twice. <a href="https://label.example/">See</a>. It {long}.</p>',
    )
    submission = cast.submit(condition, by=editor)

    html = logged_in(physician).get(address(submission, "checks")).content.decode()

    assert "<li>label.example</li>" in html
    assert "<li>Nobody. Nowhere. 2001.</li>" in html
    assert "Somebody. 2002." not in html
    assert "32 words: It word" in html
    assert "<del>10 mg</del>" in html
    assert "<ins>15 mg</ins>" in html
    assert "twice" in html


# --- What a reader was shown


def test_what_was_not_shown_needs_one_more_tick_whose_words_are_kept(
    submission: Submission, physician: User
) -> None:
    client = logged_in(physician)
    html = html_of(client, submission)
    assert "Not shown to you yet. Next:" in html
    assert '<span data-left-rows="' in html
    assert ">Opening</a>" in html

    refused = client.post(address(submission, "sign"), form_of(submission))

    assert refused.status_code == 422
    assert "You were not shown all of “Opening”" in refused.content.decode()
    assert is_open(submission)

    signed = client.post(address(submission, "sign"), form_of(submission, read_elsewhere="on"))

    assert signed.status_code == 302
    attestation = SignOff.objects.get().attestation
    assert attestation == f"{workflow.ATTESTATIONS['full']} I read the rest elsewhere."


def test_who_was_shown_everything_signs_without_that_tick(
    submission: Submission, physician: User
) -> None:
    client = logged_in(physician)
    client.get(address(submission, "shown"), {"view": "page"})
    form = form_of(submission)
    client.get(address(submission, "shown"), {"view": "page"})

    assert "Not shown to you yet" not in html_of(client, submission)
    client.post(address(submission, "sign"), form)

    assert SignOff.objects.get().attestation == workflow.ATTESTATIONS["full"]


def test_a_correction_asks_only_for_what_changed(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, summary="<p>What helps is something new.</p>")
    submission = cast.submit(condition, by=editor)
    client, mine = logged_in(second_physician), cast.printed(second_physician)
    form = form_of(submission, scope="correction", profile=mine)
    assert client.post(address(submission, "sign"), form).status_code == 422

    client.get(address(submission, "shown"), {"view": "change"})

    assert client.post(address(submission, "sign"), form).status_code == 302
    assert SignOff.objects.latest("pk").attestation == workflow.ATTESTATIONS["correction"]


def test_a_script_says_which_rows_were_in_sight(submission: Submission, physician: User) -> None:
    client = logged_in(physician)
    rows = ["summary", "headline", "nowhere"]
    where = address(submission, "shown")

    answer = client.post(where, json.dumps(rows), content_type="application/json")
    again = client.post(where, json.dumps(rows), content_type="application/json")

    assert (answer.status_code, again.status_code) == (204, 204)
    assert set(Shown.objects.values_list("user", "row")) == {
        (physician.pk, "summary"),
        (physician.pk, "headline"),
    }
    for wrong in ("{}", "[1]", '"summary"', "[" * 100_000):
        sent = client.post(where, wrong, content_type="application/json")
        assert sent.status_code == 422, wrong[:20]
    assert Shown.objects.count() == 2


def test_a_signature_brings_with_it_what_was_in_sight_just_before(
    submission: Submission, physician: User
) -> None:
    rows = {
        workflow.row_of(part)
        for place in Condition.places(submission.edition.document)
        for part in place.parts
    }
    form = form_of(submission, shown=" ".join(rows))

    assert logged_in(physician).post(address(submission, "sign"), form).status_code == 302
    assert SignOff.objects.get().attestation == workflow.ATTESTATIONS["full"]


def test_the_same_words_in_the_next_edition_count_as_shown(
    condition: Condition, editor: User, physician: User
) -> None:
    first = cast.submit(condition, by=editor)
    workflow.show_all(first.edition, to=physician)
    cast.edit(condition, by=editor, disclaimer="Other words.")
    submission = cast.submit(condition, by=editor)

    reading = workflow.reading_of(submission.edition, by=physician, against=None)

    assert [place.name for place in reading.left("full")] == ["About this page"]


def test_nobody_else_sees_what_a_reader_was_shown(
    submission: Submission, physician: User, manager: User, root: User
) -> None:
    workflow.show_all(submission.edition, to=physician)

    for other in (manager, root):
        html = logged_in(other).get(address(submission, "page")).content.decode()
        assert html.count("shown to you") == len(re.findall(r"sub-seen\"\s+hidden", html)) > 0


# --- What it costs


def queries(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(where).status_code == 200
    return len(asked)


def test_a_view_asks_at_most_twenty_queries_whatever_was_said_and_signed(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    client = logged_in(second_physician)
    for number in range(4):
        cast.edit(condition, by=editor, headline=f"Headline {number}.")
        cast.publish(condition, by=editor, signer=physician)
    costs = []
    for number in range(4):
        cast.edit(condition, by=editor, summary=f"<p>What helps is {number}.</p>")
        submission = cast.submit(condition, by=editor)
        workflow.take_on(submission, by=second_physician)
        said = say(submission, by=physician, part="summary")
        say(submission, by=editor, answers=said)
        workflow.take_over(offer(submission, by=physician), by=editor)
        logged_in(second_physician).get(address(submission, "shown"), {"view": "page"})
        costs.append([queries(client, address(submission, view)) for view in VIEWS])
        workflow.request_changes(submission, by=physician, reason="Again.")

    assert max(map(max, costs)) <= 20, costs
    assert costs[1:] == [costs[1]] * 3


def test_a_signature_asks_at_most_thirty_queries(
    condition: Condition, editor: User, physician: User, second_physician: User
) -> None:
    for number in range(3):
        cast.edit(condition, by=editor, headline=f"Headline {number}.")
        cast.publish(condition, by=editor, signer=physician)
    submission = cast.submit(cast.edit(condition, by=editor, headline="Last."), by=editor)
    workflow.show_all(submission.edition, to=second_physician)
    given = {
        "proof": cast.proof(),
        "digest": submission.edition.digest,
        "profile": cast.printed(second_physician),
        "against": condition.subject.sign_offs.latest("pk").pk,
        "scope": "full",
    }

    with CaptureQueriesContext(connection) as asked:
        workflow.sign_off(submission, by=second_physician, **given)

    assert len(asked) <= 30
