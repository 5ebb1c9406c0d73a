"""Text of scripts that put no spaces between words: it is compared sign by sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from reviews.diff import comparison
from reviews.diff.markup import read
from reviews.diff.words import words
from reviews.reviewable import Part
from tests.differences import told


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("每天服用12.5毫克。", ["每", "天", "服", "用", "12.5", "毫", "克", "。"]),
        ("うつ病の治療", ["う", "つ", "病", "の", "治", "療"]),
        ("サーバー", ["サ", "ー", "バ", "ー"]),
        # A letter and the marks on it are one sign, and so is a stack of Khmer letters.
        ("กินวันละ", ["กิ", "น", "วั", "น", "ล", "ะ"]),
        ("ថ្នាំ", ["ថ្នាំ"]),
        ("か\u3099", ["か\u3099"]),
        ("ມື້", ["ມື້"]),
        # Numbers and words in other letters stay whole, full width too.
        ("用SSRI治", ["用", "SSRI", "治"]),
        ("１２ｍｇ、", ["１２ｍｇ", "、"]),
        ("一日（2次）", ["一", "日", "（", "2", "次", "）"]),
        # Korean parts its words with spaces.
        ("매일 복용", ["매일", "복용"]),
        ("(用)", ["(", "用", ")"]),
    ],
)
def test_signs_of_scripts_without_spaces_are_words_of_their_own(
    text: str, pieces: list[str]
) -> None:
    found = words(text)

    assert [word.text for word in found] == pieces
    assert [word.glued for word in found][1:] == ([" " not in text] * (len(pieces) - 1))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("每天服用12.5毫克，睡前服用。", "每天服用25毫克，睡前服用。",
         "每天服用[-12.5-]{+25+}毫克，睡前服用。"),
        ("不要突然停药。", "要突然停药。", "[-不-]要突然停药。"),
        ("一日二回、食後に飲む。", "一日三回、食後に飲む。", "一日[-二-]{+三+}回、食後に飲む。"),
        ("กินวันละสองเม็ด", "กินวันละสามเม็ด", "กินวันละส[-อง-]{+าม+}เม็ด"),
        # One sign that stayed between two changes is joined to them, two are not.
        ("每天服用两片药", "每日服用三片药", "每[-天-]{+日+}服用[-两-]{+三+}片药"),
        ("甲乙丙丁戊己庚辛", "甲乙一丁二己庚辛", "甲乙[-丙丁戊-]{+一丁二+}己庚辛"),
    ],
)  # fmt: skip
def test_only_the_signs_that_changed_are_marked(before: str, after: str, shown: str) -> None:
    assert told(f"<p>{before}</p>", f"<p>{after}</p>") == [shown]


def test_a_sentence_that_moved_to_another_paragraph_keeps_its_marks() -> None:
    """Paragraphs are paired by neighboring signs: single ones stand in every text."""
    first, second = "抑郁症是一种常见的疾病，可以治疗。", "请不要自己停药，先问你的医生。"
    edited = second.replace("医生", "处方医生")

    assert told(f"<p>{first}</p><p>{second}</p>", f"<p>{edited}</p>") == [
        f"[-{first}-]",
        "请不要自己停药，先问你的{+处方+}医生。",
    ]


def test_a_long_text_without_full_stops_is_compared_phrase_by_phrase() -> None:
    """Thai ends no sentence with a sign: a space parts its phrases."""
    phrases = [f"กินยาวันละ{number}เม็ดหลังอาหาร" for number in range(200)]
    changed = [*phrases]
    changed[20], changed[170] = "กินยาวันละสองเม็ดหลังอาหาร", "กินยาวันละสามเม็ดหลังอาหาร"
    (line,) = told(f"<p>{' '.join(phrases)}</p>", f"<p>{' '.join(changed)}</p>")

    assert line.count("[-") == line.count("{+") == 2
    assert "[-20-]{+สอง+}" in line
    assert "[-170-]{+สาม+}" in line


ASIAN = st.text(st.sampled_from("不天药の治ーกิวั។ថ្នាំ。、 a5.(\n"), max_size=20)


@limits(max_examples=50, deadline=None)
@given(before=ASIAN, after=ASIAN)
def test_no_sign_is_lost(before: str, after: str) -> None:
    old, new = ([Part("x", "X", text)] for text in (before, after))
    found = comparison.compare(old, new)

    assert (comparison.accepted(found), comparison.rejected(found)) == (new, old)
    shown = ["".join(word.text for word in block.words) for block in read(after, html=False)]
    assert "".join(shown).split() == "".join(after.split()).split()
