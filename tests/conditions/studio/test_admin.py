"""The draft in the admin: what a save does, what it refuses, and that nothing typed is lost."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from reversion.models import Revision, Version

from conditions.document import stored
from conditions.models import (
    ROWS,
    Condition,
    KeyPoint,
)
from conditions.studio.forms import digest_of_draft
from reviews import workflow
from reviews.models import Contribution, Event, Subject
from tests import cast
from tests.undoing import Case

BACKEND = "django.contrib.auth.backends.ModelBackend"
ADD = "/admin/conditions/condition/add/"
RICH = [
    *("summary", "crisis_notice", "definition", "when_treatments_fail", "where_it_fits"),
    *("where_we_fit", "safety", "next_steps"),
]
# One full row of each part, by the prefix of its form.
NEW_ROWS: dict[str, dict[str, str]] = {
    "codes": {"system": "ICD-10-CM", "code": "F30", "to": "F39"},
    "warnings": {"heading": "Mind this", "text": "<p>New warning.</p>"},
    "key_points": {"text": "<p>New point.</p>"},
    "sections": {"heading": "New heading", "body": "<p>New body.</p>"},
    "differentials": {"label": "Other", "target": "other-condition", "text": "<p>Differs.</p>"},
    "treatments": {"name": "New treatment", "text": "<p>It helps.</p>"},
    "questions": {"question": "New question?", "answer": "<p>Yes.</p>"},
    "references": {
        "citation": "New citation",
        "note": "For a number",
        "pmid": "31112383",
        "pmcid": "PMC1234567",
        "doi": "10.1000/182",
        "isbn": "9780306406157",
        "url": "https://example.org/paper",
        "accessed_on": "2026-05-31",
    },
}
Form = dict[str, str]


class Fields(HTMLParser):
    """What a browser would send for the forms of a page, without JavaScript."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.typed: Form = {}
        self.tags: dict[str, str] = {}
        self._select = self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name = at.get("name") or ""
        if tag in ("input", "textarea", "select"):
            self.tags[name] = tag
        if tag == "textarea":
            self._textarea, self.typed[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in at and self._select:
            self.typed[self._select] = at.get("value") or ""
        elif tag == "input" and at.get("type") not in ("submit", "checkbox", "radio", "search"):
            self.typed[name] = at.get("value") or ""
        elif tag == "input" and "checked" in at:
            self.typed[name] = at.get("value") or "on"

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.typed[self._textarea] = self.typed[self._textarea].removeprefix("\n")
            self._textarea = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.typed[self._textarea] += data.replace("\r\n", "\n")


def fields(response: HttpResponse) -> Form:
    """The values of a page's form, without its token and the empty rows that scripts copy."""
    typed = Fields(response.content.decode()).typed
    typed.pop("csrfmiddlewaretoken", None)
    return {name: value for name, value in typed.items() if name and "__prefix__" not in name}


def with_row(form: Form, part: str, **values: str) -> Form:
    """The form with one more row in a part."""
    index = int(form[f"{part}-TOTAL_FORMS"])
    row = {"id": "", "condition": form.get("key_points-0-condition", ""), **values}
    return {
        **form,
        f"{part}-TOTAL_FORMS": str(index + 1),
        **{f"{part}-{index}-{name}": value for name, value in row.items()},
    }


class Desk(NamedTuple):
    """An editor who has a draft open: made once, and as new in each test."""

    editor: User
    physician: User
    condition: Condition
    cookies: SimpleCookie
    form: Form


@pytest.fixture(scope="module")
def desk(standing: Callable[[], AbstractContextManager[None]]) -> Desk:
    with standing():
        editor = cast.person("editor", "Staff", first_name="Edie", last_name="Editor")
        physician = cast.person("physician", "Physicians")
        cast.make_reviewer(physician, "Pat Sample", "MD")
        condition = cast.make_condition(by=editor)
        client = Client()
        client.force_login(editor, backend=BACKEND)
        form = fields(client.get(f"/admin/conditions/condition/{condition.pk}/change/"))
    return Desk(editor, physician, condition, client.cookies, form)


@pytest.fixture
def editor(db: None, desk: Desk) -> User:
    return User.objects.get(pk=desk.editor.pk)


@pytest.fixture
def physician(db: None, desk: Desk) -> User:
    return User.objects.get(pk=desk.physician.pk)


@pytest.fixture
def condition(db: None, desk: Desk) -> Condition:
    return Condition.objects.get(pk=desk.condition.pk)


@pytest.fixture
def client(db: None, desk: Desk) -> Client:
    client = Client()
    client.cookies.load(desk.cookies)
    return client


@pytest.fixture
def address(condition: Condition) -> str:
    return f"/admin/conditions/condition/{condition.pk}/change/"


@pytest.fixture
def form(desk: Desk) -> Form:
    """The draft's form as the editor's browser holds it."""
    return {**desk.form}


def traces() -> tuple[Any, ...]:
    """What a save leaves behind, and every word of every draft."""
    return (
        Revision.objects.count(),
        Version.objects.count(),
        Contribution.objects.count(),
        Event.objects.count(),
        LogEntry.objects.count(),
        Subject.objects.count(),
        [(one.pk, digest_of_draft(one)) for one in Condition.objects.order_by("pk")],
    )


def errors(response: HttpResponse) -> dict[str, str]:
    """The errors shown, by the name of the field; "" for the page's own and for the rows'."""
    context: Any = response.context_data  # type: ignore[attr-defined]
    bound = [context["adminform"].form]
    found: dict[str, str] = {}
    for inline in context["inline_admin_formsets"]:
        bound += inline.formset.forms
        found[""] = found.get("", "") + " ".join(inline.formset.non_form_errors())
    for one in bound:
        for name, sentences in one.errors.items():
            key = "" if name == "__all__" else one.add_prefix(name)
            found[key] = found.get(key, "") + " ".join(sentences)
    return {name: words for name, words in found.items() if words}


# --- What a save does


def test_a_save_is_one_revision_and_one_contribution(
    client: Client, editor: User, condition: Condition, address: str, form: Form
) -> None:
    revisions, contributions = Revision.objects.count(), Contribution.objects.count()

    response = client.post(address, {**form, "headline": "An honest headline."})

    assert response.status_code == 302
    assert Revision.objects.count() == revisions + 1
    assert Contribution.objects.count() == contributions + 1
    revision, contribution = Revision.objects.latest("pk"), Contribution.objects.latest("pk")
    assert revision.user == contribution.by == editor
    assert contribution.subject == condition.subject
    assert contribution.digest == digest_of_draft(condition)
    assert condition.document()["headline"] == "An honest headline."


def test_a_version_holds_the_page_with_all_its_rows_and_names_its_contribution(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    for part, row in NEW_ROWS.items():
        form = with_row(form, part, **row)

    client.post(address, form)

    (version,) = Revision.objects.latest("pk").version_set.all()
    kept = stored.read(version.serialized_data)
    assert kept.document == condition.document()
    assert {part: len(kept.document[part]) for part in NEW_ROWS} == {
        part: 2 if part == "key_points" else 1 for part in NEW_ROWS
    }
    assert kept.contribution == Contribution.objects.latest("pk").pk


def test_saving_an_unchanged_draft_makes_nobody_an_author(
    condition: Condition, second_editor: User, address: str
) -> None:
    client = Client()
    client.force_login(second_editor, backend=BACKEND)
    before = digest_of_draft(condition), list(Contribution.objects.order_by("pk"))

    response = client.post(address, fields(client.get(address)))

    assert response.status_code == 302
    assert (digest_of_draft(condition), list(Contribution.objects.order_by("pk"))) == before


def test_a_new_page_is_written_with_its_rows(client: Client, editor: User) -> None:
    revisions, contributions = Revision.objects.count(), Contribution.objects.count()
    form = {**fields(client.get(ADD)), "name": "New page", "slug": "new-page", "stance": "treated"}
    for part, row in NEW_ROWS.items():
        form = with_row(form, part, **row)

    response = client.post(ADD, form)

    assert response.status_code == 302
    made = Condition.objects.get(slug="new-page")
    document = made.document()
    assert {part: document[part][0].keys() - {"key"} for part in NEW_ROWS} == {
        **{part: row.keys() for part, row in NEW_ROWS.items()},
        "differentials": {"label", "condition", "text"},
    }
    assert Revision.objects.count() == revisions + 1
    assert Contribution.objects.count() == contributions + 1
    assert Revision.objects.latest("pk").user == editor
    contribution = Contribution.objects.latest("pk")
    assert (contribution.by, contribution.subject) == (editor, made.subject)
    assert contribution.digest == digest_of_draft(made)


def test_a_rich_field_is_cleaned_on_the_way_in(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    hostile = '<p>{} <b onclick="x()" style="top:0">bold</b></p>'
    form |= {name: hostile.format(name) for name in RICH}

    assert client.post(address, form).status_code == 302

    document = condition.document()
    assert {name: document[name] for name in RICH} == {
        name: f"<p>{name} <strong>bold</strong></p>" for name in RICH
    }


def test_the_rich_field_of_a_row_is_cleaned_on_the_way_in(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    rich = {
        **{"key_points": "text", "sections": "body", "differentials": "text"},
        **{"treatments": "text", "questions": "answer"},
    }
    for part, name in rich.items():
        row = {**NEW_ROWS[part], name: f"<p onload=x()>{part} <i>words</i></p>"}
        form = with_row(form, part, **row)

    assert client.post(address, form).status_code == 302

    document = condition.document()
    assert {part: document[part][-1][name] for part, name in rich.items()} == {
        part: f"<p>{part} <em>words</em></p>" for part in rich
    }


def test_every_rich_field_is_a_textarea_without_javascript(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    tags = Fields(client.get(address).content.decode()).tags
    assert {tags[name] for name in RICH} == {"textarea"}

    client.post(address, form | {name: f"Typed {name}.\r\n\r\nAnd R&D more." for name in RICH})

    document = condition.document()
    assert {name: document[name] for name in RICH} == {
        name: f"<p>Typed {name}.</p><p>And R&amp;D more.</p>" for name in RICH
    }


def test_plain_fields_are_normalized_and_trimmed(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    typed = {"name": "  Cafe\u0301 ", "slug": " new-name "}

    client.post(address, {**form, **typed})

    document = condition.document()
    assert document["name"] == "Caf\u00e9"
    assert document["slug"] == "new-name"


def test_a_doi_is_kept_in_its_one_form(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    row = {**NEW_ROWS["references"], "doi": "https://doi.org/10.1000/182", "pmid": " 42 "}

    client.post(address, with_row(form, "references", **row))

    (reference,) = condition.document()["references"]
    assert (reference["doi"], reference["pmid"]) == ("10.1000/182", "42")


# --- Order and keys


def test_rows_stand_in_the_order_of_their_positions(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    for place, heading in [("30", "Third"), ("10", "First"), ("20", "Second")]:
        form = with_row(form, "sections", heading=heading, body="<p>x</p>", position=place)
    form = with_row(form, "sections", heading="Last", body="<p>x</p>", position="")

    client.post(address, form)

    headings = [row["heading"] for row in condition.document()["sections"]]
    assert headings == ["First", "Second", "Third", "Last"]


def test_a_row_keeps_its_key_when_it_is_edited_and_moved(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    client.post(address, with_row(form, "key_points", text="<p>Another.</p>"))
    first, second = condition.document()["key_points"]

    form = fields(client.get(address))
    form |= {"key_points-0-text": "<p>Changed.</p>", "key_points-0-position": "99"}
    client.post(address, form)

    assert condition.document()["key_points"] == [
        second,
        {"key": first["key"], "text": "<p>Changed.</p>"},
    ]


def test_a_deleted_row_takes_its_key_with_it(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    (old,) = condition.document()["key_points"]

    form = with_row({**form, "key_points-0-DELETE": "on"}, "key_points", text=old["text"])
    client.post(address, form)

    (new,) = condition.document()["key_points"]
    assert new["text"] == old["text"]
    assert new["key"] != old["key"]
    assert len(new["key"]) == 8


# --- What a save refuses

TOO_LONG = "<p>" + "x" * 70_000 + "</p>"
BAD_FIELDS = [
    ("slug", "Bad Slug"),
    ("slug", "search"),
    ("slug", "x" * 81),
    ("slug", "two--hyphens"),
    ("slug", ""),
    ("slug", "naïve"),
    ("name", ""),
    ("name", "x" * 121),
    ("name", "a\u202eb"),
    ("name", "a\u202eb"),
    ("name", "a\x07b"),
    ("name", "a\x00b"),
    ("name", "Last reviewed on May 1, 2026"),
    ("lang", "x" * 13),
    ("translation_of", "Bad Slug"),
    ("also_known_as", "one\ntwo\u2066"),
    ("also_known_as", "twice\nTWICE"),
    ("also_known_as", "x" * 121),
    ("stance", ""),
    ("headline", "x" * 201),
    ("headline", "Medically reviewed by Dr. Nobody"),
    ("summary", '<p><a href="javascript:alert(1)">x</a></p>'),
    ("summary", '<p><a href="//evil.example">x</a></p>'),
    ("summary", '<p><a href="https://user@evil.example">x</a></p>'),
    ("summary", "<p>Last reviewed by Pat Sample, MD on May 1, 2026</p>"),
    ("summary", "<p>a\u202eb</p>"),
    ("summary", "<p>a&#x202e;b</p>"),
    ("summary", "<p>&#xD800;</p>"),
    ("summary", "<p>a\x00b</p>"),
    ("summary", TOO_LONG),
    ("summary", "<b>" * 3000),
    ("crisis_notice", "<p>Reviewed by: Pat Sample, MD</p>"),
    ("definition", '<p><a href="vbscript:1">x</a></p>'),
    ("when_treatments_fail", "<p>\ue000</p>"),
    ("where_it_fits", "<p>a\u202eb</p>"),
    ("where_we_fit", "<p>>\u0338</p>"),
    ("safety", "<p>Medically reviewed.</p>"),
    ("next_steps", '<p><a href="https://x.example"></a></p>'),
    ("disclaimer", "x" * 1001),
    ("disclaimer", "a\nb"),
    ("meta_description", "x" * 161),
    ("meta_description", "Last updated: May 1, 2026"),
    ("review_interval_months", "0"),
    ("review_interval_months", "37"),
    ("review_interval_months", "-1"),
    ("review_interval_months", "twelve"),
    ("review_interval_months", "9" * 30),
    ("review_interval_months", ""),
]
BAD_ROWS = [
    ("codes", "code", "nonsense"),
    ("codes", "to", "F20"),
    ("warnings", "heading", ""),
    ("references", "pmcid", "PMC"),
    ("references", "isbn", "978"),
    ("references", "accessed_on", "2026-02-30"),
    ("key_points", "text", "<p>a\u2066b</p>"),
    ("treatments", "name", ""),
    ("key_points", "position", "-1"),
    ("key_points", "position", "first"),
    ("key_points", "position", "9" * 30),
    ("key_points", "position", "3000000000"),
    ("sections", "heading", "a\u202eb"),
    ("sections", "heading", "Last reviewed by Pat Sample, MD"),
    ("sections", "heading", "x" * 201),
    ("sections", "body", '<p><a href="javascript:1">x</a></p>'),
    ("sections", "body", TOO_LONG),
    ("differentials", "label", "a\x01b"),
    ("differentials", "target", "Not an address"),
    ("differentials", "text", "<p>Fact-checked by Dr. Nobody</p>"),
    ("treatments", "name", "x" * 201),
    ("treatments", "text", "<p>a\u202eb</p>"),
    ("questions", "question", "a\u202eb"),
    ("questions", "answer", ""),
    ("questions", "answer", "<p>Medically reviewed by Pat Sample, MD</p>"),
    ("references", "citation", "x" * 501),
    ("references", "citation", "Reviewed by Pat Sample, MD"),
    ("references", "note", "x" * 301),
    ("references", "pmid", "123456789"),
    ("references", "pmid", "PMC123"),
    ("references", "pmid", "0"),
    ("references", "pmid", "١٢٣"),
    ("references", "doi", "11.1000/182"),
    ("references", "doi", "10.1000"),
    ("references", "doi", "10.1000/a b"),
    ("references", "url", "javascript:alert(1)"),
    ("references", "url", "ftp://example.org/"),
    ("references", "url", "https://a@b.example/"),
    ("references", "url", "https://example.org/" + "x" * 500),
]


def rounds(bad: list[tuple[str, str]]) -> list[dict[str, str]]:
    """The same cases, spread over as few forms as have each field at most once."""
    forms: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in bad:
        turn = sum(name in form for form in forms.values())
        forms[turn][name] = value
    return [*forms.values()]


def test_a_bad_field_is_refused_and_given_back(
    client: Client, address: str, form: Form, case: Case
) -> None:
    """Each error stands at its own field, so that many may be wrong in one form."""
    form = with_row(form, "questions", **NEW_ROWS["questions"]) | {"headline": "Typed words."}
    before = traces()
    for bad in rounds(BAD_FIELDS):
        with case(bad=bad):
            typed = form | bad

            response = client.post(address, typed)

            assert response.status_code == 200
            assert sorted(errors(response)) == sorted(bad)
            given = fields(response)
            assert {key: given.get(key) for key in typed} == typed
            assert traces() == before


@pytest.mark.parametrize("name", ["slug", "summary", "also_known_as", "review_interval_months"])
def test_one_bad_field_alone_is_refused_too(
    client: Client, address: str, form: Form, name: str
) -> None:
    typed = form | {name: next(value for field, value in BAD_FIELDS if field == name)}
    before = traces()

    response = client.post(address, typed)

    assert response.status_code == 200
    assert list(errors(response)) == [name]
    assert traces() == before


def test_a_bad_row_is_refused_and_given_back(client: Client, address: str, form: Form) -> None:
    form["headline"] = "Typed words."
    bad = []
    for part, name, value in BAD_ROWS:
        bad.append(f"{part}-{form[f'{part}-TOTAL_FORMS']}-{name}")
        form = with_row(form, part, **{"position": "", **NEW_ROWS[part], name: value})
    before = traces()

    response = client.post(address, form)

    assert response.status_code == 200
    assert sorted(errors(response)) == sorted(bad)
    given = fields(response)
    assert {key: given.get(key) for key in form} == form
    assert traces() == before


@pytest.mark.parametrize("part", NEW_ROWS)
def test_one_bad_row_alone_is_refused_too(
    client: Client, address: str, form: Form, part: str
) -> None:
    name, value = next((name, value) for known, name, value in BAD_ROWS if known == part)
    index = form[f"{part}-TOTAL_FORMS"]
    before = traces()

    response = client.post(address, with_row(form, part, **{**NEW_ROWS[part], name: value}))

    assert response.status_code == 200
    assert list(errors(response)) == [f"{part}-{index}-{name}"]
    assert traces() == before


def test_a_bad_field_makes_no_new_page(client: Client, desk: Desk, case: Case) -> None:
    typed = {"name": "New page", "slug": "new-page", "stance": "treated"}
    form = with_row({**fields(client.get(ADD)), **typed}, "questions", **NEW_ROWS["questions"])
    before = traces()
    for name, value in [
        ("slug", "search"),
        ("name", "a\u202eb"),
        ("summary", '<p><a href="javascript:alert(1)">x</a></p>'),
        ("review_interval_months", "37"),
    ]:
        with case(name=name):
            bad = {**form, name: value}

            response = client.post(ADD, bad)

            assert response.status_code == 200
            assert list(errors(response)) == [name]
            given = fields(response)
            assert {key: given.get(key) for key in bad} == bad
            assert traces() == before


def test_a_stance_that_is_not_offered_is_refused(client: Client, address: str, form: Form) -> None:
    before = traces()

    response = client.post(address, {**form, "stance": "cured"})

    assert list(errors(response)) == ["stance"]
    assert traces() == before


def test_an_address_that_another_draft_has_is_refused(
    client: Client, editor: User, address: str, form: Form
) -> None:
    cast.make_condition("taken", by=editor)
    before = traces()

    response = client.post(address, {**form, "slug": "taken"})

    assert "slug" in errors(response)
    assert traces() == before


RAW = [b"\xed\xa0\x80", b"\x00", b"a%00b", b"%ED%A0%80", b"%FF", b"\xf4\x90\x80\x80"]


def raw_form(form: Form, names: list[str], raw: bytes) -> bytes:
    """The form as bytes, some fields of which are no text."""
    rest = urlencode({key: value for key, value in form.items() if key not in names}).encode()
    return b"&".join([rest, *(name.encode() + b"=" + raw for name in names)])


@pytest.mark.both_engines
def test_bytes_that_are_no_text_are_refused(
    client: Client, address: str, form: Form, case: Case
) -> None:
    words = [
        *("name", "summary", "also_known_as", "review_interval_months"),
        *("key_points-0-text", "key_points-0-position"),
    ]
    hidden = ["opened", "key_points-0-id", "key_points-TOTAL_FORMS"]
    before = traces()
    for raw in RAW:
        for names in (words, *([name] for name in hidden)):
            with case(raw=raw, names=names):
                response = client.post(
                    address, raw_form(form, names, raw), "application/x-www-form-urlencoded"
                )

                assert response.status_code == 200
                assert errors(response)
                assert names != words or sorted(errors(response)) == sorted(words)
                assert traces() == before


def test_a_form_out_of_joint_changes_no_word(
    client: Client,
    condition: Condition,
    address: str,
    form: Form,
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of a million rows Django reads twice this many; its own thousand takes seconds to show.
    monkeypatch.setattr("django.forms.formsets.DEFAULT_MAX_NUM", 50)
    words, before = condition.document(), traces()
    for name, value in [
        ("key_points-TOTAL_FORMS", None),
        ("key_points-TOTAL_FORMS", "x"),
        ("key_points-TOTAL_FORMS", "-1"),
        ("key_points-TOTAL_FORMS", "1000000"),
        ("key_points-INITIAL_FORMS", None),
        ("key_points-INITIAL_FORMS", "x"),
        ("key_points-INITIAL_FORMS", "7"),
        ("key_points-0-id", None),
        ("key_points-0-id", "x"),
        ("key_points-0-id", "0"),
        ("key_points-0-id", "9" * 30),
        ("key_points-0-condition", "x"),
        ("key_points-0-condition", "9" * 30),
    ]:
        with case(name=name, value=value):
            bent = {key: kept for key, kept in form.items() if key != name}
            bent |= {} if value is None else {name: value}

            response = client.post(address, bent)

            assert condition.document() == words
            if response.status_code != 302:
                assert response.status_code == 200
                assert errors(response)
                assert traces() == before


def test_a_row_after_the_last_possible_place_is_no_fault(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    for last in (2**31 - 1, 2**63 - 1):
        form["key_points-0-position"] = str(last)
        typed = with_row(form, "key_points", text="<p>After it.</p>", position="")

        response = client.post(address, typed)

        if response.status_code == 200:
            assert "key_points-0-position" in errors(response)
        else:
            assert condition.document()["key_points"][-1]["text"] == "<p>After it.</p>"
        form = fields(client.get(address))


# --- Somebody else saved meanwhile


def saved_in_the_form(condition: Condition, by: User) -> None:
    client, address = Client(), f"/admin/conditions/condition/{condition.pk}/change/"
    client.force_login(by, backend=BACKEND)
    form = {**fields(client.get(address)), "summary": "<p>By the other.</p>"}
    assert client.post(address, form).status_code == 302


def saved_in_a_shell(condition: Condition, by: User) -> None:
    Condition.objects.filter(pk=condition.pk).update(summary="<p>By a shell.</p>")


def row_changed(condition: Condition, by: User) -> None:
    KeyPoint.objects.filter(condition=condition).update(text="<p>By a shell.</p>")


def row_added(condition: Condition, by: User) -> None:
    KeyPoint.objects.create(condition=condition, text="<p>One more.</p>")


def row_added_first(condition: Condition, by: User) -> None:
    KeyPoint.objects.create(condition=condition, text="<p>One more.</p>", position=0)


def first_row_deleted(condition: Condition, by: User) -> None:
    first = KeyPoint.objects.filter(condition=condition).first()
    assert first is not None
    first.delete()


def all_rows_deleted(condition: Condition, by: User) -> None:
    KeyPoint.objects.filter(condition=condition).delete()


def rows_swapped(condition: Condition, by: User) -> None:
    KeyPoint.objects.filter(condition=condition, position=1).update(position=9)


def row_replaced(condition: Condition, by: User) -> None:
    all_rows_deleted(condition, by)
    row_added(condition, by)


MEANWHILE = [
    saved_in_the_form,
    saved_in_a_shell,
    row_changed,
    row_added,
    row_added_first,
    first_row_deleted,
    all_rows_deleted,
    rows_swapped,
    row_replaced,
]


def test_a_stale_save_keeps_every_word_of_both(
    client: Client,
    condition: Condition,
    second_editor: User,
    address: str,
    case: Case,
) -> None:
    """What both changed is asked about, and nothing is saved before."""
    KeyPoint.objects.create(condition=condition, text="<p>A second point.</p>")
    form = fields(client.get(address))
    form |= {"headline": "Typed headline.", "definition": "<p>Typed definition.</p>"}
    form |= {"key_points-0-text": "<p>Typed 0.</p>", "key_points-1-text": "<p>Typed 1.</p>"}
    for part, row in NEW_ROWS.items():
        form = with_row(form, part, **row, position="")
    typed = [form["headline"], "Typed definition.", "Typed 0.", "Typed 1.", "New citation"]
    for meanwhile in MEANWHILE:
        with case(meanwhile=meanwhile.__name__):
            meanwhile(condition, second_editor)
            theirs = str(condition.document())
            before = traces()

            response = client.post(address, form)

            if response.status_code == 302:
                assert all(words in str(condition.document()) for words in typed)
            else:
                assert response.status_code == 422
                page = html.unescape(response.content.decode())
                assert "Nothing is saved yet" in page
                assert all(words in page for words in typed)
                assert traces() == before
                assert str(condition.document()) == theirs


def test_a_stale_save_with_a_fault_is_refused_and_names_who_saved_last(
    client: Client, condition: Condition, second_editor: User, address: str, form: Form
) -> None:
    saved_in_the_form(condition, second_editor)
    before = traces()

    response = client.post(address, form | {"name": "", "headline": "Typed."})

    page = response.content.decode()
    assert "Not saved: this draft was changed since you opened it" in page
    assert "last saved by Ed Second on" in page
    assert fields(response)["headline"] == "Typed."
    assert traces() == before


def test_a_form_that_does_not_say_what_it_was_opened_on_is_stale(
    client: Client, address: str, form: Form, case: Case
) -> None:
    form.pop("opened")
    before = traces()
    for opened in (None, "", "x", "0" * 64):
        with case(opened=opened):
            said = {} if opened is None else {"opened": opened}

            response = client.post(address, form | {"headline": "Typed."} | said)

            told = "every difference is shown" if opened == "0" * 64 else "Not saved"
            assert told in response.content.decode()
            assert "Typed." in response.content.decode()
            assert traces() == before


def test_opened_afresh_the_draft_can_be_saved_again(
    client: Client, condition: Condition, second_editor: User, address: str, form: Form
) -> None:
    saved_in_the_form(condition, second_editor)

    response = client.post(address, {**fields(client.get(address)), "headline": "Carried over."})

    assert response.status_code == 302
    document = condition.document()
    assert document["headline"] == "Carried over."
    assert document["summary"] == "<p>By the other.</p>"


def test_a_bad_field_in_a_stale_form_loses_nothing_either(
    client: Client, condition: Condition, second_editor: User, address: str, form: Form
) -> None:
    saved_in_the_form(condition, second_editor)
    form = with_row(form, "references", **{**NEW_ROWS["references"], "pmid": "x"})
    before = traces()

    response = client.post(address, form)

    assert {key: fields(response).get(key) for key in form} == form
    assert traces() == before


def test_a_draft_deleted_meanwhile_is_no_fault(
    client: Client, condition: Condition, address: str, form: Form
) -> None:
    condition.delete()
    before = traces()

    response = client.post(address, form)

    assert response.status_code in (302, 404)
    assert traces() == before


# --- Fields that nobody asked for


@pytest.mark.parametrize(
    "extra",
    [
        {"subject": "{other_subject}", "subject_id": "{other_subject}"},
        {"id": "{other}", "pk": "{other}"},
        {"status": "signed", "digest": "0" * 64, "signed_at": "2020-01-01", "is_public": "on"},
        {"key_points-0-key": "aaaaaaaa", "key": "aaaaaaaa"},
        {"last_reviewed": "2026-05-31", "signed_on": "2026-05-31", "reviewer": "1"},
        {"schema": "7", "clinic": "Evil", "treatment": "Evil", "labels": "{{}}"},
    ],
    ids=lambda extra: "-".join(extra),
)
def test_fields_that_nobody_asked_for_have_no_effect(
    client: Client, editor: User, condition: Condition, address: str, form: Form, extra: Form
) -> None:
    other = cast.make_condition("other", by=editor)
    filled = {
        name: value.format(other_subject=other.subject_id, other=other.pk)
        for name, value in extra.items()
    }
    before, others = condition.document(), other.document()

    assert client.post(address, {**form, **filled}).status_code == 302

    assert condition.document() == before
    assert other.document() == others
    now = Condition.objects.get(slug=condition.slug)
    assert (now.pk, now.subject_id) == (condition.pk, condition.subject_id)
    assert not Condition.objects.filter(subject=other.subject).exclude(pk=other.pk).exists()
    assert not condition.subject.sign_offs.exists()


@pytest.mark.parametrize("name", ["id", "condition"])
def test_the_row_of_another_page_cannot_be_taken(
    client: Client, editor: User, condition: Condition, address: str, form: Form, name: str
) -> None:
    other = cast.make_condition("other", by=editor)
    theirs = KeyPoint.objects.get(condition=other)
    form |= {
        "key_points-0-text": "<p>Stolen.</p>",
        f"key_points-0-{name}": str(theirs.pk if name == "id" else other.pk),
    }
    words, others = condition.document(), other.document()

    client.post(address, form)

    assert condition.document() == words
    assert other.document() == others


# --- Who, and until when


@pytest.mark.parametrize("who", ["physician", "manager"])
def test_others_read_the_draft_and_change_nothing(
    request: pytest.FixtureRequest, condition: Condition, address: str, form: Form, who: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who), backend=BACKEND)
    before = traces()

    opened = client.get(address)
    refused = client.post(address, {**form, "headline": "Not mine."})

    assert opened.status_code == 200
    assert "headline" not in fields(opened)
    assert refused.status_code == 403
    assert traces() == before


def test_a_draft_can_be_erased_before_it_was_ever_submitted_and_never_deleted(
    client: Client, condition: Condition, address: str
) -> None:
    subject, contributions = condition.subject, Contribution.objects.count()
    keep = address.replace("change", "keep")
    assert f"{keep}erase/" in client.get(keep).content.decode()
    delete = address.replace("change", "delete")
    assert [client.get(delete).status_code, client.post(delete).status_code] == [403, 403]
    assert client.post(f"{keep}erase/", {"reason": ""}).status_code == 422
    assert Condition.objects.exists()

    response = client.post(f"{keep}erase/", {"reason": "By mistake."})

    assert response.status_code == 302
    assert not Condition.objects.exists()
    assert not KeyPoint.objects.exists()
    assert Subject.objects.get() == subject
    assert Contribution.objects.count() == contributions


@pytest.mark.parametrize("state", ["open", "taken_back", "signed"])
@pytest.mark.parametrize("who", ["editor", "root"])
def test_once_submitted_a_draft_belongs_to_a_record(
    request: pytest.FixtureRequest,
    condition: Condition,
    editor: User,
    physician: User,
    address: str,
    state: str,
    who: str,
) -> None:
    submission = cast.submit(condition, by=editor)
    if state == "taken_back":
        workflow.take_back(submission, by=editor)
    if state == "signed":
        cast.sign(submission, by=physician)
    client = Client()
    client.force_login(request.getfixturevalue(who), backend=BACKEND)
    before = traces()

    delete = address.replace("change", "delete")
    answers = [client.get(delete), client.post(delete, {"post": "yes"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert delete not in client.get(address).content.decode()
    assert traces() == before


def test_there_is_no_bulk_deletion_of_drafts(client: Client, condition: Condition) -> None:
    before = traces()

    client.post(
        "/admin/conditions/condition/",
        {"action": "delete_selected", "_selected_action": condition.pk, "post": "yes"},
    )

    assert traces() == before


# --- Patients see nothing of it

PUBLIC = ["/", "/conditions/", "/conditions/sample-condition/", "/conditions/renamed/", "/nothing/"]


def seen_in_public() -> dict[str, tuple[int, bytes, dict[str, str]]]:
    answers = {path: Client().get(path) for path in PUBLIC}
    return {
        path: (answer.status_code, answer.content, dict(answer.items()))
        for path, answer in answers.items()
    }


@pytest.mark.parametrize("signed", [True, False])
def test_saving_changes_no_public_byte(
    client: Client, condition: Condition, editor: User, physician: User, address: str, signed: bool
) -> None:
    if signed:
        cast.publish(condition, by=editor, signer=physician)
    form = {**fields(client.get(address)), "name": "Renamed", "slug": "renamed"}
    for part, row in NEW_ROWS.items():
        form = with_row(form, part, **row)
    before = seen_in_public()
    assert before["/conditions/sample-condition/"][0] == (200 if signed else 404)

    assert client.post(address, form).status_code == 302

    assert condition.document()["name"] == "Renamed"
    assert seen_in_public() == before


# --- The form and the list


def test_the_form_says_where_the_page_stands(
    client: Client, condition: Condition, editor: User, physician: User, address: str
) -> None:
    assert "Nothing of this page is public." in client.get(address).content.decode()

    submission = cast.submit(condition, by=editor)
    workflow.request_changes(submission, by=physician, reason="Say what <b>helps</b>.")
    html = client.get(address).content.decode()
    assert "changes requested" in html
    assert "Say what &lt;b&gt;helps&lt;/b&gt;." in html

    cast.publish(condition, by=editor, signer=physician)
    assert "signed by Pat Sample, MD on" in client.get(address).content.decode()


def test_the_list_of_drafts_survives_any_query(client: Client, condition: Condition) -> None:
    answers = {
        query: client.get(f"/admin/conditions/condition/?{query}").status_code
        for query in (
            *("q=%00", "q=%ED%A0%80", "q=sample", "p=999", "p=x", "o=x", "o=9.9", "e=1", "all="),
            *("stance=x", "slug__regex=(((", "subject__events__body__contains=x", "_facets=x"),
        )
    }

    assert {query: code for query, code in answers.items() if code not in (200, 302, 400)} == {}


def test_every_kind_of_row_can_be_edited_in_the_form(form: Form) -> None:
    assert len(ROWS) == len(NEW_ROWS)
    assert {name for name in form if name.endswith("-TOTAL_FORMS")} == {
        f"{part}-TOTAL_FORMS" for part in NEW_ROWS
    }


def test_more_rows_than_a_page_may_have_are_refused_and_given_back(
    client: Client, address: str, form: Form
) -> None:
    for _ in range(100):
        form = with_row(form, "key_points", text="<p>One more.</p>", position="")
    before = traces()

    response = client.post(address, form)

    assert response.status_code == 200
    assert "at most 100 forms" in response.content.decode()
    assert fields(response)["key_points-100-text"] == "<p>One more.</p>"
    assert traces() == before


def test_no_number_of_rows_makes_the_form_build_more(
    client: Client, address: str, form: Form
) -> None:
    form["key_points-TOTAL_FORMS"] = "1000000000"

    response = client.post(address, form)

    assert response.status_code == 200
    assert response.content.decode().count('name="key_points-') < 2000
