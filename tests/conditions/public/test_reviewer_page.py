"""A reviewer's public page: confirmed words, and the pages in force that they vouch for."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conditions.models import Condition
from reviews import workflow
from reviews.evidence import triggers
from reviews.models import ProfileConfirmation, Reviewer
from tests import cast

PAT = "/reviewers/physician/"


def words(client: Client, path: str = PAT, status: int = 200) -> str:
    """The main part of a page as one line of text."""
    response = client.get(path)
    assert response.status_code == status
    html = response.content.decode()
    main = html[html.index('<main id="main"') : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", "", main).split())


def rewrite(user: User, **fields: Any) -> None:
    Reviewer.objects.filter(user=user).update(**fields)


def test_only_confirmed_words_are_public(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rewrite(physician, biography="Confirmed biography.", specialty="Psychiatry")
    assert "biography" not in words(client)

    cast.confirm(physician)
    rewrite(physician, biography="Quokka.", specialty="Quokka", printed_name="Quokka")

    page = words(client)
    assert "Confirmed biography." in page
    assert "Psychiatry" in page
    assert "A physician of the clinic, made up for tests." in page
    assert "These words were confirmed by Pat Sample on" in page
    assert "uokka" not in page


def test_before_a_confirmation_the_page_says_what_stands_under_a_signature(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rewrite(physician, printed_name="Quokka", relationship="Quokka", biography="Quokka")

    page = words(client)

    assert "Pat Sample, MD" in page
    assert "A physician of the clinic, made up for tests." in page
    assert "uokka" not in page
    assert "confirmed" not in page


def test_pages_in_force_are_listed_with_what_was_signed(
    editor: User, physician: User, second_physician: User, client: Client
) -> None:
    pages = [
        cast.make_condition(slug, by=editor)
        for slug in ("zebra", "apple", "gone", "corrected", "waiting", "draft")
    ]
    for page in pages[:4]:
        cast.publish(page, by=editor, signer=physician)
    workflow.withdraw(pages[2].subject, by=physician, reason="Because.", notice="safety")
    cast.edit(pages[3], by=editor, definition="<p>Corrected.</p>")
    cast.publish(pages[3], by=editor, signer=second_physician, scope="correction")
    later = timezone.now() + timedelta(days=1)
    cast.publish(pages[4], by=editor, signer=physician, effective_at=later)
    cast.submit(pages[5], by=editor)

    full = re.findall(r"(Apple|Corrected|Gone|Waiting|Draft|Zebra) (Last|Change)", words(client))
    checked = words(client, "/reviewers/second-physician/")

    assert full == [("Apple", "Last"), ("Corrected", "Last"), ("Zebra", "Last")]
    assert re.findall("(Apple|Corrected|Zebra) Change checked on", checked) == ["Corrected"]


def test_signatures_that_no_longer_count_are_told_apart(
    condition: Condition,
    editor: User,
    physician: User,
    second_physician: User,
    client: Client,
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, definition="<p>New.</p>")
    cast.publish(condition, by=editor, signer=second_physician)

    page = words(client)

    assert "No page that is public now rests on this signature." in page
    assert re.search(r"Record of Sample condition Reviewed in full on [^.]+\. No longer", page)
    assert "Licensed in New York" in page
    assert "Signed earlier" not in words(client, "/reviewers/second-physician/")


def test_a_page_leads_to_its_reviewer(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)

    html = client.get("/conditions/sample-condition/").content.decode()

    assert f'<a href="{PAT}">Pat Sample, MD</a>' in html


@pytest.mark.parametrize("who", ["nobody", "physician", "waiting"])
def test_who_signed_nothing_public_has_no_page(
    condition: Condition, editor: User, physician: User, client: Client, who: str
) -> None:
    cast.confirm(physician)
    if who == "waiting":
        later = timezone.now() + timedelta(days=1)
        cast.publish(condition, by=editor, signer=physician, effective_at=later)

    words(client, "/reviewers/nobody/" if who == "nobody" else PAT, status=404)


def test_who_no_longer_reviews_is_still_named(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rewrite(physician, is_active=False)

    page = words(client)

    assert "No longer reviews pages here." in page
    assert "Sample condition" in page


def test_a_confirmation_that_was_tampered_with_is_not_shown(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.confirm(physician)
    triggers.remove(connection)
    try:
        ProfileConfirmation.objects.update(biography="FALSIFIED")
        page = words(client)
    finally:
        triggers.install(connection)

    assert "FALSIFIED" not in page
    assert "Pat Sample, MD" in page


def test_a_biography_is_text_and_not_markup(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    rewrite(physician, biography="<script>alert(1)</script>\n\nSecond paragraph.")
    cast.confirm(physician)

    html = client.get(PAT).content.decode()

    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n\n<p>Second paragraph.</p>" in html


def test_a_reviewers_page_costs_six_queries(editor: User, physician: User, client: Client) -> None:
    for number in range(6):
        page = cast.make_condition(f"page-{number}", by=editor)
        cast.publish(page, by=editor, signer=physician)

    with CaptureQueriesContext(connection) as queries:
        client.get(PAT)

    assert len(queries) <= 6


# --- How we review


def test_how_we_review_says_that_authors_do_not_sign(client: Client, db: None) -> None:
    page = words(client, "/how-we-review/")

    assert "Nobody signs words that they wrote, whatever their position." in page
    assert workflow.ATTESTATIONS["full"] in page  # type: ignore[index]
    assert "Eastern time, New York" in page
    assert "hello@tovani.example" in page


def test_how_we_review_says_when_authors_may_sign(client: Client, db: None, settings: Any) -> None:
    settings.AUTHOR_MAY_SIGN = "disclosed"

    page = words(client, "/how-we-review/")

    assert "Nobody signs words that they wrote, whatever" not in page
    assert "“Written and reviewed by the same physician.”" in page
    assert workflow.DISCLOSURE in page


def test_how_we_review_needs_no_database(client: Client, db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/how-we-review/")

    assert len(queries) == 0
