"""import_condition and export_condition: whole documents in and out, or nothing at all."""

from __future__ import annotations

import copy
import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import reversion
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reversion.models import Revision

from conditions import demo, document, exchange, outline
from conditions.document import stored
from conditions.models import Condition, KeyPoint
from reviews import workflow
from reviews.models import Contribution, Edition, Subject
from reviews.text.days import day
from tests import cast
from tests.undoing import Case

SAMPLES = sorted(path.stem for path in demo.SAMPLES.glob("*.json"))


def whole_file(**changes: Any) -> dict[str, Any]:
    """A document with something in every part, already in its clean form."""
    return {
        "schema": 2,
        "lang": "en",
        "translation_of": "original-page",
        "slug": "whole-page",
        "name": "Whole page",
        "also_known_as": ["One & two", "Über"],
        "codes": [
            {"key": "codeno01", "system": "ICD-10-CM", "code": "F60.3", "to": ""},
            {"key": "codeno02", "system": "ICD-10-CM", "code": "F30", "to": "F39"},
        ],
        "clinic": "Tovani",
        "treatment": "ketamine therapy",
        "headline": "An honest “headline” < 20 words.",
        "stance": "sometimes",
        "summary": "<p>Summary with <strong>weight</strong> &amp; more.</p>",
        "crisis_notice": "<p>Crisis words.</p>",
        "warnings": [{"key": "warnin01", "heading": "Mind", "text": "<p>A warning.</p>"}],
        "key_points": [
            {"key": "point001", "text": "<p>First point.</p>"},
            {"key": "point002", "text": "<p>Second point.</p>"},
        ],
        "definition": "<h3>Inner heading</h3><ul><li><p>One item</p></li></ul>",
        "sections": [{"key": "sectio01", "heading": "A section", "body": "<p>Its body.</p>"}],
        "differentials": [
            {
                "key": "differ01",
                "label": "Other page",
                "condition": "other-page",
                "text": "<p>It differs.</p>",
            }
        ],
        "treatments": [{"key": "treatm01", "name": "Therapy", "text": "<p>It helps.</p>"}],
        "when_treatments_fail": "<p>Look again.</p>",
        "where_it_fits": "<p>Narrow place.</p>",
        "where_we_fit": "<p>Our place.</p>",
        "safety": '<p>See <a href="https://www.fda.gov/drugs">the label</a>.</p>',
        "next_steps": "<ol><li><p>Ask.</p></li></ol>",
        "questions": [
            {"key": "questi01", "question": "Does it work?", "answer": "<p>Sometimes.</p>"},
            {"key": "questi02", "question": "For whom?", "answer": "<p>For some.</p>"},
        ],
        "references": [
            {
                "key": "refere01",
                "citation": "Author A, et al. A trial. Journal. 2020.",
                "note": "Cited for a number.",
                "pmid": "32368793",
                "pmcid": "PMC1234567",
                "doi": "10.1000/182",
                "isbn": "9780306406157",
                "url": "https://www.example.org/trial",
                "accessed_on": "2026-05-31",
            }
        ],
        "disclaimer": "A sample, not advice.",
        "meta_description": "What the page is about.",
        "review_interval_months": 12,
        "labels": outline.labels("sometimes"),
        **changes,
    }


def steps(path: str) -> list[str | int]:
    """A path such as questions[1].answer as the keys to walk."""
    return [int(a) if a else b for a, b in re.findall(r"\[(\d+)\]|(\w+)", path)]


def put(words: dict[str, Any], path: str, leaf: Any) -> dict[str, Any]:
    """The document with a leaf put at a path."""
    inner: Any = words
    *ahead, last = steps(path)
    for step in ahead:
        inner = inner[step]
    inner[last] = leaf
    return words


def take(words: dict[str, Any], path: str) -> dict[str, Any]:
    """The document with what stands at a path taken out."""
    inner: Any = words
    *ahead, last = steps(path)
    for step in ahead:
        inner = inner[step]
    del inner[last]
    return words


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The path of every leaf of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, f"{at}[{index}]")
    else:
        yield at


LEAVES = sorted(
    path for path in paths(whole_file()) if path.partition(".")[0] not in outline.FROM_THE_SITE
)


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a document, or raw bytes, to a file."""

    def write(value: Any) -> Path:
        path = tmp_path / "page.json"
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        path.write_bytes(raw)
        return path

    return write


def import_file(path: Path, *, by: str = "editor") -> str:
    """What import_condition prints."""
    out = StringIO()
    call_command("import_condition", str(path), by=by, stdout=out)
    return out.getvalue()


def export(slug: str) -> str:
    """What export_condition prints."""
    out = StringIO()
    call_command("export_condition", slug, stdout=out)
    return out.getvalue()


def refused(path: Path, *, by: str = "editor") -> str:
    """The refusal of a file, having made sure that no row of any table was changed."""
    before = everything()
    with pytest.raises(CommandError) as refusal:
        import_file(path, by=by)
    assert everything() == before
    return str(refusal.value)


def faults(words: Any, file: Callable[[Any], Path]) -> set[str]:
    """The paths that a refusal names."""
    first, *lines = refused(file(words)).split("\n")
    assert "page.json" in first
    assert all(re.fullmatch(r"[^:]+: .+\.", line) for line in lines), lines
    return {line.partition(":")[0] for line in lines}


# --- Round trips


@pytest.mark.parametrize("slug", SAMPLES)
def test_export_import_export_of_a_sample_is_byte_equal(
    slug: str, editor: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(demo.sample(slug)))
    first = export(slug)
    changes = import_file(file(first.encode()))

    assert export(slug) == first
    assert "changed" not in changes
    assert json.loads(first) == demo.sample(slug) | {
        "labels": outline.labels(json.loads(first)["stance"])
    }


def test_a_clean_file_comes_out_as_it_went_in(editor: User, file: Callable[[Any], Path]) -> None:
    raw = json.dumps(whole_file(), ensure_ascii=False, indent=2) + "\n"

    printed = import_file(file(raw.encode()))

    assert export("whole-page") == raw
    assert "changed" not in printed


_WORDS = st.text(
    st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x2FFF), max_size=25
)
_MARKUP = st.lists(
    st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<ul><li>", "</li></ul>", "&amp;", " ", "\n\n"])
    | _WORDS.map(html.escape),
    max_size=6,
).map("".join)


def _rows(**columns: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(st.fixed_dictionaries(columns), max_size=3)


_SLUG = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9})?", fullmatch=True)
_LINE = _WORDS.map(lambda words: f"A {words} z")
_RICH = _MARKUP.map(lambda markup: f"<p>Some words</p>{markup}")
_PARTS = {
    "lang": st.sampled_from(["en", "es"]),
    "translation_of": st.just("") | _SLUG,
    "name": _LINE,
    "also_known_as": st.lists(_WORDS, max_size=3),
    "codes": _rows(
        system=st.just("ICD-10-CM"),
        code=st.sampled_from(["F60.3", "f32.9", " F43.1 "]),
        to=st.sampled_from(["", "F99"]),
    ),
    "stance": st.sampled_from(["treated", "sometimes", "not_treated"]),
    "headline": _WORDS,
    "summary": _RICH,
    "definition": _MARKUP,
    "safety": _RICH,
    "key_points": _rows(text=_RICH),
    "sections": _rows(heading=_LINE, body=_RICH),
    "differentials": _rows(label=_LINE, condition=st.just("") | _SLUG, text=_RICH),
    "treatments": _rows(name=_LINE, text=_RICH),
    "questions": _rows(question=_LINE, answer=_RICH),
    "disclaimer": _WORDS,
    "review_interval_months": st.integers(1, 36),
}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(parts=st.fixed_dictionaries(_PARTS))
def test_any_document_that_is_taken_over_keeps_its_cleaned_form(
    editor: User, parts: dict[str, Any]
) -> None:
    words = whole_file(**parts)
    checked = document.check(words)
    if checked.faults:
        with pytest.raises(exchange.ImportRefused):
            exchange.load(words, by=editor)
        return

    condition, _ = exchange.load(words, by=editor)
    first = exchange.dump(condition)
    again, changes = exchange.load(json.loads(first), by=editor)

    assert changes == []
    assert exchange.dump(again) == first
    assert document.check(json.loads(first)).document == json.loads(first)
    if parts["headline"].strip() and parts["disclaimer"].strip():
        assert condition.freeze() == json.loads(first)


def test_the_property_above_sees_documents_that_are_taken_over() -> None:
    taken = []

    @settings(max_examples=30, deadline=None, database=None, derandomize=True)
    @given(parts=st.fixed_dictionaries(_PARTS))
    def look(parts: dict[str, Any]) -> None:
        taken.append(not document.check(whole_file(**parts)).faults)

    look()

    assert sum(taken) > len(taken) / 4


# --- What patients read


class _Text(HTMLParser):
    """The words of a page, a line break at every tag that is not inside a line."""

    INLINE = {"strong", "em", "sub", "sup", "a", "time"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.words += "" if tag in self.INLINE else "\n"

    def handle_endtag(self, tag: str) -> None:
        self.words += "" if tag in self.INLINE else "\n"

    def handle_data(self, data: str) -> None:
        self.words += data.replace("\n", " ")


def lines(markup: str) -> list[str]:
    """The lines of text that markup shows, without blank ones."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return [" ".join(line.split()) for line in reader.words.split("\n") if line.strip()]


def texts_of(words: Any, at: str = "") -> Iterator[str]:
    """Every text of a document that is for patients; keys, addresses and codes apart."""
    if isinstance(words, dict | list):
        for key, inner in words.items() if isinstance(words, dict) else enumerate(words):
            if key not in ("key", "slug", "condition", "translation_of", "lang", "stance"):
                yield from texts_of(inner)
            elif key == "stance" and inner not in ("treated", "sometimes", "not_treated"):
                yield inner
    elif isinstance(words, str) and words:
        yield words


@pytest.mark.parametrize("slug", [*SAMPLES, "whole-page"])
def test_the_signed_page_shows_every_text_of_the_file(
    slug: str, editor: User, physician: User, client: Client, file: Callable[[Any], Path]
) -> None:
    words = whole_file() if slug == "whole-page" else demo.sample(slug)
    import_file(file(words))
    condition = Condition.objects.get(slug=slug)
    shown = condition.document()

    assert client.get(f"/conditions/{slug}/").status_code == 404
    cast.publish(condition, by=editor, signer=physician)
    page = client.get(f"/conditions/{slug}/").content.decode()

    on_page = "\n".join(lines(page))
    source = html.unescape(page)
    shown["labels"] = {
        name: label for name, label in shown["labels"].items() if outline.is_shown(name, shown)
    }
    for reference in shown["references"]:
        if reference["accessed_on"]:
            reference["accessed_on"] = day(date.fromisoformat(reference["accessed_on"]))
    expected = [line for text in texts_of(shown) for line in lines(text)]
    assert len(expected) > 30
    missing = [line for line in expected if line not in on_page and line not in source]
    assert missing == []


def test_who_imports_is_an_author_and_cannot_sign(
    editor: User, author_physician: User, physician: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()), by="author-physician")
    submission = cast.submit(Condition.objects.get(), by=editor)

    with pytest.raises(workflow.NotAllowed, match="You wrote words"):
        cast.sign(submission, by=author_physician)

    assert cast.sign(submission, by=physician).pk


# --- Bad files


def test_a_missing_part_is_named(editor: User, file: Callable[[Any], Path], case: Case) -> None:
    for path in sorted({*whole_file()} - {*outline.FROM_THE_SITE}):
        with case(path=path):
            assert faults(take(whole_file(), path), file) == {path}


def test_a_missing_column_of_a_row_is_named(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for path in [path for path in LEAVES if "." in path and not path.endswith(".key")]:
        with case(path=path):
            assert faults(take(whole_file(), path), file) == {path}


@pytest.mark.parametrize("path", ["date", "questions[1].signed_by", "references[0].PMID"])
def test_an_unknown_part_is_named(editor: User, file: Callable[[Any], Path], path: str) -> None:
    assert faults(put(whole_file(), path, "May 1, 2026"), file) == {path}


WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "a number": 7,
    "a float": 1.0,
    "a list": ["words"],
    "an object": {"words": "words"},
    "nested": [[[{"a": [None]}]]],
}


def test_a_wrong_type_is_named_at_every_leaf_at_once(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for wrong in [name for name in WRONG if name != "a number"]:
        with case(wrong=wrong):
            words = whole_file()
            for path in LEAVES:
                if path != "schema":
                    put(words, path, WRONG[wrong])

            assert faults(words, file) >= set(LEAVES) - {"schema"}


def test_a_number_in_place_of_text_is_named(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for path in [p for p in LEAVES if p != "review_interval_months"]:
        with case(path=path):
            assert faults(put(whole_file(), path, 7), file) == {path}


def test_a_wrong_type_in_place_of_a_list_is_named(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for wrong in sorted({*WRONG, "text"} - {"a list"}):
        for part in sorted([*outline.ROWS, *outline.LISTS]):
            with case(wrong=wrong, part=part):
                found = faults(whole_file(**{part: WRONG.get(wrong, "text")}), file)

                assert found
                assert {path.partition("[")[0] for path in found} == {part}


def test_a_wrong_type_in_place_of_a_row_is_named(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for wrong in (*WRONG, "text"):
        for part in sorted(outline.ROWS):
            with case(wrong=wrong, part=part):
                found = faults(put(whole_file(), f"{part}[0]", WRONG.get(wrong, "text")), file)

                assert {path.partition(".")[0] for path in found} == {f"{part}[0]"}


def test_a_wrong_type_in_place_of_the_clinics_words_is_named(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for wrong in (None, True, 7, 1.0, [], "text"):
        for part in outline.FROM_THE_SITE:
            with case(wrong=wrong, part=part):
                bad = {} if part != "labels" and wrong == "text" else wrong

                assert faults(whole_file(**{part: bad}), file) == {part}


def test_another_schema_is_refused(editor: User, file: Callable[[Any], Path], case: Case) -> None:
    for schema in (0, 3, True, 1.0, "1", None, [1]):
        with case(schema=schema):
            assert faults(whole_file(schema=schema), file) == {"schema"}


# A path, and what may not stand there.
BAD: list[tuple[str, Any]] = [
    ("slug", ""),
    ("slug", "Bad Slug"),
    ("slug", "UPPER"),
    ("slug", "-edge-"),
    ("slug", "../etc"),
    ("slug", "record"),
    ("slug", "a" * 81),
    ("name", ""),
    ("name", " \n "),
    ("name", "n" * 121),
    ("name", "right\u202eleft"),
    ("name", "over\u202eride"),
    ("name", "half \ud800 a character"),
    ("name", "NUL\x00"),
    ("name", "two\nlines"),
    ("lang", ""),
    ("translation_of", "Bad Slug"),
    ("also_known_as[1]", "left\u2066isolate"),
    ("also_known_as[1]", "half \udfff"),
    ("codes[1].code", "F6"),
    ("codes[1].code", "60.3"),
    ("codes[1].code", "F60.12345"),
    ("stance", ""),
    ("stance", "perhaps"),
    ("headline", "h" * 201),
    ("headline", "Medically reviewed by Dr. Jane Doe"),
    ("disclaimer", "Last reviewed on May 1, 2026."),
    ("meta_description", "m" * 161),
    ("summary", "<p>Last reviewed by Jane Doe, MD on May 1, 2026</p>"),
    ("summary", "<p>half \ud800</p>"),
    ("summary", "<p>" + "x" * 70_000 + "</p>"),
    ("definition", "<b>" * 150 + "x" + "</b>" * 150),
    ("definition", "<p>a&#x202e;b</p>"),
    ("safety", '<p><a href="javascript:123">x</a></p>'),
    ("safety", '<p><a href="//host.example">x</a></p>'),
    ("safety", '<p><a href="https://a@b.example">x</a></p>'),
    ("safety", "<p>unfinished <b"),
    ("next_steps", "<p>>\u0338</p>"),
    ("key_points[1].text", ""),
    ("key_points[1].text", "<p></p>"),
    ("key_points[1].key", "short"),
    ("key_points[1].key", "UPPER001"),
    ("key_points[1].key", "point001"),
    ("treatments[0].key", "point001"),
    ("sections[0].heading", ""),
    ("sections[0].body", '<p><a href="data:text/html,x">x</a></p>'),
    ("differentials[0].condition", "Bad Slug"),
    ("differentials[0].condition", "/conditions/other-page/"),
    ("differentials[0].label", ""),
    ("treatments[0].name", "n" * 201),
    ("questions[1].question", ""),
    ("questions[1].answer", '<p><a href="vbscript:1">x</a></p>'),
    ("references[0].citation", ""),
    ("references[0].pmid", "0123"),
    ("references[0].pmid", "123456789"),
    ("references[0].pmid", "PMC123"),
    ("references[0].doi", "11.1000/182"),
    ("references[0].doi", "10.1000"),
    ("references[0].url", "javascript:alert(1)"),
    ("references[0].url", "https://user@example.org/"),
    ("references[0].url", "https://xn--80ak6aa92e.com/"),
    ("references[0].url", "ftp://example.org/"),
    ("review_interval_months", 0),
    ("review_interval_months", 37),
    ("review_interval_months", -1),
    ("review_interval_months", 10**30),
    ("review_interval_months", 12.0),
    ("review_interval_months", "12"),
    ("review_interval_months", True),
    ("review_interval_months", float("nan")),
    ("review_interval_months", float("inf")),
]


def test_a_bad_value_is_named_by_its_path(
    editor: User, file: Callable[[Any], Path], case: Case
) -> None:
    for path, bad in BAD:
        with case(path=path, bad=bad):
            assert faults(put(whole_file(), path, bad), file) == {path}


@pytest.mark.parametrize("part", ["also_known_as", "codes"])
def test_a_list_that_says_a_thing_twice_is_named(
    editor: User, file: Callable[[Any], Path], part: str
) -> None:
    code = {"system": "ICD-10-CM", "code": "F60.3", "to": ""}
    twice = {
        "also_known_as": ["BPD", "Other", "bpd"],
        "codes": [code, {**code, "code": "f60.3"}],
    }[part]

    found = faults(whole_file(**{part: twice}), file)

    assert {path.partition("[")[0] for path in found} == {part}


def test_every_fault_of_a_file_is_named_at_once(editor: User, file: Callable[[Any], Path]) -> None:
    last = dict(BAD)
    words = whole_file()
    for path, bad in last.items():
        put(words, path, bad)
    take(put(words, "date", "today"), "where_we_fit")

    assert faults(words, file) == {*last, "date", "where_we_fit"}


NOT_A_DOCUMENT = {
    "empty": (b"", "JSON"),
    "not UTF-8": (b'{"name": "caf\xe9"}', "UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "UTF-8"),
    "byte order mark": (b"\xef\xbb\xbf{}", "JSON"),
    "cut off": (b'{"schema": 1', "JSON"),
    "two documents": (b"{}{}", "JSON"),
    "a list": (b"[]", "object"),
    "a text": (b'"words"', "object"),
    "null": (b"null", "object"),
    "not a number": (b"NaN", "object"),
    "deep": (b"[" * 200_000, "JSON"),
    "deep and closed": (b'{"a":' * 90_000 + b"1" + b"}" * 90_000, "JSON"),
    "long number": (b'{"schema": ' + b"1" * 5000 + b"}", "JSON"),
    "raw line break": (b'{"name": "a\nb"}', "JSON"),
    "key twice": (b'{"slug": "a", "slug": "b"}', "slug"),
    "key twice inside": (b'{"questions": [{"answer": "a", "answer": "b"}]}', "answer"),
    "huge": (b'{"name": "' + b"a" * 5_000_000 + b'"}', "larger"),
}


@pytest.mark.parametrize("case", NOT_A_DOCUMENT)
def test_a_file_that_is_no_document_is_refused_with_its_reason(
    editor: User, file: Callable[[Any], Path], case: str
) -> None:
    raw, reason = NOT_A_DOCUMENT[case]

    assert reason in refused(file(raw))


def test_a_missing_file_and_a_folder_are_refused(editor: User, tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "nowhere.json")
    assert "cannot be read" in refused(tmp_path)


def test_a_bad_file_leaves_an_existing_draft_alone(
    editor: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()))
    before = export("whole-page")

    faults(whole_file(name="New name", headline="h" * 201), file)

    assert export("whole-page") == before


def test_a_fault_inside_the_record_leaves_nothing_half_done(
    editor: User, file: Callable[[Any], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import_file(file(whole_file()))
    before = everything()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(workflow, "record_draft", broken)
    with pytest.raises(RuntimeError):
        exchange.load(whole_file(name="New name", questions=[]), by=editor)

    assert everything() == before


# --- What cleaning changed


def test_what_cleaning_changed_is_printed_with_its_path(
    editor: User, file: Callable[[Any], Path]
) -> None:
    words = whole_file(name="  Whole\u00a0page  ", summary="Bare <b>words</b>")
    put(words, "codes[0].code", "f60.3")
    put(words, "references[0].doi", "https://doi.org/10.1000/182")

    printed = import_file(file(words))

    assert re.findall(r"changed (\S+):", printed) == [
        "name",
        "codes[0].code",
        "summary",
        "references[0].doi",
    ]
    assert '"Bare <b>words</b>"' in printed
    assert '"<p>Bare <strong>words</strong></p>"' in printed
    assert Condition.objects.get().name == "Whole page"


def test_scripts_are_cleaned_out_and_said(editor: User, file: Callable[[Any], Path]) -> None:
    hostile = '<p onclick="x()">Words</p><script>alert("payload")</script><svg onload=x></svg>'

    printed = import_file(file(put(whole_file(), "questions[1].answer", hostile)))

    assert "changed questions[1].answer:" in printed
    assert json.loads(export("whole-page"))["questions"][1]["answer"] == "<p>Words</p>"
    assert "payload" not in json.dumps(everything())


def test_empty_items_of_a_list_are_said_to_go(editor: User, file: Callable[[Any], Path]) -> None:
    printed = import_file(file(whole_file(also_known_as=["", "Über"])))

    assert json.loads(export("whole-page"))["also_known_as"] == ["Über"]
    assert "changed also_known_as" in printed


def test_the_clinics_words_come_from_its_settings(
    editor: User, file: Callable[[Any], Path]
) -> None:
    printed = import_file(file(whole_file(clinic="Elsewhere", labels={"safety": "No risk at all"})))

    exported = json.loads(export("whole-page"))
    assert exported["clinic"] == "Tovani"
    assert exported["labels"] == outline.labels("sometimes")
    assert re.findall(r"changed (\S+):", printed) == ["clinic", "labels.safety"]


# --- Who answers for it


def _inactive() -> str:
    return cast.person("gone", "Staff", is_active=False).username


@pytest.mark.parametrize("by", ["nobody-here", "", "gone", "reader", "physician", "manager"])
def test_only_active_editors_can_answer_for_an_import(
    editor: User,
    reader: User,
    physician: User,
    manager: User,
    file: Callable[[Any], Path],
    by: str,
) -> None:
    _inactive()

    assert "is not an active user who may edit conditions" in refused(file(whole_file()), by=by)
    assert not Condition.objects.exists()


def test_an_import_names_who_answers_for_it(editor: User, file: Callable[[Any], Path]) -> None:
    path = str(file(whole_file()))

    with pytest.raises(CommandError, match="--by"):
        call_command("import_condition", path)

    import_file(Path(path))
    assert Contribution.objects.get().by == editor
    assert Revision.objects.get().user == editor


# --- What an import replaces


def test_an_import_replaces_the_whole_draft_in_one_revision(
    editor: User, second_editor: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()))
    condition = Condition.objects.get()
    revisions = Revision.objects.count()
    fewer = whole_file(
        name="Other name",
        key_points=[{"key": "point002", "text": "<p>Now first.</p>"}],
        questions=[],
        also_known_as=[],
    )

    import_file(file(fewer), by="second-editor")

    assert json.loads(export("whole-page")) == fewer
    assert Condition.objects.get().pk == condition.pk
    assert Condition.objects.get().subject_id == condition.subject_id
    assert Revision.objects.count() == revisions + 1
    assert [row.by for row in Contribution.objects.order_by("pk")] == [editor, second_editor]


def test_the_version_of_an_import_holds_the_whole_document_and_names_its_contribution(
    editor: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()))

    (version,) = Revision.objects.get().version_set.all()
    kept = stored.read(version.serialized_data)

    assert kept.document == Condition.objects.get().document()
    assert kept.contribution == Contribution.objects.get().pk


def test_an_import_keeps_the_keys_of_the_file_and_makes_missing_ones(
    editor: User, file: Callable[[Any], Path]
) -> None:
    words = whole_file()
    words["key_points"] = [
        {"text": "<p>Without a key.</p>"},
        {"key": "", "text": "<p>With an empty one.</p>"},
        {"key": "keptkey1", "text": "<p>With its own.</p>"},
    ]

    printed = import_file(file(words))

    made, also_made, kept = json.loads(export("whole-page"))["key_points"]
    assert kept["key"] == "keptkey1"
    assert re.fullmatch("[a-z0-9]{8}", made["key"])
    assert re.fullmatch("[a-z0-9]{8}", also_made["key"])
    assert made["key"] != also_made["key"]
    assert made["key"] in printed
    assert "keptkey1" not in printed


def test_an_import_leaves_other_drafts_alone(
    condition: Condition, editor: User, file: Callable[[Any], Path]
) -> None:
    before = export(condition.slug)

    import_file(file(whole_file()))

    assert export(condition.slug) == before
    assert Condition.objects.count() == 2
    assert KeyPoint.objects.filter(condition=condition).count() == 1


def test_an_import_over_a_signed_page_changes_no_public_byte(
    editor: User, physician: User, client: Client, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()))
    cast.publish(Condition.objects.get(), by=editor, signer=physician)
    before = client.get("/conditions/whole-page/").content

    import_file(file(whole_file(headline="Unsigned words.")))

    assert client.get("/conditions/whole-page/").content == before
    assert b"Unsigned words." not in before


@pytest.mark.parametrize("how", ["object", "queryset"])
def test_a_draft_deleted_in_a_shell_is_attached_to_its_record_again(
    editor: User, physician: User, client: Client, file: Callable[[Any], Path], how: str
) -> None:
    import_file(file(whole_file()))
    condition = Condition.objects.get()
    subject = condition.subject
    cast.publish(condition, by=editor, signer=physician)
    if how == "object":
        condition.delete()
    else:
        Condition.objects.all().delete()
    assert client.get("/conditions/whole-page/").status_code == 200

    import_file(file(whole_file(headline="Written again.")))

    again = Condition.objects.get()
    assert again.subject == subject
    assert Subject.objects.count() == 1
    cast.publish(again, by=editor, signer=physician)
    assert list(Edition.objects.values_list("number", flat=True)) == [1, 2]
    assert b"Written again." in client.get("/conditions/whole-page/").content


def test_a_deleted_draft_that_was_only_submitted_is_attached_again(
    editor: User, physician: User, file: Callable[[Any], Path]
) -> None:
    import_file(file(whole_file()))
    submission = cast.submit(Condition.objects.get(), by=editor)
    Condition.objects.all().delete()

    import_file(file(whole_file()))

    assert Condition.objects.get().subject == submission.subject


def test_an_address_of_another_living_page_makes_a_draft_of_its_own(
    condition: Condition, editor: User, physician: User, file: Callable[[Any], Path]
) -> None:
    cast.publish(condition, by=editor, signer=physician)
    old = condition.slug
    cast.edit(condition, by=editor, slug="new-address")
    cast.publish(condition, by=editor, signer=physician)

    import_file(file(whole_file(slug=old)))

    imported = Condition.objects.get(slug=old)
    assert imported.subject != condition.subject
    with pytest.raises(workflow.NotAllowed, match="belongs to another page"):
        cast.publish(imported, by=editor, signer=physician)


# --- Export


def test_export_of_an_unknown_address_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no draft with the address nowhere"):
        export("nowhere")


def test_export_writes_the_draft_and_changes_nothing(condition: Condition) -> None:
    before = everything()

    text = export(condition.slug)

    assert everything() == before
    assert tuple(json.loads(text)) == outline.KEYS
    assert text.endswith("}\n")


def test_documents_are_cleaned_by_value_and_the_file_in_hand_stays(editor: User) -> None:
    words = whole_file(name="  Name  ")
    kept = copy.deepcopy(words)

    exchange.load(words, by=editor)

    assert words == kept
    assert not reversion.is_active()


# --- Older schemas


def file_of_schema_1() -> dict[str, Any]:
    """The whole page as a file of schema 1."""
    path = Path(__file__).parent.parent / "older" / "schema_1" / "document.json"
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def test_a_file_of_an_older_schema_is_named_by_its_own_places(
    editor: User, file: Callable[[Any], Path]
) -> None:
    wrong = {
        "icd10[1]": "60.3",
        "name": "n" * 121,
        "references[0].pmid": "none",
    }
    words = file_of_schema_1()
    for path, bad in wrong.items():
        put(words, path, bad)
    assert faults(words, file) == set(wrong)

    for path in ("icd10", "safety", "references[0].doi"):
        assert faults(take(file_of_schema_1(), path), file) == {path}
    for path, odd in (("codes", []), ("warnings", []), ("references[0].isbn", "")):
        assert faults(put(file_of_schema_1(), path, odd), file) == {path}
    assert faults(file_of_schema_1() | {"icd10": "F60.3"}, file) == {"icd10"}
    assert faults(file_of_schema_1() | {"references": ["words"]}, file) == {"references[0]"}


def test_the_sites_words_may_be_left_out_of_a_file(
    editor: User, file: Callable[[Any], Path]
) -> None:
    words = {key: whole_file()[key] for key in whole_file() if key not in outline.FROM_THE_SITE}

    assert "changed" not in import_file(file(words))

    assert json.loads(export("whole-page")) == whole_file()


def test_no_page_has_more_rows_than_its_form_can_carry(
    editor: User, file: Callable[[Any], Path]
) -> None:
    point = {"text": "<p>One.</p>"}

    assert not document.check(whole_file(key_points=[point] * 100)).faults
    assert faults(whole_file(key_points=[point] * 101), file) == {"key_points"}
    assert outline.MOST["references"] == 400
