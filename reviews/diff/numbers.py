"""Numbers and doses that changed between two documents, side by side."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from reviews.diff.blocks import Block
from reviews.diff.comparison import Diff
from reviews.diff.lines import Line, runs_of

# A number with what follows it as its unit: 0.5 mg/kg, 20–40 minutes, 3 %, 1,000.
_NUMBER = re.compile(
    r"(?<![\w.])\d[\d.,]*(?:\s?[–-]\s?\d[\d.,]*)?"
    r"(?:\s?(?:%|(?:mg|mcg|µg|g|kg|ml|mL|L|IU|mmHg|hours?|days?|weeks?|months?|years?|minutes?"
    r"|times?)(?:/\w+)?(?!\w)))?"
)


@dataclass(frozen=True)
class Stretch:
    """Some text, marked where it is a number that the other side has not."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Change:
    """A line whose numbers changed: where it stands, and the line before and now ([] if none)."""

    name: str
    before: list[Stretch]
    now: list[Stretch]


def changed_numbers(diff: Diff) -> list[Change]:
    """Each line in which a number came, went or changed, in the order of the page."""
    return [
        Change(row.name, before, now)
        for row in diff.rows
        for piece in row.pieces
        if piece.differs and piece.is_read
        for before, now in _of_lines(piece.leaves)
    ]


def _of_lines(lines: Iterator[Line]) -> Iterator[tuple[list[Stretch], list[Stretch]]]:
    for line in lines:
        before, now = (_text(block) for block in (line.before, line.after))
        old, new = (Counter(_numbers(text)) for text in (before, now))
        if old != new:
            yield _marked(before, old - new), _marked(now, new - old)


def _text(block: Block | None) -> str:
    return "".join(run.text for run in runs_of(block.words)).strip() if block else ""


def _numbers(text: str) -> list[str]:
    return [_plain(found[0]) for found in _NUMBER.finditer(text)]


def _plain(number: str) -> str:
    return " ".join(number.rstrip(".,").split())


def _marked(text: str, changed: Counter[str]) -> list[Stretch]:
    found, at = [], 0
    for number in _NUMBER.finditer(text):
        end = number.start() + len(number[0].rstrip(".,"))
        if changed[_plain(number[0])]:
            found += [Stretch(text[at : number.start()]), Stretch(text[number.start() : end], True)]
            at = end
    found.append(Stretch(text[at:]))
    return [one for one in found if one.text]
