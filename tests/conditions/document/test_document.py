"""The document: what a draft freezes to, what it must hold, and what it is made of."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.test.utils import isolate_apps
from hypothesis import assume, given
from hypothesis import strategies as st

from conditions import demo, document, outline
from conditions.cleaning.fields import LinesField, RichField
from conditions.models import (
    ROWS,
    BoxedWarning,
    Code,
    Condition,
    Differential,
    HouseWord,
    KeyPoint,
    Presence,
    Question,
    Reference,
    Section,
    Treatment,
)
from reviews import workflow
from reviews.reviewable import NotFreezable
from reviews.text.canonical import digest_of, document_of, text_of
from reviews.text.folding import fold
from tests import cast
from tests.undoing import Case

# A document with something in every part, whose words occur nowhere else in it.
FULL: dict[str, Any] = {
    "schema": 2,
    "lang": "en",
    "translation_of": "wtranslation",
    "slug": "wslug",
    "name": "Wname",
    "also_known_as": ["Walso", "Wother"],
    "codes": [
        {"key": "aaaaaab1", "system": "ICD-10-CM", "code": "F60.3", "to": ""},
        {"key": "aaaaaab2", "system": "ICD-11", "code": "6A70", "to": "6A7Z"},
    ],
    "clinic": "Wclinic",
    "treatment": "wtreatment",
    "stance": "sometimes",
    "headline": "Wheadline.",
    "summary": "<p>Wsummary.</p>",
    "crisis_notice": "<p>Wcrisis.</p>",
    "warnings": [{"key": "aaaaaab3", "heading": "Wwarning", "text": "<p>Wboxed.</p>"}],
    "key_points": [
        {"key": "aaaaaaa1", "text": "<p>Wpoint.</p>"},
        {"key": "aaaaaaa2", "text": "<p>Wsecond.</p>"},
    ],
    "definition": "<p>Wdefinition <strong>wbold</strong>.</p>",
    "sections": [{"key": "aaaaaaa3", "heading": "Wheading", "body": "<p>Wbody.</p>"}],
    "differentials": [
        {"key": "aaaaaaa4", "label": "Wlabel", "condition": "wtarget", "text": "<p>Wdiffers.</p>"},
        {"key": "aaaaaaa5", "label": "Wnowhere", "condition": "", "text": "<p>Wdiffers2.</p>"},
    ],
    "treatments": [{"key": "aaaaaaa6", "name": "Wtherapy", "text": "<p>Whelps.</p>"}],
    "when_treatments_fail": "<p>Wfail.</p>",
    "where_it_fits": "<p>Wfits [ref:aaaaaaa8].</p>",
    "where_we_fit": "<p>Wwe.</p>",
    "safety": "<p>Wsafety.</p>",
    "next_steps": "<p>Wnext.</p>",
    "questions": [{"key": "aaaaaaa7", "question": "Wquestion?", "answer": "<p>Wanswer.</p>"}],
    "references": [
        {
            "key": "aaaaaaa8",
            "citation": "Wcitation.",
            "note": "Wnote.",
            "pmid": "32368793",
            "pmcid": "PMC1234567",
            "doi": "10.1000/wdoi",
            "isbn": "9780306406157",
            "url": "https://wurl.example.org/",
            "accessed_on": "2026-05-31",
        }
    ],
    "disclaimer": "Wdisclaimer.",
    "meta_description": "Wmeta.",
    "review_interval_months": 12,
    "labels": {
        **dict.fromkeys(outline.labels("sometimes"), "Wheading of a part"),
        "stance": "Wstance.",
    },
}

Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a document with the path to it."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in inside:
            yield from leaves(inner, (*at, key))
    else:
        yield at, value


def changed(value: Any, path: Path, leaf: Any) -> Any:
    """A copy of a document with another leaf at a path."""
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = leaf
    return made


def uncovered(*draft_models: type[models.Model]) -> set[str]:
    """The columns of draft models that are neither in the document nor named exceptions."""
    parts = {row._meta.get_field("condition").remote_field.related_name: row for row in ROWS}
    covered = {Condition: set(outline.KEYS)} | {
        row: {"key", *outline.ROWS[part]} for part, row in parts.items()
    }
    return {
        f"{model.__name__}.{column.name}"
        for model in draft_models
        for column in [*model._meta.concrete_fields, *model._meta.many_to_many]
        if column.name not in outline.NOT_IN_THE_DOCUMENT
        and column.name not in covered.get(model, covered[Condition])
    }


@pytest.fixture
def full(editor: User) -> Condition:
    """A draft with something in every column."""
    condition = cast.make_condition(
        "full-condition",
        by=editor,
        also_known_as="One name\nAnother name",
        translation_of="other-condition",
        crisis_notice="<p>Crisis words.</p>",
        definition="<p>Definition words.</p>",
        when_treatments_fail="<p>Failing words.</p>",
        where_it_fits="<p>Fitting words.</p>",
        where_we_fit="<p>Our words.</p>",
        safety="<p>Safety words.</p>",
        next_steps="<p>Next words.</p>",
        meta_description="Meta words.",
        lang="es",
        review_interval_months=7,
    )
    Code.objects.create(condition=condition, code="F30", to="F39")
    BoxedWarning.objects.create(condition=condition, heading="Mind this", text="<p>Boxed.</p>")
    Section.objects.create(condition=condition, heading="Heading words", body="<p>Body.</p>")
    Differential.objects.create(
        condition=condition, label="Label words", target="other-condition", text="<p>Differs.</p>"
    )
    Treatment.objects.create(condition=condition, name="Therapy words", text="<p>Helps.</p>")
    Question.objects.create(condition=condition, question="Question?", answer="<p>Answer.</p>")
    Reference.objects.create(
        condition=condition,
        citation="Citation words.",
        note="Note words.",
        pmid="32368793",
        pmcid="PMC1234567",
        doi="10.1000/182",
        isbn="9780306406157",
        url="https://www.example.org/",
        accessed_on="2026-05-31",
    )
    workflow.record_draft(condition.subject, by=editor)
    return condition


# --- Freezing


def test_freeze_reads_the_database_and_not_the_object_in_hand(condition: Condition) -> None:
    list(condition.key_points.all())
    condition.headline = "Only in memory."
    Condition.objects.filter(pk=condition.pk).update(summary="<p>Only in the database.</p>")
    KeyPoint.objects.update(text="<p>A row’s new words.</p>")

    frozen = condition.freeze()

    assert frozen["headline"] == "Tovani does not treat this."
    assert frozen["summary"] == "<p>Only in the database.</p>"
    assert [row["text"] for row in frozen["key_points"]] == ["<p>A row’s new words.</p>"]


def test_freeze_holds_every_column_word_for_word(full: Condition) -> None:
    frozen = full.freeze()

    assert tuple(frozen) == outline.KEYS
    for key in set(outline.KEYS) - {*outline.ROWS, *outline.LISTS, *outline.FROM_THE_SITE}:
        assert frozen[key] == (outline.SCHEMA if key == "schema" else getattr(full, key)), key
        assert frozen[key], key
    assert frozen["also_known_as"] == ["One name", "Another name"]
    assert [row["code"] for row in frozen["codes"]] == ["F30"]
    for part, columns in outline.ROWS.items():
        (row,) = getattr(full, part).all()
        words = {name: getattr(row, column) for column, name in columns.items()}
        assert frozen[part] == [{"key": row.key, **words}]
        assert all(words.values()), part


def test_freeze_takes_the_clinic_from_the_settings(condition: Condition, settings: Any) -> None:
    settings.CLINIC_NAME = "Elsewhere"
    settings.CLINIC_TREATMENT = "another therapy"

    frozen = condition.freeze()

    assert (frozen["clinic"], frozen["treatment"]) == ("Elsewhere", "another therapy")
    assert frozen["labels"]["where_it_fits"] == "Where another therapy fits"
    assert (
        frozen["labels"]["stance"]
        == "Elsewhere does not treat this condition with another therapy."
    )


def test_rows_freeze_in_their_order(condition: Condition) -> None:
    KeyPoint.objects.all().delete()
    for position, words in [(3, "c"), (1, "a"), (2, "b"), (2, "b later")]:
        KeyPoint.objects.create(condition=condition, position=position, text=f"<p>{words}</p>")

    texts = [row["text"] for row in condition.freeze()["key_points"]]

    assert texts == ["<p>a</p>", "<p>b</p>", "<p>b later</p>", "<p>c</p>"]


def test_another_page_cannot_change_a_frozen_word(condition: Condition, editor: User) -> None:
    other = cast.make_condition("other-condition", by=editor)
    cast.name_target(condition, "other-condition", by=editor)
    before = text_of(condition.freeze())

    cast.edit(other, by=editor, name="Renamed", slug="elsewhere", summary="<p>Other words.</p>")
    assert text_of(condition.freeze()) == before
    other.delete()

    assert text_of(condition.freeze()) == before


def test_freezing_changes_no_string_and_no_row(full: Condition) -> None:
    odd = "<p>Two  spaces, “quotes”, naïve &amp; 50 % — Trầm cảm</p>"
    Condition.objects.filter(pk=full.pk).update(safety=odd, headline="Two  spaces")
    rows = list(Condition.objects.values())
    drafted = full.document()

    frozen = full.freeze()

    assert frozen == drafted
    assert frozen["safety"] == odd
    assert frozen["headline"] == "Two  spaces"
    assert document_of(text_of(frozen)) == drafted
    assert list(Condition.objects.values()) == rows


# What a shell wrote past every form, and the path that the refusal names.
WRITTEN_BY_A_SHELL: dict[str, tuple[type[models.Model], dict[str, Any], str]] = {
    "line not NFC": (Condition, {"name": "Cafe\u0301"}, "name"),
    "rich text not NFC": (Condition, {"summary": "<p>Cafe\u0301</p>"}, "summary"),
    "Angstrom sign": (Condition, {"headline": "10 \u212b"}, "headline"),
    "CRLF in rich text": (Condition, {"safety": "<p>a</p>\r\n<p>b</p>"}, "safety"),
    "CR in rich text": (Condition, {"safety": "<p>a\rb</p>"}, "safety"),
    "line break in a line": (Condition, {"headline": "a\nb"}, "headline"),
    "CRLF in a list": (Condition, {"also_known_as": "a\r\nb"}, "also_known_as[0]"),
    "zero width space": (Condition, {"headline": "a\u200bb"}, "headline"),
    "direction mark": (Condition, {"definition": "<p>a\u202eb</p>"}, "definition"),
    "direction mark as entity": (Condition, {"definition": "<p>a&#x202e;b</p>"}, "definition"),
    "soft hyphen": (Condition, {"disclaimer": "a\u00adb"}, "disclaimer"),
    "space around": (Condition, {"name": " Name "}, "name"),
    "script": (Condition, {"summary": "<p>a</p><script>alert(1)</script>"}, "summary"),
    "event handler": (Condition, {"next_steps": '<p onclick="x()">a</p>'}, "next_steps"),
    "style": (Condition, {"where_it_fits": '<p style="color:red">a</p>'}, "where_it_fits"),
    "bare text": (Condition, {"where_we_fit": "no paragraph"}, "where_we_fit"),
    "target of a link": (
        Condition,
        {"crisis_notice": '<p><a href="javascript:1">a</a></p>'},
        "crisis_notice",
    ),
    "forged review": (
        Condition,
        {"when_treatments_fail": "<p>Last reviewed on May 1, 2026</p>"},
        "when_treatments_fail",
    ),
    "forged review in a line": (
        Condition,
        {"meta_description": "Medically reviewed by Dr. Doe"},
        "meta_description",
    ),
    "slug": (Condition, {"slug": "Bad Slug"}, "slug"),
    "original": (Condition, {"translation_of": "Bad Slug"}, "translation_of"),
    "code": (Code, {"code": "nonsense"}, "codes[0].code"),
    "lower case code": (Code, {"code": "f30"}, "codes[0].code"),
    "stance": (Condition, {"stance": "perhaps"}, "stance"),
    "no interval": (Condition, {"review_interval_months": 0}, "review_interval_months"),
    "long interval": (Condition, {"review_interval_months": 37}, "review_interval_months"),
    "language": (Condition, {"lang": ""}, "lang"),
    "no text in a row": (KeyPoint, {"text": ""}, "key_points[0].text"),
    "markup in a row": (KeyPoint, {"text": "<p>a<script></script></p>"}, "key_points[0].text"),
    "no key": (KeyPoint, {"key": ""}, "key_points[0].key"),
    "odd key": (KeyPoint, {"key": "UPPER"}, "key_points[0].key"),
    "heading": (Section, {"heading": "a\u200bb"}, "sections[0].heading"),
    "body": (Section, {"body": "<div>a</div>"}, "sections[0].body"),
    "label": (Differential, {"label": ""}, "differentials[0].label"),
    "target": (Differential, {"target": "Bad Slug"}, "differentials[0].condition"),
    "treatment": (Treatment, {"name": "e\u0301"}, "treatments[0].name"),
    "question": (Question, {"question": "a\tb"}, "questions[0].question"),
    "answer": (Question, {"answer": "<p>a&#8203;b</p>"}, "questions[0].answer"),
    "citation": (Reference, {"citation": ""}, "references[0].citation"),
    "PMID": (Reference, {"pmid": "12a"}, "references[0].pmid"),
    "DOI with its resolver": (
        Reference,
        {"doi": "https://doi.org/10.1000/182"},
        "references[0].doi",
    ),
    "address": (Reference, {"url": "javascript:1"}, "references[0].url"),
}


@pytest.mark.parametrize("case", WRITTEN_BY_A_SHELL)
def test_words_that_a_shell_wrote_are_refused_by_their_path(full: Condition, case: str) -> None:
    model, columns, path = WRITTEN_BY_A_SHELL[case]
    model._default_manager.update(**columns)

    with pytest.raises(NotFreezable) as refusal:
        full.freeze()

    assert [fault.partition(":")[0] for fault in refusal.value.faults] == [path]
    assert refusal.value.faults[0].endswith(".")


def test_a_page_without_a_needed_part_is_refused(full: Condition, case: Case) -> None:
    for key in outline.NEEDED:
        with case(key=key):
            Condition.objects.filter(pk=full.pk).update(**{key: ""})

            with pytest.raises(NotFreezable) as refusal:
                full.freeze()

            assert any(fault.startswith(f"{key}: ") for fault in refusal.value.faults)


def test_a_part_that_is_not_needed_may_be_empty(full: Condition, case: Case) -> None:
    for key in sorted({*outline.KEYS} - {*outline.NEEDED, *outline.ROWS, *outline.FROM_THE_SITE}):
        with case(key=key):
            if key in ("schema", "lang", "review_interval_months"):
                assert full.freeze()[key]
                return
            Condition.objects.filter(pk=full.pk).update(**{key: ""})

            assert not full.freeze()[key]


def test_every_fault_is_named_at_once(full: Condition) -> None:
    Condition.objects.update(summary="<p>Cafe\u0301</p>", headline="")
    Code.objects.update(code="bad")
    Question.objects.update(answer="<p onclick='x'>a</p>")

    with pytest.raises(NotFreezable) as refusal:
        full.freeze()

    paths = {fault.partition(":")[0] for fault in refusal.value.faults}
    assert paths == {"summary", "headline", "codes[0].code", "questions[0].answer"}


def test_a_key_that_stands_twice_in_two_parts_is_refused(full: Condition) -> None:
    for row in ROWS:
        one = row._default_manager.order_by("pk")[:1]
        row._default_manager.filter(pk__in=one.values("pk")).update(key="samekey1")

    with pytest.raises(NotFreezable, match="samekey1 stands twice"):
        full.freeze()


def test_hidden_characters_in_the_clinics_own_words_are_refused(
    condition: Condition, settings: Any
) -> None:
    settings.CLINIC_TREATMENT = "keta\u200bmine"

    with pytest.raises(NotFreezable) as refusal:
        condition.freeze()

    paths = {fault.partition(":")[0] for fault in refusal.value.faults}
    assert {"treatment", "labels.where_it_fits"} <= paths
    assert "labels.definition" not in paths


# --- No column is forgotten


def test_every_column_of_the_draft_is_in_the_document_or_a_named_exception() -> None:
    draft_models = list(apps.get_app_config("conditions").get_models())

    # Who has a form open, and the words that the clinic avoids, are no words of a page.
    assert set(draft_models) == {Condition, *ROWS, Presence, HouseWord}
    assert uncovered(Condition, *ROWS) == set()


def test_every_kind_of_row_is_a_part_of_the_document() -> None:
    parts = {related.get_accessor_name() for related in Condition._meta.related_objects}

    assert parts == set(outline.ROWS)
    assert parts <= set(outline.KEYS)


@isolate_apps("conditions")
def test_the_walk_finds_a_new_column() -> None:
    class Wider(models.Model):
        name = models.TextField()
        dosage = models.TextField()
        drugs = models.ManyToManyField("self")

        class Meta:
            app_label = "conditions"

        def __str__(self) -> str:
            return self.name

    assert uncovered(Wider) == {"Wider.dosage", "Wider.drugs"}


def test_rich_columns_are_those_that_the_document_calls_markup() -> None:
    rich = {
        f"{model.__name__}.{column.name}"
        for model in (Condition, *ROWS)
        for column in model._meta.concrete_fields
        if outline.is_rich(column)
    }
    plain = [c for c in Condition._meta.concrete_fields if isinstance(c, LinesField)]

    assert len(rich) == 14
    assert "Question.answer" in rich
    assert "Condition.headline" not in rich
    assert plain
    assert not any(isinstance(column, RichField) for column in plain)


# --- Canonical text

TINY = {
    "schema": 1,
    "name": "Café “x”",
    "list": ["b", "a", ""],
    "empty": {},
    "é": True,
    "a<b": None,
}
TINY_TEXT = (
    b'{"a<b":null,"empty":{},"list":["b","a",""],"name":"Caf\xc3\xa9 \xe2\x80\x9cx\xe2\x80\x9d",'
    b'"schema":1,"\xc3\xa9":true}'
)
TINY_DIGEST = "69896341554a90df3ee36d2e49069f11911f17708249bfedc7a8279a854d7ae0"


def test_the_canonical_bytes_and_digest_of_a_tiny_document_stay() -> None:
    text = text_of(TINY)

    assert text.encode() == TINY_TEXT
    assert digest_of(text) == TINY_DIGEST == hashlib.sha256(TINY_TEXT).hexdigest()
    assert document_of(text) == TINY


@pytest.mark.parametrize("slug", sorted(path.stem for path in demo.SAMPLES.glob("*.json")))
def test_the_canonical_text_of_a_sample_depends_on_no_order_of_keys(slug: str) -> None:
    words = document.check(demo.sample(slug)).document
    backwards = json.loads(json.dumps(words), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

    assert list(backwards) == list(reversed(words))
    assert text_of(backwards) == text_of(words)
    assert document_of(text_of(words)) == words


# --- Parts


@given(data=st.data(), words=st.text(min_size=1, max_size=20))
def test_changing_any_leaf_changes_the_parts(data: st.DataObject, words: str) -> None:
    found = [(path, leaf) for path, leaf in leaves(FULL) if path != ("schema",)]
    path, leaf = data.draw(st.sampled_from(found))
    assume(words != leaf)

    parts = document.parts(changed(FULL, path, words))

    assert parts != document.parts(FULL), path


def test_every_single_leaf_is_covered_by_the_parts() -> None:
    whole = document.parts(FULL)

    blind = [
        path for path, _ in leaves(FULL) if document.parts(changed(FULL, path, "Wchanged")) == whole
    ]

    assert blind == [("schema",)]


def test_parts_have_unique_keys_and_say_what_is_markup() -> None:
    parts = document.parts(FULL)
    by_key = {part.key: part for part in parts}

    assert len(by_key) == len(parts)
    assert all(part.label for part in parts)
    assert all(part.html == part.content.startswith("<p>") for part in parts)
    assert by_key["questions.aaaaaaa7.answer"].content == "<p>Wanswer.</p>"


def test_only_name_headline_stance_and_warnings_need_a_full_review() -> None:
    weighty = {part.key for part in document.parts(FULL) if part.needs_full_review}

    boxed = {"warnings.aaaaaab3.heading", "warnings.aaaaaab3.text"}
    assert weighty == {"name", "headline", "stance", "stance_word", *boxed}


def test_a_row_that_goes_comes_or_moves_changes_the_parts() -> None:
    whole = document.parts(FULL)
    points = FULL["key_points"]

    for rows in ([], points[:1], points[::-1], [*points, {"key": "zzzzzzz9", "text": ""}]):
        assert document.parts({**FULL, "key_points": rows}) != whole


# --- Label, address, targets, interval, index


def test_label_address_targets_and_interval_come_from_the_document() -> None:
    assert Condition.label(FULL) == "Wname"
    assert Condition.address(FULL) == "wslug"
    assert Condition.targets(FULL) == {"wtarget"}
    assert Condition.review_interval(FULL) == 12


def test_the_index_has_every_word_that_patients_read() -> None:
    index = document.index(FULL)
    signed = {path: leaf for path, leaf in leaves(FULL) if isinstance(leaf, str)}
    words = {
        word
        for path, leaf in signed.items()
        if path[0] not in ("slug", "labels") and path[-1] != "condition"
        for word in re.findall(r"\b[Ww]\w+", leaf)
    }

    assert index.name == "Wname"
    assert index.synonyms == "Walso\nWother"
    assert words - set(re.findall(r"\w+", index.body)) == set()
    assert {"Walso", "Wanswer", "wbold", "Wcitation", "Wbody"} <= words
    assert "<" not in index.body
    assert "Wheading of a part" not in index.body


def test_the_index_has_no_word_that_was_not_signed(full: Condition, physician: User) -> None:
    submission = cast.submit(full, by=User.objects.get(username="editor"))
    cast.sign(submission, by=physician)
    Condition.objects.update(headline="Unsigned words.", safety="<p>Unsigned words.</p>")

    body = Condition.index(submission.edition).body
    stored = submission.edition.index

    assert "Unsigned" not in body
    assert (stored.name, stored.synonyms, stored.body) == (
        "full condition",
        "one name\nanother name",
        fold(body),
    )
    signed = " ".join(str(leaf) for _, leaf in leaves(submission.edition.document))
    assert [word for word in body.split() if word.strip(";") not in signed] == []
