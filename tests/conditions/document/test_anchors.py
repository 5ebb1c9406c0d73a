"""A link to a place of its own page leads somewhere, or is refused in words."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions import demo, document, exchange, page
from conditions.document.anchors import anchors
from conditions.models import BoxedWarning, Condition, KeyPoint, Question, Section
from reviews import workflow
from reviews.reviewable import Standing
from tests import cast
from tests.config.test_access import draft_form

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Of the page's frame, which no editor has to know, and what a script fills in.
FRAME = {"main", "crisis-heading", "contents-heading", "related-heading", "printed-on"}


def linked(place: str) -> str:
    return f'<p>What helps is <a href="{place}">there</a>.</p>'


@pytest.fixture
def full(condition: Condition, editor: User) -> dict[str, Any]:
    """The document of a page with a row of every kind."""
    words = demo.sample("borderline-personality-disorder")
    words["warnings"] = [{"key": "warnwarn", "heading": "Careful", "text": "<p>Now.</p>"}]
    words["sections"] = [{"key": "sectsect", "heading": "More", "body": "<p>More.</p>"}]
    checked = document.check(words)
    assert checked.faults == []
    return checked.document


def test_the_places_are_those_of_the_page_as_it_is_shown(full: dict[str, Any]) -> None:
    bare = {**full, "safety": "", "questions": [], "disclaimer": ""}
    for words in (full, bare):
        html = page.render(words, Standing(signature=None, on=date(2026, 5, 31)))

        assert anchors(words) == set(re.findall(r'\sid="([^"]+)"', html)) - FRAME
    assert "safety" in anchors(full)
    assert "safety" not in anchors(bare)


def test_a_draft_with_a_link_to_nowhere_is_told_so_and_not_frozen(
    condition: Condition, editor: User, client: Client
) -> None:
    point = KeyPoint.objects.get(condition=condition)
    Question.objects.create(condition=condition, question="Why?", answer=linked("#nowhere"))
    cast.edit(condition, by=editor, summary=linked(f"#kp-{point.key}"), definition=linked("#a-b"))

    with pytest.raises(workflow.NotAllowed) as refusal:
        cast.submit(condition, by=editor)

    said = str(refusal.value)
    assert "definition: A link leads to “#a-b”, and this page has no such place." in said
    assert "questions[0].answer: A link leads to “#nowhere”" in said
    assert "Take the link off its words, or lead it to one of these: " in said
    assert "#key-points" in said
    assert "#safety" not in said
    assert "summary" not in said
    client.force_login(editor, backend=BACKEND)
    advice = [doubt for doubt in condition.doubts(condition.document()) if "#" in doubt]
    assert len(advice) == 2
    assert advice[0].startswith("Clinical definition: A link leads to “#a-b”")


def test_a_save_in_the_form_tells_of_a_link_to_nowhere(
    condition: Condition, editor: User, client: Client
) -> None:
    client.force_login(editor, backend=BACKEND)
    typed = draft_form(slug="typed", summary=linked("#nowhere"))

    html = client.post("/admin/conditions/condition/add/", typed, follow=True).content.decode()

    assert Condition.objects.filter(slug="typed").exists()
    assert "Saved. Look twice: Summary: A link leads to “#nowhere”" in html


def test_links_to_every_place_of_the_page_are_frozen(condition: Condition, editor: User) -> None:
    section = Section.objects.create(condition=condition, heading="More", body="<p>More.</p>")
    warning = BoxedWarning.objects.create(condition=condition, heading="Care", text="<p>Now.</p>")
    places = ["#review", "#disclaimer", "#key-points", "#definition", "#top"]
    places += [f"#section-{section.key}", f"#warning-{warning.key}"]
    words = "".join(linked(place) for place in places)

    cast.edit(condition, by=editor, definition=words)

    assert cast.submit(condition, by=editor).is_open


def test_a_file_with_a_link_to_nowhere_is_refused_by_its_path(editor: User) -> None:
    words = demo.sample("borderline-personality-disorder")
    words["next_steps"] = linked("#no-such-place") + linked("#questions")
    words["treatments"][0]["text"] = linked("#q-gonegone")

    with pytest.raises(exchange.ImportRefused) as refusal:
        exchange.load(words, by=editor)

    assert [fault.path for fault in refusal.value.faults] == ["treatments[0].text", "next_steps"]
    assert not Condition.objects.exists()
