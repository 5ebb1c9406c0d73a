"""The sample documents: clean, honest about being samples, and covering the whole schema."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings

from conditions import demo, document, outline
from conditions.cleaning import sanitise

FILES = sorted(demo.SAMPLES.glob("*.json"))
# Checked by hand against PubMed; a sample cites nothing else.
PMIDS = {"32368793", "23982301", "16818865", "16894061", "17074942", "20679587"}
# No sample is a translation, none cites a source outside PubMed, and none has a range of codes.
UNUSED = {"translation_of", "codes.to"} | {
    f"references.{name}" for name in ("url", "pmcid", "isbn", "accessed_on")
}

by_slug = pytest.mark.parametrize("slug", [file.stem for file in FILES])


def words_of(value: Any) -> str:
    """Every text of a document, tags taken out."""
    if isinstance(value, dict):
        return " ".join(words_of(inner) for inner in value.values())
    if isinstance(value, list):
        return " ".join(words_of(inner) for inner in value)
    return sanitise.visible_text(value) if isinstance(value, str) else ""


def used(value: dict[str, Any]) -> set[str]:
    """The parts, and the columns of rows, in which a document has something."""
    found = {key for key, inner in value.items() if inner}
    return found | {
        f"{part}.{column}"
        for part in outline.ROWS
        for row in value[part]
        for column, inner in row.items()
        if inner
    }


def test_there_are_five_samples() -> None:
    assert [file.stem for file in FILES] == [
        "bipolar-2-depression",
        "borderline-personality-disorder",
        "complex-ptsd",
        "emotional-dysregulation",
        "treatment-resistant-depression",
    ]


@by_slug
def test_a_sample_has_no_fault_and_cleaning_changes_nothing(slug: str) -> None:
    checked = document.check(demo.sample(slug))

    assert checked.faults == []
    assert {change.path for change in checked.changes} <= set(outline.FROM_THE_SITE)


@by_slug
def test_a_sample_file_is_a_whole_document_that_can_be_imported_as_it_is(slug: str) -> None:
    raw = json.loads((demo.SAMPLES / f"{slug}.json").read_text(encoding="utf-8"))

    checked = document.check(raw)

    assert checked.faults == []
    assert {change.path for change in checked.changes} <= set(outline.FROM_THE_SITE)


@by_slug
def test_a_sample_can_be_frozen(slug: str) -> None:
    words = document.check(demo.sample(slug)).document

    assert document.frozen(words) == words


@by_slug
def test_a_sample_lies_under_its_own_address(slug: str) -> None:
    assert demo.sample(slug)["slug"] == slug


@by_slug
def test_a_sample_says_that_it_is_one(slug: str) -> None:
    words = demo.sample(slug)

    assert "sample page" in words["disclaimer"]
    assert re.search(
        r"has (?:not|never) been reviewed by a practicing physician", words["disclaimer"]
    )
    assert "sample" in sanitise.visible_text(words["summary"]) + words["meta_description"]


@by_slug
def test_a_sample_cites_checked_papers_only(slug: str) -> None:
    references = demo.sample(slug)["references"]

    assert references
    assert {row["pmid"] for row in references} <= PMIDS
    assert not re.search(
        r"\bPMID\b|pubmed", words_of(demo.sample(slug) | {"labels": {}}), re.IGNORECASE
    )


def test_a_paper_is_cited_in_the_same_words_everywhere() -> None:
    cited = {
        (row["pmid"], row["citation"])
        for file in FILES
        for row in demo.sample(file.stem)["references"]
    }

    assert {pmid for pmid, _ in cited} == PMIDS
    assert len(cited) == len(PMIDS)


def test_every_part_of_the_schema_is_used_in_some_sample() -> None:
    everywhere = set[str]().union(*(used(demo.sample(file.stem)) for file in FILES))
    columns = {f"{part}.{name}" for part, at in outline.ROWS.items() for name in at.values()}

    assert (set(outline.KEYS) | columns) - everywhere - {"labels"} == UNUSED


def test_every_stance_is_taken_in_some_sample() -> None:
    stances = {demo.sample(file.stem)["stance"] for file in FILES}

    assert stances == {"treated", "sometimes", "not_treated"}


def test_the_samples_name_one_another() -> None:
    slugs = {file.stem for file in FILES}
    named = {
        file.stem: {row["condition"] for row in demo.sample(file.stem)["differentials"]} - {""}
        for file in FILES
    }

    assert set[str]().union(*named.values()) == slugs
    assert all(targets and slug not in targets for slug, targets in named.items())


@by_slug
def test_links_inside_a_sample_lead_to_samples(slug: str) -> None:
    raw = (demo.SAMPLES / f"{slug}.json").read_text(encoding="utf-8")

    linked = set(re.findall(r"/conditions/([^/\\\"]*)/", raw))

    assert linked <= {file.stem for file in FILES}


@by_slug
def test_keys_are_unique_in_all_samples_together(slug: str) -> None:
    def keys(one: str) -> list[str]:
        words = demo.sample(one)
        return [row["key"] for part in outline.ROWS for row in words[part]]

    own = keys(slug)
    others = {key for file in FILES if file.stem != slug for key in keys(file.stem)}

    assert len(own) == len(set(own))
    assert not set(own) & others


@by_slug
def test_a_sample_writes_us_english(slug: str) -> None:
    british = r"\b(?:behaviour|colour|centre|programme|organis|recognis|practis|specialis)\w*"

    assert re.findall(british, words_of(demo.sample(slug) | {"labels": {}}), re.IGNORECASE) == []


@by_slug
def test_a_sample_names_the_clinic_of_the_demonstration(slug: str) -> None:
    assert settings.CLINIC_NAME in words_of(demo.sample(slug))
