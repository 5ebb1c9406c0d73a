"""The stretches of a text that hold what was asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviews.text.folding import UNSPACED, Term, fold, is_run

# An excerpt holds its matches within CLOSE characters, and is at most WIDE long.
_CLOSE, _BEFORE, _WIDE = 160, 60, 220

_LETTER = rf"[^\W{UNSPACED}]"

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
    if not terms:
        return []
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
    found = ((one, one.lastgroup or "") for one in asked.finditer(_plain(line)))
    return [(one.start(name), one.end(name), name) for one, name in found]


def _stretches(line: str, hits: list[Hit]) -> list[_Stretch]:
    """A stretch for each hit. From the end, so that each hit is looked at once."""
    spans = tuple(_joined(hits))
    stretches, near = [], dict[str, tuple[int, int]]()
    for start, end, term in reversed(hits):
        # Of each term the first hit from here on; what is too far from here is so from before too.
        near = {name: span for name, span in near.items() if span[0] - start <= _CLOSE}
        near[term] = start, end
        width = max(end for _, end in near.values()) - start
        stretches.append(_Stretch(line, spans, start, width, frozenset(near)))
    return stretches[::-1]


def _joined(hits: list[Hit]) -> list[tuple[int, int]]:
    """Where the marks stand: hits that have a letter in common or touch are one."""
    spans: list[tuple[int, int]] = []
    for start, end, _ in hits:
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(end, spans.pop()[1])
        spans.append((start, end))
    return spans


def _pattern(terms: Sequence[Term]) -> re.Pattern[str]:
    each = (f"(?P<t{number}>{_term(term)})" for number, term in enumerate(terms))
    # Looked ahead for, because two pairs of one run have a letter in common.
    return re.compile(f"(?={'|'.join(each)})")


def _term(term: Term) -> str:
    letters = re.escape(term.letters)
    if is_run(term.letters):
        return letters
    return f"(?<!{_LETTER}){letters}" + (f"{_LETTER}*" if term.begins else f"(?!{_LETTER})")


class _Plain(dict[int, str]):
    """For each character the one letter that `fold` makes of it, so that places stay the same."""

    def __missing__(self, code: int) -> str:
        self[code] = (fold(chr(code)) or chr(code))[0]
        return self[code]


_PLAIN = _Plain()


def _plain(line: str) -> str:
    return line.lower() if line.isascii() else line.translate(_PLAIN)
