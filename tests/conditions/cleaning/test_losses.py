"""What cleaning takes out is said: the form asks before it saves, the import prints it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from conditions import exchange
from conditions.models import Condition
from tests.conditions.studio.test_admin import BACKEND, NEW_ROWS, Fields, fields, with_row
from tests.traces import traces

PICTURE = '<p>Kept.</p><img src="x" alt="A pill">'


@pytest.fixture
def client(editor: User) -> Client:
    client = Client()
    client.force_login(editor, backend=BACKEND)
    return client


@pytest.fixture
def address(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/change/"


def _mark(html: str, name: str) -> str:
    """What the box “Save without these” of a field would send."""
    found = [
        piece.split('value="')[1].split('"')[0]
        for piece in html.split("<input")
        if f'name="{name}-without"' in piece
    ]
    assert len(found) == html.count("Save without these</label>") == 1
    return found[0]


def _told(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_save_that_would_leave_something_out_asks_first_and_then_does_as_told(
    client: Client, condition: Condition, address: str
) -> None:
    form = {**fields(client.get(address)), "safety": PICTURE, "headline": "New words."}
    before = traces()

    asked = client.post(address, form)
    html = asked.content.decode()

    assert asked.status_code == 200
    assert "this would be left out: a picture. Take it out yourself, or tick" in html
    assert Fields(html).typed["safety"] == PICTURE
    assert Fields(html).typed["headline"] == "New words."
    assert traces() == before

    agreed = {**form, "safety-without": _mark(html, "safety")}
    assert client.post(address, agreed).status_code == 302
    condition.refresh_from_db()
    assert (condition.safety, condition.headline) == ("<p>Kept.</p>", "New words.")
    assert "Risks and approval status: Left out: a picture." in _told(client, address)


def test_who_agreed_to_one_loss_is_asked_about_another(
    client: Client, condition: Condition, address: str
) -> None:
    form = {**fields(client.get(address)), "safety": PICTURE}
    form["safety-without"] = _mark(client.post(address, form).content.decode(), "safety")
    before = traces()

    for other in (f"{PICTURE}<!-- ask Jo -->", PICTURE.replace("Kept", "Changed")):
        again = client.post(address, {**form, "safety": other})
        assert "this would be left out: a " in again.content.decode()
        assert traces() == before


def test_a_row_asks_too(client: Client, condition: Condition, address: str) -> None:
    row = {**NEW_ROWS["treatments"], "text": PICTURE}
    form = with_row(fields(client.get(address)), "treatments", **row)

    html = client.post(address, form).content.decode()
    assert condition.treatments.count() == 0

    form["treatments-0-text-without"] = _mark(html, "treatments-0-text")
    assert client.post(address, form).status_code == 302
    assert condition.treatments.get().text == "<p>Kept.</p>"


def test_invisible_characters_are_told_once_and_asked_about_never(
    client: Client, condition: Condition, address: str
) -> None:
    form = {**fields(client.get(address)), "summary": "<p>Anti\u00adde\u00adpressant\u200b.</p>"}

    assert client.post(address, form).status_code == 302

    condition.refresh_from_db()
    assert condition.summary == "<p>Antidepressant.</p>"
    assert "Summary: 3 invisible characters were removed." in _told(client, address)
    assert "invisible" not in _told(client, address)


def test_invisible_characters_in_lines_are_told_too(
    client: Client, condition: Condition, address: str
) -> None:
    typed = {
        "headline": "Anti\u00adde\u00adpressants\u200b.",
        "also_known_as": "T\u2060RD\nLow mood",
    }
    form = {**fields(client.get(address)), **typed}

    assert client.post(address, form).status_code == 302

    condition.refresh_from_db()
    assert (condition.headline, condition.also_known_as) == ("Antidepressants.", "TRD\nLow mood")
    told = _told(client, address)
    assert "Headline: 3 invisible characters were removed." in told
    assert "Also known as: 1 invisible character was removed." in told
    assert "invisible" not in _told(client, address)


def test_words_between_angle_brackets_are_refused_and_given_back(
    client: Client, condition: Condition, address: str
) -> None:
    typed = "BP <systolic> and <diastolic>"
    before = traces()

    html = client.post(address, {**fields(client.get(address)), "safety": typed}).content.decode()

    assert "&lt;systolic&gt;”, “&lt;diastolic&gt;” read like tags but are none" in html
    assert Fields(html).typed["safety"] == typed
    assert traces() == before


def test_an_import_prints_what_was_left_out(
    condition: Condition, editor: User, tmp_path: Path
) -> None:
    words: dict[str, Any] = json.loads(exchange.dump(condition))
    words["safety"], words["next_steps"] = PICTURE, "Anti\u00addepressant"
    file = tmp_path / "page.json"
    file.write_text(json.dumps(words), encoding="utf-8")
    printed = StringIO()

    call_command("import_condition", str(file), by=editor.username, stdout=printed)

    assert "safety: left out: a picture" in printed.getvalue()
    assert "next_steps: 1 invisible character was removed." in printed.getvalue()
    condition.refresh_from_db()
    assert (condition.safety, condition.next_steps) == ("<p>Kept.</p>", "<p>Antidepressant</p>")


def test_a_paste_is_answered_for_those_who_may_edit_only(
    client: Client, reader: User, physician: User
) -> None:
    at = "/admin/conditions/condition/paste/"
    clipboard = {"html": "<b>Take</b> 5&nbsp;mg", "text": "Take 5 mg", "under": "2"}

    assert client.post(at, clipboard).json() == {
        "html": "<p><strong>Take</strong> 5\u00a0mg</p>",
        "said": [],
    }
    refused = client.post(at, {"html": "<s>10 mg</s>"})
    assert refused.status_code == 422
    assert refused.json()["refused"][0].startswith("Words are struck out: “10 mg”.")
    assert client.post(at, {}).status_code == 422
    assert client.post(at, {"text": "x" * (3 * 1024 * 1024 + 1)}).status_code == 422
    assert client.get(at).status_code == 405
    assert Client(enforce_csrf_checks=True).post(at, clipboard).status_code in (302, 401, 403)
    for person in (reader, physician):
        other = Client()
        other.force_login(person, backend=BACKEND)
        assert other.post(at, clipboard).status_code == 403
