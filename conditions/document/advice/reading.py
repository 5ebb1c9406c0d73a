"""How hard an English page is to read, by the length of its words and sentences alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.document.advice.known import Advice, texts
from reviews.text import readability
from reviews.text.sentences import MOST_WORDS, long_sentences

# Plain-language guides for patients ask for grades 6 to 8.
MOST_GRADE = 8
_SHOWN = 8


def hard(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Long sentences where they stand, and the grade of the whole; English only."""
    if document["lang"].partition("-")[0] != "en":
        return
    read = list(texts(document))
    for part, text in read:
        for sentence in long_sentences(text):
            words = sentence.split()
            opening = " ".join(words[:_SHOWN])
            yield Advice(
                part,
                "reading",
                f"“{opening}…” has {len(words)} words. Beyond {MOST_WORDS} readers get lost: "
                "make two of it.",
            )
    grade = readability.grade(text for _, text in read)
    if grade is not None and grade > MOST_GRADE:
        yield Advice(
            "",
            "reading",
            f"The page reads like school grade {grade:.0f}; guides for patients ask for 6 to "
            f"{MOST_GRADE}. The number counts the length of words and sentences and nothing else: "
            "it cannot say whether the words are familiar or the thoughts in order.",
        )
