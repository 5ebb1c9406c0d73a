"""Documents of older schemas: read in the present one, and known again by the step back."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from conditions import document, outline
from conditions.document import upgrades
from conditions.models import Code, Condition
from reviews import workflow
from reviews.diff import comparison
from reviews.evidence import audit
from reviews.models import Contribution, Event
from tests import cast
from tests.traces import refused

FIXTURE = Path(__file__).parents[2] / "older" / "schema_1" / "document.json"


def of_schema_1() -> dict[str, Any]:
    """A document with something in every part, as schema 1 wrote it."""
    words: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return words


def words_in(value: Any) -> Iterator[str]:
    """Every text of a document that is not empty, keys of rows left out."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "key":
                yield from words_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_in(inner)
    elif value not in ("", None):
        yield str(value)


def test_every_older_schema_has_a_step() -> None:
    assert set(upgrades.STEPS) == set(range(1, outline.SCHEMA))


def test_an_upgrade_moves_and_renames_and_adds_no_word() -> None:
    older = of_schema_1()
    before = copy.deepcopy(older)

    upgraded = upgrades.current(older)

    assert older == before
    assert set(upgraded) == set(outline.KEYS)
    for part, columns in outline.ROWS.items():
        assert all(row.keys() == {"key", *columns.values()} for row in upgraded[part]), part
    had, has = Counter(words_in(older)), Counter(words_in(upgraded))
    # The name of the system stood once, as a heading; now it stands with each of its codes.
    codes = len(older["icd10"])
    assert has - had == Counter({"ICD-10-CM": codes - 1, str(outline.SCHEMA): 1})
    assert had - has == Counter({"1": 1})
    assert upgrades.current(upgraded) == upgraded
    assert not document.check(upgraded).faults


def test_the_same_code_has_the_same_key_wherever_it_stands() -> None:
    older = of_schema_1()
    fewer = older | {"icd10": older["icd10"][1:]}

    keys = [row["key"] for row in upgrades.current(older)["codes"]]

    assert len(set(keys)) == len(keys) > 1
    assert [row["key"] for row in upgrades.current(fewer)["codes"]] == keys[1:]


def test_an_upgraded_document_differs_from_a_new_one_in_no_part() -> None:
    upgraded = upgrades.current(of_schema_1())
    new = upgraded | {"labels": outline.labels(upgraded["stance"])}
    new |= {"clinic": upgraded["clinic"], "treatment": upgraded["treatment"]}

    assert not comparison.compare(document.parts(upgraded), document.parts(new))


def test_the_step_back_gives_what_the_older_schema_wrote() -> None:
    older = of_schema_1()

    assert list(upgrades.former(upgrades.current(older)))[-1] == older


def test_there_is_no_step_back_where_the_older_schema_had_no_place() -> None:
    present = upgrades.current(of_schema_1())
    code, reference = present["codes"][0], present["references"][0]
    warning = {"key": "warning1", "heading": "Mind", "text": "<p>This.</p>"}

    for more in (
        {"warnings": [warning]},
        {"codes": [code | {"system": "ICD-11", "code": "6A70"}]},
        {"codes": [code | {"to": "F99"}]},
        {"codes": [code | {"key": "anotherk"}]},
        {"references": [reference | {"isbn": "9780306406157"}]},
        {"references": [reference | {"pmcid": "PMC1"}]},
        {"references": [reference | {"accessed_on": "2026-05-31"}]},
    ):
        assert 1 not in {one["schema"] for one in upgrades.former(present | more)}, more


# --- A draft whose surroundings changed (DESIGN §5)


def saved_by(condition: Condition) -> list[int]:
    return list(Contribution.objects.filter(subject=condition.subject).values_list("by", flat=True))


def test_a_renamed_clinic_blocks_no_draft_and_makes_nobody_an_author(
    condition: Condition, editor: User, second_editor: User, physician: User, settings: Any
) -> None:
    before = Contribution.objects.get().digest
    settings.CLINIC_NAME = "Elsewhere"
    # Saving what nobody changed is no contribution, whoever presses the button.
    workflow.record_draft(condition.subject, by=second_editor)
    assert saved_by(condition) == [editor.pk]

    edition = cast.submit(condition, by=editor).edition

    assert edition.document["clinic"] == "Elsewhere"
    assert list(edition.authors.all()) == [editor]
    [event] = Event.objects.filter(kind="draft_upgraded")
    assert event.said["by"] is None
    assert (event.said["old"], event.said["new"]) == (before, edition.digest)
    assert next(audit.faults(), None) is None

    settings.CLINIC_NAME = "And again"
    assert cast.submit(condition, by=editor).edition.document["clinic"] == "And again"
    assert Event.objects.filter(kind="draft_upgraded").count() == 2


def test_words_changed_past_the_form_are_not_taken_for_a_renamed_clinic(
    condition: Condition, editor: User, settings: Any
) -> None:
    settings.CLINIC_NAME = "Elsewhere"
    Condition.objects.update(headline="Words of a shell.")

    with refused("changed outside its form"):
        cast.submit(condition, by=editor)

    assert not Event.objects.filter(kind="draft_upgraded").exists()


def test_an_edited_draft_is_a_contribution_after_a_renaming_too(
    condition: Condition, editor: User, second_editor: User, settings: Any
) -> None:
    settings.CLINIC_NAME = "Elsewhere"
    cast.edit(condition, by=second_editor, headline="Other words.")

    edition = cast.submit(condition, by=editor).edition

    assert set(edition.authors.all()) == {editor, second_editor}


def test_a_range_of_codes_stands_on_the_page(
    condition: Condition, editor: User, physician: User, client: Any
) -> None:
    Code.objects.create(condition=condition, code="F30", to="F39")
    workflow.record_draft(condition.subject, by=editor)
    cast.publish(condition, by=editor, signer=physician)

    page = client.get("/conditions/sample-condition/").content.decode()

    assert "<dt>ICD-10-CM</dt><dd>F30–F39</dd>" in page
