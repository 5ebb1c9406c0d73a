"""The search page: what a patient sees, and what is kept of it (nothing)."""

from __future__ import annotations

import html
import logging
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions.models import Condition
from tests import cast, crowd
from tests.undoing import Case

CARD = 'class="crisis"'
SHORT = 'class="crisis-short"'


def ask(typed: str) -> str:
    """The page that answers a query."""
    response = Client().get("/search/", {"q": typed})
    assert response.status_code == 200
    return response.content.decode()


def main(page: str) -> str:
    """What stands below the form, as text."""
    body = page.split('<div class="body">')[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())


@pytest.fixture
def signed(condition: Condition, editor: User, physician: User) -> Condition:
    cast.edit(
        condition,
        by=editor,
        also_known_as="SC",
        definition="<p>It <em>feels</em> like marmalade &amp; &lt;b&gt;butter&lt;/b&gt;.</p>",
    )
    cast.publish(condition, by=editor, signer=physician)
    return condition


def test_a_result_says_what_a_reader_needs_to_choose(signed: Condition) -> None:
    page = ask("feeling marmalade")

    assert "<h2>1 page found</h2>" in page
    assert f'<a href="/conditions/{signed.slug}/">Sample condition</a>' in page
    assert "Also known as SC" in page
    assert "Tovani does not treat this condition with ketamine therapy." in page
    assert "It <mark>feels</mark> like <mark>marmalade</mark> &amp; &lt;b&gt;butter" in page


def test_a_hit_by_name_shows_how_the_summary_begins(signed: Condition) -> None:
    assert "What helps is something else." in ask("sc")
    assert "<mark>" not in ask("sc")


def test_without_words_there_is_a_hint_and_the_list(signed: Condition) -> None:
    for page in (ask(""), ask(" ?! "), Client().get("/search/").content.decode()):
        assert "Type the name of a condition" in page
        assert '<a class="action" href="/conditions/">' in page
        assert "found" not in main(page)


def test_nothing_found_is_no_dead_end(signed: Condition) -> None:
    page = ask("qqqqqq")

    assert "No page found" in page
    assert "another spelling" in page
    assert "hello@tovani.example" in main(page)
    assert '<a class="action" href="/conditions/">' in page


def test_a_misspelled_name_is_offered(signed: Condition) -> None:
    page = ask("sampel conditon")

    assert "Did you mean one of these?" in page
    assert ">Sample condition</a>" in page


def test_some_of_the_words_are_called_that(signed: Condition) -> None:
    page = ask("marmalade qqqqqq")

    assert "No page has all of these words" in page
    assert "1 page has some of them." in page


def test_more_than_are_shown_is_said(condition: Condition, editor: User, physician: User) -> None:
    document = condition.document()
    pages = [{**document, "slug": f"sample-{number}"} for number in range(23)]
    crowd.publish(pages, by=editor, signer=physician)

    page = ask("sample")

    assert "<h2>23 pages found</h2>" in page
    assert "These are the 20 that fit best. Add a word to see fewer." in page
    assert page.count('href="/conditions/sample-') == 20


def test_what_was_typed_stands_in_the_field_and_nowhere_else(signed: Condition) -> None:
    page = ask('marmalade "><script>alert(1)</script>')

    value = "marmalade &quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    assert f'value="{value}"' in page
    assert "<script" not in page
    assert page.count("alert(1)") == 1
    assert "<title>Search | Tovani</title>" in page


def test_the_field_is_labeled_bounded_and_works_without_scripts(db: None) -> None:
    page = ask("")

    form = re.search(r"<form .*?</form>", page, re.DOTALL)
    assert form
    assert 'role="search"' in form[0]
    assert 'action="/search/" method="get"' in form[0]
    assert 'label id="search-page-label" for="search-page"' in form[0]
    for words in ('type="search"', 'name="q"', 'maxlength="200"', 'autocomplete="off"'):
        assert words in form[0]


@pytest.mark.parametrize("length", [201, 20_000])
def test_a_query_that_is_too_long_is_refused_in_a_sentence(signed: Condition, length: int) -> None:
    page = ask(("marmalade " * 2000)[:length].replace(" ", "x"))

    assert "This is longer than 200 characters." in page
    assert "found" not in main(page)
    field = re.search(r'value="([^"]*)"', page)
    assert field
    assert len(field[1]) == 200


def test_odd_addresses_are_answered(signed: Condition, case: Case) -> None:
    for address in (
        "?q=%00",
        "?q=%ED%A0%80",
        "?q=%ff",
        "?q=%F0%9F%98%80",
        "?q=a&q=b",
        "?q=%E2%80%AEabc",
        "?x=1",
    ):
        with case(address=address):
            response = Client().get(f"/search/{address}")

            assert response.status_code == 200
            assert not re.search("[\x00\u202e\ud800-\udfff]", response.content.decode())


# --- A crisis


def test_a_query_like_a_crisis_shows_the_card_above_the_results(
    signed: Condition, case: Case
) -> None:
    for typed in ("i want to die", "sucide", "quiero morir", "want to die " * 30):
        with case(typed=typed):
            page = ask(typed)

            assert page.count(CARD) == 1
            assert page.index(CARD) < page.index('<div class="body">')
            assert 'href="tel:988"' in page.split('<div class="body">')[0]
            assert "another spelling" not in page
            assert ">You can talk with someone now</h2>" in page
            assert "Emergency or thoughts of suicide?" not in page


def test_the_card_stands_above_real_results_too(signed: Condition) -> None:
    page = ask("overdose sample")

    assert page.index(CARD) < page.index(">Sample condition</a>")


def test_every_other_answer_ends_with_the_short_line(signed: Condition, case: Case) -> None:
    for typed in ("", "sample", "diet", "die Angst", "qqqqqq"):
        with case(typed=typed):
            page = ask(typed)

            assert CARD not in page
            assert page.index("</main>") < page.index(SHORT)


# --- Health data


def test_what_was_asked_is_kept_nowhere(
    signed: Condition, caplog: pytest.LogCaptureFixture, django_assert_num_queries: Any
) -> None:
    with caplog.at_level(logging.INFO), django_assert_num_queries(3) as asked:
        response = Client().get("/search/", {"q": "marmalade"})

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert not response.cookies
    assert "marmalade" not in caplog.text
    assert all(query["sql"].lstrip().startswith(("SELECT", "WITH")) for query in asked)


def test_the_head_is_that_of_the_page(signed: Condition) -> None:
    page, head = Client().get("/search/?q=sample"), Client().head("/search/?q=sample")

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.items()) == dict(page.items())
