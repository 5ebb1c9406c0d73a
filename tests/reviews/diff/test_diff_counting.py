"""The count that decides what a correction may be is never less than what must be read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from reviews.diff import comparison
from reviews.diff.counting import Count, count
from reviews.diff.patience import DESK_LOOKS
from reviews.diff.tallying import words_in
from reviews.diff.words import words
from reviews.reviewable import Part
from tests import long_texts
from tests.differences import WILD, documents, read_words
from tests.reviews.diff.test_diff_tables import table


def _count(before: str, after: str, *, html: bool = True) -> Count:
    old, new = ([Part("x", "X", text, html=html)] for text in (before, after))
    return count(comparison.compare(old, new))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("Take 12.5 mg (at night), or 5%.", 7),
        ("CO2 is long-term", 3),
        # Punctuation by itself, and beside words.
        ("...", 1),
        ("( a ) . b", 5),
        ("a – b ≤ c", 5),
        ("“Stop!”", 1),
        # Signs of scripts without spaces, without their punctuation.
        ("每天服用12.5毫克。", 7),
        ("うつ病、治療", 5),
        ("用SSRI治", 3),
        ("。", 1),
        ("กินยา", 4),
    ],
)
def test_words_are_counted_as_a_reader_would(text: str, number: int) -> None:
    assert words_in(words(text)) == number
    assert _count(text, "", html=False).total == number


# Before, after, words taken out, words put in.
CHANGES = [
    ("Take two a day.", "Take ten a day.", 1, 1),
    ("It helps.", "It helps, slowly.", 0, 1),
    ("You may, or not.", "You may.", 2, 0),
    # Two doses that changed places.
    ("10 mg in the morning, then 20 mg in the evening", "20 mg in the morning, then 10 mg in the "
     "evening", 2, 2),
    ("do not stop taking it", "do stop taking it", 1, 0),
    # A point that moved, or became another.
    ("take 12.5 mg of it", "take 125 mg of it", 1, 1),
    ("Stop taking it.", "Stop taking it!", 1, 1),
    ("Stop taking it", "Stop taking it!", 0, 1),
    ("one (two) three", "one two three", 1, 1),
    ("below 5 it is &lt; so", "below 5 it is &gt; so", 1, 1),
    ("0. 5 mg is taken", "0.5 mg is taken", 2, 1),
    ("no, stop it now", "no stop it now", 1, 0),
    # A part of a word makes another word of it.
    ("take 5 mg of it", "take 5<em>0</em> mg of it", 1, 1),
    ("take 5 of it", "take 5<em>%</em> of it", 1, 1),
    ("so a x<em>b</em> it is", "so a<em>b</em> it is", 2, 1),
    ("CO<sub>2</sub> is (not) it", "CO<sub>2</sub>, is (not) it", 0, 1),
    # Emphasis and links: one out, one in.
    ("do <em>not</em> stop", "do <strong>not</strong> stop", 1, 1),
    ("do not stop", "do <em>not stop</em>", 2, 2),
    ("10<sup>3</sup> of it", "10<sub>3</sub> of it", 1, 1),
    ('see <a href="/a/">this page</a>.', 'see <a href="/b/">this page</a>.', 2, 2),
    ('call <a href="tel:988">988</a>', 'call <a href="tel:989">988</a>', 1, 1),
    # A break between two words.
    ("a<br>b", "a b", 1, 0),
    ("one two three four</p><p>five", "one two three four five", 1, 1),
    ("每天服用12.5毫克，睡前服用。", "每天服用25毫克，睡前服用。", 1, 1),
    ("不要突然停药。", "要突然停药。", 1, 0),
]  # fmt: skip


def test_what_changed_in_a_text_is_counted() -> None:
    for before, after, out, into in CHANGES:
        there = _count(f"<p>{before}</p>", f"<p>{after}</p>")
        back = _count(f"<p>{after}</p>", f"<p>{before}</p>")

        assert (there.taken_out, there.put_in, there.uncounted) == (out, into, ()), before
        assert (back.taken_out, back.put_in, back.uncounted) == (into, out, ()), before


@pytest.mark.parametrize(
    ("before", "after", "out", "into"),
    [
        # Another form says of all its words something else.
        ("<p>Risks of it</p>", "<h3>Risks of it</h3>", 3, 3),
        ("<ul><li><p>one two</p></li></ul>", "<ol><li><p>one two</p></li></ol>", 2, 2),
        ("<p>one two</p>", "<blockquote><p>one two</p></blockquote>", 2, 2),
        # The number that a list begins at; those after it only follow.
        ("<ol><li><p>one two</p></li><li><p>three</p></li></ol>",
         '<ol start="4"><li><p>one two</p></li><li><p>three</p></li></ol>', 2, 2),
        ("<p>one</p><p>two</p>", "<p>one</p><hr><p>two</p>", 0, 1),
        # What moved is taken out there and put in here.
        ("<p>one two</p><p>five</p><p>ten</p>", "<p>five</p><p>ten</p><p>one two</p>", 2, 2),
        # Tables: a dose, a row, a column, a heading, and text that became one.
        (table("Week | Dose", "1 | 5 mg"), table("Week | Dose", "1 | 10 mg"), 1, 1),
        (table("Week | Dose", "1 | 5 mg", "2 | 10 mg"), table("Week | Dose", "1 | 10 mg",
         "2 | 5 mg"), 2, 2),
        (table("Week | Dose", "1 | 5 mg"), table("Week | Dose"), 3, 0),
        (table("Week | Dose", "1 | 5 mg"), table("Week | | Dose", "1 | a b | 5 mg"), 0, 3),
        (table("one two", head=False), table("one two"), 2, 2),
        ("<p>one two</p>", table("one | two", head=False), 2, 2),
        (table("one", "two", head=False), table("one", "", "two", head=False), 0, 1),
        (table("one | two", head=False), table("one | ", head=False), 1, 0),
    ],
)  # fmt: skip
def test_forms_places_and_cells_are_counted(before: str, after: str, out: int, into: int) -> None:
    there, back = _count(before, after), _count(after, before)

    assert (there.taken_out, there.put_in) == (out, into)
    assert (back.taken_out, back.put_in) == (into, out)


def _rows(*texts: str, group: str = "Points") -> list[Part]:
    return [
        Part(f"{text[0]}.text", "Text", text, row=text[0], group=group, number=at)
        for at, text in enumerate(texts, 1)
    ]


def test_a_row_that_moved_counts_its_words_at_both_places() -> None:
    before, after = _rows("a one two", "b three", "c"), _rows("b three", "c", "a one two")

    assert count(comparison.compare(before, after)) == Count(3, 3, 6)
    # Changed as well, all of it is new in its place.
    changed = count(comparison.compare(before, _rows("b three", "c", "a one ten five")))
    assert changed == Count(4, 3, 6)


def test_a_number_that_follows_from_the_rows_before_is_not_counted() -> None:
    before, after = _rows("a one", "b two"), _rows("c new row", "a one", "b two")

    assert count(comparison.compare(before, after)) == Count(3, 0, 4)


def test_headings_and_parts_for_machines_count_as_all_others_do() -> None:
    before = [Part("slug", "Address", "adhd"), Part("labels.safety", "Heading", "Risks of it")]
    after = [Part("slug", "Address", "add"), Part("labels.safety", "Heading", "Risks of all")]

    assert count(comparison.compare(before, after)) == Count(2, 2, 4)


def test_nothing_changed_is_nothing_counted() -> None:
    parts = [Part("x", "X", "<p>one two</p>", html=True), Part("y", "Y", "")]

    assert count(comparison.compare(parts, parts)) == Count(0, 0, 2)
    assert count(comparison.compare(parts, parts[:1])) == Count(0, 0, 2)


def test_what_reads_the_same_and_is_written_differently_is_not_counted_and_says_so() -> None:
    lists = "<ul><li><p>a</p></li></ul><ul><li><p>b</p></li></ul>"
    joined = lists.replace("</ul><ul>", "")

    for before, after in [(lists, joined), ("<p>a b</p>", "<p>a  b</p>"), ("", "<p></p>")]:
        assert _count(before, after).uncounted == ("X",), after
    hidden = _count("<p>ab</p>", "<p>a\u200bb</p>")
    assert (hidden.changed, hidden.uncounted) == (2, ("X",))


def test_what_was_not_compared_to_its_end_says_so_and_counts_as_replaced() -> None:
    before, after = long_texts.pair("sentences of two")
    found = count(comparison.compare(before, after))

    assert found.uncounted == ("X",)
    assert found.changed == found.taken_out + found.put_in
    assert found.total == len(read_words(before))
    assert found.changed >= _fewest(before, after)


def test_a_comparison_that_may_cost_nothing_counts_all_as_replaced() -> None:
    before, after = _rows("a one two", "b three"), _rows("a one ten", "b three")
    found = count(comparison.compare(before, after, looks=0))

    assert found == Count(3, 3, 5, ("Points, 1",))


def _bare(parts: Sequence[Part]) -> Counter[str]:
    words = (word.strip("([“‘\"')].,;:!?…”’、。") for word in read_words(parts))
    return Counter(word for word in words if word)


def _fewest(before: Sequence[Part], after: Sequence[Part]) -> int:
    """How many words stand in one document and not in the other, wherever they stand."""
    old, new = _bare(before), _bare(after)
    return ((old - new) + (new - old)).total()


DOCUMENTS = documents() | st.builds(
    lambda texts: [Part(f"{at}", "X", text, html=True) for at, text in enumerate(texts)],
    st.lists(WILD, max_size=3),
)


@limits(max_examples=100, deadline=None)
@given(before=documents(), after=documents(), looks=st.integers(0, 9000))
def test_never_less_than_what_must_be_read_again(
    before: list[Part], after: list[Part], looks: int
) -> None:
    for most in (looks, DESK_LOOKS):
        diff = comparison.compare(before, after, looks=most)
        assert count(diff).changed >= _fewest(before, after)


@limits(max_examples=100, deadline=None)
@given(before=DOCUMENTS, after=DOCUMENTS, looks=st.integers(0, 9000))
def test_whatever_differs_is_counted_or_named(
    before: list[Part], after: list[Part], looks: int
) -> None:
    for most in (looks, DESK_LOOKS):
        diff = comparison.compare(before, after, looks=most)
        found = count(diff)

        assert min(found.put_in, found.taken_out, found.total) >= 0
        assert bool(diff) == bool(found.changed or found.uncounted)


@limits(max_examples=60, deadline=None)
@given(documents())
def test_a_document_that_came_or_went_counts_all_of_its_words(parts: list[Part]) -> None:
    come, gone = count(comparison.compare([], parts)), count(comparison.compare(parts, []))

    assert come.put_in == gone.taken_out
    assert (come.taken_out, come.total, gone.put_in) == (0, 0, 0)
    assert gone.total <= gone.taken_out
