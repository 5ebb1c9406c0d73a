"""Putting a draft forward, through the page that staff use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from reviews import clock
from reviews.models import Edition, Event, License, Remark, Reviewer, Submission
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"

SENT = {"note": "", "public_note": "", "reviewer": ""}


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def client(editor: User) -> Client:
    return logged_in(editor)


@pytest.fixture
def address(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/submit/"


def nothing_was_submitted() -> bool:
    return not (
        Edition.objects.exists() or Submission.objects.exists() or Remark.objects.exists()
    ) and set(Event.objects.values_list("kind", flat=True)) <= {"draft_saved"}


def test_the_page_offers_a_form_and_the_draft_leads_to_it(
    client: Client, condition: Condition, address: str, physician: User
) -> None:
    draft = client.get(f"/admin/conditions/condition/{condition.pk}/change/")
    html = client.get(address).content.decode()

    assert 'name="_submit"' in draft.content.decode()
    assert "Submit for review" in html
    assert f'<option value="{physician.reviewer.pk}">Pat Sample, MD</option>' in html
    assert nothing_was_submitted()


def test_a_submission_carries_its_notes_and_the_physician_asked(
    client: Client, editor: User, condition: Condition, address: str, physician: User
) -> None:
    response = client.post(
        address,
        {
            "note": "Please check\r\nthe summary.",
            "public_note": "The summary is clearer.",
            "reviewer": physician.reviewer.pk,
            "meant": "typing",
        },
    )

    submission = Submission.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/admin/reviews/submission/{submission.pk}/change/"
    assert (submission.status, submission.reviewer) == ("open", physician.reviewer)
    assert submission.note.text == "Please check\nthe summary."
    assert submission.edition.public_note == "The summary is clearer."
    assert submission.meant == "typing"
    assert "A typing error" in client.get(response["Location"]).content.decode()
    assert submission.edition.submitted_by == editor
    assert submission.edition.document == condition.document()


def test_what_is_frozen_is_the_saved_draft_and_not_what_is_sent_along(
    client: Client, condition: Condition, address: str
) -> None:
    extra = {
        **{"status": "signed", "digest": "0" * 64, "number": "7", "slug": "evil", "text": "{}"},
        **{"headline": "Evil.", "authors": "", "by": "999", "submitted_by": "999"},
        **{"signed_at": "2020-01-01", "frozen_at": "2020-01-01", "title": "Evil"},
    }

    client.post(address, {"note": "", "public_note": "", **extra})

    submission = Submission.objects.get()
    assert submission.status == "open"
    assert submission.ended_by is None
    assert submission.edition.document == condition.document()
    assert (submission.edition.number, submission.edition.slug) == (1, "sample-condition")
    assert submission.edition.title == "Sample condition"
    assert submission.edition.submitted_by.username == "editor"
    assert [row.user.username for row in submission.edition.author_rows.all()] == ["editor"]
    assert not submission.subject.sign_offs.exists()


def test_submitting_makes_nothing_public(client: Client, address: str) -> None:
    paths = ["/", "/conditions/", "/conditions/sample-condition/"]
    before = [Client().get(path).content for path in paths]

    assert client.post(address, {"public_note": "New words."}).status_code == 302

    assert [Client().get(path).content for path in paths] == before
    assert Client().get("/conditions/sample-condition/").status_code == 404


def test_submitting_again_supersedes_the_open_submission(
    client: Client, editor: User, condition: Condition, address: str
) -> None:
    client.post(address, SENT)
    cast.edit(condition, by=editor, headline="Better.")

    client.post(address, SENT)

    statuses = [(one.edition.number, one.status) for one in Submission.objects.order_by("edition")]
    assert statuses == [(1, "superseded"), (2, "open")]


@pytest.mark.parametrize("who", ["physician", "manager"])
def test_others_are_told_why_they_cannot_submit(
    request: pytest.FixtureRequest, condition: Condition, address: str, who: str
) -> None:
    client = logged_in(request.getfixturevalue(who))
    sentence = "Only staff who edit pages can submit them. Ask a manager for the right."

    opened, sent = client.get(address), client.post(address, {"note": "Mine."})

    for response in (opened, sent):
        assert sentence in response.content.decode()
    assert "<textarea" not in opened.content.decode()
    assert "Mine.</textarea>" in sent.content.decode()
    assert nothing_was_submitted()


def test_who_has_no_rights_does_not_see_the_page(reader: User, address: str) -> None:
    client = logged_in(reader)

    assert client.get(address).status_code == 403
    assert client.post(address, SENT).status_code == 403
    assert Client().post(address, SENT).status_code == 401
    assert nothing_was_submitted()


@pytest.mark.parametrize("lacking", ["license", "active reviewer", "active account"])
def test_without_a_physician_who_could_sign_a_manager_is_named(
    client: Client, physician: User, address: str, lacking: str
) -> None:
    if lacking == "license":
        License.objects.update(expires_on=date(2020, 1, 1))
    if lacking == "active reviewer":
        Reviewer.objects.update(is_active=False)
    if lacking == "active account":
        User.objects.filter(pk=physician.pk).update(is_active=False)

    html = client.get(address).content.decode()
    client.post(address, SENT)

    assert "No reviewer has a valid license: ask a manager" in html
    assert nothing_was_submitted()


def test_only_entitled_physicians_can_be_asked(
    client: Client, physician: User, second_physician: User, address: str
) -> None:
    License.objects.filter(reviewer__user=second_physician).update(expires_on=date(2020, 1, 1))
    lapsed = second_physician.reviewer

    html = client.get(address).content.decode()
    response = client.post(address, {"note": "Typed.", "reviewer": lapsed.pk})

    assert "Alex Example" not in html
    assert "Select a valid choice" in response.content.decode()
    assert "Typed." in response.content.decode()
    assert nothing_was_submitted()


def test_a_draft_changed_in_a_shell_is_refused_with_the_note_given_back(
    client: Client, condition: Condition, address: str
) -> None:
    Condition.objects.filter(pk=condition.pk).update(headline="By a shell.")

    response = client.post(address, {"note": "Typed note.", "public_note": "Typed line."})

    html = response.content.decode()
    assert "The draft was changed outside its form since it was last saved there." in html
    assert "Typed note." in html
    assert 'value="Typed line."' in html
    assert nothing_was_submitted()


@pytest.mark.parametrize("name", ["headline", "summary", "disclaimer"])
def test_a_draft_with_an_empty_part_that_a_page_needs_is_refused(
    client: Client, editor: User, condition: Condition, address: str, name: str
) -> None:
    cast.edit(condition, by=editor, **{name: ""})

    response = client.post(address, {"note": "Typed note."})

    html = response.content.decode()
    assert f"{name}: it is empty. A page needs it before it can be submitted." in html
    assert "Typed note." in html
    assert nothing_was_submitted()


def test_words_that_are_in_force_already_are_to_be_reaffirmed(
    client: Client, editor: User, condition: Condition, physician: User, address: str
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    response = client.post(address, {"note": "Typed note."})

    assert "a physician can reaffirm the page instead" in response.content.decode()
    assert "Typed note." in response.content.decode()
    assert Submission.objects.count() == Edition.objects.count() == 1


def test_a_bad_field_is_refused_and_the_rest_given_back(
    client: Client, address: str, case: Case
) -> None:
    for name, value in (
        ("public_note", "x" * 301),
        ("public_note", "a\u202eb"),
        ("public_note", "a\x00b"),
        ("public_note", "a\x07b"),
        ("public_note", "Last reviewed by Pat Sample, MD on May 1, 2026"),
        ("note", "x" * 5001),
        ("note", "a\u202eb"),
        ("note", "a\x00b"),
        ("reviewer", "999"),
        ("reviewer", "x"),
        ("reviewer", "9" * 30),
        ("reviewer", "a\x00b"),
        ("reviewer", "-1"),
    ):
        with case(name=name, value=value):
            typed: dict[str, Any] = {
                "note": "Typed note.",
                "public_note": "Typed line.",
                name: value,
            }

            response = client.post(address, typed)

            html = response.content.decode()
            assert response.status_code in (200, 422)
            assert "errorlist" in html
            for other in {"note", "public_note"} - {name}:
                assert typed[other] in html
            if name != "reviewer":
                assert value in html
            assert nothing_was_submitted()


@pytest.mark.both_engines
def test_bytes_that_are_no_text_are_refused(client: Client, address: str, case: Case) -> None:
    for raw in (b"\xed\xa0\x80", b"%ED%A0%80", b"%FF", b"\x00"):
        for name in ("note", "public_note", "reviewer"):
            with case(raw=raw, name=name):
                rest = dict.fromkeys({"note", "public_note"} - {name}, "Typed")
                body = urlencode(rest).encode() + b"&" + name.encode() + b"=" + raw

                response = client.post(address, body, "application/x-www-form-urlencoded")

                assert response.status_code in (200, 422)
                assert "errorlist" in response.content.decode()
                assert nothing_was_submitted()


def test_while_a_signed_edition_waits_nothing_can_be_submitted(
    client: Client, editor: User, condition: Condition, physician: User, address: str
) -> None:
    ahead = clock.now() + timedelta(days=3)
    cast.publish(condition, by=editor, signer=physician, effective_at=ahead)
    cast.edit(condition, by=editor, headline="Newer.")
    when = clock.local_date(ahead)

    html = client.get(address).content.decode()
    client.post(address, SENT)

    assert f"A signed edition takes effect on {when:%B} {when.day}, {when.year}." in html
    assert "Cancel it first" in html
    assert Submission.objects.count() == 1
