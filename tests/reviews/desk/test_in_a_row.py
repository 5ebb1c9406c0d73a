"""Several pages that are due: each is read and signed by itself, then comes the next."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from time_machine import TimeMachineFixture

from reviews import clock, workflow
from reviews.models import Shown, SignOff, Subject
from tests import cast

MAY_31 = datetime(2026, 5, 31, 15, tzinfo=UTC)
SLUGS = ("first", "second", "third")


@pytest.fixture
def due(editor: User, physician: User, time_machine: TimeMachineFixture) -> list[Subject]:
    """Three pages, due one after the other; it is the day after the first was due."""
    time_machine.move_to(MAY_31, tick=False)
    found = []
    for number, slug in enumerate(SLUGS):
        page = cast.make_condition(slug, by=editor)
        day = clock.today() + timedelta(days=30 + number)
        found.append(cast.publish(page, by=editor, signer=physician, next_review_due=day).subject)
    Shown.objects.update(at=MAY_31 - timedelta(minutes=5))
    time_machine.move_to(MAY_31 + timedelta(days=31), tick=False)
    return found


@pytest.fixture
def client(physician: User) -> Client:
    client = Client()
    client.force_login(physician, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(subject: Subject, name: str = "read") -> str:
    return f"/admin/reviews/subject/{subject.pk}/{name}/"


def sign(client: Client, subject: Subject, **typed: Any) -> HttpResponse:
    """Send the form of a page in a row as its page gave it, with the password."""
    html = client.get(f"{address(subject)}?in=a-row").content.decode()
    coming = html.partition('name="next" value="')[2].partition('"')[0]
    in_force = workflow.in_force(subject, clock.now())
    assert in_force is not None
    form = {
        "digest": in_force.digest,
        "profile": cast.printed("physician"),
        "password": cast.PASSWORD,
        "in": "a-row",
        "next": coming,
        **typed,
    }
    return client.post(address(subject, "reaffirm"), form)


def read(client: Client, subject: Subject) -> None:
    """As the script of the page tells what was in sight."""
    edition = subject.editions.get()
    rows = [*Shown.objects.filter(edition=edition).values_list("row", flat=True)]
    response = client.post(
        address(subject, "shown"), json.dumps(rows), content_type="application/json"
    )
    assert response.status_code == 204


def test_each_page_is_read_and_signed_by_itself_and_leads_to_the_next(
    due: list[Subject], client: Client, physician: User
) -> None:
    where = client.get("/admin/").content.decode()
    assert f"{address(due[0])}?in=a-row" in where
    for number, subject in enumerate(due):
        left = ("2 more\npages due", "1 more\npage due", "the last page that is due")[number]
        assert left in client.get(f"{address(subject)}?in=a-row").content.decode()
        read(client, subject)

        response = sign(client, subject)

        assert response.status_code == 302
        coming = due[number + 1 : number + 2]
        assert response["Location"] == (
            f"{address(coming[0])}?in=a-row#top" if coming else "/admin/"
        )
        assert subject.sign_offs.count() == 2
        assert SignOff.objects.count() == 4 + number

    assert "Read and reaffirm" not in client.get("/admin/").content.decode()


def test_a_page_that_was_not_read_is_not_signed_and_the_form_comes_back_in_its_row(
    due: list[Subject], client: Client
) -> None:
    response = sign(client, due[1])

    html = response.content.decode()
    assert response.status_code == 422
    assert "You were not shown all of" in html
    assert "I read the rest elsewhere." in html
    assert 'name="in" value="a-row"' in html
    assert SignOff.objects.count() == 3
    assert sign(client, due[1], read_elsewhere="on").status_code == 302
    assert SignOff.objects.latest("pk").attestation.endswith(workflow.READ_ELSEWHERE)


def test_a_page_is_skipped_and_the_row_begins_again_at_its_end(
    due: list[Subject], client: Client
) -> None:
    skips = [client.get(f"{address(subject)}?in=a-row").content.decode() for subject in due]

    for html, coming in zip(skips, [*due[1:], due[0]], strict=True):
        assert f'href="{address(coming)}?in=a-row">Skip it</a>' in html


def test_the_next_page_is_one_that_is_due_whatever_the_form_says(
    due: list[Subject], client: Client
) -> None:
    read(client, due[0])

    response = sign(client, due[0], next="//elsewhere.example")

    assert response["Location"] == f"{address(due[1])}?in=a-row#top"


def test_a_single_page_leads_back_to_its_record(due: list[Subject], client: Client) -> None:
    read(client, due[0])

    response = sign(client, due[0], **{"in": "", "next": ""})

    assert response["Location"] == address(due[0], "change")


def test_the_page_that_is_read_is_the_one_that_reaffirming_makes_public(
    due: list[Subject], client: Client
) -> None:
    before = client.get(address(due[0], "preview"))
    read(client, due[0])
    sign(client, due[0])

    assert "no-store" in before["Cache-Control"]
    assert "sandbox allow-same-origin" in before["Content-Security-Policy"]
    for words in ("Last reviewed by Pat Sample, MD on", ">July 1, 2026</time>"):
        assert words in before.content.decode()
        assert words in client.get("/conditions/first/").content.decode()


def test_what_was_not_shown_since_the_last_signature_is_named(
    due: list[Subject], client: Client
) -> None:
    html = client.get(address(due[0])).content.decode()
    assert "Not shown to you since it was signed last:" in html

    read(client, due[0])

    assert "Not shown to you since" not in client.get(address(due[0])).content.decode()


def test_who_may_not_sign_reads_why_and_finds_no_form(due: list[Subject], editor: User) -> None:
    client = Client()
    client.force_login(editor, backend="django.contrib.auth.backends.ModelBackend")

    html = client.get(address(due[0])).content.decode()

    assert "Only a physician with a reviewer’s profile can do this." in html
    assert 'type="password"' not in html


def test_a_page_that_is_off_has_nothing_to_read(
    due: list[Subject], client: Client, physician: User
) -> None:
    workflow.withdraw(due[0], by=physician, reason="Old.", notice="out_of_date")

    assert "Nothing of this page is in force." in client.get(address(due[0])).content.decode()
    assert client.get(address(due[0], "preview")).status_code == 404
    for sent in ("[1]", "no JSON", "{}"):
        response = client.post(address(due[1], "shown"), sent, content_type="application/json")
        assert response.status_code == 422
