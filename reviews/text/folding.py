"""Words as a search compares them, and where they stand in a text. No database."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from reviews.reviewable import IndexedText, model_of

if TYPE_CHECKING:
    from reviews.models import Edition

# Letters that Unicode does not take apart into a plain letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "þ": "th", "æ": "ae", "œ": "oe"}
)
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ](?=\w)")
_HYPHENS = re.compile(r"(?<=\w)[-‐./](?=\w)")
# No word is longer in earnest, and PostgreSQL takes none of more than 2,046 bytes.
_LONGEST = 64
# So many characters of an edition are found by their words: PostgreSQL's vector ends at 1 MB.
_INDEXED = 150_000

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

# An excerpt holds its matches within CLOSE characters, and is at most WIDE long.
_CLOSE, _BEFORE, _WIDE = 160, 60, 220


def fold(text: str) -> str:
    """The words of a text without case, accents and punctuation, parted by single spaces."""
    joined = _APOSTROPHES.sub("", text)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", joined).casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one)).translate(_LETTERS)
    return " ".join(word[:_LONGEST] for word in _WORD.findall(plain))


def indexed(edition: "Edition") -> IndexedText:
    """An edition's words as its index holds them: folded, a line for each other name.

    A name with a hyphen ("C-PTSD") has its form without one ("cptsd") among the other names.
    """
    said = model_of(edition.subject.kind).index(edition)
    synonyms = said.synonyms.split("\n")
    joined = [_HYPHENS.sub("", name) for name in (said.name, *synonyms)]
    lines = dict.fromkeys(fold(name) for name in (*synonyms, *joined))
    others = "\n".join(line for line in lines if line != fold(said.name))
    return IndexedText(fold(said.name), others, fold(said.body)[:_INDEXED])


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
    words = fold(typed)[:_ASKED].split()
    weighty = [word for word in words if word not in _SMALL] or words
    terms = [Term(root(word), len(word) >= _ROOT) for word in weighty[:-1]]
    terms += [Term(root(word), True) for word in weighty[-1:]]
    return Query(" ".join(words), tuple(dict.fromkeys(terms))[:_TERMS])


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


# Where a match begins and ends in a line, and the name of its term in the pattern.
Hit = tuple[int, int, str]


@dataclass(frozen=True)
class Run:
    """A piece of an excerpt, marked where it is what was asked for."""

    text: str
    marked: bool = False


def excerpts(text: str, terms: Sequence[Term]) -> list[list[Run]]:
    """One or two short stretches of a text that hold the terms, in the text's order.

    Each lies within one line. Empty where no term stands in the text.
    """
    asked = _pattern(terms)
    stretches = [
        stretch for line in text.split("\n") for stretch in _stretches(line, _hits(line, asked))
    ]
    if not stretches:
        return []
    first = max(stretches, key=lambda one: (len(one.terms), -one.width))
    others = [one for one in stretches if one.line != first.line and one.terms - first.terms]
    chosen = [first, *sorted(others, key=lambda one: -len(one.terms - first.terms))[:1]]
    return [one.runs() for one in sorted(chosen, key=stretches.index)]


@dataclass(frozen=True)
class _Stretch:
    """The shortest part of a line from one match on that holds as many terms as any."""

    line: str
    spans: tuple[tuple[int, int], ...]
    start: int
    width: int
    terms: frozenset[str]

    def runs(self) -> list[Run]:
        """The stretch with some words around it, in runs."""
        start = max(0, self.start - _BEFORE)
        if start:
            start = self.line.find(" ", start, self.start) + 1 or self.start
        end = min(len(self.line), max(start + _WIDE, self.start + self.width))
        if end < len(self.line):
            end = max(self.line.rfind(" ", start, end), self.start + self.width)
        return list(self._cut(start, end))

    def _cut(self, start: int, end: int) -> Iterator[Run]:
        at = start
        before = "…" if start else ""
        for begin, stop in self.spans:
            if start <= begin and stop <= end:
                yield Run(before + self.line[at:begin])
                yield Run(self.line[begin:stop], marked=True)
                at, before = stop, ""
        yield Run(before + self.line[at:end] + ("…" if end < len(self.line) else ""))


def _hits(line: str, asked: re.Pattern[str]) -> list[Hit]:
    return [(one.start(), one.end(), one.lastgroup or "") for one in asked.finditer(_plain(line))]


def _stretches(line: str, hits: list[Hit]) -> list[_Stretch]:
    """A stretch for each hit. From the end, so that each hit is looked at once."""
    spans = tuple((start, end) for start, end, _ in hits)
    stretches, near = [], dict[str, tuple[int, int]]()
    for start, end, term in reversed(hits):
        # Of each term the first hit from here on; what is too far from here is so from before too.
        near = {name: span for name, span in near.items() if span[0] - start <= _CLOSE}
        near[term] = start, end
        width = max(end for _, end in near.values()) - start
        stretches.append(_Stretch(line, spans, start, width, frozenset(near)))
    return stretches[::-1]


def _pattern(terms: Sequence[Term]) -> re.Pattern[str]:
    each = (
        f"(?P<t{number}>{re.escape(term.letters)}" + (r"\w*)" if term.begins else r"\b)")
        for number, term in enumerate(terms)
    )
    return re.compile(rf"\b(?:{'|'.join(each)})")


class _Plain(dict[int, str]):
    """For each character the one letter that `fold` makes of it, so that places stay the same."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold(chr(code)) or chr(code))[0]
        return self[code]


_PLAIN = _Plain()


def _plain(line: str) -> str:
    return line.lower() if line.isascii() else line.translate(_PLAIN)
