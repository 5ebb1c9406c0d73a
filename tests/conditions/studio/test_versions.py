"""The history of a draft: who saved what, any two compared, and parts brought back."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from reversion.models import Revision, Version

from conditions import outline
from conditions.document import stored
from conditions.models import Condition, KeyPoint
from conditions.studio import versions
from conditions.studio.forms import digest_of_draft
from reviews import workflow
from reviews.models import Contribution
from tests import cast
from tests.undoing import Case

pytestmark = pytest.mark.both_engines
WORDS = "<p>These eight words are what the writer once wrote here.</p>"


class Desk(NamedTuple):
    """A page whose draft was saved three times, and submitted in between."""

    writer: User
    editor: User
    physician: User
    condition: Condition
    history: str


@pytest.fixture(scope="module")
def desk(standing: Callable[[], AbstractContextManager[None]]) -> Desk:
    with standing():
        writer = cast.person("writer", "Staff", first_name="Wanda", last_name="Writer")
        editor = cast.person("editor", "Staff", first_name="Edie", last_name="Editor")
        physician = cast.person("physician", "Physicians")
        cast.make_reviewer(physician, "Pat Sample", "MD")
        condition = cast.make_condition(by=writer, definition=WORDS)
        cast.publish(condition, by=writer, signer=physician)
        cast.edit(condition, by=editor, definition="<p>Short.</p>", headline="Another headline.")
    address = f"/admin/conditions/condition/{condition.pk}/history/"
    return Desk(writer, editor, physician, condition, address)


@pytest.fixture
def client(db: None, desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.editor, backend="django.contrib.auth.backends.ModelBackend")
    return client


def names(condition: Condition) -> list[int]:
    """The versions of a draft, the oldest first."""
    return [*Version.objects.get_for_object(condition).order_by("pk").values_list("pk", flat=True)]


def older(version: Version, condition: Condition) -> None:
    """Make a version one of the older kind: a text for the page and for each of its rows."""
    kept = stored.read(version.serialized_data).document
    fields = {name: kept[name] for name in outline.COLUMNS} | {"subject": str(condition.subject_id)}
    fields["also_known_as"] = "\n".join(kept["also_known_as"])
    fields["icd10"] = "F60.3\nF43.1"
    said = [{"model": "conditions.condition", "pk": condition.pk, "fields": fields}]
    row = KeyPoint.objects.get(condition=condition)
    Version.objects.filter(pk=version.pk).update(format="json", serialized_data=json.dumps(said))
    Version.objects.create(
        revision=version.revision,
        object_id=str(row.pk),
        content_type=version.content_type.__class__.objects.get_for_model(KeyPoint),
        db="default",
        format="json",
        serialized_data=serializers.serialize("json", [row]),
        object_repr="",
    )


def restore(client: Client, condition: Condition, version: int, **typed: Any) -> Any:
    """Open the page where a version is brought back, and send it with these parts."""
    address = f"/admin/conditions/condition/{condition.pk}/restore/{version}/"
    return client.post(address, {"opened": digest_of_draft(condition), **typed})


def test_the_history_says_who_saved_what_and_what_became_of_it(client: Client, desk: Desk) -> None:
    html = " ".join(client.get(desk.history).content.decode().split())

    assert "2 versions, the newest first" in html
    assert "by Edie Editor</td>" in html
    assert "Headline; Clinical definition</td>" in html
    assert "the first version" in html
    assert "submitted by Wanda Writer, signed by Pat Sample, MD on" in html
    # The editor's save was not put forward.
    assert html.count("Edition 1") == 1


def test_any_two_states_are_compared_as_a_submission_is(
    client: Client, desk: Desk, case: Case
) -> None:
    first, last = names(desk.condition)
    base = f"/admin/conditions/condition/{desk.condition.pk}/compare/"
    for before, after in (
        (f"v{first}", f"v{last}"),
        ("in-force", "draft"),
        ("e1", f"v{last}"),
    ):
        with case(before=before, after=after):
            html = client.get(f"{base}?before={before}&after={after}").content.decode()

            assert "2 changed" in html
            assert html.count("<ins") == 2, html[html.index('class="diff"') :][:3000]
    for name in ("v0", "e9", "x", "v99999999999999999999", "e٣"):
        with case(name=name):
            assert client.get(f"{base}?before={name}&after=draft").status_code == 404


def test_one_part_is_brought_back_in_one_save_and_credited_to_who_wrote_it(
    client: Client, desk: Desk
) -> None:
    first, _ = names(desk.condition)
    revisions = Revision.objects.count()

    response = restore(client, desk.condition, first, part="definition")

    assert response.status_code == 302
    document = desk.condition.document()
    assert (document["definition"], document["headline"]) == (WORDS, "Another headline.")
    made = Contribution.objects.latest("pk")
    assert made.by == desk.editor
    assert made.restored_from is not None
    assert made.restored_from.by == desk.writer
    assert Revision.objects.count() == revisions + 1
    submission = cast.submit(desk.condition, by=desk.editor)
    assert {*submission.edition.authors.all()} == {desk.editor, desk.writer}
    html = client.get(desk.history).content.decode()
    assert "Brought back from version 1, saved by Wanda Writer on" in html


def test_what_cannot_be_brought_back_is_refused_and_changes_nothing(
    client: Client, desk: Desk, case: Case
) -> None:
    first, last = names(desk.condition)
    other = cast.make_condition("other-page", by=desk.editor)
    before = digest_of_draft(desk.condition), Contribution.objects.count()
    for how, version, typed, told in (
        ("nothing ticked", first, {}, "Tick at least one part"),
        ("not a part", first, {"part": "labels"}, "Tick at least one part"),
        ("stale", first, {"part": "definition", "opened": "x"}, "was saved meanwhile"),
        ("another page's", names(other)[0], {"part": "definition"}, ""),
    ):
        with case(how=how):
            response = restore(client, desk.condition, version, **typed)

            assert response.status_code == (422 if told else 404)
            assert told in response.content.decode()
            after = digest_of_draft(desk.condition), Contribution.objects.count()
            assert after == before
    with case(how="an address that another page took"):
        cast.edit(desk.condition, by=desk.editor, slug="moved")
        cast.edit(other, by=desk.editor, slug="sample-condition")
        response = restore(client, desk.condition, last, part="slug")
        assert response.status_code == 422
        assert "Another draft has the address" in response.content.decode()


def test_whoever_may_only_look_brings_nothing_back(db: None, desk: Desk) -> None:
    client = Client()
    client.force_login(desk.physician, backend="django.contrib.auth.backends.ModelBackend")
    first, _ = names(desk.condition)
    before = digest_of_draft(desk.condition)

    assert restore(client, desk.condition, first, part="definition").status_code == 403
    assert digest_of_draft(desk.condition) == before
    assert "Bring back" not in client.get(desk.history).content.decode()


def test_a_version_of_the_oldest_schema_opens_and_is_brought_back(
    client: Client, desk: Desk
) -> None:
    first, _ = names(desk.condition)
    older(Version.objects.get(pk=first), desk.condition)

    one = versions.version(desk.condition, first)
    response = restore(client, desk.condition, first, part=["definition"])

    assert [row["code"] for row in one.document["codes"]] == ["F60.3", "F43.1"]
    assert one.document["key_points"] == desk.condition.document()["key_points"]
    assert one.contribution is not None
    assert one.contribution.by == desk.writer
    assert response.status_code == 302
    assert desk.condition.document()["definition"] == WORDS
    assert Contribution.objects.latest("pk").restored_from == one.contribution


def test_a_version_that_nobody_is_known_to_have_saved_is_not_brought_back(
    client: Client, desk: Desk
) -> None:
    first, _ = names(desk.condition)
    version = Version.objects.get(pk=first)
    kept = stored.read(version.serialized_data).document | {"definition": "<p>By a shell.</p>"}
    said = json.dumps({"contribution": None, "document": kept})
    Version.objects.filter(pk=first).update(serialized_data=said)
    Revision.objects.filter(pk=version.revision_id).update(user=None)

    response = restore(client, desk.condition, first, part="definition")

    assert response.status_code == 422
    assert "Nobody knows any more who saved this version" in response.content.decode()
    assert desk.condition.document()["definition"] == "<p>Short.</p>"


def test_a_page_of_five_hundred_versions_costs_no_more_than_ten_queries(
    client: Client, desk: Desk
) -> None:
    template = Version.objects.get(pk=names(desk.condition)[-1])
    revisions = Revision.objects.bulk_create(
        Revision(date_created=template.revision.date_created, user=desk.editor, comment="")
        for _ in range(498)
    )
    Version.objects.bulk_create(
        Version(
            revision=revision,
            object_id=template.object_id,
            content_type=template.content_type,
            db=template.db,
            format=template.format,
            serialized_data=template.serialized_data,
            object_repr="",
        )
        for revision in revisions
    )
    client.get(desk.history)
    for page in ("", "?p=2", "?p=17"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            html = client.get(f"{desk.history}{page}").content.decode()

        assert "500 versions" in html
        assert len(asked) <= 10, [one["sql"][:90] for one in asked]


def test_taking_a_suggestion_over_is_a_version_that_says_so(client: Client, desk: Desk) -> None:
    submission = cast.submit(desk.condition, by=desk.editor)
    said = workflow.suggest(submission, by=desk.physician, part="headline", words="Better words.")

    workflow.take_over(said, by=desk.editor)

    html = " ".join(client.get(desk.history).content.decode().split())
    assert "Took a suggestion over: Headline</td>" in html
