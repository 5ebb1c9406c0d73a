"""A text cites a reference by [ref:KEY], and every reader is shown its number."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string

from conditions import document, page
from conditions.document import citing, upgrades
from conditions.models import Condition, Reference
from conditions.public.searching import _brief
from reviews import workflow
from reviews.diff import comparison
from reviews.reviewable import Standing
from tests import cast

CITED = "<p>It helps [ref:bbbbbbbb], and <strong>more</strong>[ref:aaaaaaaa].</p>"
SHOWN = '<sup class="cite"><a href="#ref-bbbbbbbb" aria-label="Reference 2">[2]</a></sup>'
STANDING = Standing(signature=None, on=date(2026, 5, 31))


@pytest.fixture
def cited(condition: Condition, editor: User) -> dict[str, Any]:
    for key in ("aaaaaaaa", "bbbbbbbb"):
        Reference.objects.create(condition=condition, key=key, citation=f"Source {key[0]}.")
    cast.edit(condition, by=editor, definition=CITED)
    return condition.freeze()


def test_a_mark_is_a_numbered_link_on_the_page_and_no_mark_is_left_anywhere(
    cited: dict[str, Any],
) -> None:
    html = page.render(cited, STANDING)
    paper = str(document.on_paper(cited))
    search = document.index(cited).body + _brief(cited)["text"]

    assert SHOWN in html
    assert "[2]" in paper
    assert "It helps, and more." in search
    for text in (html, paper.replace("printed=(('[ref:", ""), search):
        assert "It helps [ref:" not in text
    inside = {**cited, "definition": '<p><a href="/a/">See [ref:aaaaaaaa]</a></p>'}
    assert '<a href="/a/">See [1]</a>' in page.render(inside, STANDING)


def test_what_was_signed_before_marks_shows_those_characters_as_they_stand(
    cited: dict[str, Any],
) -> None:
    labels = {name: words for name, words in cited["labels"].items() if name != "cited"}
    older = {**cited, "labels": labels}
    oldest = next(iter(upgrades.former({**cited, "codes": []})))

    for signed in (older, upgrades.current(oldest)):
        html = page.render(signed, STANDING)
        assert CITED in html
        assert 'class="cite"' not in html
        assert "[ref:bbbbbbbb]" in document.index(signed).body


def test_an_unknown_key_stops_submitting_and_says_which(
    cited: dict[str, Any], condition: Condition, editor: User, case: Any
) -> None:
    for wrong in ("[ref:cccccccc]", "[ref: aaaaaaaa]", "[Ref:1]", "[ref:<em>aaaa</em>aaaa]"):
        with case(wrong=wrong):
            cast.edit(condition, by=editor, summary=f"<p>Words {wrong}.</p>")
            with pytest.raises(workflow.NotAllowed, match=r"summary: .*names no reference"):
                cast.submit(condition, by=editor)
    cast.edit(condition, by=editor, summary="<p>A [reference] to nothing.</p>")
    assert cast.submit(condition, by=editor).status == "open"


def test_a_comparison_shows_the_numbers_that_the_pages_print(cited: dict[str, Any]) -> None:
    after = {**cited, "definition": CITED.replace("bbbbbbbb", "aaaaaaaa")}

    diff = comparison.compare(document.parts(cited), document.parts(after))
    html = render_to_string("reviews/diff.html", {"diff": diff})

    assert "[ref:" not in html
    assert "[2]</del>" in html
    assert "[1]</ins>" in html
    assert not comparison.compare(document.parts(cited), document.parts(cited))
    assert citing.numbers(cited) == {"aaaaaaaa": 1, "bbbbbbbb": 2}
