"""Exact words in a document: found in their sentences, replaced there and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from conditions.models import Condition, Question, Reference
from conditions.studio.exact import replaced, spots
from tests import cast

RICH = (
    "<p>Call 555-0100 today. Or write to us.</p><ul><li><p>R&amp;D: call <strong>555</strong>-0100"
    '</p></li><li><p><a href="https://a.example/555-0100">555-0100</a> and 1555-0100.</p></li></ul>'
)


@pytest.fixture
def document(editor: User) -> dict[str, Any]:
    page = cast.make_condition(
        by=editor, summary=RICH, headline="Call 555-0100.", also_known_as="One\nTwo 555-0100"
    )
    Question.objects.create(
        condition=page, key="q2345678", question="Why 555-0100?", answer="<p>So.</p>"
    )
    Reference.objects.create(
        condition=page, key="r2345678", citation="A. B. 555-0100", url="https://x.example/555-0100"
    )
    return Condition.objects.get(pk=page.pk).document()


def test_every_place_is_found_in_its_sentence_and_what_a_tag_parts_is_told(
    document: dict[str, Any],
) -> None:
    found = spots(document, "555-0100")

    assert [(one.name, one.before, one.after, one.fixed, one.in_link) for one in found] == [
        ("also_known_as.1:0", "Two ", "", False, False),
        ("headline:0", "Call ", ".", False, False),
        ("summary:0", "Call ", " today.", False, False),
        ("summary:1", "R&D: call ", "", True, False),
        ("summary:2", "", " and 1555-0100.", False, True),
        ("questions.q2345678.question:0", "Why ", "?", False, False),
        ("references.r2345678.citation:0", "", "", False, False),
    ]
    assert found[5].label == "Frequently asked questions, 1: question"
    assert spots(document, "555-01") == []
    assert spots(document, "call 555-0100") == [
        one for one in spots(document, "call 555-0100") if one.fixed
    ]


def test_only_the_named_places_change_and_no_tag_or_address_does(document: dict[str, Any]) -> None:
    made = replaced(document, "555-0100", "A<B & C", ["summary:0", "summary:1", "summary:2"])

    changed = RICH.replace("Call 555-0100", "Call A&lt;B &amp; C")
    changed = changed.replace(">555-0100</a>", ">A&lt;B &amp; C</a>")
    assert made == {**document, "summary": changed}
    lines = replaced(
        document, "555-0100", "more", ["also_known_as.1:0", "questions.q2345678.question:0"]
    )
    assert lines["also_known_as"] == ["One", "Two more"]
    assert lines["questions"][0]["question"] == "Why more?"
    assert replaced(document, "R&D", "R<D", ["summary:0"])["summary"] == RICH.replace(
        "&amp;", "&lt;"
    )
    assert replaced(document, "555-0100", "x", []) == document
