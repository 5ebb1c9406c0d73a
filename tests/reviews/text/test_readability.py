"""The reading grade: an estimate that tells plain words from learned ones."""

from __future__ import annotations

from reviews.text import readability
from reviews.text.readability import grade

PLAIN = "Take one pill in the morning. Drink some water with it. Call us if you feel sick. "
LEARNED = (
    "Pharmacological interventions necessitate individualized titration under interdisciplinary "
    "supervision, considering contraindications, comorbidities and psychosocial circumstances. "
)


def test_plain_words_have_a_low_grade_and_learned_ones_a_high_one() -> None:
    plain, learned = grade([PLAIN * 8]), grade([LEARNED * 8])

    assert plain is not None
    assert learned is not None
    assert plain < 4
    assert learned > 16


def test_the_formula_is_that_of_1975() -> None:
    # Ten sentences of ten words of one syllable: 0.39 · 10 + 11.8 · 1 − 15.59.
    text = "We see you and we know that it is hard. " * 10

    assert round(grade([text]) or 0, 2) == 0.11


def test_syllables_of_names_that_are_seldom_hyphenated_are_heard() -> None:
    words = {"ketamine": 3, "medicine": 3, "people": 2, "depression": 3, "see": 1, "you": 1}

    assert {word: readability._syllables(word) for word in words} == words


def test_a_short_text_has_no_grade() -> None:
    assert grade([PLAIN]) is None
    assert grade([]) is None


def test_texts_are_not_joined_into_one_sentence() -> None:
    assert grade(["word " * 50, "word " * 50]) == grade(["word " * 50 + ". " + "Word " * 50])
