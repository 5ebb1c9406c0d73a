"""Two people at once: what only one of them changed is kept, what both changed is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from reversion.models import Revision

from conditions.models import Condition
from conditions.studio import units
from conditions.studio.forms import digest_of_draft
from reviews import workflow
from reviews.models import Contribution
from tests import cast, forms
from tests.conditions.studio.test_admin import NEW_ROWS, Form, fields, with_row
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
WORDS = "<p>These eight words are what the other one once wrote.</p>"


class Desk(NamedTuple):
    """A draft that an editor has open, and another editor who saves it meanwhile."""

    editor: User
    other: User
    physician: User
    condition: Condition
    form: Form

    @property
    def address(self) -> str:
        return f"/admin/conditions/condition/{self.condition.pk}/change/"

    def save(self, **typed: Any) -> None:
        """The other one saves."""
        cast.edit(Condition.objects.get(pk=self.condition.pk), by=self.other, **typed)


@pytest.fixture(scope="module")
def desk(standing: Callable[[], AbstractContextManager[None]]) -> Desk:
    with standing():
        editor = cast.person("editor", "Staff", first_name="Edie", last_name="Editor")
        other = cast.person("other", "Staff", first_name="Olga", last_name="Other")
        physician = cast.person("physician", "Physicians")
        cast.make_reviewer(physician, "Pat Sample", "MD")
        condition = cast.make_condition(by=other, definition=WORDS)
        client = Client()
        client.force_login(editor, backend=BACKEND)
        form = fields(client.get(f"/admin/conditions/condition/{condition.pk}/change/"))
    return Desk(editor, other, physician, condition, form)


@pytest.fixture
def client(db: None, desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.editor, backend=BACKEND)
    return client


def choose(client: Client, html: str, **sides: str) -> Any:
    """Send the page of choices with a side for each part."""
    (form,) = [one for one in forms.forms_of(html) if one.action.endswith("/merge/")]
    choices = {f"take.{part}": side for part, side in sides.items()}
    return client.post(form.action, {**form.fields, **choices})


def test_parts_that_only_one_changed_are_merged_in_one_save(client: Client, desk: Desk) -> None:
    desk.save(summary="<p>Theirs.</p>")
    revisions, contributions = Revision.objects.count(), Contribution.objects.count()
    form = desk.form | {"headline": "Mine.", "key_points-0-text": "<p>My point.</p>"}
    form = with_row(form, "references", **NEW_ROWS["references"])

    response = client.post(desk.address, form)

    assert response.status_code == 302
    document = desk.condition.document()
    assert (document["headline"], document["summary"]) == ("Mine.", "<p>Theirs.</p>")
    assert document["key_points"][0]["text"] == "<p>My point.</p>"
    assert len(document["references"]) == 1
    assert Revision.objects.count() == revisions + 1
    made = Contribution.objects.latest("pk")
    assert (made.by, made.restored_from) == (desk.editor, None)
    assert Contribution.objects.count() == contributions + 1
    edition = cast.submit(desk.condition, by=desk.editor).edition
    assert {*edition.authors.all()} == {desk.editor, desk.other}


def test_what_both_changed_is_chosen_part_by_part_and_nothing_is_saved_before(
    client: Client, desk: Desk, case: Case
) -> None:
    desk.save(summary="<p>Their summary.</p>", headline="Their headline.", safety="<p>S.</p>")
    before = digest_of_draft(desk.condition), Contribution.objects.count()
    typed = {"summary": "<p>My summary.</p>", "headline": "My headline.", "next_steps": "<p>N.</p>"}

    response = client.post(desk.address, desk.form | typed)

    html = response.content.decode()
    assert response.status_code == 422
    assert (digest_of_draft(desk.condition), Contribution.objects.count()) == before
    assert "Olga Other saved this draft since you opened it" in html
    assert "Take those of Olga Other" in html
    with case(how="one not chosen"):
        again = choose(client, html, summary="mine")
        assert "choose for each part" in again.content.decode()
        assert (digest_of_draft(desk.condition), Contribution.objects.count()) == before
        kept = {one.action: one for one in forms.forms_of(again.content.decode())}
        assert any(one.fields.get("take.summary") == "mine" for one in kept.values())
    with case(how="the draft moved on again"):
        desk.save(headline="Their newer headline.")
        asked = choose(client, html, summary="mine", headline="mine")
        assert asked.status_code == 422
        assert "newer" in asked.content.decode()
        assert desk.condition.document()["headline"] == "Their newer headline."
    with case(how="chosen"):
        assert choose(client, html, summary="mine", headline="theirs").status_code == 302
        document = desk.condition.document()
        assert document["summary"] == "<p>My summary.</p>"
        assert document["headline"] == "Their headline."
        assert (document["safety"], document["next_steps"]) == ("<p>S.</p>", "<p>N.</p>")
        assert Contribution.objects.count() == before[1] + 1


def test_whoever_wrote_what_a_choice_brings_back_is_an_author_again(
    client: Client, desk: Desk, second_editor: User
) -> None:
    """The other one's words were replaced and the rest signed; mine, built on them, come back."""
    cast.edit(desk.condition, by=second_editor, definition="<p>Signed.</p>")
    cast.publish(desk.condition, by=second_editor, signer=desk.physician)
    mine = WORDS.replace("once", "twice")

    asked = client.post(desk.address, desk.form | {"definition": mine})
    saved = choose(client, asked.content.decode(), definition="mine")

    assert (asked.status_code, saved.status_code) == (422, 302)
    edition = cast.submit(desk.condition, by=desk.editor).edition
    assert {*edition.authors.all()} == {desk.editor, desk.other}


def test_a_row_deleted_by_one_is_merged_or_asked_about(
    client: Client, desk: Desk, case: Case
) -> None:
    rows: Any = desk.condition.key_points  # type: ignore[attr-defined]
    rows.all().delete()
    workflow.record_draft(desk.condition.subject, by=desk.other)
    with case(how="I left it as it was"):
        assert client.post(desk.address, desk.form | {"headline": "Mine."}).status_code == 302
        document = desk.condition.document()
        assert (document["key_points"], document["headline"]) == ([], "Mine.")
    with case(how="I changed it"):
        form = desk.form | {"key_points-0-text": "<p>Mine.</p>"}
        html = client.post(desk.address, form).content.decode()
        part = f"key_points.{desk.form['key_points-0-known_by']}"
        assert choose(client, html, **{part: "mine"}).status_code == 302
        assert desk.condition.document()["key_points"][0]["text"] == "<p>Mine.</p>"


def test_a_physician_who_would_give_up_signing_is_asked_before_anything_is_merged(
    desk: Desk, author_physician: User
) -> None:
    client = Client()
    client.force_login(author_physician, backend=BACKEND)
    desk.save(summary="<p>Theirs.</p>")
    before = digest_of_draft(desk.condition)

    refused = client.post(desk.address, desk.form | {"headline": "Mine."})

    assert "you cannot sign this version" in refused.content.decode()
    assert digest_of_draft(desk.condition) == before
    agreed = desk.form | {"headline": "Mine.", "save_all_the_same": "on"}
    assert client.post(desk.address, agreed).status_code == 302
    assert desk.condition.document()["summary"] == "<p>Theirs.</p>"


def test_a_damaged_or_hostile_choice_saves_nothing_that_is_not_clean(
    client: Client, desk: Desk, case: Case
) -> None:
    desk.save(headline="Their headline.")
    address = f"/admin/conditions/condition/{desk.condition.pk}/merge/"
    before = digest_of_draft(desk.condition)
    for mine in ("", "[]", "{", "[" * 5000, json.dumps({"schema": 2, "name": 1})):
        with case(mine=mine[:20]):
            assert client.post(address, {"mine": mine, "opened": "x"}).status_code == 422
            assert digest_of_draft(desk.condition) == before
    with case(mine="markup"):
        document = desk.condition.document() | {"summary": "<p onclick=x()>Mine.</p>"}
        choice = {"take.summary": "mine", "theirs": before, "opened": "x"}
        answer = client.post(address, {"mine": json.dumps(document), **choice})
        assert answer.status_code == 302
        assert desk.condition.document()["summary"] == "<p>Mine.</p>"


def rows(*keys: str, **words: str) -> list[dict[str, str]]:
    return [{"key": key, "text": words.get(key, key)} for key in keys]


def test_the_order_of_rows_is_merged_like_a_part(desk: Desk, case: Case, db: None) -> None:
    empty = desk.condition.document()
    for how, before, mine, theirs, expected, asked in (
        ("I moved one, they added one", "abc", "cab", "abcd", "cdab", []),
        ("they moved one, I added one", "abc", "abxc", "bac", "bxac", []),
        ("both moved", "abc", "cab", "bac", "bac", ["key_points"]),
        ("I deleted one, they moved", "abc", "ac", "cba", "ca", []),
        ("both deleted the same", "abc", "ac", "ac", "ac", []),
        ("both added at the end", "a", "ax", "ay", "axy", []),
    ):
        with case(how=how):
            base, one, other = (
                empty | {"key_points": rows(*keys)} for keys in (before, mine, theirs)
            )
            merged = units.merge(base, one, other)
            made = units.taken(other, one, merged.mine)

            assert merged.both == asked
            assert "".join(row["key"] for row in made["key_points"]) == expected
