"""What changed between two documents: nothing that differs is left out, and it reads well."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from html.parser import HTMLParser
from math import isqrt
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from conditions import document, outline
from conditions.cleaning import sanitise
from conditions.models import Condition
from reviews.diff import alignment, comparison
from reviews.diff.blocks import read
from reviews.reviewable import Part
from tests import long_texts
from tests.undoing import Case

# --- Documents that could be real: cleaned markup over the allow-list, in fields and rows

WORD = st.sampled_from(
    ["a", "0.5", "two", "mg,", "not", "(CBT)", "helps.", "&lt;b&gt;", "R&amp;D", "不", "long-term"]
)
LINKS = st.sampled_from(["/a/", "/b/", "https://example.org/?a=1&amp;b=2", "tel:988", "#ref-x"])


def _joined(pieces: list[str]) -> str:
    return " ".join(pieces)


PLAIN = st.lists(WORD, min_size=1, max_size=5).map(_joined)
MARKED = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["strong", "em", "sub", "sup"]), PLAIN)
LINKED = st.builds('<a href="{}">{}</a>'.format, LINKS, PLAIN | MARKED)
INLINE = st.lists(PLAIN | MARKED | LINKED, min_size=1, max_size=3).map(_joined)
TEXT = INLINE | st.builds("{}<br>{}".format, PLAIN, PLAIN)
SIMPLE = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "p", "p", "h3", "h4"]), TEXT)
PARAGRAPH = TEXT.map("<p>{}</p>".format)


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(inner, min_size=1, max_size=3)
    lists = st.builds(
        lambda tag, found: f"<{tag}>{''.join(f'<li>{one}</li>' for one in found)}</{tag}>",
        st.sampled_from(["ul", "ol"]),
        items,
    )
    return (
        st.builds("{}{}".format, PARAGRAPH, lists)
        | lists
        | inner.map("<blockquote>{}</blockquote>".format)
    )


BLOCK = st.recursive(SIMPLE, _around, max_leaves=4) | st.just("<hr>")
RICH = st.builds(
    lambda first, others: first + "".join(others), PARAGRAPH, st.lists(BLOCK, max_size=4)
) | st.just("")
LINE = st.lists(WORD, max_size=6).map(_joined)
KEYS = st.lists(st.sampled_from("uvwxyz"), max_size=5, unique=True)


def _fields(rich: str, line: str) -> list[Part]:
    return [Part("name", "Name", line), Part("summary", "Summary", rich, html=True)]


@st.composite
def documents(draw: st.DrawFn) -> list[Part]:
    """A page's parts: two fields, rows of one piece, of two, and numbered ones."""
    parts = _fields(draw(RICH), draw(LINE))
    for key in draw(KEYS):
        parts.append(Part(f"k.{key}", "Text", draw(RICH), html=True, row=key, group="Key points"))
    for key in draw(KEYS):
        place = {"row": f"q.{key}", "group": "Questions"}
        parts.append(Part(f"q.{key}.question", "Question", draw(LINE), **place))
        parts.append(Part(f"q.{key}.answer", "Answer", draw(RICH), html=True, **place))
    for number, key in enumerate(draw(KEYS), 1):
        digits = draw(st.from_regex(r"[1-9][0-9]{0,3}", fullmatch=True))
        place = {"row": f"r.{key}", "group": "References", "number": number}
        parts.append(Part(f"r.{key}.citation", "Citation", draw(LINE), **place))
        parts.append(Part(f"r.{key}.pmid", "PMID", digits, **place))
    return parts


# Any text at all, which no sanitiser has seen.
SIGNS = [*"ab <>/p\n\t\r&;\"'=.\u200b", "<p>", "<li>", "</ul>", "<em>", "<br>", '<a href="x">']
WILD = st.lists(st.sampled_from(SIGNS), max_size=12).map("".join)
HOSTILE = st.lists(
    st.builds(
        Part, st.sampled_from("uvwxyz"), st.just("Label"), WILD | st.text(max_size=8), st.booleans()
    ),
    max_size=5,
    unique_by=lambda part: part.key,
)


@limits(max_examples=50, deadline=None)
@given(RICH)
def test_the_documents_of_these_tests_are_clean(rich: str) -> None:
    assert sanitise.clean(rich) == rich


# --- Exactness


@limits(max_examples=50, deadline=None)
@given(before=documents(), after=documents(), looks=st.integers(0, 3000))
def test_nothing_is_lost_where_the_looks_run_out(
    before: list[Part], after: list[Part], looks: int
) -> None:
    with mock.patch.object(comparison, "ALL_LOOKS", looks):
        found = comparison.changes(before, after)
        shown = _Shown(render_to_string("reviews/diff.html", {"diff": found}))

    assert comparison.accepted(found) == after
    assert comparison.rejected(found) == before
    assert shown.text("diff-words", without="del") == _words(after)
    plain = [(part.key, part.content) for part in after]
    assert bool(shown.marks) == (plain != [(part.key, part.content) for part in before])


@limits(max_examples=100, deadline=None)
@given(content=WILD | RICH | st.text(), html=st.booleans())
def test_the_sources_of_the_blocks_are_the_content(content: str, html: bool) -> None:
    assert "".join(block.source for block in read(content, html=html)) == content


def _is_seen(before: Sequence[Part], after: Sequence[Part]) -> bool:
    """Whether the diff as shown says, outside what is folded, that something changed."""
    return bool(_shown(before, after).marks)


@limits(max_examples=50, deadline=None)
@given(data=st.data(), before=documents() | HOSTILE)
def test_any_difference_shows(data: st.DataObject, before: list[Part]) -> None:
    after = data.draw(_retagged(before) | documents() | HOSTILE | _edited(before))
    plain = [(part.key, part.content) for part in after]

    assert _is_seen(before, after) == (plain != [(part.key, part.content) for part in before])


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

    for row in comparison.changes(before, after).rows:
        for piece in row.pieces:
            lines = [
                line for stretch in piece.stretches if not stretch.summary for line in stretch.items
            ]
            seen = any(line.note or span.op != "same" for line in lines for span in line.spans)
            assert seen == piece.differs


# --- What is shown


class _Shown(HTMLParser):
    """A diff as its reader meets it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[tuple[str, str]] = []
        self.tags: set[tuple[str, str]] = set()
        self.texts: list[tuple[str, frozenset[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {(tag, name) for name, _ in attrs} or {(tag, "")}
        if tag == "br":
            self.texts.append((" ", self._around()))
        elif tag not in ("hr",):
            self.open.append((tag, dict(attrs).get("class") or ""))
        if tag == "p":
            self.texts.append((" ", frozenset()))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((data, self._around()))

    def _around(self) -> frozenset[str]:
        return frozenset(name for tag, names in self.open for name in (tag, *names.split()))

    def text(self, *within: str, without: str = "") -> list[str]:
        """The words inside all of these elements or classes and in none of those."""
        dropped = {"diff-hidden", "diff-note", "diff-hr", "diff-source", *without.split()}
        found = "".join(
            "".join(data) if around >= {*within} and not around & dropped else ""
            for data, around in [
                (text, around if around else frozenset(within)) for text, around in self.texts
            ]
        )
        return found.replace("↵", "").split()

    @property
    def marks(self) -> list[str]:
        """What is said to have changed, outside whatever is folded."""
        told = {"ins", "del", "diff-note", "diff-what"}
        return [
            text
            for text, around in self.texts
            if text.strip() and (around & told if "details" not in around else "summary" in around)
            if "unchanged" not in text
        ]


def _html(before: Sequence[Part], after: Sequence[Part]) -> str:
    return render_to_string("reviews/diff.html", {"diff": comparison.changes(before, after)})


def _shown(before: Sequence[Part], after: Sequence[Part]) -> _Shown:
    return _Shown(_html(before, after))


def _words(parts: Sequence[Part]) -> list[str]:
    """What a reader reads of all parts, by the sanitiser's own reading."""
    texts = (sanitise.visible_text(one.content) if one.html else one.content for one in parts)
    return " ".join(texts).split()


# What the diff may hold beside the sanitiser's tags, and no attribute but classes.
STRUCTURE = {"ins", "del", "details", "summary", "div", "span"}


def _is_exact(before: list[Part], after: list[Part]) -> _Shown:
    """Accepting all gives the new document and rejecting all the old; what is shown holds no
    element or attribute that is not allowed.
    """
    found = comparison.changes(before, after)
    shown = _Shown(render_to_string("reviews/diff.html", {"diff": found}))

    assert comparison.accepted(found) == after
    assert comparison.rejected(found) == before
    assert {tag for tag, _ in shown.tags} <= sanitise.TAGS | STRUCTURE
    assert {name for _, name in shown.tags} <= {"class", ""}
    assert shown.open == []
    return shown


@limits(max_examples=50, deadline=None)
@given(before=documents() | HOSTILE, after=documents() | HOSTILE)
def test_any_two_documents_are_told_apart_exactly(before: list[Part], after: list[Part]) -> None:
    _is_exact(before, after)


@limits(max_examples=50, deadline=None)
@given(before=documents(), after=documents())
def test_without_the_removed_words_stand_the_new_ones_and_without_the_added_the_old(
    before: list[Part], after: list[Part]
) -> None:
    shown = _is_exact(before, after)

    assert shown.text("diff-words", without="del") == _words(after)
    old = shown.text("diff-words", without="ins")
    moved = "diff-left" in shown.html
    assert sorted(old) == sorted(_words(before)) if moved else old == _words(before)


@limits(max_examples=50, deadline=None)
@given(documents() | HOSTILE)
def test_nothing_shows_where_nothing_differs(parts: list[Part]) -> None:
    found = comparison.changes(parts, [Part(**vars(part)) for part in parts])
    shown = _shown(parts, parts)

    assert not found
    assert shown.marks == []
    assert "No word differs." in shown.html


# --- How it reads

SIGN = {"same": "{}", "added": "{{+{}+}}", "removed": "[-{}-]", "marked": "<{}>"}


def _told(before: str, after: str, *, html: bool = True) -> list[str]:
    """Each line of one part's diff: [-removed-] {+added+} <marked otherwise> (note)."""
    (row,) = comparison.changes([Part("x", "X", before, html)], [Part("x", "X", after, html)]).rows
    lines = [line for stretch in row.pieces[0].stretches for line in stretch.items]
    return [" ".join(_line(line).split()) for line in lines]


def _line(line: comparison.Line) -> str:
    told = f"({line.note}) " if line.note else ""
    for span in line.spans:
        runs = (f"{run.text} ({run.note})" if run.note else run.text for run in span.runs)
        told += " " * span.parted + SIGN[span.op].format("".join(runs))
    return told


def test_words_that_changed_are_told_as_a_person_would(case: Case) -> None:
    for before, after, told in (
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
    ):
        with case(before=before, after=after, told=told):
            assert _told(f"<p>{before}</p>", f"<p>{after}</p>") == [told]


def test_marks_targets_and_forms_that_changed_are_said(case: Case) -> None:
    for before, after, told in (
        (
            "<p>do <em>not</em> stop</p>",
            "<p>do <strong>not</strong> stop</p>",
            "do <not (now bold, was italic)> stop",
        ),
        ("<p>do not stop</p>", "<p>do <em>not</em> stop</p>", "do <not (now italic)> stop"),
        (
            "<p>x<sup>2</sup> y</p>",
            "<p>x<sub>2</sub> y</p>",
            "x<2 (now subscript, was superscript)> y",
        ),
        (
            '<p>see <a href="/a/">this page</a>.</p>',
            '<p>see <a href="/b/">this page</a>.</p>',
            "see <this page (now links to /b/, linked to /a/)>.",
        ),
        (
            '<p>see <a href="/a/">this</a></p>',
            "<p>see this</p>",
            "see <this (no longer links to /a/)>",
        ),
        (
            "<p>see this</p>",
            '<p>see this, or <a href="tel:988">call</a></p>',
            "see this{+, or call (link to tel:988)+}",
        ),
        (
            "<h3>Risks of it</h3>",
            "<h4>Risks of it</h4>",
            "(now a smaller heading, was a heading) Risks of it",
        ),
        (
            "<p>Risks of it</p>",
            "<h3>Risks of it</h3>",
            "(now a heading, was a paragraph) Risks of it",
        ),
        (
            "<ul><li><p>rest</p></li></ul>",
            "<ol><li><p>rest</p></li></ol>",
            "(now a numbered item, was a bullet) rest",
        ),
        (
            "<p>rest now</p>",
            "<blockquote><p>rest now</p></blockquote>",
            "(now a paragraph in a quotation, was a paragraph) rest now",
        ),
    ):
        with case(before=before, after=after, told=told):
            assert _told(before, after) == [told]


def test_a_bullet_that_went_deeper_is_said() -> None:
    flat = "<ul><li><p>one</p></li><li><p>two</p></li></ul>"
    deep = "<ul><li><p>one</p><ul><li><p>two</p></li></ul></li></ul>"

    assert _told(flat, deep) == ["one", "(now a bullet in a bulleted list, was a bullet) two"]


def _bullets(*items: str) -> str:
    return f"<ul>{''.join(f'<li><p>{item}</p></li>' for item in items)}</ul>"


def test_a_changed_bullet_is_paired_with_itself() -> None:
    """Greedily, the first bullet of the new list would take the place of the old first one."""
    before = _bullets("Ask about sleep each day", "Ask about food each week", "Rest")
    after = _bullets("Ask about food each morning", "Rest")

    assert _told(before, after) == [
        "[-Ask about sleep each day-]",
        "Ask about food each [-week-] {+morning+}",
        "Rest",
    ]


def test_a_bullet_that_moved_says_so_at_both_places() -> None:
    assert _told(
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

    assert _told(f"<p>{old}</p>", f"<p>{new}</p>") == [f"[-{old}-]", f"{{+{new}+}}"]


def test_a_long_paragraph_is_compared_by_its_sentences() -> None:
    sentences = [
        f"Sentence {name} says that the one thing is not the other." for name in range(300)
    ]
    changed = [*sentences[:40], "A new one.", *sentences[40:250], *sentences[251:]]
    (told,) = _told(f"<p>{' '.join(sentences)}</p>", f"<p>{' '.join(changed)}</p>")

    assert re.findall(r"\{\+(.*?)\+\}", told) == ["A new one."]
    (removed,) = re.findall(r"\[-(.*?)-\]", told)
    assert len(removed.split()) == len(sentences[250].split())


def test_a_paragraph_as_long_as_may_be_is_compared_to_its_end() -> None:
    old = [f"It says {at} that one {at * 7} is not the {at * 5} other." for at in range(1400)]
    new = [sentence.replace("that one", "how ten") for sentence in old]
    (told,) = _told(f"<p>{' '.join(old)}</p>", f"<p>{' '.join(new)}</p>")

    assert told.count("[-that one-] {+how ten+}") == len(old)


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
    told = _told(before, after)[-1].replace("-] [-", "-][-")

    assert told.startswith("(reads the same, but is written differently)")
    assert "".join(seen.split()) in "".join(told.split()).replace("</ul><ul>", "</ul>-][-<ul>")


def test_unchanged_blocks_far_from_a_change_are_folded() -> None:
    blocks = [f"<p>Paragraph {number} of them</p>" for number in range(9)]
    changed = [*blocks[:5], "<p>Paragraph five of them</p>", *blocks[6:]]
    part = [Part("x", "X", "".join(blocks), html=True)]
    found = comparison.changes(part, [Part("x", "X", "".join(changed), html=True)])

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
    found = comparison.changes(before, after)
    return [f"{row.name}: {row.what}" for row in found.rows if row.op != "same"]


def test_the_fewest_rows_are_said_to_have_moved() -> None:
    before, after = _rows("a", "b", "c", "d", "e"), _rows("b", "c", "d", "a", "e")

    assert _heads(before, after) == ["Points, 1: moved to 4", "Points, 4: moved from 1 to 4"]
    assert comparison.changes(before, after).counted == "1 moved"


def test_a_row_that_moved_and_changed_says_both() -> None:
    heads = _heads(_rows("a one", "b two", "c three"), _rows("b two", "c three", "a four"))

    assert heads == ["Points, 1: moved to 3", "Points, 3: moved from 1 to 3, changed"]


def test_a_removed_row_stands_where_it_stood() -> None:
    before, after = _rows("a", "b", "c"), _rows("a", "d", "c")
    found = comparison.changes(before, after)

    assert [(row.op, row.excerpt.strip()) for row in found.rows] == [
        ("same", "a"),
        ("removed", "b"),
        ("added", "d"),
        ("same", "c"),
    ]


def test_a_number_that_the_page_prints_is_said_to_have_changed() -> None:
    before = _rows("a", "b", "c", numbered=True)
    after = _rows("d", "a", "b!", "c", numbered=True)
    found = comparison.changes(before, after)

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
    assert comparison.changes(before, _rows("d", "a", "b", "c", numbered=True)).stretches[
        1
    ].summary == ("Points: 1 to 3 are now 2 to 4")


def test_a_part_without_words_before_was_added() -> None:
    (empty, full) = (
        [Part("x", "Safety", "", html=True)],
        [Part("x", "Safety", "<p>a</p>", html=True)],
    )

    assert _heads(empty, full) == ["Safety: added"]
    assert _heads(full, empty) == ["Safety: removed"]


def test_the_pieces_of_a_row_are_shown_together_and_the_unchanged_ones_folded() -> None:
    def row(answer: str) -> list[Part]:
        texts = {"question": "Why?", "answer": answer, "note": "One.", "source": "Two."}
        return [Part(f"q.{at}", at, text, row="q", group="Questions") for at, text in texts.items()]

    (shown,) = comparison.changes(row("Because."), row("So.")).rows

    assert [(one.summary, [piece.label for piece in one.items]) for one in shown.stretches] == [
        ("", ["question", "answer"]),
        ("note, source: unchanged", ["note", "source"]),
    ]


def test_a_screen_reader_hears_what_was_added_and_removed() -> None:
    html = _html(_rows("a one"), _rows("a two"))

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
    found = {"diff": comparison.changes(_rows("a one"), _rows("a two"))}

    assert "<h4" in render_to_string("reviews/diff.html", found)
    assert "<h3" in render_to_string("reviews/diff.html", {**found, "level": 3})


# --- Cost


@pytest.mark.parametrize("count", [30, 190, 600])
def test_blocks_are_compared_at_most_each_with_each(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    likeness = alignment.likeness

    def counted(*pair: Any) -> float:
        nonlocal looks
        looks += 1
        return likeness(*pair)

    monkeypatch.setattr(alignment, "likeness", counted)
    old = read("".join(f"<p>old {number}</p>" for number in range(count)), html=True)
    new = read("".join(f"<p>new {number}</p>" for number in range(count)), html=True)

    alignment.aligned(old, new, alignment.Patience())

    # Quadratic for short lists, linear beyond.
    assert 0 < looks <= count * min(count, isqrt(alignment.MOST_COMPARISONS))


def test_words_are_never_searched_for_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    matcher = alignment._Matcher

    def counted(old: list[Any], new: list[Any], patience: alignment.Patience) -> Any:
        searched.append(alignment._looks(old, new))
        return matcher(old, new, patience)

    monkeypatch.setattr(alignment, "_Matcher", counted)
    _told(f"<p>{'very so ' * 3000}</p>", f"<p>{'so very more. ' * 3000}</p>")

    assert max(searched) <= alignment.MOST_LOOKS


class Work:
    """Counts likenesses and looks as they are taken, whatever was granted."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.likenesses = self.looks = 0
        likeness, search = alignment.likeness, SequenceMatcher.find_longest_match

        def compared(*pair: Any) -> float:
            self.likenesses += 1
            return likeness(*pair)

        def searched(matcher: Any, start: int, end: int, *others: int) -> Any:
            self.looks += sum(1 + len(matcher.b2j.get(one, ())) for one in matcher.a[start:end])
            return search(matcher, start, end, *others)

        patch.setattr(alignment, "likeness", compared)
        patch.setattr(SequenceMatcher, "find_longest_match", searched)

    @property
    def done(self) -> int:
        """All in looks."""
        return self.likenesses * alignment.LIKENESS + self.looks


@pytest.mark.parametrize(
    ("kind", "fields"), [*((kind, 1) for kind in long_texts.HOSTILE), ("sentences of two", 10)]
)
def test_a_whole_diff_takes_only_so_many_looks(
    kind: str, fields: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = long_texts.pair(kind, fields=fields)
    work = Work(monkeypatch)

    found = comparison.changes(before, after)

    assert comparison.accepted(found) == after
    assert comparison.rejected(found) == before
    assert 0 < work.done <= alignment.ALL_LOOKS


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


def test_a_change_anywhere_in_a_document_is_listed(case: Case) -> None:
    for path in [path for path in _leaves(_sample()) if path != ("schema",)]:
        with case(path=path):
            words = _sample()

            found = comparison.changes(
                Condition.parts(words), Condition.parts(_changed(words, path))
            )

            assert found.counted


def test_rows_in_another_order_are_listed(case: Case) -> None:
    for part in [part for part in outline.ROWS if len(_sample()[part]) > 1]:
        with case(part=part):
            words = _sample()
            moved = words | {part: words[part][::-1]}

            found = comparison.changes(Condition.parts(words), Condition.parts(moved))

            assert "moved" in found.counted


def test_one_name_with_a_semicolon_is_not_two_names() -> None:
    """Both are legal, and the digest differs: the reviewer must be told."""
    one = _sample() | {"also_known_as": ["A; B"]}
    two = _sample() | {"also_known_as": ["A", "B"]}
    assert document.check(one).faults == document.check(two).faults == []

    assert comparison.changes(Condition.parts(one), Condition.parts(two))


def test_the_same_document_has_no_changes() -> None:
    assert not comparison.changes(Condition.parts(_sample()), Condition.parts(_sample()))
