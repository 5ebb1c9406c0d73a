"""Words as a search compares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.text import folding
from tests.undoing import Case


def test_case_accents_and_signs_do_not_count(case: Case) -> None:
    for text, folded in (
        ("Storebø’s CAFÉ", "storebos cafe"),
        ("post-traumatic stress/strain", "post traumatic stress strain"),
        ("can't, can’t", "cant cant"),
        ("İstanbul straße ﬁt ½", "istanbul strasse fit 1 2"),
        ("e\u0301 \u0130 \ud800 \x00 😀 \u202eab", "e i ab"),
        ("\"* NEAR( : - ! & | <-> ' %_\\", "near"),
        ("", ""),
    ):
        with case(text=text, folded=folded):
            assert folding.fold(text) == folded


@settings(max_examples=100)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = folding.fold(text)

    assert folding.fold(folded) == folded
    assert all(word.isalnum() and len(word) <= 64 for word in folded.split())


def test_words_of_a_family_have_a_common_root(case: Case) -> None:
    for family in (
        "feel feeling feelings",
        "treat treated treating",
        "depress depressed",
        "therapy therapies",
        "disorder disorders",
        "empty emptiness",
        "stop stops stopping stopped",
        "illness",
        "crisis",
        "die",
    ):
        with case(family=family):
            roots = {folding.root(word) for word in family.split()}

            assert len(roots) == 1
            assert all(word.startswith(root) for word in family.split() for root in roots)


def test_small_words_are_left_out_unless_there_are_no_others() -> None:
    assert [term.letters for term in folding.query("Why do I feel so bad").terms] == ["feel", "bad"]
    assert [term.letters for term in folding.query("who am I").terms] == ["who", "am", "i"]
    assert not folding.query("?! …")


@pytest.mark.parametrize("typed", ["ﷺ" * 200, "word " * 4000, " ".join(map(str, range(999)))])
def test_a_query_is_bounded_however_long_it_becomes(typed: str) -> None:
    query = folding.query(typed)

    assert 0 < len(query.folded) <= 200
    assert 0 < len(query.terms) <= 20


def test_likeness_is_that_of_a_misspelled_name_not_of_another() -> None:
    names = "borderline personality disorder\nbpd"

    assert folding.likeness("borderline personality disorder", names) == 1
    assert folding.likeness("bordeline personalty disorder", names) > 0.6
    assert folding.likeness("bordeline", names) > 0.6
    assert folding.likeness("chronic pain", names) == 0
    assert folding.likeness("", "") == 0


def _marked(text: str, asked: str) -> list[str]:
    """Each excerpt as text, with [what is marked]."""
    return [
        "".join(f"[{run.text}]" if run.marked else run.text for run in stretch)
        for stretch in folding.excerpts(text, folding.query(asked).terms)
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


def test_a_text_without_the_words_has_no_excerpt() -> None:
    assert _marked("Something else.", "needle") == []


class _Counted(list[folding.Hit]):
    """Counts how often one of its items is handed out."""

    handed = 0

    def __getitem__(self, at: Any) -> Any:
        taken = super().__getitem__(at)
        self.handed += len(taken) if isinstance(at, slice) else 1
        return taken

    def __iter__(self) -> Iterator[folding.Hit]:
        return (self[number] for number in range(len(self)))

    def __reversed__(self) -> Iterator[folding.Hit]:
        return (self[number] for number in reversed(range(len(self))))


def test_a_word_said_often_is_read_a_few_times_only() -> None:
    hits = _Counted((at, at + 1, "t0") for at in range(0, 2000, 2))

    assert len(list(folding._stretches("a " * 1000, hits))) == len(hits)

    assert hits.handed <= 3 * len(hits)


@settings(max_examples=100)
@given(st.text(alphabet="abc  ", max_size=500), st.sampled_from(["a", "a b", "a b c", "ab c"]))
def test_a_stretch_is_the_shortest_with_as_many_terms(line: str, asked: str) -> None:
    hits = folding._hits(line, folding._pattern(folding.query(asked).terms))

    stretches = folding._stretches(line, hits)

    for (start, *_), stretch in zip(hits, stretches, strict=True):
        near = [hit for hit in hits if 0 <= hit[0] - start <= 160]
        ends = {term: end for _, end, term in reversed(near)}
        assert stretch.terms == set(ends)
        assert (stretch.start, stretch.width) == (start, max(ends.values()) - start)


@settings(max_examples=100)
@given(st.text(), st.text(max_size=60))
def test_an_excerpt_is_a_part_of_the_text(text: str, asked: str) -> None:
    for stretch in folding.excerpts(text, folding.query(asked).terms):
        assert "".join(run.text for run in stretch).strip("…") in text
        assert any(run.marked for run in stretch)
