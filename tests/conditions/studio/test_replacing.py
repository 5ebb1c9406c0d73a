"""A telephone number in many pages: found, replaced, submitted and signed at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from reversion.models import Version

from conditions.models import Condition
from reviews import clock, workflow
from reviews.models import SignOff, Submission
from tests import cast
from tests.undoing import Case

REPLACE = "/admin/conditions/condition/replace/"
WORDS = "<p>Call 555-0100 today.</p><p>Call 555-0100 <strong>tomorrow</strong>.</p>"
FORGED = "Last reviewed by Pat Sample, MD on May 31, 2026"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def pages(editor: User, physician: User) -> list[Condition]:
    """Two pages in force, one with another unsigned change, and one that was never signed."""
    made = [
        cast.make_condition(slug, by=editor, summary=WORDS)
        for slug in ("one-page", "two-page", "with-more", "new-page")
    ]
    for page in made[:3]:
        cast.publish(page, by=editor, signer=physician)
    cast.edit(made[2], by=editor, disclaimer="Another disclaimer.")
    cast.make_condition("without", by=editor, summary="<p>Call 1555-0100.</p>")
    archived = cast.make_condition("archived", by=editor, summary=WORDS)
    workflow.archive(archived.subject, by=editor)
    return made


def asked(body: str) -> dict[str, Any]:
    """The places of a page of findings, as a browser sends them back."""
    opened = dict(re.findall(r'name="(opened\.\d+)" value="(\w*)"', body))
    places = re.findall(r'name="place"\s+value="([^"]+)" checked', body)
    return {"find": "555-0100", "by": "555-0199", "place": places, **opened}


def found(client: Client) -> dict[str, Any]:
    response = client.get(REPLACE, {"find": "555-0100", "by": "555-0199"})
    assert response.status_code == 200
    return asked(response.content.decode())


def test_one_password_brings_a_new_number_into_force_on_every_page_that_can_take_it(
    pages: list[Condition], editor: User, physician: User
) -> None:
    client = client_of(editor)
    body = client.get(REPLACE, {"find": "555-0100", "by": "555-0199"}).content.decode()

    assert "8 places in 4 pages" in body
    assert "With more (its draft is ahead in 1 other part)" in body
    assert "New page (it is not public)" in body

    before = {page: Version.objects.get_for_object(page).count() for page in pages}
    sent = asked(body)
    kept = f"{pages[0].pk}:summary:1"
    sent["place"].remove(kept)
    fields = {"together": "on", "note": "A new number.", "public_note": "Our number changed."}
    response = client.post(REPLACE, {**sent, **fields}, follow=True)

    said = [str(message) for message in response.context["messages"]]
    assert "Saved 7 places in 4 pages, one version each." in said
    assert "With more” (its draft is ahead in 1 other part)" in " ".join(said)
    for page in pages:
        assert Version.objects.get_for_object(page).count() == before[page] + 1
        page.refresh_from_db()
        was = "0100" if page == pages[0] else "0199"
        assert page.summary == WORDS.replace("0100", "0199").replace(
            "0199 <strong>", f"{was} <strong>"
        )
        assert page.subject.contributions.latest("pk").by == editor

    open_ones = list(Submission.objects.filter(status="open").order_by("pk"))
    assert [one.subject for one in open_ones] == [page.subject for page in pages[:2]]
    assert f"/admin/reviews/submission/{open_ones[0].pk}/together/" in " ".join(said)
    screen = reverse("admin:reviews_submission_together", args=[open_ones[1].pk])
    doctor = client_of(physician)
    shown = doctor.get(screen).content.decode()
    names = re.findall(r'name="(digest\.\d+|against\.\d+|profile)" value="(\w+)"', shown)
    rows = re.findall(r'data-row="([^"]+)"', shown)
    form = {**dict(names), "sign": [one.pk for one in open_ones], "password": cast.PASSWORD}
    assert len(rows) == len(open_ones)

    refused = doctor.post(screen, form)
    assert refused.status_code == 422
    assert "You were not shown all of" in refused.content.decode()
    assert not SignOff.objects.filter(scope="correction").exists()

    refused = doctor.post(screen, {**form, "shown": " ".join(rows), "password": "wrong"})
    assert "The password is wrong" in refused.content.decode()

    signed = doctor.post(screen, {**form, "shown": " ".join(rows)}, follow=True)
    assert "Signed 2 pages as corrections" in signed.content.decode()
    for page in pages[:2]:
        now = workflow.in_force(page.subject, clock.now())
        assert now is not None
        assert (now.scope, "555-0199" in now.edition.text) == ("correction", True)
    assert doctor.get(screen).status_code == 302


def test_a_page_that_is_refused_is_named_and_keeps_the_others_back_until_somebody_says_so(
    pages: list[Condition], editor: User, second_editor: User
) -> None:
    client = client_of(editor)
    sent = found(client)
    cast.edit(pages[1], by=second_editor, headline="Saved meanwhile.")

    refused = client.post(REPLACE, sent)

    body = refused.content.decode()
    assert refused.status_code == 422
    assert "Two page" in body
    assert "Its draft was saved since these places were found." in body
    assert "Save the others all the same" in body
    pages[0].refresh_from_db()
    assert pages[0].summary == WORDS
    # A page that lost the words is named too, and what the second page says now is not agreed to.
    cast.edit(pages[2], by=second_editor, summary="<p>No number.</p>")
    refused = client.post(REPLACE, sent)
    assert "“With more”: Its draft was saved since" in refused.content.decode()

    response = client.post(REPLACE, {**sent, "others": "on"}, follow=True)

    said = " ".join(str(message) for message in response.context["messages"])
    assert "Saved 4 places in 2 pages" in said
    assert "Not saved: “With more”" in said
    for page, expected in zip(pages, ("0199", "0100", "No number", "0199"), strict=True):
        page.refresh_from_db()
        assert expected in page.summary
    assert not Submission.objects.filter(status="open").exists()


def test_a_result_that_cleaning_refuses_is_named_and_nothing_is_saved(
    pages: list[Condition], editor: User, case: Case
) -> None:
    client = client_of(editor)
    sent = found(client)
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "a forged review line": (
            {"find": "Call 555-0100 today.", "by": FORGED},
            "Nothing was saved",
        ),
        "no words": ({"by": ""}, "Type the words that are to stand there"),
        "the same words": ({"by": "555-0100"}, "stand there already"),
        "no place": ({"place": []}, "Tick at least one place"),
        "no note": ({"together": "on", "note": " "}, "Say for the physician what was changed"),
    }
    for name, (fields, sentence) in cases.items():
        with case(name=name):
            refused = client.post(REPLACE, {**sent, **fields})

            assert refused.status_code == 422
            assert sentence in refused.content.decode()
            for page in pages:
                page.refresh_from_db()
                assert page.summary == WORDS


def test_who_may_not_change_drafts_finds_nothing_to_replace(
    pages: list[Condition], editor: User, physician: User, author_physician: User
) -> None:
    assert client_of(physician).get(REPLACE).status_code == 403
    assert client_of(physician).post(REPLACE, {"find": "x"}).status_code == 403
    drafts = "/admin/conditions/condition/"
    assert REPLACE not in client_of(physician).get(drafts).content.decode()
    assert REPLACE in client_of(editor).get(drafts).content.decode()

    # Whoever could sign these pages is asked before they cannot any more.
    client = client_of(author_physician)
    sent = found(client)
    refused = client.post(REPLACE, sent)
    assert "you cannot sign it any more" in refused.content.decode()
    assert client.post(REPLACE, {**sent, "save_all_the_same": "on"}).status_code == 302
