"""The graph that a page in force tells machines: in schema.org's words, true, and escaped."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from conditions import demo, document, linked_data, page
from conditions.models import Condition
from reviews.reviewable import Past, Shown, Signature, Signer, Standing
from tests import cast
from tests.markup import Head

VOCABULARY = json.loads(Path(__file__).with_name("schema_org.json").read_text(encoding="utf-8"))
SLUGS = sorted(file.stem for file in demo.SAMPLES.glob("*.json"))
URL = "http://localhost:8000/conditions/borderline-personality-disorder/"
FULL = Signer("Alex Example", "DO, PhD", date(2026, 5, 31), "alex-example")
CHECKED = Signer("Pat Sample", "MD", date(2026, 7, 3), "pat-sample")
TODAY, DUE, LATE = date(2026, 8, 1), date(2027, 5, 31), date(2027, 6, 1)


def sample(slug: str = "borderline-personality-disorder", **words: Any) -> dict[str, Any]:
    return document.check(demo.sample(slug)).document | words


def signature(*, corrected: bool = False, disclosed: bool = False) -> Signature:
    return Signature(
        edition=2,
        full_review=FULL,
        correction=CHECKED if corrected else None,
        relationship="A physician of the clinic, made up for tests.",
        same_physician=disclosed,
        next_review_due=DUE,
    )


def rendered(
    words: dict[str, Any], signed: Signature | None = None, *, on: date = TODAY, **kwargs: Any
) -> Head:
    """The head of a page; in force unless said otherwise."""
    live = {"complex-ptsd"}
    kwargs = {"in_force": True, **kwargs}
    return Head(page.render(words, Standing(signed or signature(), on, live, **kwargs)))


def node(head: Head, kind: str) -> dict[str, Any]:
    """The one node of a type."""
    (found,) = [one for one in head.linked_data["@graph"] if one["@type"] == kind]
    return dict(found)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- The vocabulary


def ancestry(name: str) -> set[str]:
    """A type and all that it is a kind of."""
    return {name}.union(*(ancestry(parent) for parent in VOCABULARY["types"][name]))


def faults(graph: dict[str, Any]) -> list[str]:
    """Everything in a graph that schema.org has no word for, or another type of value."""
    assert graph.keys() == {"@context", "@graph"}
    assert graph["@context"] == "https://schema.org"
    types = {one["@id"]: one["@type"] for one in graph["@graph"]}
    assert len(types) == len(graph["@graph"])
    return [fault for one in graph["@graph"] for fault in _node_faults(one, types)]


def _node_faults(one: dict[str, Any], types: dict[str, str]) -> list[str]:
    kind = one["@type"]
    if kind not in VOCABULARY["types"]:
        return [f"{kind} is no type"]
    found = []
    for name, values in one.items():
        if name.startswith("@"):
            continue
        term = VOCABULARY["properties"].get(name)
        if term is None:
            found.append(f"{name} is no property")
        elif not ancestry(kind) & set(term["domains"]):
            found.append(f"{name} does not stand on {kind}")
        else:
            for value in as_list(values):
                if not _is_one_of(value, set(term["ranges"]), types):
                    found.append(f"{name} cannot be {value!r}")
                if isinstance(value, dict) and "@type" in value:
                    found += _node_faults(value, types)
    return found


def _is_one_of(value: Any, ranges: set[str], types: dict[str, str]) -> bool:
    match value:
        case {"@type": str(kind)}:
            return kind in VOCABULARY["types"] and bool(ancestry(kind) & ranges)
        case {"@id": str(address)} if address in types:
            return bool(ancestry(types[address]) & ranges)
        case {"@id": str(address)}:
            return address.startswith("http://localhost:8000/") and "Thing" in ranges
        case bool():
            return "Boolean" in ranges
        case int():
            return bool(ranges & {"Integer", "Number"})
        case str() if "Text" in ranges:
            return value != ""
        case str() if value.startswith(("http://", "https://")):
            member = VOCABULARY["members"].get(value.removeprefix("https://schema.org/"))
            return "URL" in ranges or (member is not None and bool(ancestry(member) & ranges))
        case str() if "Date" in ranges:
            return bool(date.fromisoformat(value))
    return False


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sample_page_keeps_to_the_vocabulary(slug: str) -> None:
    for corrected in (False, True):
        for disclosed in (False, True):
            for on in (TODAY, LATE):
                signed = signature(corrected=corrected, disclosed=disclosed)
                assert faults(rendered(sample(slug), signed, on=on).linked_data) == []


def test_the_fixture_has_no_word_that_no_page_uses() -> None:
    used: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            used.update(key for key in value if not key.startswith("@"))
            used.update(as_list(value.get("@type", [])))
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                walk(inner)

    source = {"url": "https://source.example/1", "isbn": "", "pmcid": "", "accessed_on": ""}
    for slug in SLUGS:
        words = sample(slug)
        words["references"] = [row | source for row in words["references"]]
        walk(rendered(words, signature(corrected=True), on=LATE).linked_data)

    assert used >= VOCABULARY["properties"].keys()
    assert used <= VOCABULARY["properties"].keys() | VOCABULARY["types"].keys()


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"lastReviewedBy": "x"}, "lastReviewedBy is no property"),
        ({"possibleTreatment": {"@id": URL}}, "possibleTreatment does not stand on MedicalWebPage"),
        ({"reviewedBy": "Pat Sample"}, "reviewedBy cannot be 'Pat Sample'"),
        ({"reviewedBy": {"@id": f"{URL}#condition"}}, "reviewedBy cannot be"),
        ({"specialty": "https://schema.org/Astrology"}, "specialty cannot be"),
        ({"about": {"@type": "Illness"}}, "Illness is no type"),
    ],
)
def test_the_check_sees_what_the_vocabulary_does_not_have(wrong: Any, fault: str) -> None:
    graph = rendered(sample()).linked_data
    graph["@graph"][0] |= wrong

    assert any(fault in found for found in faults(graph))


# --- What it says


def test_the_date_and_the_reviewer_are_those_of_the_full_review() -> None:
    before, after = rendered(sample()), rendered(sample(), signature(corrected=True))

    for head in (before, after):
        found = node(head, "MedicalWebPage")
        assert found["lastReviewed"] == "2026-05-31"
        assert found["reviewedBy"] == {"@id": node(head, "Person")["@id"]}
        assert node(head, "Person") == {
            "@type": "Person",
            "@id": "http://localhost:8000/reviewers/alex-example/#person",
            "url": "http://localhost:8000/reviewers/alex-example/",
            "name": "Alex Example",
            "description": "A physician of the clinic, made up for tests.",
            "honorificSuffix": ["DO", "PhD"],
            "hasCredential": [
                {"@type": "EducationalOccupationalCredential", "name": "DO"},
                {"@type": "EducationalOccupationalCredential", "name": "PhD"},
            ],
        }
    assert "dateModified" not in node(before, "MedicalWebPage")
    assert node(after, "MedicalWebPage")["dateModified"] == "2026-07-03"


@pytest.mark.parametrize(
    ("corrected", "disclosed", "line"),
    [
        (False, False, "Last reviewed by Alex Example, DO, PhD on May 31, 2026."),
        (
            True,
            False,
            "Last reviewed in full by Alex Example, DO, PhD on May 31, 2026. "
            "Changed on July 3, 2026; the change was checked by Pat Sample, MD.",
        ),
        (
            False,
            True,
            "Last reviewed by Alex Example, DO, PhD on May 31, 2026. "
            "Written and reviewed by the same physician.",
        ),
    ],
)
def test_the_review_line_is_told_as_patients_read_it(
    corrected: bool, disclosed: bool, line: str
) -> None:
    head = rendered(sample(), signature(corrected=corrected, disclosed=disclosed))

    assert node(head, "MedicalWebPage")["creditText"] == line


def test_a_late_review_is_told_from_the_day_after() -> None:
    on_the_day = node(rendered(sample(), on=DUE), "MedicalWebPage")
    after = node(rendered(sample(), on=LATE), "MedicalWebPage")

    assert "creativeWorkStatus" not in on_the_day
    assert after["creativeWorkStatus"] == (
        "A full review was due on May 31, 2027 and has not been done yet."
    )


def test_the_condition_is_told_with_its_codes_and_neighbors() -> None:
    condition = node(rendered(sample()), "MedicalCondition")

    assert condition["@id"] == f"{URL}#condition"
    assert condition["code"] == {
        "@type": "MedicalCode",
        "codeValue": "F60.3",
        "codingSystem": "ICD-10-CM",
    }
    neighbors = {
        one["diagnosis"]["name"]: one["diagnosis"].get("url")
        for one in condition["differentialDiagnosis"]
    }
    # A link only to a page that is in force.
    assert neighbors == {
        "Bipolar 2 depression": None,
        "Complex PTSD": "http://localhost:8000/conditions/complex-ptsd/",
        "Major depression": None,
        "Emotional dysregulation": None,
    }
    assert "<" not in json.dumps(condition)


def test_references_are_told_with_their_numbers() -> None:
    row = {
        "key": "abcdefgh",
        "citation": "A source.",
        "note": "",
        "pmid": "16894061",
        "pmcid": "PMC1234567",
        "accessed_on": "",
    }
    row |= {"doi": "10.1001/archpsyc.63.8.856", "url": "https://source.example/1", "isbn": ""}

    head = rendered(sample(references=[row]))

    assert node(head, "MedicalWebPage")["citation"] == {
        "@type": "CreativeWork",
        "name": "A source.",
        "url": "https://source.example/1",
        "sameAs": [
            "https://pubmed.ncbi.nlm.nih.gov/16894061/",
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC1234567/",
            "https://doi.org/10.1001/archpsyc.63.8.856",
        ],
        "identifier": [
            {"@type": "PropertyValue", "propertyID": "PMID", "value": "16894061"},
            {"@type": "PropertyValue", "propertyID": "PMCID", "value": "PMC1234567"},
            {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1001/archpsyc.63.8.856"},
        ],
    }


def listing(*names: str) -> list[dict[str, str]]:
    return [
        {"key": f"key{number:05}", "name": name, "text": ""} for number, name in enumerate(names)
    ]


OWN = ["Ketamine therapy", "IV KETAMINE infusions", "Esketamine nasal spray", "ketamine"]


@pytest.mark.parametrize("stance", ["not_treated", "sometimes"])
def test_the_clinics_treatment_is_no_possible_treatment_unless_it_treats(stance: str) -> None:
    words = sample(stance=stance, treatments=listing("Psychotherapy", *OWN, "Lithium therapy"))

    assert linked_data.treatments(words) == ["Psychotherapy", "Lithium therapy"]
    told = node(rendered(words), "MedicalCondition")["possibleTreatment"]
    assert [one["name"] for one in told] == ["Psychotherapy", "Lithium therapy"]


def test_where_it_treats_every_treatment_listed_is_told() -> None:
    words = sample(stance="treated", treatments=listing("Psychotherapy", *OWN))

    assert linked_data.treatments(words) == ["Psychotherapy", *OWN]


def test_a_treatment_that_is_not_listed_is_not_told() -> None:
    for slug in SLUGS:
        words = sample(slug)
        listed = {row["name"] for row in words["treatments"]}
        told = as_list(node(rendered(words), "MedicalCondition")["possibleTreatment"])
        assert {one["name"] for one in told} == listed


@given(
    own=st.sampled_from(["therapy", "ketamine-assisted therapy", "TMS", "the treatment", ""]),
    names=st.lists(st.text(max_size=30), max_size=4),
)
def test_whatever_the_clinic_calls_it_its_own_name_is_never_told(
    own: str, names: list[str]
) -> None:
    words = {"stance": "not_treated", "treatment": own}
    words_listed = listing(*names, f"A {own.upper()} b")

    told = linked_data.treatments({**words, "treatments": words_listed})

    assert not own or f"A {own.upper()} b" not in told
    assert set(told) <= {row["name"] for row in words_listed}


def test_the_clinic_is_the_one_that_was_signed(settings: Any) -> None:
    words = sample()
    settings.CLINIC_NAME = settings.CLINIC_TREATMENT = settings.CLINIC_CONTACT = "Renamed"

    head = rendered(words)

    assert node(head, "MedicalClinic")["name"] == node(head, "WebSite")["name"] == "Tovani"
    assert "Renamed" not in json.dumps(head.linked_data)


# --- Where it stands


def test_only_a_page_in_force_speaks_to_machines() -> None:
    words = sample()
    when = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    past = Past([Shown(*when, signature())])

    for silent in (
        rendered(words, in_force=False),
        rendered(words, in_force=False, past=past),
        Head(page.render(words, Standing(None, TODAY, in_force=True))),
        Head(page.render(words, Standing(None, TODAY))),
    ):
        assert silent.linked_data is None
        assert silent.link("canonical") is None
        assert silent.meta("og:title") is None
        assert not silent.is_indexable
    assert rendered(words, in_force=False, past=past).title.startswith("No longer current: ")
    assert Head(page.render(words, Standing(None, TODAY))).title.startswith("Not signed: ")


def test_it_is_what_was_signed_and_not_what_is_drafted(
    condition: Condition, editor: User, physician: User, client: Client
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    cast.edit(condition, by=editor, name="Unsigned name", also_known_as="Unsigned")

    graph = Head(client.get("/conditions/sample-condition/").content).linked_data

    assert faults(graph) == []
    assert "Sample condition" in json.dumps(graph)
    assert "Unsigned" not in json.dumps(graph)


# --- Breaking out


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]></SCRIPT >",
    "\"'\\u003c/script\\u003e & &lt;",
    "\u2028\u2029",
    "{{ page }}{% now 'Y' %}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_its_block(name: str) -> None:
    words = sample(name=name, also_known_as=[name, name], treatments=listing(name))
    signed = Signature(2, Signer(name, name, TODAY, "x"), None, name, False, DUE)

    html = page.render(words, Standing(signed, TODAY, in_force=True))

    head = Head(html)
    # The graph, and the lines that run before a page is printed.
    assert [attributes for attributes, _ in head.scripts] == [{"type": "application/ld+json"}, {}]
    assert node(head, "MedicalCondition")["name"] == name
    assert node(head, "Person")["name"] == name
    block = head.scripts[0][1]
    assert not set("<>&\u2028\u2029") & set(block)
