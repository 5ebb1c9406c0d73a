"""What a physician may sign a submission as: the count, what is open, why not, and urgently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from conditions.models import BoxedWarning, Condition
from reviews import clock, workflow
from reviews.models import Reviewer, SignOff, Submission, Withdrawal
from tests import cast
from tests.forms import form_to, send

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOON = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # noon in New York
PAGE = "/conditions/sample-condition/"
FULL, CORRECTION, URGENT = "full", "correction", "urgent"
# Sixty words, so that some changes are too many for a correction and not for an urgent one.
LONG = "<p>" + " ".join(f"word{number}" for number in range(60)) + "</p>"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(second_physician: User) -> Client:
    return logged_in(second_physician)


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> SignOff:
    """A page of some eighty words, in force since May 31, 2026."""
    with time_machine.travel(NOON, tick=False):
        cast.edit(condition, by=editor, definition=LONG)
        return cast.publish(condition, by=editor, signer=physician)


def changed(condition: Condition, by: User, words: int, **fields: Any) -> Submission:
    """A submission in which so many words of the definition are others: each counts twice."""
    definition = LONG
    for number in range(words):
        definition = definition.replace(f"word{number} ", f"other{number} ")
    cast.edit(condition, by=by, **{"definition": definition, **fields})
    return cast.submit(condition, by=by)


def html_of(response: HttpResponse) -> str:
    return " ".join(unescape(response.content.decode()).split())


def open_scopes(client: Client, submission: Submission) -> list[str]:
    form = form_to(client.get(submission.get_absolute_url()).content.decode(), "/sign/")
    return form.choices["scope"] if form else []


def sign(client: Client, submission: Submission, scope: str, **typed: str) -> HttpResponse:
    for reviewer in Reviewer.objects.select_related("user"):
        workflow.show_all(submission.edition, to=reviewer.user)
    typed = {"scope": scope, "password": cast.PASSWORD, **typed}
    return send(client, submission.get_absolute_url(), "/sign/", **typed)


def test_the_count_is_told_and_says_what_each_correction_may_change(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    total = 0
    for words, scopes in ((1, [FULL, CORRECTION, URGENT]), (10, [FULL, URGENT]), (30, [FULL])):
        submission = changed(condition, editor, words)
        counted = workflow.counted_changes(signed.edition, submission.edition)
        total = counted.total
        assert counted.changed == 2 * words

        html = html_of(client.get(submission.get_absolute_url()))

        assert f"{2 * words} words put in or taken out, of {total}." in html
        limits = f"A correction may change up to {total // 10}, an urgent correction up to "
        assert f"{limits}{total // 3}." in html
        assert open_scopes(client, submission) == scopes
    assert "It changes 60 words of" in html
    assert f"a correction changes {total // 10} at most." in html
    assert f"an urgent correction changes {total // 3} at most." in html


def test_nothing_is_chosen_before_the_physician_chooses(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    submission = changed(condition, editor, 1)
    html = client.get(submission.get_absolute_url()).content.decode()
    form = form_to(html, "/sign/")
    assert form is not None
    assert form.fields["scope"] == ""
    for scope in SignOff.Scope:
        assert f"“{workflow.ATTESTATIONS[scope]}”" in unescape(html)

    response = client.post(form.action, {**form.fields, "password": cast.PASSWORD})

    assert response.status_code == 422
    assert SignOff.objects.count() == 1


def test_a_first_edition_has_no_count_and_says_once_why_it_needs_a_full_review(
    client: Client, condition: Condition, editor: User
) -> None:
    submission = cast.submit(condition, by=editor)

    html = html_of(client.get(submission.get_absolute_url()))

    assert "put in or taken out" not in html
    assert open_scopes(client, submission) == [FULL]
    assert html.count("Nothing is in force that this could correct") == 1
    assert "(urgent correction):</strong> not open, for the same reason." in html


def test_a_warning_may_change_urgently_and_a_headline_may_not(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    BoxedWarning.objects.create(condition=condition, heading="Careful", text="<p>Stop now.</p>")
    warned = changed(condition, editor, 0)
    assert open_scopes(client, warned) == [FULL, URGENT]
    why_not = "changed, which needs a review of the whole page."
    assert why_not in html_of(client.get(warned.get_absolute_url()))

    titled = changed(condition, editor, 0, headline="Another headline.")
    assert open_scopes(client, titled) == [FULL]


def test_an_overdue_page_is_corrected_urgently_by_the_form(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    with time_machine.travel(NOON + timedelta(days=400), tick=False):
        client = logged_in(User.objects.get(username="second-physician"))
        submission = changed(condition, editor, 2)
        html = html_of(client.get(submission.get_absolute_url()))
        assert "A full review was due on May 31, 2027: a correction cannot put it off." in html
        assert open_scopes(client, submission) == [FULL, URGENT]

        response = sign(client, submission, URGENT)

        assert response.status_code == 302
        said = html_of(client.get(submission.get_absolute_url()))
        assert "Signed as an urgent correction." in said
        assert "It is due on May 31, 2027." in said
        page = html_of(Client().get(PAGE))
    newest = SignOff.objects.latest("pk")
    assert (newest.scope, newest.rests_on) == (URGENT, signed)
    assert "other0" in page
    assert "Changed urgently on" in page
    assert "a full review is pending" in page
    assert "A full review was due on" in page


def test_an_urgent_correction_shortens_the_time_to_the_next_review(
    client: Client, signed: SignOff, condition: Condition, editor: User
) -> None:
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        client = logged_in(User.objects.get(username="second-physician"))
        submission = changed(condition, editor, 2)

        sign(client, submission, URGENT)

        assert "It is due on July 14, 2026." in html_of(client.get(submission.get_absolute_url()))
        assert "Last reviewed in full by" in html_of(Client().get(PAGE))
    newest = SignOff.objects.latest("pk")
    assert str(newest.next_review_due) == "2026-07-14"
    assert newest.full_review == signed


# --- What waits


@pytest.fixture
def waits(signed: SignOff, condition: Condition, editor: User, physician: User) -> SignOff:
    """A second edition that takes effect in three days."""
    cast.edit(condition, by=editor, summary="<p>What helps later is something else.</p>")
    ahead = clock.now() + timedelta(days=3)
    return cast.publish(condition, by=editor, signer=physician, effective_at=ahead)


@pytest.fixture
def urgent(waits: SignOff, condition: Condition, editor: User) -> Submission:
    """An urgent submission, put forward by the form while that one waits."""
    cast.edit(condition, by=editor, summary="<p>What helps today is something else.</p>")
    address = f"/admin/conditions/condition/{condition.pk}/submit/"
    response = send(logged_in(editor), address, "", note="Tonight.", urgent="on")
    assert response.status_code == 302
    return Submission.objects.get(status="open")


def test_signing_urgently_cancels_what_waits_after_saying_so(
    client: Client, urgent: Submission, waits: SignOff
) -> None:
    html = html_of(client.get(urgent.get_absolute_url()))
    assert f"Edition {waits.edition.number} waits to take effect on " in html
    assert "Signing as an urgent correction cancels it." in html
    assert open_scopes(client, urgent) == [URGENT]
    assert html.count("Cancel it first if you want to sign.") == 1

    response = sign(client, urgent, URGENT)

    assert response.status_code == 302
    assert Withdrawal.objects.get().sign_off == waits
    assert not SignOff.objects.waiting(clock.now()).exists()
    assert "What helps today" in html_of(Client().get(PAGE))
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        assert "What helps today" in html_of(Client().get(PAGE))


def test_a_wrong_password_cancels_nothing_and_keeps_the_choice(
    client: Client, urgent: Submission, waits: SignOff
) -> None:
    response = sign(client, urgent, URGENT, password="a wrong password")

    assert response.status_code == 422
    form = form_to(response.content.decode(), "/sign/")
    assert form is not None
    assert form.fields["scope"] == URGENT
    assert form.fields["cancels"] == str(waits.pk)
    assert form.fields["password"] == ""
    assert not Withdrawal.objects.exists()
    assert "What helps is something else." in html_of(Client().get(PAGE))


def test_a_form_that_did_not_say_what_it_cancels_signs_nothing(
    client: Client, urgent: Submission, waits: SignOff
) -> None:
    for cancels in ("", str(waits.pk - 1)):
        response = sign(client, urgent, URGENT, cancels=cancels)

        assert response.status_code == 422
        assert "which this form did not say" in html_of(response)
        assert not Withdrawal.objects.exists()


def test_an_urgent_correction_takes_effect_at_once_or_not_at_all(
    client: Client, urgent: Submission
) -> None:
    ahead = (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")

    response = sign(client, urgent, URGENT, effective_at=ahead)

    assert response.status_code == 422
    assert "An urgent correction takes effect at once." in html_of(response)
    form = form_to(response.content.decode(), "/sign/")
    assert form is not None
    assert (form.fields["scope"], form.fields["effective_at"]) == (URGENT, ahead)
    assert not Withdrawal.objects.exists()


def test_while_something_waits_only_an_urgent_draft_is_put_forward(
    waits: SignOff, condition: Condition, editor: User
) -> None:
    cast.edit(condition, by=editor, summary="<p>What helps today is something else.</p>")
    address = f"/admin/conditions/condition/{condition.pk}/submit/"
    client = logged_in(editor)
    assert "An urgent correction can be put forward all the same." in html_of(client.get(address))

    response = send(client, address, "", note="Tonight.")

    assert response.status_code == 422
    assert "Cancel it first if you want to submit." in html_of(response)
    assert "Tonight.</textarea>" in html_of(response)
    assert not Submission.objects.filter(status="open").exists()
