"""The stretches of a text that answer a search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.text import excerpts, folding


def _marked(text: str, asked: str) -> list[str]:
    """Each excerpt as text, with [what is marked]."""
    return [
        "".join(f"[{run.text}]" if run.marked else run.text for run in stretch)
        for stretch in excerpts.excerpts(text, folding.query(asked).terms)
    ]


def test_an_excerpt_marks_what_was_asked_for_and_keeps_the_words() -> None:
    assert _marked("Nothing.\nA Feeling of émptiness, then.", "feel empty") == [
        "A [Feeling] of [émptiness], then."
    ]


def test_an_excerpt_is_short_and_says_where_it_was_cut() -> None:
    text = "start " * 60 + "needle " + "end " * 60

    (stretch,) = _marked(text, "needle")

    assert len(stretch) < 240
    assert stretch.startswith("…start")
    assert stretch.endswith("end…")


def test_terms_in_two_places_give_two_excerpts_in_the_text_s_order() -> None:
    assert _marked("One cat.\nOther.\nOne dog.", "dog cat") == ["One [cat].", "One [dog]."]


def test_the_nearest_together_comes_before_the_first() -> None:
    text = f"alpha {'x ' * 50} beta\nalpha beta"

    assert _marked(text, "alpha beta") == ["[alpha] [beta]"]


def test_chinese_and_japanese_are_marked_where_they_stand_in_a_run() -> None:
    for text, asked, marked in [
        ("他患有抑郁症多年。", "抑郁症", "他患有[抑郁症]多年。"),
        ("他患有抑郁症多年。", "症", "他患有抑郁[症]多年。"),
        ("うつ病の治療にケタミン。", "ケタミン うつ病", "[うつ病]の治療に[ケタミン]。"),
        ("用lithium治疗", "lithium", "用[lithium]治疗"),
    ]:
        assert _marked(text, asked) == [marked]


def test_a_text_without_the_words_has_no_excerpt() -> None:
    assert _marked("Something else.", "needle") == []


class _Counted(list[excerpts.Hit]):
    """Counts how often one of its items is handed out."""

    handed = 0

    def __getitem__(self, at: Any) -> Any:
        taken = super().__getitem__(at)
        self.handed += len(taken) if isinstance(at, slice) else 1
        return taken

    def __iter__(self) -> Iterator[excerpts.Hit]:
        return (self[number] for number in range(len(self)))

    def __reversed__(self) -> Iterator[excerpts.Hit]:
        return (self[number] for number in reversed(range(len(self))))


def test_a_word_said_often_is_read_a_few_times_only() -> None:
    hits = _Counted((at, at + 1, "t0") for at in range(0, 2000, 2))

    assert len(list(excerpts._stretches("a " * 1000, hits))) == len(hits)

    assert hits.handed <= 3 * len(hits)


@settings(max_examples=100)
@given(st.text(alphabet="abc  ", max_size=500), st.sampled_from(["a", "a b", "a b c", "ab c"]))
def test_a_stretch_is_the_shortest_with_as_many_terms(line: str, asked: str) -> None:
    hits = excerpts._hits(line, excerpts._pattern(folding.query(asked).terms))

    stretches = excerpts._stretches(line, hits)

    for (start, *_), stretch in zip(hits, stretches, strict=True):
        near = [hit for hit in hits if 0 <= hit[0] - start <= 160]
        ends = {term: end for _, end, term in reversed(near)}
        assert stretch.terms == set(ends)
        assert (stretch.start, stretch.width) == (start, max(ends.values()) - start)


@settings(max_examples=100)
@given(st.text(), st.text(max_size=60))
def test_an_excerpt_is_a_part_of_the_text(text: str, asked: str) -> None:
    for stretch in excerpts.excerpts(text, folding.query(asked).terms):
        assert "".join(run.text for run in stretch).strip("…") in text
        assert any(run.marked for run in stretch)
