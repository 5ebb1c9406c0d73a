"""What a comparison costs is bounded, whatever it is of: in counted work, never in time."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from math import isqrt
from typing import Any

import pytest
from django.template.loader import render_to_string

from reviews.diff import alignment, comparison, matching, patience, words
from reviews.diff.markup import read
from reviews.diff.patience import PUBLIC_LOOKS
from reviews.reviewable import Part
from tests import long_texts
from tests.differences import Shown, read_words, told


class Work:
    """Counts likenesses, looks and words read as they are done, whatever was granted."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.likenesses = self.looks = self.words = 0
        likeness, search = alignment.likeness, SequenceMatcher.find_longest_match
        pieces = words._pieces

        def compared(*pair: Any) -> float:
            self.likenesses += 1
            return likeness(*pair)

        def searched(matcher: Any, start: int, end: int, *others: int) -> Any:
            self.looks += sum(1 + len(matcher.b2j.get(one, ())) for one in matcher.a[start:end])
            return search(matcher, start, end, *others)

        def read_apart(chunk: str) -> list[str]:
            self.words += 1
            return pieces(chunk)

        patch.setattr(words, "_pieces", read_apart)
        patch.setattr(alignment, "likeness", compared)
        patch.setattr(SequenceMatcher, "find_longest_match", searched)

    @property
    def done(self) -> int:
        """All in looks."""
        read_words = self.words * patience.WORD
        return self.likenesses * patience.LIKENESS + self.looks + read_words


def _brief(before: list[Part], after: list[Part]) -> tuple[comparison.Diff, str]:
    """A comparison for a public page, and what is shown of it."""
    found = comparison.compare(before, after, looks=PUBLIC_LOOKS, brief=True)
    return found, render_to_string("reviews/diff.html", {"diff": found})


def _long(kind: str, *, size: int = 64_000, fields: int) -> tuple[list[Part], list[Part]]:
    """The same long text in so many fields, and another in its place."""
    before, after = (
        [replace(text, key=f"x{at}") for at in range(fields)]
        for (text,) in long_texts.pair(kind, size=size)
    )
    return before, after


def test_blocks_are_compared_at_most_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (30, 190, 600):
        work = Work(monkeypatch)
        old, new = (
            read("".join(f"<p>{word} {number}</p>" for number in range(count)), html=True)
            for word in ("old", "new")
        )

        alignment.aligned(old, new, patience.Patience(patience.DESK_LOOKS))

        # Quadratic for short lists, linear beyond.
        most = count * min(count, isqrt(alignment.MOST_COMPARISONS))
        assert 0 < work.likenesses <= most, count


def test_words_are_never_searched_for_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    matcher = matching._Matcher

    def counted(old: list[Any], new: list[Any], left: patience.Patience) -> Any:
        searched.append(matching._looks(old, new))
        return matcher(old, new, left)

    monkeypatch.setattr(matching, "_Matcher", counted)
    told(f"<p>{'very so ' * 3000}</p>", f"<p>{'so very more. ' * 3000}</p>")

    assert max(searched) <= matching.MOST_LOOKS


@pytest.mark.parametrize("fields", [1, 4, 60])
def test_a_whole_comparison_takes_only_so_many_looks(
    fields: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What stayed, and the headings, have a quarter more.
    most = PUBLIC_LOOKS + PUBLIC_LOOKS // 4
    for kind in long_texts.HOSTILE:
        before, after = _long(kind, size=16_000 if fields == 4 else 64_000, fields=fields)
        work = Work(monkeypatch)

        found, html = _brief(before, after)

        assert work.done <= found.spent <= most, kind
        assert html.count("diff-line") * patience.LINE <= most, kind
        # Both texts stand there at most once, each sign of it in a few.
        assert len(html) <= 6 * patience.PLAIN * PUBLIC_LOOKS, kind
        assert comparison.accepted(found) == after
        assert comparison.rejected(found) == before


def _rows(*texts: str) -> list[Part]:
    return [
        Part(f"{at}.text", "Text", text, html=True, row=f"{at}", group="Points")
        for at, text in enumerate(texts)
    ]


def test_what_is_too_much_to_mark_is_shown_as_it_was_and_as_it_is() -> None:
    before, after = long_texts.pair("paragraphs")
    before[0] = Part("x0", "X", f"<p>R&amp;D<br>x</p>{before[0].content}", html=True)

    found, html = _brief(before, after)

    assert html.count("too much changed to mark") == 1
    shown = Shown(html)
    assert shown.text("diff-words", without="ins") == read_words(before)
    assert shown.text("diff-words", without="del") == read_words(after)
    assert html.count("<del>") == html.count("<ins>") == 1
    assert bool(found)


def test_a_long_part_that_was_written_anew_takes_no_marks_from_a_dose() -> None:
    before, after = _long("paragraphs", fields=12)
    before += _rows("<p>Take 12.5 mg at night.</p>")
    after += _rows("<p>Take 25 mg at night.</p>")

    _, html = _brief(before, after)

    assert html.count("too much changed to mark") == 12
    assert "removed: </span>12.5</del>" in html
    assert "added: </span>25</ins>" in html


def test_what_is_too_long_even_to_be_shown_says_so() -> None:
    _, html = _brief(*_long("paragraphs", fields=60))

    assert html.count("too much changed to mark, too long to show here") > 0
    assert "60 changed." in html


def test_rows_that_are_too_many_are_counted() -> None:
    found, html = _brief(_rows(*["<p>one of them</p>"] * 900), _rows(*["<p>two of them</p>"] * 900))

    shown = html.count('class="diff-row')
    assert 0 < shown < 900
    assert f"{900 - shown} more changed, which are too many to show here" in html
    assert found.counted == "900 changed"


def test_a_page_that_was_edited_throughout_is_marked_throughout() -> None:
    texts = [f"<p>{f'Point {at} says that this is so and not so. ' * 6}</p>" for at in range(40)]
    changed = [text.replace("so and", "thus and", 1) for text in texts]

    _, html = _brief(_rows(*texts), _rows(*changed))

    assert html.count("<ins>") == html.count("<del>") == 40
    assert "too m" not in html


def test_a_brief_comparison_only_counts_what_stayed() -> None:
    texts = [f"<p>Paragraph {number} of them</p>" for number in range(9)]
    before = [*_rows("".join(texts)), Part("y", "Y", "kept words")]
    after = [*_rows("".join([*texts[:5], "<p>Paragraph five</p>", *texts[6:]])), before[1]]

    _, html = _brief(before, after)

    assert "4 unchanged paragraphs" in html
    assert "1 unchanged part" in html
    assert "details" not in html
    assert "Paragraph 4 of them" in html
    assert "Paragraph 3 of them" not in html
    assert "kept words" not in html


def test_nothing_is_left_out_on_the_desk() -> None:
    before, after = _long("long sentences", fields=2)
    found = comparison.compare(before, after, looks=0)

    shown = Shown(render_to_string("reviews/diff.html", {"diff": found}))

    assert shown.text("diff-words", without="ins") == read_words(before)
    assert shown.text("diff-words", without="del") == read_words(after)


def test_a_row_that_moved_is_told_by_its_first_words_however_long_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = f"<p>First of <em>the</em> words, &lt;{' and more' * 7000}</p>"
    before = _rows(long, "<p>b</p>", "<p>c</p>")
    after = [*before[1:], before[0]]
    work = Work(monkeypatch)
    (left,) = [row for row in comparison.compare(before, after).found if row.left]

    assert left.excerpt == "First of the words, < and more…"
    assert 0 < work.words < 200
