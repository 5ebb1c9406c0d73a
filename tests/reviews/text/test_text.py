"""Plain text holds nothing that a reviewer cannot see."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.text import characters, lines

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


def _refusal(value: str, *, lines: bool = False) -> str:
    with pytest.raises(ValidationError) as refusal:
        characters.check_characters(value, lines=lines)
    return str(refusal.value.message)


def test_a_hidden_character_is_refused_with_its_code_point_and_the_words_around_it() -> None:
    for name, character in HIDDEN.items():
        sentence = _refusal(f"Take abc{character}def daily.")
        place = "Between “Take abc” and “def daily.” is"
        assert sentence.startswith(f"{place} U+{ord(character):04X} ("), name


def test_all_hidden_characters_are_named_at_once_by_words_and_never_by_an_offset() -> None:
    markup = (
        "<p>\u202eStart low.</p><ul><li>Take <strong>5\u2066 mg</strong> at night.</li>"
        '<li><a href="/a\ue000/">Read</a> R&amp;D\U000e0041\U000e0042\U000e0043</li></ul>'
    )
    assert _refusal(markup) == (
        "Before “Start low. Take” is U+202E (RIGHT-TO-LEFT OVERRIDE), which nobody can see. "
        "Delete it, or type the words around it again. "
        "Between “low. Take 5” and “mg at night.” is U+2066 (LEFT-TO-RIGHT ISOLATE), which nobody "
        "can see. Delete it, or type the words around it again. "
        "Between “mg at night.” and “Read R&D” is U+E000 (a character without a name), a "
        "private character that other computers show differently. Delete it. "
        "After “night. Read R&D” is U+E0041 (TAG LATIN CAPITAL LETTER A), and 2 more after it, "
        "which nobody can see. Delete it, or type the words around it again."
    )
    assert _refusal("\u202e").startswith("Here is U+202E")


def test_a_flood_of_hidden_characters_is_named_in_part_and_counted() -> None:
    sentence = _refusal("a\u202e " * 1000)
    assert sentence.count("U+202E") == 20
    assert sentence.endswith("There are 980 more places like these.")


SHOWS_NOTHING = {
    "soft hyphen": "\u00ad",
    "grapheme joiner": "\u034f",
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "invisible times": "\u2062",
    "byte order mark": "\ufeff",
    "joiner between Latin letters": "\u200d",
    "non-joiner between Latin letters": "\u200c",
    "emoji selector on a letter": "\ufe0f",
}


def test_what_shows_nothing_is_taken_out_and_counted() -> None:
    for name, character in SHOWS_NOTHING.items():
        value = f"{character}abc{character}{character}def 5{character} mg{character}"
        assert characters.remove_invisible(value) == ("abcdef 5 mg", 5), name
        assert lines.clean_line(value, maximum=11) == "abcdef 5 mg", name


def test_what_shows_something_else_is_never_taken_out_in_silence() -> None:
    for name, character in HIDDEN.items():
        if character not in SHOWS_NOTHING.values():
            assert characters.remove_invisible(f"a{character}b") == (f"a{character}b", 0), name


def test_what_may_have_parted_two_numbers_is_refused_instead_of_running_them_together() -> None:
    for between in ("\u00ad", "\x96", " \x96 ", "\u200b", "\u200d\u2060"):
        value = f"Take 10{between}20 mg"
        with pytest.raises(ValidationError, match=r"Between “Take 10” and “20 mg”.*parts the two"):
            lines.clean_line(value, maximum=100)


def test_a_stray_control_is_taken_out_and_one_that_was_a_sign_is_refused() -> None:
    assert characters.remove_invisible("\x93 Sleep \x94 well.\x80") == (" Sleep  well.", 3)
    for lost in ("don\x92t", "5\x96 mg", "\x93\x94", "10 \x96 20 mg"):
        assert characters.remove_invisible(lost) == (lost, 0)
        with pytest.raises(ValidationError, match=r"Delete it|Type the sign"):
            characters.check_characters(lost)


def test_text_that_was_read_in_the_wrong_encoding_is_refused() -> None:
    for words in ("don’t", "½ tablet — daily", "药"):
        with pytest.raises(ValidationError, match="a control character"):
            lines.clean_line(words.encode().decode("latin-1"), maximum=100)
    assert lines.clean_line("né\u00adon na\u00efve\u200b", maximum=100) == "néon naïve"


def test_real_writing_keeps_its_joiners_and_selectors() -> None:
    for name, words in HONEST.items():
        assert characters.remove_invisible(words) == (words, 0), name


@settings(max_examples=300)
@given(
    st.text(st.sampled_from("ab1<>👩❤क्\u0301 \t\n\u00a0\u202f\u200b\u200c\u200d\ufe0f\x96\u034f"))
)
def test_cleaning_twice_is_cleaning_once(value: str) -> None:
    removed, count = characters.remove_invisible(value)
    assert characters.remove_invisible(removed) == (removed, 0)
    assert len(value) - len(removed) == count
    try:
        cleaned = lines.clean_text(value, maximum=1000)
    except ValidationError:
        return
    assert lines.clean_text(cleaned, maximum=1000) == cleaned
    characters.check_is_frozen_form(cleaned)


def test_what_was_taken_out_is_told_in_one_sentence() -> None:
    assert characters.removal(0) == ""
    assert characters.removal(1) == "1 invisible character was removed."
    assert characters.removal(3) == "3 invisible characters were removed."


def test_a_no_break_space_survives_between_a_number_and_its_unit_only() -> None:
    kept = ["5\u00a0mg", "25\u202f%", "10\u202f000", "37\u00a0°C", "1½\u00a0tablets", "5\u00a0µg"]
    kept += ["<strong>5</strong>\u00a0mg", "5\u00a0<em>mg</em>"]
    for words in kept:
        assert lines.clean_line(words, maximum=40) == words
        characters.check_is_frozen_form(words)
    for words in ("a\u00a0b", "5\u00a0\u00a0mg", "5\u00a0- 6", "<li>5</li>\u00a0mg", "5\u2009mg"):
        assert not set(lines.clean_line(words, maximum=40)) & set("\u00a0\u202f\u2009"), words
        with pytest.raises(ValidationError, match="a special space"):
            characters.check_is_frozen_form(words)


def test_a_tab_in_a_line_is_a_space() -> None:
    assert lines.clean_line("\tMood\tdisorder\t", maximum=20) == "Mood disorder"


@pytest.mark.parametrize("words", HONEST.values(), ids=HONEST.keys())
def test_real_writing_passes_unchanged_in_nfc(words: str) -> None:
    assert lines.clean_line(words, maximum=100) == unicodedata.normalize("NFC", words)


@pytest.mark.parametrize(
    "words", ["\u200dक", "क\u200d", "می\u200c", "a👩\u200d", "👩\u200ca", "👩\u200c👩", "\ufe0f"]
)
def test_a_joiner_or_selector_without_both_neighbors_is_refused(words: str) -> None:
    with pytest.raises(ValidationError, match="nobody can see"):
        characters.check_characters(words)


@pytest.mark.parametrize("words", ["1\ufe0f", "°\ufe0f", "क\ufe0f", "☺\ufe00"])
def test_a_selector_that_changes_nothing_is_refused(words: str) -> None:
    with pytest.raises(ValidationError, match="nobody can see"):
        characters.check_characters(words)


def test_two_diacritics_on_a_letter_pass_and_three_do_not() -> None:
    characters.check_characters("q\u0301\u0323")
    with pytest.raises(ValidationError, match=r"After “q.*mark too many"):
        characters.check_characters("q\u0301\u0323\u0304")


def test_six_marks_of_a_script_pass_and_seven_do_not() -> None:
    characters.check_characters("က" + "\u102d" * 6)
    with pytest.raises(ValidationError, match="mark too many"):
        characters.check_characters("က" + "\u102d" * 7)


@pytest.mark.parametrize("base", ["", " ", "<", ">", "=", ";", '"', "'", "&", "\n", "."])
def test_a_mark_without_a_letter_is_refused(base: str) -> None:
    with pytest.raises(ValidationError, match="a mark without a letter"):
        characters.check_characters(f"{base}\u0301", lines=True)


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
            characters.normalise(f"p{parts}")


def test_a_long_run_of_marks_is_refused_before_it_is_ordered() -> None:
    with pytest.raises(ValidationError, match="mark too many"):
        characters.normalise("a" + "\u0301\u0323" * 20)


def test_line_feeds_pass_only_where_the_caller_allows_lines() -> None:
    characters.check_characters("a\nb", lines=True)
    with pytest.raises(ValidationError, match="Between “a” and “b” is a line break"):
        characters.check_characters("a\nb")


def test_a_line_is_trimmed_composed_and_gets_plain_spaces() -> None:
    line = lines.clean_line("\u00a0 Cafe\u0301\u202f5\u00a0mg \r\n", maximum=9)
    assert line == "Café 5\u00a0mg"


def test_a_line_holds_no_break() -> None:
    for value in ("a\nb", "a\r\nb", "a\x85b", "a\u2028b"):
        with pytest.raises(ValidationError, match="Between “a” and “b”"):
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


@pytest.mark.parametrize("value", ["TRD\nTRD", "TRD\n trd", "5 mg\n5\u00a0mg"])
def test_an_item_that_stands_twice_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="there twice"):
        lines.clean_lines(value, maximum=10)


def test_a_note_keeps_its_lines_and_may_speak_of_reviews() -> None:
    note = lines.clean_text(" Last reviewed by Jane:\r\n\r\n\tok\u00a0cafe\u0301 \n", maximum=40)
    assert note == "Last reviewed by Jane:\n\n ok café"


@pytest.mark.parametrize("value", ["a" * 41, "a" * 1000, "a\u202eb", "a\x00b", "a\ud800"])
def test_a_note_is_neither_too_long_nor_holds_hidden_characters(value: str) -> None:
    with pytest.raises(ValidationError):
        lines.clean_text(value, maximum=40)


def test_one_bad_line_refuses_all_lines() -> None:
    with pytest.raises(ValidationError, match=r"U\+202E"):
        lines.clean_lines("good\nb\u202ead", maximum=10)


@pytest.mark.parametrize("value", ["e\u0301", "a\r\nb", "a\u200bb", "a\tb", "\u00a0"])
def test_text_that_is_not_in_its_frozen_form_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        characters.check_is_frozen_form(value)


def test_text_in_its_frozen_form_passes() -> None:
    characters.check_is_frozen_form("é\nb")
