"""Sentences that are hard to follow for their length alone."""

import re

# NHS and plain-language guides advise 15 to 20 words on average; beyond this a reader gets lost.
MOST_WORDS = 30

_END = re.compile(r"(?<=[.!?…])[”’\")]*\s+(?=[“‘\"(]?[A-Z0-9])|\n+")


def long_sentences(text: str, most: int = MOST_WORDS) -> list[str]:
    """The sentences of a text that have more than so many words, as they stand."""
    return [sentence for sentence in sentences_of(text) if len(sentence.split()) > most]


def sentences_of(text: str) -> list[str]:
    """The sentences and headings of a text, as they stand."""
    return [sentence.strip() for sentence in _END.split(text) if sentence.strip()]


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends in which a stretch of a text stands."""
    first, last = 0, len(text)
    for match in _END.finditer(text):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last
