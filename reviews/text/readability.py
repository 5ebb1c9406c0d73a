"""How hard an English text is to read, by the length of its words and sentences alone.

Such a number cannot say whether the words are familiar, whether the order of the thoughts is clear,
or whether a reader in distress can follow: it is a hint to read a text once more, never a verdict.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import pyphen

from reviews.text.sentences import sentences_of

# Of fewer words the estimate says nothing: one long name would move it by a school year.
FEWEST_WORDS = 100
_WORD = re.compile(r"[A-Za-z]+(?:[’'][A-Za-z]+)*")
_HYPHENS = pyphen.Pyphen(lang="en_US", left=2, right=2)
_VOWELS = re.compile(r"[aeiouy]+")
# A final e is silent, save after a consonant and l: "ketamine", but "people".
_SILENT = re.compile(r"(?<![aeiouy])(?<![^aeiouy]l)e$")


def grade(texts: Iterable[str]) -> float | None:
    """The American school year in which such texts are read with ease; None where too short.

    The formula is that of Kincaid, Fishburne, Rogers and Chissom (1975); syllables are estimated,
    by where a word may be hyphenated and by its groups of vowels, whichever finds more.
    """
    sentences = [_WORD.findall(sentence) for text in texts for sentence in sentences_of(text)]
    sentences = [words for words in sentences if words]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < FEWEST_WORDS:
        return None
    syllables = sum(_syllables(word.lower()) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


@lru_cache(maxsize=8192)
def _syllables(word: str) -> int:
    hyphenated = len(_HYPHENS.positions(word)) + 1
    return max(hyphenated, len(_VOWELS.findall(_SILENT.sub("", word))))
