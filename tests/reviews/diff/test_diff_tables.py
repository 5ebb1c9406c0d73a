"""Tables are compared by rows and cells: no dose slips into another's cell."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string

from reviews.diff import comparison
from reviews.diff.blocks import Table
from reviews.diff.markup import read
from reviews.reviewable import Part
from tests.differences import told


def table(*rows: str, head: bool = True) -> str:
    """A table whose rows are written with "|" between cells; the first one holds headings."""
    made = []
    for at, row in enumerate(rows):
        kind = "th" if head and not at else "td"
        opening = '<th scope="col">' if kind == "th" else "<td>"
        cells = (f"{opening}<p>{cell.strip()}</p></{kind}>" for cell in row.split("|"))
        made.append(f"<tr>{''.join(cells)}</tr>".replace("<p></p>", ""))
    top, body = (made[:1], made[1:]) if head else ([], made)
    return f"{f'<thead>{top[0]}</thead>' if top else ''}<tbody>{''.join(body)}</tbody>".join(
        ["<table>", "</table>"]
    )


DOSES = ("Week | Dose | Note", "1 | 12.5 mg | at night", "2 | 25 mg | at night", "3 | 50 mg | stop")


def changed(*replaced: tuple[str, str]) -> str:
    rows = "\n".join(DOSES)
    for old, new in replaced:
        assert old in rows
        rows = rows.replace(old, new)
    return table(*rows.split("\n"))


def _texts(found: Table) -> list[list[str]]:
    return [
        [" / ".join(" ".join(word.text for word in one.words) for one in cell.blocks)
         for cell in row.cells]
        for row in found.rows
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        (table("Week 1 | 12.5 mg", "Week 2 | 25 mg"), [["Week 1", "12.5 mg"], ["Week 2", "25 mg"]]),
        # Cells that hold words without a paragraph, several paragraphs, a list or nothing.
        ("<table><tr><td>1</td><td>12.5</td></tr></table>", [["1", "12.5"]]),
        ("<table><tr><td><p>a</p><p>b</p></td><td></td><td><ul><li>c</li><li>d</li></ul></td></tr>"
         "</table>", [["a / b", "", "c / d"]]),
        # What no sanitiser lets through still keeps every cell apart.
        ("<table><td>1<td>2<tr><td>3", [["1", "2"], ["3"]]),
        ("<table><tr><td>1<table><tr><td>2</td></tr></table></td></tr>", [["1"], ["2"]]),
    ],
)  # fmt: skip
def test_every_cell_is_kept_apart(markup: str, texts: list[list[str]]) -> None:
    (found,) = read(markup, html=True)

    assert isinstance(found, Table)
    assert _texts(found) == texts


def test_cells_without_a_table_are_kept_apart() -> None:
    found = read("<td>1</td><td>2</td>", html=True)

    assert [" ".join(word.text for word in block.words) for block in found] == ["1", "2"]


def test_what_stands_around_a_table_stays_where_it_is() -> None:
    inner = table("a | b", head=False)
    found = read(f"<p>x</p><ul><li><p>y</p>{inner}<p>z</p></li></ul>", html=True)

    before, item, between, after = found
    assert isinstance(between, Table)
    assert (between.within, between.depth) == (("ul",), 1)
    assert [getattr(one, "within", None) for one in (before, item, after)] == [(), ("ul",), ("ul",)]
    assert [cell.blocks[0].within for cell in between.rows[0].cells] == [(), ()]


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        ("25 mg", "37.5 mg",
         ["#Week | #Dose | #Note", "1 | 12.5 mg | at night", "2 | [-25-] {+37.5+} mg | at night",
          "3 | 50 mg | stop"]),
        # Two doses that changed places.
        ("1 | 12.5 mg | at night\n2 | 25 mg", "1 | 25 mg | at night\n2 | 12.5 mg",
         ["#Week | #Dose | #Note", "1 | [-12.5-] {+25+} mg | at night",
          "2 | [-25-] {+12.5+} mg | at night", "3 | 50 mg | stop"]),
        # A row is known by its first cell, whatever else of it changed.
        ("2 | 25 mg | at night", "2 | 100 g | early",
         ["#Week | #Dose | #Note", "1 | 12.5 mg | at night",
          "2 | [-25 mg-] {+100 g+} | [-at night-] {+early+}", "3 | 50 mg | stop"]),
        ("3 | 50 mg | stop", "3 | 50 mg | ",
         ["#Week | #Dose | #Note", "1 | 12.5 mg | at night", "2 | 25 mg | at night",
          "3 | 50 mg | [-stop-]"]),
        ("\n2 | 25 mg | at night", "",
         ["#Week | #Dose | #Note", "1 | 12.5 mg | at night",
          "(row removed) [-2-] | [-25 mg-] | [-at night-]", "3 | 50 mg | stop"]),
        ("3 | 50 mg | stop", "3 | 50 mg | stop\n4 | 75 mg | never",
         ["#Week | #Dose | #Note", "1 | 12.5 mg | at night", "2 | 25 mg | at night",
          "3 | 50 mg | stop", "(row added) {+4+} | {+75 mg+} | {+never+}"]),
        ("1 | 12.5 mg | at night\n2 | 25 mg | at night\n3 | 50 mg | stop",
         "2 | 25 mg | at night\n3 | 50 mg | stop\n1 | 12.5 mg | at night",
         ["#Week | #Dose | #Note", "(moved down from here) [-1-] | [-12.5 mg-] | [-at night-]",
          "2 | 25 mg | at night", "3 | 50 mg | stop",
          "(moved here from above) {+1+} | {+12.5 mg+} | {+at night+}"]),
    ],
)  # fmt: skip
def test_what_changed_is_marked_in_its_row_and_cell(
    before: str, after: str, rows: list[str]
) -> None:
    assert told(table(*DOSES), changed((before, after))) == rows


def test_a_column_that_came_leaves_the_other_cells_as_they_are() -> None:
    old = table("Week | Dose", "1 | 12.5 mg", "2 | 25 mg")
    new = table("Week | Form | Dose", "1 | drops | 12.5 mg", "2 | pill | 25 mg")

    assert told(old, new) == [
        "#Week | (column added) #{+Form+} | #Dose",
        "1 | {+drops+} | 12.5 mg",
        "2 | {+pill+} | 25 mg",
    ]
    assert told(new, old)[1] == "1 | [-drops-] | 12.5 mg"


def test_a_row_without_the_new_column_has_a_gap_there() -> None:
    old = table("Week | Dose", "1 | 12.5 mg", "2 | 25 mg")
    new = table("Week | Form | Dose", "1 | drops | 12.5 mg")

    assert told(old, new)[-1] == "(row removed) [-2-] | ∅ | [-25 mg-]"


def test_text_that_became_a_table_is_seen_as_such() -> None:
    text, cells = "<p>Week 1: 12.5 mg</p>", table("Week 1 | 12.5 mg", head=False)

    assert told(text, cells) == ["[-Week 1: 12.5 mg-]", "(table added)", "{+Week 1+} | {+12.5 mg+}"]
    assert told(cells, text) == [
        "(table removed)",
        "[-Week 1-] | [-12.5 mg-]",
        "{+Week 1: 12.5 mg+}",
    ]


def test_two_cells_that_became_one_are_told_apart() -> None:
    old, new = (
        table("weekly dose | first | second", "sertraline | 1 | 2"),
        table("weekly dose | second", "sertraline | 12"),
    )

    assert told(old, new) == [
        "#weekly dose | (column removed) #[-first-] | #second",
        "sertraline | [-1-] | [-2-] {+12+}",
    ]


def test_a_cell_that_became_a_heading_says_so() -> None:
    old = "<table><tr><td>Week</td><td>Dose</td></tr></table>"
    new = '<table><tr><th scope="row">Week</th><td>Dose</td></tr></table>'

    assert told(old, new) == ["(now a row heading, was a plain cell) #Week | Dose"]
    headed = old.replace("<tr>", "<thead><tr>").replace("</tr>", "</tr></thead>")
    assert told(old, headed) == ["(now a heading row, was a plain row) Week | Dose"]


def test_a_whole_table_that_moved_says_so_at_both_places() -> None:
    words = "<p>Talk to your physician about every dose before you take it.</p>"
    lines = told(table(*DOSES) + words, words + table(*DOSES))

    assert lines[0] == "(moved down from here)"
    assert "(moved here from above)" in lines


def _html(before: str, after: str) -> str:
    found = comparison.compare(*([Part("x", "Dosing", one, html=True)] for one in (before, after)))
    return re.sub(r"\s+", " ", render_to_string("reviews/diff.html", {"diff": found}))


def test_a_compared_table_is_shown_as_a_table() -> None:
    html = _html(table(*DOSES), changed(("25 mg", "37.5 mg")))

    assert html.count("<table>") == html.count("<thead>") == html.count("<tbody>") == 1
    assert html.count('<th scope="col"') == 3
    assert html.count("<tr") == 4
    # It scrolls in itself, by keyboard too.
    assert 'role="region" tabindex="0" aria-label="Table in Dosing"' in html
    assert '<del><span class="diff-hidden">removed: </span>25</del>' in html


def test_a_row_that_went_says_so_once_and_a_screen_reader_hears_each_cell() -> None:
    html = _html(table(*DOSES), changed(("\n2 | 25 mg | at night", "")))

    assert html.count("row removed") == 1
    assert html.count("removed: ") == 3


def test_a_scope_alone_that_changed_shows() -> None:
    old, new = ('<table><tr><th scope="col">a</th></tr></table>'.replace("col", one)
                for one in ("col", "row"))  # fmt: skip

    assert told(old, new) == ["(now a row heading, was a column heading) #a"]


def test_a_table_in_the_form_of_an_editor_reads_as_the_same_without_its_paragraphs() -> None:
    """Cells hold paragraphs as the editor writes them: that is no change of words."""
    bare = table(*DOSES).replace("<p>", "").replace("</p>", "")

    lines = told(table(*DOSES), bare)
    assert lines[:4] == ["#" + " | #".join(DOSES[0].split(" | ")), *DOSES[1:]]
    assert lines[4].startswith("(reads the same, but is written differently)")
