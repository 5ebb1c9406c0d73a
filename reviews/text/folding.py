"""Words as a search compares them. No database."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Letters that Unicode does not take apart into a plain letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "þ": "th", "æ": "ae", "œ": "oe"}
)
_WORD = re.compile(r"[^\W_]+")
# Letters of scripts that put no space between words: Chinese and Japanese.
UNSPACED = (
    "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    "\U00020000-\U0003ffff"
)
_PIECES = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")
_RUN = re.compile(f"[{UNSPACED}]")
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ](?=\w)")
# No word is longer in earnest, and PostgreSQL takes none of more than 2,046 bytes.
_LONGEST = 64

# So much of a question is asked: one sign may fold into eighteen letters, and each term costs.
_ASKED, _TERMS = 200, 20

# They stand on every page: a question need not have them answered. A phrase still has them.
_SMALL = frozenset(
    _WORD.findall(
        "a about am an and any are as at be been being but by can cant could did do does dont for "
        "from get had has have he her him his how i if im in into is isnt it its ive me my "
        "not of on or our she should so some than that the their them then there these they "
        "this to us was we were what when where which who why will with would you your"
    )
)
# A root has four letters at least. The ss of "illness" and the is of "crisis" are no plural.
_ROOT = 4
_ENDING = re.compile(r"(?<=\w{4})(?:ingly|edly|ness|ings?|ie[sd]|e[sd]|ly|(?<![isu])s)$")
_DOUBLED = re.compile(r"(?<=\w{3})([bdgkmnprt])\1$")
_TAIL = re.compile(r"(?<=\w{4})[eiy]$")

# A likeness below this one is not worth working out.
FAINT = 0.3


def fold(text: str) -> str:
    """The words of a text without case, accents and punctuation, parted by single spaces."""
    return " ".join(word[:_LONGEST] for word in _words(text))


def spread(text: str) -> str:
    """A text folded as the index holds it: of Chinese and Japanese each letter with the next.

    "抑郁症" is held as "抑郁 郁症 症", so that a word is found inside a run that has no spaces.
    """
    held: list[str] = []
    for word in _words(text):
        for piece in _PIECES.findall(word):
            if is_run(piece):
                held += [piece[at : at + 2] for at in range(len(piece))]
            else:
                held.append(piece[:_LONGEST])
    return " ".join(held)


def is_run(word: str) -> bool:
    """Whether a folded word is of a script that puts no space between words."""
    return bool(_RUN.match(word))


def _words(text: str) -> list[str]:
    joined = _APOSTROPHES.sub("", text)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", joined).casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one)).translate(_LETTERS)
    return _WORD.findall(plain)


@dataclass(frozen=True)
class Term:
    """One word asked for; with `begins` any word that begins with these letters will do."""

    letters: str
    begins: bool

    def matches(self, word: str) -> bool:
        """Whether a folded word is what was asked for."""
        return word.startswith(self.letters) if self.begins else word == self.letters


@dataclass(frozen=True)
class Query:
    """What somebody typed, folded, and the terms that a page must have. Falsy without a word."""

    folded: str
    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def query(typed: str) -> Query:
    """Read what somebody typed: nothing in it is ever an operator.

    The last word may be unfinished. Longer words match by their root ("feeling", "feelings" and
    "feel"), small words are left out unless there are no others. What is too long is cut.
    """
    words = spread(typed)[:_ASKED].split()
    told = [word for before, word in pairwise(["", *words]) if not _ends(before, word)]
    weighty = [word for word in told if word not in _SMALL] or told
    terms = [Term(root(word), len(word) >= _ROOT) for word in weighty[:-1]]
    terms += [Term(root(word), True) for word in weighty[-1:]]
    return Query(" ".join(words), tuple(dict.fromkeys(terms))[:_TERMS])


def _ends(before: str, word: str) -> bool:
    """Whether a word is the last letter of a run, which the pair before it has already."""
    return len(before) == 2 and is_run(before) and before[1] == word


def root(word: str) -> str:
    """A word without its English ending, never shorter than four letters."""
    return _TAIL.sub("", _DOUBLED.sub(r"\1", _ENDING.sub("", word)))


def likeness(asked: str, names: str) -> float:
    """How like some folded words are to the likest stretch of whole words in `names`, 0 to 1.

    What PostgreSQL calls strict_word_similarity: the share of common runs of three characters. Here
    a likeness below FAINT counts as none, and no stretch runs from one line into the next.
    """
    wanted, length = _trigrams(asked), asked.count(" ") + 1
    best = FAINT
    for name in names.split("\n"):
        # No part of a name has more in common than the whole.
        if len(wanted & _trigrams(name)) <= best * len(wanted):
            continue
        parts = name.split()
        for size in range(max(1, length - 1), length + 2):
            for start in range(max(1, len(parts) - size + 1)):
                had = _trigrams(" ".join(parts[start : start + size]))
                best = max(best, len(wanted & had) / len(wanted | had))
    return best if best > FAINT else 0.0


@lru_cache(maxsize=4096)
def _trigrams(folded: str) -> frozenset[str]:
    padded = [f"  {word} " for word in folded.split()]
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))
