"""What an editor is told about a draft beside its parts, and what stops submitting."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conditions import demo, document
from conditions.document.advice import Known, advise
from conditions.document.advice.known import HouseRule
from conditions.models import Condition, HouseWord, Reference
from reviews import workflow
from tests import cast

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def page() -> dict[str, Any]:
    """A page of what is not treated here, with everything in it."""
    return document.check(demo.sample("borderline-personality-disorder")).document


def said(page: dict[str, Any], known: Known | None = None, **words: Any) -> list[tuple[str, str]]:
    """Part and kind of what is said of a page with these words, and was not said without."""
    world = known or Known(was_signed=True)
    before = advise(page, world)
    new = [one for one in advise({**page, **words}, world) if one not in before]
    return [(one.part, one.kind) for one in new]


def test_each_check_speaks_beside_its_part_and_is_silent_beside_good_words(
    page: dict[str, Any], case: Any
) -> None:
    known = Known(
        live={"adhd"},
        drafted={"adhd", "panic"},
        rules=[HouseRule("committed suicide", "died by suicide")],
        was_signed=True,
    )
    bad = [
        ("link", 'See <a href="/conditions/panic/">this</a>.'),
        ("link", 'See <a href="/conditions/nowhere/">this</a>.'),
        ("link", 'See <a href="/no/such/place/">this</a>.'),
        ("word", "He Committed suicides."),
        *[("dose", words) for words in ("Use 5mg.", "A dose of 40 helps.", "Take 20–40 daily.")],
        *[("dose", words) for words in ("Use .5 mg.", "Use 5.0 mg.")],
        ("letters", "Take ket\u0430min."),
        ("stance", "Ketamine is no help in suicidal crises."),
        ("reading", "So " + "it goes " * 20 + "on."),
        ("citation", "It helps [ref:nosuchky]."),
    ]
    for kind, words in bad:
        with case(words=words):
            assert set(said(page, known, next_steps=f"<p>{words}</p>")) == {("next_steps", kind)}
    for words in (
        'See <a href="/conditions/adhd/#safety">this</a> and <a href="/search/">that</a>.',
        "It was not uncommitted suicide.",
        "A dose of 40 mg helps. Take 6 weeks. Use 0.5 mg, take 20 to 40 mg, a dose of 3 %.",
        "Suicidal thoughts can be treated.",
        "See [the list] below.",
    ):
        with case(words=words):
            assert said(page, known, next_steps=f"<p>{words}</p>") == []


def test_a_headline_against_the_stance_and_empty_parts_are_told(page: dict[str, Any]) -> None:
    clinic = page["clinic"]
    assert said(page, headline=f"{clinic} treats this.") == [("headline", "stance")]
    assert said(page, headline=f"{clinic} does not treat this.") == []
    assert said(
        {**page, "stance": "treated", "headline": "Yes."}, headline="We do not treat this at all."
    ) == [("headline", "stance")]
    assert said(page, when_treatments_fail="") == [("when_treatments_fail", "missing")]
    assert said(page, crisis_notice="") == []


def test_references_are_told_that_cannot_be_found_stand_twice_or_are_not_cited(
    page: dict[str, Any],
) -> None:
    first = {**page["references"][0], "key": "aaaaaaaa", "pmid": "12345", "citation": "One."}
    twice = {**first, "key": "bbbbbbbb", "citation": "Two."}
    lost = {**dict.fromkeys(first, ""), "key": "cccccccc", "citation": "Three."}
    words = "<p>Go on [ref:aaaaaaaa][ref:cccccccc].</p>"

    found = said({**page, "references": []}, references=[first, twice, lost], next_steps=words)

    assert {part for part, kind in found if kind == "reference"} >= {
        "references.bbbbbbbb.pmid",
        "references.bbbbbbbb.citation",
        "references.cccccccc.pmid",
    }
    assert not [part for part, _ in found if part.startswith("references.aaaaaaaa")]


def test_a_first_edition_that_says_next_to_nothing_is_refused_and_an_old_page_is_not(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.edit(condition, by=editor, next_steps="")
    with pytest.raises(workflow.NotAllowed, match="says next to nothing"):
        cast.submit(condition, by=editor)
    cast.edit(condition, by=editor, next_steps="<p>Ask.</p>")
    cast.sign(cast.submit(condition, by=editor), by=physician)

    cast.edit(condition, by=editor, next_steps="", headline="Put right.")

    assert cast.submit(condition, by=editor).status == "open"


def test_advice_stands_beside_its_field_and_the_submit_page_links_to_it(
    condition: Condition, editor: User, physician: User
) -> None:
    HouseWord.objects.create(avoid="zebra", instead="horse", why="Common first.")
    Reference.objects.create(condition=condition, key="aaaaaaaa", citation="A zebra.", note="Zebra")
    cast.edit(condition, by=editor, definition="<p>A zebra [ref:nosuchky].</p>")
    form = f"/admin/conditions/condition/{condition.pk}/change/"
    client = Client()
    client.force_login(editor, backend=BACKEND)

    html = client.get(form).content.decode()
    beside = html[html.index('id="part-definition"') :].partition("</section>")[0]
    assert "Say “horse”, not “zebra”. Common first." in beside
    assert "names no reference" in beside
    assert "Cite it in a text as [ref:aaaaaaaa]." in html
    assert "Nobody can look this up" in html[html.index('id="id_references-0-pmid_helptext"') :]
    submit = client.get(form.replace("change", "submit")).content.decode()
    assert f'<a href="{form}#part-definition">Clinical definition</a>' in submit
    assert "needed before it can be submitted" in submit
    client.force_login(physician, backend=BACKEND)
    assert client.get(form).status_code == 200
