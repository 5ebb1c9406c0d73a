"""Words as a search compares them."""

from __future__ import annotations

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


def test_runs_of_chinese_and_japanese_are_held_as_pairs() -> None:
    for text, held in {
        "抑郁症": "抑郁 郁症 症",
        "症": "症",
        "双相II型障碍": "双相 相 ii 型障 障碍 碍",
        "うつ病の治療。ケタミン": "うつ つ病 病の の治 治療 療 ケタ タミ ミン ン",
        "ｹﾀﾐﾝ": "ケタ タミ ミン ン",
        "Mood 悲傷!": "mood 悲傷 傷",
        "우울증 치료": folding.fold("우울증 치료"),
    }.items():
        assert folding.spread(text) == held


def test_a_long_run_is_held_to_its_end() -> None:
    run = "抑郁症" * 100
    assert folding.spread(run).split() == [run[at : at + 2] for at in range(300)]


def test_a_question_in_chinese_asks_for_each_pair_once() -> None:
    asked = folding.query("抑郁症 SSRI 症")
    assert [(term.letters, term.begins) for term in asked.terms] == [
        ("抑郁", False),
        ("郁症", False),
        ("ssri", True),
        ("症", True),
    ]
    assert asked.folded == "抑郁 郁症 症 ssri 症"
    assert [term.letters for term in folding.query("病").terms] == ["病"]
