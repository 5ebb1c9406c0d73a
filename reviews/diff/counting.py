"""How many words a comparison changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from reviews.diff.blocks import Block, Word
from reviews.diff.comparison import Diff, Line


@dataclass(frozen=True)
class Count:
    """How many words were put in and taken out, and of how many in the older text.

    A changed mark or link counts its word, a moved row or block all of its words twice. `holds`
    is false where it could not be counted.
    """

    put_in: int
    taken_out: int
    total: int
    holds: bool = True

    @property
    def changed(self) -> int:
        """The words put in plus the words taken out."""
        return self.put_in + self.taken_out


def count(diff: Diff) -> Count:
    """The words that a comparison puts in and takes out, and those of the older text."""
    put_in = taken_out = total = 0
    for row in diff.rows:
        for piece in row.pieces:
            total += sum(_words(line.before) for line in piece.lines if not row.moved)
            moved = row.moved or row.left or piece.moved
            if not piece.differs and not moved:
                continue
            for line in piece.lines:
                now, was = _changed(line, whole=moved)
                put_in += 0 if row.left else now
                taken_out += 0 if row.moved else was
            if piece.differs and not any(line.differs for line in piece.lines):
                # It reads the same and is written differently.
                put_in += 1
    return Count(put_in, taken_out, total)


def _changed(line: Line, *, whole: bool) -> tuple[int, int]:
    """The words that a line puts in and takes out."""
    if whole or not (line.before and line.after) or line.before.form != line.after.form:
        return _words(line.after), _words(line.before)
    put_in = taken_out = 0
    for step in line.steps:
        if step.same:
            marked = sum(
                _face(one) != _face(other) for one, other in zip(step.was, step.now, strict=True)
            )
            put_in, taken_out = put_in + marked, taken_out + marked
        else:
            put_in, taken_out = put_in + _number(step.now), taken_out + _number(step.was)
    return put_in, taken_out


def _face(word: Word) -> object:
    return word.marks, word.target


def _words(block: Block | None) -> int:
    return _number(block.words) if block else 0


def _number(words: Iterable[Word]) -> int:
    return sum(any(sign.isalnum() for sign in word.text) for word in words) or sum(
        bool(word.text.strip()) for word in words
    )
