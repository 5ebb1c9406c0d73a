"""Plain text holds nothing that a reviewer cannot see, and no forged review line."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from reviews.text import lines
from tests.undoing import Case

HIDDEN = {
    "NUL": "\x00",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "carriage return": "\r",
    "lone surrogate": "\ud800",
    "Arabic letter mark": "\u061c",
    "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f",
    "embedding": "\u202a",
    "override": "\u202e",
    "isolate": "\u2066",
    "pop isolate": "\u2069",
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "Mongolian vowel separator": "\u180e",
    "soft hyphen": "\u00ad",
    "tag letter": "\U000e0041",
    "interlinear annotation": "\ufff9",
    "variation selector on a letter": "\ufe0f",
    "ideographic variation selector": "\U000e0100",
    "last variation selector": "\U000e01ef",
    "Mongolian variation selector": "\u180b",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "private use": "\ue000",
    "noncharacter": "\uffff",
    "unassigned": "\u0378",
    "grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "blank Braille": "\u2800",
    "replacement character": "\ufffd",
    "non-breaking space": "\u00a0",
    "Ogham space": "\u1680",
    "joiner between Latin letters": "\u200d",
    "non-joiner between Latin letters": "\u200c",
}

HONEST = {
    "Vietnamese": "Trầm cảm kháng điều trị",
    "Vietnamese in capitals": "ĐIỀU TRỊ NGHIỆN",
    "Yoruba": "Ẹ̀kọ́ ìlera",
    "Hebrew with points": "שָׁלוֹם",
    "Arabic with vowels": "الصِّحَّةُ النَّفْسِيَّة",
    "Persian with a non-joiner": "می\u200cخواهم",
    "Hindi": "मानसिक स्वास्थ्य",
    "Hindi with a joiner": "क्\u200dष",
    "Bengali with a joiner before the virama": "র\u200d্য",
    "Thai": "ที่นี่",
    "Burmese": "လွှို့ဝှက်",
    "Khmer": "សុខភាពផ្លូវចិត្ត",
    "Chinese": "抑郁症",
    "Korean": "우울증",
    "emoji with a selector": "❤\ufe0f",
    "family": "👩\u200d👩\u200d👧",
    "health worker": "👩🏽\u200d⚕\ufe0f",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "keycap": "1\ufe0f\u20e3",
    "flag": "🇺🇸",
    "medicine": "5-HT₂A, ≥ 20 µg/L, α₂, ±3 °C, “quoted” – and more…",
}

CLAIMS = [
    "Last reviewed by Jane Roe",
    "LAST  REVIEWED\n by Jane Roe",
    "Last reviewed: May 31, 2026",
    "All good. Last reviewed on May 31, 2026",
    "𝐋𝐚𝐬𝐭 reviewed by Jane Roe",
    "Medically reviewed by Jane Roe",
    "This page is medically-reviewed.",
    "Medically reviewed on May 31",
    "Clinically reviewed",
    "Reviewed by Dr. Roe",
    "The text was reviewed by Dr Roe",
    "It was reviewed by Jane Roe, MD",
    "Reviewed by: the clinic",
    "Reviewed on May 31, 2026",
    "Page last reviewed: 3 May 2026",
    "This page was last reviewed in May",
    "This article has been reviewed by our team",
    "Last updated on May 31, 2026",
    "Good words. Last updated: May 31",
    "Last updated May 2026",
    "Date reviewed: May 31",
    "Date of last review: May 31",
    "Review date: May 31",
    "Next review due: May 31",
    "Last medical review: May 31",
    "Medical reviewer: Jane Roe",
]

INNOCENT = [
    "Your plan is reviewed by your therapist each week.",
    "Your information is reviewed by a clinician; do not send it by mail.",
    "Your plan is reviewed by your therapist, do not stop it yourself.",
    "This page is a sample, not reviewed by a practicing physician.",
    "This sample page has not been reviewed by a practicing physician.",
    "It has not been medically reviewed.",
    "The guideline was last updated in 2023.",
    "Approved by the FDA in 2019, esketamine is given at a certified site.",
    "Each dose is checked by a nurse.",
    "Since your last review, has anything changed?",
    "The study was peer-reviewed by three experts.",
    "Roe J. Ketamine in depression: a review. JAMA. Updated August 2, 2018. Accessed May 1, 2026.",
    "Roe J. Clinical review: Bipolar disorder. BMJ. 2012;345:e8508.",
    "Your doctor reviewed your records.",
]


def test_a_hidden_character_is_refused_with_its_place_and_code_point(case: Case) -> None:
    for character in HIDDEN.values():
        with case(character=character):
            with pytest.raises(ValidationError) as refusal:
                lines.check_characters(f"abc{character}def")
            assert f"Character 4, after “abc”, is U+{ord(character):04X} (" in refusal.value.message


def test_real_writing_passes_unchanged_in_nfc(case: Case) -> None:
    for words in HONEST.values():
        with case(words=words):
            assert lines.clean_line(words, maximum=100) == unicodedata.normalize("NFC", words)


def test_a_joiner_or_selector_without_both_neighbors_is_refused(case: Case) -> None:
    for words in (
        "\u200dक",
        "क\u200d",
        "می\u200c",
        "a👩\u200d",
        "👩\u200ca",
        "👩\u200c👩",
        "\ufe0f",
    ):
        with case(words=words), pytest.raises(ValidationError, match="nobody can see"):
            lines.check_characters(words)


@pytest.mark.parametrize("words", ["1\ufe0f", "°\ufe0f", "क\ufe0f", "☺\ufe00"])
def test_a_selector_that_changes_nothing_is_refused(words: str) -> None:
    with pytest.raises(ValidationError, match="nobody can see"):
        lines.check_characters(words)


def test_two_diacritics_on_a_letter_pass_and_three_do_not() -> None:
    lines.check_characters("q\u0301\u0323")
    with pytest.raises(ValidationError, match=r"Character 4.*mark too many"):
        lines.check_characters("q\u0301\u0323\u0304")


def test_six_marks_of_a_script_pass_and_seven_do_not() -> None:
    lines.check_characters("က" + "\u102d" * 6)
    with pytest.raises(ValidationError, match="mark too many"):
        lines.check_characters("က" + "\u102d" * 7)


def test_a_mark_without_a_letter_is_refused(case: Case) -> None:
    for base in ("", " ", "<", ">", "=", ";", '"', "'", "&", "\n", "."):
        with case(base=base), pytest.raises(ValidationError, match="a mark without a letter"):
            lines.check_characters(f"{base}\u0301", lines=True)


def test_no_character_composes_with_ascii_markup_but_those_that_normalise_refuses() -> None:
    """The safety of NFC beside markup rests on this fact about Unicode."""
    everything = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    split = (unicodedata.normalize("NFD", character) for character in everything)
    on_signs = {
        parts for parts in split if len(parts) > 1 and parts.isascii() is False
        and parts[0].isascii() and not parts[0].isalnum()
    }  # fmt: skip
    assert on_signs == {"<\u0338", "=\u0338", ">\u0338"}
    for parts in on_signs:
        with pytest.raises(ValidationError, match="a sign of markup"):
            lines.normalise(f"p{parts}")


def test_a_long_run_of_marks_is_refused_before_it_is_ordered() -> None:
    with pytest.raises(ValidationError, match="mark too many"):
        lines.normalise("a" + "\u0301\u0323" * 20)


def test_line_feeds_pass_only_where_the_caller_allows_lines() -> None:
    lines.check_characters("a\nb", lines=True)
    with pytest.raises(ValidationError, match=r"Character 2.*U\+000A"):
        lines.check_characters("a\nb")


def test_a_line_is_trimmed_composed_and_gets_plain_spaces() -> None:
    line = lines.clean_line("\u00a0 Cafe\u0301\u202f5\u00a0mg \r\n", maximum=9)
    assert line == "Café 5 mg"


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "a\r\nb", "a\u2028b"])
def test_a_line_holds_no_break_or_tab(value: str) -> None:
    with pytest.raises(ValidationError, match="Character 2"):
        lines.clean_line(value, maximum=10)


@pytest.mark.parametrize("value", ["abcd", "\u0958\u0958", "a" * 100_000])
def test_a_line_longer_than_its_maximum_is_refused_as_it_would_be_stored(value: str) -> None:
    with pytest.raises(ValidationError, match="at most 3 fit"):
        lines.clean_line(value, maximum=3)


def test_a_line_is_measured_after_composing() -> None:
    assert lines.clean_line("e\u0301e\u0301e\u0301", maximum=3) == "ééé"


def test_lines_are_cleaned_one_by_one_and_blank_ones_dropped() -> None:
    assert lines.clean_lines(" TRD\r\n\r\nlow mood \rDepression\n", maximum=10) == (
        "TRD\nlow mood\nDepression"
    )


@pytest.mark.parametrize("value", ["TRD\nTRD", "TRD\n trd"])
def test_an_item_that_stands_twice_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="there twice"):
        lines.clean_lines(value, maximum=10)


def test_a_note_keeps_its_lines_and_may_speak_of_reviews() -> None:
    note = lines.clean_text(" Last reviewed by Jane:\r\n\r\n\tok\u00a0cafe\u0301 \n", maximum=40)
    assert note == "Last reviewed by Jane:\n\n ok café"


def test_a_note_is_neither_too_long_nor_holds_hidden_characters(case: Case) -> None:
    for value in ("a" * 41, "a" * 1000, "a\u200bb", "a\x00b", "a\ud800"):
        with case(value=value), pytest.raises(ValidationError):
            lines.clean_text(value, maximum=40)


def test_one_bad_line_refuses_all_lines() -> None:
    with pytest.raises(ValidationError, match=r"U\+200B"):
        lines.clean_lines("good\nb\u200bad", maximum=10)


def test_text_that_is_not_in_its_frozen_form_is_refused(case: Case) -> None:
    for value in ("e\u0301", "a\r\nb", "a\u200bb", "a\tb", "\u00a0"):
        with case(value=value), pytest.raises(ValidationError):
            lines.check_is_frozen_form(value)


def test_text_in_its_frozen_form_passes() -> None:
    lines.check_is_frozen_form("é\nb")


def test_a_forged_review_line_is_refused(case: Case) -> None:
    made_by_the_site = "made by the site from the signature; take it out"
    for claim in CLAIMS:
        with case(claim=claim), pytest.raises(ValidationError, match=made_by_the_site):
            lines.check_no_review_claim(claim)


def test_a_sentence_about_reviews_in_medicine_passes(case: Case) -> None:
    for sentence in INNOCENT:
        with case(sentence=sentence):
            lines.check_no_review_claim(sentence)


def test_a_line_and_each_of_several_lines_refuse_a_forged_review_line() -> None:
    for clean in (lines.clean_line, lines.clean_lines):
        with pytest.raises(ValidationError, match="take it out"):
            clean("Last reviewed by Jane Roe", maximum=100)
