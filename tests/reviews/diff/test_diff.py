"""What changed between two documents: nothing that differs is left out, and it reads well."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from conditions import document, outline
from conditions.cleaning import sanitise
from conditions.models import Condition
from reviews.diff import comparison
from reviews.diff.blocks import Block
from reviews.diff.lines import Line
from reviews.diff.markup import read
from reviews.diff.tables import Change
from reviews.reviewable import Part
from tests.differences import HOSTILE, PLAIN_RICH, RICH, WILD, Shown, documents, read_words, told


@limits(max_examples=50, deadline=None)
@given(PLAIN_RICH)
def test_the_documents_of_these_tests_are_clean(rich: str) -> None:
    assert sanitise.clean(rich) == rich


# --- Exactness


@limits(max_examples=50, deadline=None)
@given(before=documents() | HOSTILE, after=documents() | HOSTILE)
def test_accepting_all_gives_the_new_document_and_rejecting_all_the_old(
    before: list[Part], after: list[Part]
) -> None:
    found = comparison.compare(before, after)

    assert comparison.accepted(found) == after
    assert comparison.rejected(found) == before


@limits(max_examples=50, deadline=None)
@given(before=documents(), after=documents(), looks=st.integers(0, 3000))
def test_nothing_is_lost_where_the_looks_run_out(
    before: list[Part], after: list[Part], looks: int
) -> None:
    found = comparison.compare(before, after, looks=looks)
    shown = Shown(render_to_string("reviews/diff.html", {"diff": found}))

    assert comparison.accepted(found) == after
    assert comparison.rejected(found) == before
    assert shown.text("diff-words", without="del") == read_words(after)
    assert bool(shown.marks) == (_said(after) != _said(before))


@limits(max_examples=100, deadline=None)
@given(content=WILD | RICH | st.text(), html=st.booleans())
def test_the_sources_of_the_blocks_are_the_content(content: str, html: bool) -> None:
    assert "".join(block.source for block in _blocks(content, html=html)) == content


def _blocks(content: str, *, html: bool) -> Iterator[Block]:
    for found in read(content, html=html):
        if isinstance(found, Block):
            yield found
        else:
            yield from (one for row in found.rows for cell in row.cells for one in cell.blocks)


def _said(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """What can differ for a reader: an empty part is as good as none."""
    return [(part.key, part.content) for part in parts if part.content]


def _is_seen(before: Sequence[Part], after: Sequence[Part]) -> bool:
    """Whether the diff as shown says, outside what is folded, that something changed."""
    return bool(_shown(before, after).marks)


@limits(max_examples=50, deadline=None)
@given(data=st.data(), before=documents() | HOSTILE)
def test_any_difference_shows(data: st.DataObject, before: list[Part]) -> None:
    after = data.draw(_retagged(before) | documents() | HOSTILE | _edited(before))

    assert _is_seen(before, after) == (_said(after) != _said(before))


def _edited(parts: list[Part]) -> st.SearchStrategy[list[Part]]:
    """The parts with one character of one of them changed."""

    def edit(at: int, place: int, sign: str) -> list[Part]:
        if not parts:
            return []
        part = parts[at % len(parts)]
        cut = place % (len(part.content) + 1)
        content = part.content[:cut] + sign + part.content[cut + 1 :]
        changed = replace(part, content=content)
        return [changed if one is part else one for one in parts]

    signs = st.sampled_from(["", " ", "x", "<", "\n", "\u200b", "<br>", "<em>", "</p><p>", "&amp;"])
    return st.builds(edit, st.integers(0, 99), st.integers(0, 999), signs)


def _retagged(parts: list[Part]) -> st.SearchStrategy[list[Part]]:
    """The parts with other marks, forms or targets, and no other words."""
    others = {
        "em>": "strong>",
        "sub>": "sup>",
        "ul>": "ol>",
        "h3>": "h4>",
        "p>": "h3>",
        "td>": "th>",
        'scope="col"': 'scope="row"',
        "/a/": "/b/",
    }
    return st.sampled_from(sorted(others)).map(
        lambda tag: [
            replace(part, content=part.content.replace(tag, others[tag])) for part in parts
        ]
    )


@limits(max_examples=100, deadline=None)
@given(data=st.data(), before=documents() | HOSTILE)
def test_each_part_that_changed_shows_where(data: st.DataObject, before: list[Part]) -> None:
    after = data.draw(_retagged(before) | _edited(before))

    for row in comparison.compare(before, after).rows:
        for piece in row.pieces:
            lines = [
                line for stretch in piece.stretches if not stretch.summary for line in stretch.items
            ]
            assert any(_says_something(line) for line in lines) == piece.differs


def _says_something(change: Change) -> bool:
    if isinstance(change, Line):
        return bool(change.note) or any(span.op != "same" for span in change.spans)
    cells = [cell for row in change.rows for cell in row.cells]
    said = change.said or any(row.said for row in change.rows) or any(one.said for one in cells)
    return bool(said) or any(_says_something(line) for one in cells for line in one.shown)


# --- What is shown


def _html(before: Sequence[Part], after: Sequence[Part]) -> str:
    return render_to_string("reviews/diff.html", {"diff": comparison.compare(before, after)})


def _shown(before: Sequence[Part], after: Sequence[Part]) -> Shown:
    return Shown(_html(before, after))


@limits(max_examples=50, deadline=None)
@given(before=documents(), after=documents())
def test_without_the_removed_words_stand_the_new_ones_in_order(
    before: list[Part], after: list[Part]
) -> None:
    shown = _shown(before, after)

    assert shown.text("diff-words", without="del") == read_words(after)


@limits(max_examples=50, deadline=None)
@given(before=documents(), after=documents())
def test_without_the_added_words_stand_the_old_ones(before: list[Part], after: list[Part]) -> None:
    shown = _shown(before, after)

    old = shown.text("diff-words", without="ins")
    moved = "diff-left" in shown.html
    assert sorted(old) == sorted(read_words(before)) if moved else old == read_words(before)


# What the diff may hold beside the sanitiser's tags; tables may be reached and read aloud.
STRUCTURE = {"ins", "del", "details", "summary", "div", "span"}
STRUCTURE |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"class", "", "dir", "scope", "role", "tabindex", "aria-label"}


@limits(max_examples=50, deadline=None)
@given(before=documents() | HOSTILE, after=documents() | HOSTILE)
def test_what_is_shown_holds_no_element_or_attribute_that_is_not_allowed(
    before: list[Part], after: list[Part]
) -> None:
    shown = _shown(before, after)

    assert {tag for tag, _ in shown.tags} <= sanitise.TAGS | STRUCTURE
    assert {name for _, name in shown.tags} <= ATTRIBUTES
    assert shown.open == []


@limits(max_examples=50, deadline=None)
@given(documents() | HOSTILE)
def test_nothing_shows_where_nothing_differs(parts: list[Part]) -> None:
    found = comparison.compare(parts, [Part(**vars(part)) for part in parts])
    shown = _shown(parts, parts)

    assert not found
    assert shown.marks == []
    assert "No word differs." in shown.html


# --- How it reads


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("Take two a day.", "Take ten a day.", "Take [-two-] {+ten+} a day."),
        ("never 0.5 mg", "0.5 mg", "[-never-] 0.5 mg"),
        ("0.5 mg (at night)", "0.25 mg (at night)", "[-0.5-] {+0.25+} mg (at night)"),
        ("It helps.", "It helps, slowly.", "It helps{+, slowly+}."),
        ("You may, or not.", "You may.", "You may[-, or not-]."),
        # Joined across one short word, and where little stays in between.
        (
            "Take two of ten pills now",
            "Take six of nine pills now",
            "Take [-two of ten-] {+six of nine+} pills now",
        ),
        # But what was only added never strikes out the word between.
        ("Take a pill now", "Take only a small pill now", "Take {+only+} a {+small+} pill now"),
        ("1 &lt; 2 &amp; R", "1 &lt; 3 &amp; R", "1 < [-2-] {+3+} & R"),
        ("a<br>b", "a b", "a [-↵ -] b"),
        ("CO<sub>2</sub> is not", "CO2 is not", "[-CO2-] {+CO2+} is not"),
    ],
)  # fmt: skip
def test_words_that_changed_are_told_as_a_person_would(before: str, after: str, line: str) -> None:
    assert told(f"<p>{before}</p>", f"<p>{after}</p>") == [line]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("<p>do <em>not</em> stop</p>", "<p>do <strong>not</strong> stop</p>",
         "do <not (now bold, was italic)> stop"),
        ("<p>do not stop</p>", "<p>do <em>not</em> stop</p>", "do <not (now italic)> stop"),
        ("<p>x<sup>2</sup> y</p>", "<p>x<sub>2</sub> y</p>",
         "x<2 (now subscript, was superscript)> y"),
        ('<p>see <a href="/a/">this page</a>.</p>', '<p>see <a href="/b/">this page</a>.</p>',
         "see <this page (now links to /b/, linked to /a/)>."),
        ('<p>see <a href="/a/">this</a></p>', "<p>see this</p>",
         "see <this (no longer links to /a/)>"),
        ("<p>see this</p>", '<p>see this, or <a href="tel:988">call</a></p>',
         "see this{+, or call (link to tel:988)+}"),
        ("<h3>Risks of it</h3>", "<h4>Risks of it</h4>",
         "(now a smaller heading, was a heading) Risks of it"),
        ("<p>Risks of it</p>", "<h3>Risks of it</h3>",
         "(now a heading, was a paragraph) Risks of it"),
        ("<ul><li><p>rest</p></li></ul>", "<ol><li><p>rest</p></li></ol>",
         "(now a numbered item, was a bullet) rest"),
        ("<ol><li><p>rest</p></li></ol>", '<ol start="4"><li><p>rest</p></li></ol>',
         "(now a numbered item, counted from 4, was a numbered item) rest"),
        ('<ol start="4"><li><p>rest</p></li></ol>', '<ol start="5"><li><p>rest</p></li></ol>',
         "(now a numbered item, counted from 5, was a numbered item, counted from 4) rest"),
        ("<p>rest now</p>", "<blockquote><p>rest now</p></blockquote>",
         "(now a paragraph in a quotation, was a paragraph) rest now"),
    ],
)  # fmt: skip
def test_marks_targets_and_forms_that_changed_are_said(before: str, after: str, line: str) -> None:
    assert told(before, after) == [line]


def test_a_bullet_that_went_deeper_is_said() -> None:
    flat = "<ul><li><p>one</p></li><li><p>two</p></li></ul>"
    deep = "<ul><li><p>one</p><ul><li><p>two</p></li></ul></li></ul>"

    assert told(flat, deep) == ["one", "(now a bullet in a bulleted list, was a bullet) two"]


def test_a_list_is_numbered_from_where_it_begins() -> None:
    items = "<li><p>one</p></li><li><p>two</p><ol><li><p>in it</p></li></ol></li><li><p>x</p></li>"
    found = read(f'<ol start="4">{items}</ol><ol>{items}</ol>', html=True)

    assert [block.marker for block in found] == ["4.", "5.", "1.", "6.", "1.", "2.", "1.", "3."]


def test_a_table_that_opens_a_list_says_from_which_number() -> None:
    row = "<li><table><tbody><tr><td><p>5 mg</p></td></tr></tbody></table></li>"

    (said, *_) = told(f"<ol>{row}</ol>", f'<ol start="2">{row}</ol>')

    assert "now a table in a numbered list, counted from 2, was a table" in said


def _bullets(*items: str) -> str:
    return f"<ul>{''.join(f'<li><p>{item}</p></li>' for item in items)}</ul>"


def test_a_changed_bullet_is_paired_with_itself() -> None:
    """Greedily, the first bullet of the new list would take the place of the old first one."""
    before = _bullets("Ask about sleep each day", "Ask about food each week", "Rest")
    after = _bullets("Ask about food each morning", "Rest")

    assert told(before, after) == [
        "[-Ask about sleep each day-]",
        "Ask about food each [-week-] {+morning+}",
        "Rest",
    ]


def test_a_bullet_that_moved_says_so_at_both_places() -> None:
    assert told(
        _bullets("sleep well", "eat well", "rest"), _bullets("eat well", "rest", "sleep well")
    ) == [
        "(moved down from here) [-sleep well-]",
        "eat well",
        "rest",
        "(moved here from above) {+sleep well+}",
    ]


def test_blocks_with_little_in_common_are_shown_whole() -> None:
    old = "Ketamine is an anesthetic that was made in 1962 for use in operations of all kinds."
    new = (
        "Talk to your prescriber, who knows what you take, before you stop a medicine by yourself."
    )

    assert told(f"<p>{old}</p>", f"<p>{new}</p>") == [f"[-{old}-]", f"{{+{new}+}}"]


def test_a_long_paragraph_is_compared_by_its_sentences() -> None:
    sentences = [
        f"Sentence {name} says that the one thing is not the other." for name in range(300)
    ]
    changed = [*sentences[:40], "A new one.", *sentences[40:250], *sentences[251:]]
    (line,) = told(f"<p>{' '.join(sentences)}</p>", f"<p>{' '.join(changed)}</p>")

    assert re.findall(r"\{\+(.*?)\+\}", line) == ["A new one."]
    (removed,) = re.findall(r"\[-(.*?)-\]", line)
    assert len(removed.split()) == len(sentences[250].split())


def test_a_paragraph_as_long_as_may_be_is_compared_to_its_end() -> None:
    old = [f"It says {at} that one {at * 7} is not the {at * 5} other." for at in range(1400)]
    new = [sentence.replace("that one", "how ten") for sentence in old]
    (line,) = told(f"<p>{' '.join(old)}</p>", f"<p>{' '.join(new)}</p>")

    assert line.count("[-that one-] {+how ten+}") == len(old)


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ("<ul><li><p>a</p></li></ul><ul><li><p>b</p></li></ul>",
         "<ul><li><p>a</p></li><li><p>b</p></li></ul>", "[-</ul>-][-<ul>-]"),
        ("<p>a b</p>", "<p>a  b</p>", "<p>a[-␣-]{+␣␣+}b</p>"),
        ("<p>ab</p>", "<p>a\u200bb</p>", "<p>[-ab-]{+a⟨U+200B⟩b+}</p>"),
        ("<p>a</p>", "<p>a</p><p></p>", "<p>a</p>{+<p></p>+}"),
    ],
)  # fmt: skip
def test_what_reads_the_same_is_shown_as_it_is_written(before: str, after: str, seen: str) -> None:
    line = told(before, after)[-1].replace("-] [-", "-][-")

    assert line.startswith("(reads the same, but is written differently)")
    assert "".join(seen.split()) in "".join(line.split()).replace("</ul><ul>", "</ul>-][-<ul>")


def test_unchanged_blocks_far_from_a_change_are_folded() -> None:
    blocks = [f"<p>Paragraph {number} of them</p>" for number in range(9)]
    changed = [*blocks[:5], "<p>Paragraph five of them</p>", *blocks[6:]]
    part = [Part("x", "X", "".join(blocks), html=True)]
    found = comparison.compare(part, [Part("x", "X", "".join(changed), html=True)])

    (piece,) = found.rows[0].pieces
    folds = [(stretch.summary, len(stretch.items)) for stretch in piece.stretches]
    assert folds == [("4 unchanged paragraphs", 4), ("", 3), ("2 unchanged paragraphs", 2)]


# --- Rows


def _rows(*rows: str, numbered: bool = False, group: str = "Points") -> list[Part]:
    """A row for each word: its first letter is its key."""
    return [
        Part(f"{row[0]}.text", "Text", row, row=row[0], group=group, number=at if numbered else 0)
        for at, row in enumerate(rows, 1)
    ]


def _heads(before: list[Part], after: list[Part]) -> list[str]:
    """The heading of each row that differs, in the order shown."""
    found = comparison.compare(before, after)
    return [f"{row.name}: {row.what}" for row in found.rows if row.op != "same"]


def test_the_fewest_rows_are_said_to_have_moved() -> None:
    before, after = _rows("a", "b", "c", "d", "e"), _rows("b", "c", "d", "a", "e")

    assert _heads(before, after) == ["Points, 1: moved to 4", "Points, 4: moved from 1 to 4"]
    assert comparison.compare(before, after).counted == "1 moved"


def test_a_row_that_moved_and_changed_says_both() -> None:
    heads = _heads(_rows("a one", "b two", "c three"), _rows("b two", "c three", "a four"))

    assert heads == ["Points, 1: moved to 3", "Points, 3: moved from 1 to 3, changed"]


def test_a_removed_row_stands_where_it_stood() -> None:
    before, after = _rows("a", "b", "c"), _rows("a", "d", "c")
    found = comparison.compare(before, after)

    assert [(row.op, row.excerpt.strip()) for row in found.rows] == [
        ("same", "a"),
        ("removed", "b"),
        ("added", "d"),
        ("same", "c"),
    ]


def test_a_number_that_the_page_prints_is_said_to_have_changed() -> None:
    before = _rows("a", "b", "c", numbered=True)
    after = _rows("d", "a", "b!", "c", numbered=True)
    found = comparison.compare(before, after)

    assert _heads(before, after) == [
        "Points, 1: added",
        "Points, 2: number 1 is now 2",
        "Points, 3: changed, number 2 is now 3",
        "Points, 4: number 3 is now 4",
    ]
    assert [stretch.summary for stretch in found.stretches] == [
        "",
        "Points: number 1 is now 2",
        "",
        "Points: number 3 is now 4",
    ]
    assert comparison.compare(before, _rows("d", "a", "b", "c", numbered=True)).stretches[
        1
    ].summary == ("Points: 1 to 3 are now 2 to 4")


def test_a_part_without_words_before_was_added() -> None:
    (empty, full) = (
        [Part("x", "Safety", "", html=True)],
        [Part("x", "Safety", "<p>a</p>", html=True)],
    )

    assert _heads(empty, full) == ["Safety: added"]
    assert _heads(full, empty) == ["Safety: removed"]


def test_a_part_that_is_missing_on_one_side_and_empty_on_the_other_is_no_change() -> None:
    name, points = Part("name", "Name", "ADHD"), _rows("a one", "b two")
    heading = Part("labels.warnings", "Heading or fixed words, warnings", "")
    warning = Part("w.text", "Text", "", html=True, row="w", group="Warnings", number=1)
    point = Part("c.text", "Text", "", row="c", group="Points")
    same = [
        [name, *points],
        [heading, warning, name, point, *points],
        [name, *points, point, warning, heading],
        [warning, name, points[0], point, points[1], heading],
    ]

    for before, after in product(same, repeat=2):
        found = comparison.compare(before, after)
        assert not found
        assert found.counted == ""
        assert _shown(before, after).marks == []
        assert comparison.accepted(found) == after
        assert comparison.rejected(found) == before


def test_a_part_that_was_empty_elsewhere_came_and_did_not_move() -> None:
    (empty,), full = [Part("c.text", "Text", "", row="c", group="Points")], _rows("c three")
    others = _rows("a one", "b two")

    assert _heads([empty, *others], [*others, *full]) == ["Points, 3: added"]
    assert _heads([*others, *full], [empty, *others]) == ["Points, 3: removed"]


def test_the_pieces_of_a_row_are_shown_together_and_the_unchanged_ones_folded() -> None:
    def row(answer: str) -> list[Part]:
        texts = {"question": "Why?", "answer": answer, "note": "One.", "source": "Two."}
        return [Part(f"q.{at}", at, text, row="q", group="Questions") for at, text in texts.items()]

    (shown,) = comparison.compare(row("Because."), row("So.")).rows

    assert [(one.summary, [piece.label for piece in one.items]) for one in shown.stretches] == [
        ("", ["question", "answer"]),
        ("note, source: unchanged", ["note", "source"]),
    ]


def test_a_screen_reader_hears_what_was_added_and_removed() -> None:
    html = _html(_rows("a one"), _rows("a two")).replace("\n", " ")

    assert '<del><span class="diff-hidden">removed: </span>one</del>' in html
    assert '<ins><span class="diff-hidden">added: </span>two</ins>' in html


def test_text_is_never_trusted_as_markup() -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=y> &lt;b&gt;"
    old, new = (Part("x", "<b>", text, html=True, group="<i>") for text in ("a", hostile))
    html = _html([old], [new])

    assert not re.search("<(script|img|b|i)[ >]", html)
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;b&gt;" in html


def test_headings_stand_at_the_level_asked_for() -> None:
    found = {"diff": comparison.compare(_rows("a one"), _rows("a two"))}

    assert "<h4" in render_to_string("reviews/diff.html", found)
    assert "<h3" in render_to_string("reviews/diff.html", {**found, "level": 3})


# --- Whole documents


def _sample() -> dict[str, Any]:
    file = Path(
        settings.BASE_DIR, "conditions", "demo", "samples", "borderline-personality-disorder.json"
    )
    words: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return words | {"labels": outline.labels(words["stance"]), "clinic": "C", "treatment": "T"}


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _leaves(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, (*path, index))
        case _:
            yield path


def _changed(words: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(words)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    leaf = at[path[-1]]
    at[path[-1]] = leaf + 1 if isinstance(leaf, int) else f"{leaf}x"
    return changed


def test_a_change_anywhere_in_a_document_is_listed() -> None:
    words = _sample()
    words["references"][0] |= {"doi": "10.1000/1", "url": "https://example.org/", "pmid": "1"}

    for path in _leaves(words):
        changed = _changed(words, path)
        found = comparison.compare(Condition.parts(words), Condition.parts(changed))
        label = path[-1] if path[0] == "labels" else "stance"
        seen = path != ("schema",) and (label == "stance" or outline.is_shown(label, words))
        assert bool(found.counted) == bool(found) == seen, path


def test_rows_in_another_order_are_listed() -> None:
    words = _sample()

    for part in [part for part in outline.ROWS if len(words[part]) > 1]:
        moved = words | {part: words[part][::-1]}
        found = comparison.compare(Condition.parts(words), Condition.parts(moved))
        assert "moved" in found.counted, part


def test_one_name_with_a_semicolon_is_not_two_names() -> None:
    """Both are legal, and the digest differs: the reviewer must be told."""
    one = _sample() | {"also_known_as": ["A; B"]}
    two = _sample() | {"also_known_as": ["A", "B"]}
    assert document.check(one).faults == document.check(two).faults == []

    assert comparison.compare(Condition.parts(one), Condition.parts(two))


def test_the_same_document_has_no_changes() -> None:
    assert not comparison.compare(Condition.parts(_sample()), Condition.parts(_sample()))
