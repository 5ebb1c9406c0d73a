"""The draft's form as the page: its parts in order, folded, titled by their words, marked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from conditions.guidance import GUIDANCE
from conditions.models import Condition, Presence
from conditions.outline import COLUMNS, OUTLINE, ROWS
from reviews import clock, workflow
from tests import cast
from tests.conditions.studio.test_admin import ADD, BACKEND, fields, traces, with_row


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def base(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/"


def opened(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def part(html: str, key: str) -> str:
    """The words of the form between a part's beginning and the next one's."""
    return html.split(f'id="part-{key}" data-part', 1)[1].split("data-part=", 1)[0]


def test_the_form_has_every_part_in_the_order_of_the_page_with_what_belongs_there(
    condition: Condition, editor: User
) -> None:
    cast.edit(condition, by=editor, safety="")
    html = opened(logged_in(editor), f"{base(condition)}change/")

    keys = re.findall(r'data-part="(\w+)"', html)
    seen = [item.key for item in OUTLINE if item.place.name != "UNSEEN"]
    asked = [item.key for item in OUTLINE if item.key in COLUMNS or item.key in ROWS]
    assert sorted(keys) == sorted(asked) == sorted(GUIDANCE)
    assert [key for key in keys if key in seen] == seen
    assert re.findall(r'<a href="#part-(\w+)"', html)[-len(keys) :] == keys
    for key in keys:
        assert GUIDANCE[key].says in part(html, key).replace("&#x27;", "'"), key
    assert "<details><summary>" in part(html, "safety")
    assert '<details open><summary><h2\nid="part-safety-name"' not in html
    assert "<details" not in part(html, "summary")


def test_rows_are_called_by_their_words(condition: Condition, editor: User) -> None:
    client = logged_in(editor)
    form = fields(client.get(f"{base(condition)}change/"))
    form = with_row(form, "codes", system="ICD-10-CM", code="F30", to="F39")
    form = with_row(form, "references", citation="A long citation. " * 12)
    form = with_row(form, "key_points", text="<p>Bees &amp; <strong>birds</strong>.</p><p>Two</p>")
    assert client.post(f"{base(condition)}change/", form).status_code == 302

    html = opened(client, f"{base(condition)}change/")

    titles = re.findall(r"data-title>([^<]*)<", html)
    assert "ICD-10-CM F30–F39" in titles
    assert "Bees &amp; birds . Two" in titles or "Bees &amp; birds. Two" in titles
    assert [len(one) for one in titles if one.startswith("A long")] == [91]
    for row in condition.key_points.all():
        assert f"key point {row.key}" not in html


def test_a_new_row_into_which_nothing_was_typed_is_none_wherever_it_was_moved(
    condition: Condition, editor: User
) -> None:
    client = logged_in(editor)
    form = fields(client.get(f"{base(condition)}change/"))
    form = with_row(form, "questions", position="1", question="", answer="")
    before = traces()

    assert client.post(f"{base(condition)}change/", form).status_code == 302

    assert condition.questions.count() == 0
    assert traces()[1:4] == before[1:4]


def test_a_refused_form_names_every_fault_with_a_link_to_its_field(
    condition: Condition, editor: User
) -> None:
    client = logged_in(editor)
    form = fields(client.get(f"{base(condition)}change/")) | {"name": "", "lang": "no such"}
    form = with_row(form, "references", citation="Kept words", pmid="x")
    before = traces()

    html = client.post(f"{base(condition)}change/", form).content.decode()

    assert traces() == before
    summary = html.split('id="faults"', 1)[1].split("</ul>", 1)[0]
    assert "Not saved yet. 3 things to put right:" in summary
    assert 'tabindex="-1" autofocus' in html.split('id="faults"', 1)[0][-200:]
    for name in ("name", "lang", "references-0-pmid"):
        assert f'href="#id_{name}"' in summary, name
        assert f'id="id_{name}"' in html, name
    assert "References 1, PMID</a>" in summary
    assert "Kept words" in html
    assert "<details open>" in part(html, "lang")
    assert re.search(r'<div class="write-row errors"\s+id="references-0"><details\s+open>', html)
    marked = re.findall(r'href="#part-(\w+)"[^\n]*(?:\n[^\n]*)?to put right', html)
    assert {"name", "lang", "references"} <= {*marked}
    assert "Please correct" not in html


def test_the_form_marks_what_is_not_public_yet_and_what_is_talked_of(
    condition: Condition, editor: User, physician: User
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    client = logged_in(editor)
    assert "same as\npublic" in opened(client, f"{base(condition)}change/")
    cast.edit(condition, by=editor, summary="<p>Other words.</p>", safety="<p>New.</p>")
    submission = cast.submit(condition, by=editor)
    workflow.comment(submission, by=physician, part="summary", text="Why?")

    html = opened(client, f"{base(condition)}change/")

    assert "differs from public in 2 parts" in html
    assert "by\nyou" in html
    for key, differs in {"summary": True, "safety": True, "headline": False}.items():
        assert ("not public yet" in part(html, key)) is differs, key
    assert "1 comment" in part(html, "summary")
    assert "1 comment" not in part(html, "safety")


def test_who_may_only_read_sees_words_and_no_markup(condition: Condition, physician: User) -> None:
    html = opened(logged_in(physician), f"{base(condition)}change/")

    assert "Sample condition" in html
    assert "&lt;p&gt;" not in html
    assert 'id="condition_form"' not in html
    assert "<textarea" not in html
    assert "conditions/kept.js" not in html
    assert 'id="part-summary"' in html


def test_a_new_page_comes_with_what_the_clinic_proposes(editor: User, settings: Any) -> None:
    settings.CLINIC_DISCLAIMER, settings.REVIEW_INTERVAL_MONTHS = "Ours, always.", 6

    response = logged_in(editor).get(ADD)

    typed = fields(response)
    assert (typed["disclaimer"], typed["review_interval_months"]) == ("Ours, always.", "6")
    assert "prepopulate_init.js" in response.content.decode()


def test_save_stays_on_the_page_and_submit_saves_first(condition: Condition, editor: User) -> None:
    client = logged_in(editor)
    form = fields(client.get(f"{base(condition)}change/"))

    saved = client.post(f"{base(condition)}change/", form | {"headline": "One.", "_save": "Save"})
    form = fields(client.get(f"{base(condition)}change/"))
    sent = client.post(f"{base(condition)}change/", form | {"headline": "Two.", "_submit": "x"})

    assert saved["Location"] == f"{base(condition)}change/"
    assert sent["Location"] == f"{base(condition)}submit/"
    condition.refresh_from_db()
    assert condition.headline == "Two."


def test_a_live_address_is_warned_of_before_and_after_it_is_changed(
    condition: Condition, editor: User, physician: User
) -> None:
    client = logged_in(editor)
    assert "Patients find the page at" not in opened(client, f"{base(condition)}change/")
    cast.publish(condition, by=editor, signer=physician)
    was = condition.slug
    response = client.get(f"{base(condition)}change/")
    assert f"Patients find the page at “{was}”" in response.content.decode()

    moved = client.post(
        f"{base(condition)}change/", fields(response) | {"slug": "elsewhere"}, follow=True
    )

    assert f"Patients find this page at “{was}” now." in moved.content.decode()


def test_who_else_has_a_page_open_is_told_until_they_are_gone(
    condition: Condition, editor: User, second_editor: User, physician: User
) -> None:
    address = f"{base(condition)}open/"
    one, other = logged_in(editor), logged_in(second_editor)
    before = traces()
    begun = clock.now()
    with time_machine.travel(begun, tick=False):
        assert one.post(address).json() == {"others": []}
        (told,) = other.post(address).json()["others"]
    assert "has had this page open since" in told
    assert told.startswith(editor.get_full_name() or editor.get_username())
    with time_machine.travel(begun + timedelta(seconds=60), tick=False):
        other.post(address)
        assert told in opened(other, f"{base(condition)}change/")
    with time_machine.travel(begun + timedelta(seconds=75), tick=False):
        assert other.post(address).json() == {"others": []}
        assert told not in opened(other, f"{base(condition)}change/")
    assert Presence.objects.count() == 1
    assert traces() == before
    assert one.get(address).status_code == 405
    assert logged_in(physician).post(address).status_code == 403


@pytest.fixture
def second_editor(db: None) -> User:
    return cast.person("second-editor", "Staff", first_name="Second", last_name="Editor")
