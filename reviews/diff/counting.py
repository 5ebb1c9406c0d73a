"""How many words changed between two documents: what a correction may be is measured by it.

What a comparison marks is what counts, so that it is never less than a reader would have to read
again:

- words put in and words taken out; a word with another link or emphasis is one of each;
- all words, old and new, of a block, row or cell that has another form, such as a paragraph that
  became a heading, and of whatever moved: taken out there, put in here;
- a sign of Chinese, Japanese, Thai and their like is a word;
- punctuation counts as one word where it changed alone or stands by itself, beside words nothing;
- headings and what only machines read count as all other parts do, in the total too.

A number that only follows from the rows before it does not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reviews.diff.compared import Compared
from reviews.diff.comparison import Diff
from reviews.diff.lines import Line
from reviews.diff.pieces import Piece
from reviews.diff.rows import Row
from reviews.diff.tables import CellChange, Change, RowChange
from reviews.diff.tallying import Tally, changed_words, words_in
from reviews.diff.wholes import plain
from reviews.diff.words import words
from reviews.reviewable import Part


@dataclass(frozen=True)
class Count:
    """How many words were put in and taken out, of the `total` that the older document has.

    `uncounted` names the rows in which something changed that could not be counted: it reads the
    same as before, or is so long that not all of it was compared.
    """

    put_in: int
    taken_out: int
    total: int
    uncounted: tuple[str, ...] = ()

    @property
    def changed(self) -> int:
        """Words put in plus words taken out."""
        return self.put_in + self.taken_out


def count(diff: Diff) -> Count:
    """Count the words that a comparison marks as changed."""
    taken_out = put_in = total = 0
    uncounted: dict[str, None] = {}
    for row in diff.rows:
        for piece in row.pieces:
            out, into = _of_piece(row, piece)
            taken_out, put_in = taken_out + out, put_in + into
            if not _has_moved_here(row, piece):
                total += _of_part(piece.before)
            if piece.differs and not _is_told(row, piece, out + into):
                uncounted[row.name] = None
    return Count(put_in, taken_out, total, tuple(uncounted))


def total_words(parts: Iterable[Part]) -> int:
    """How many words a document has, by the same rules."""
    return sum(map(_of_part, parts))


NOTHING: Tally = (0, 0)


def _of_piece(row: Row, piece: Piece) -> Tally:
    if row.left or row.moved or piece.moved:
        # What moved stands twice: at its old place without the new content.
        stood = None if piece.after or row.moved else piece.before
        return _of_part(stood), _of_part(piece.after)
    if not piece.differs:
        return NOTHING
    if not piece.is_read:
        return _of_part(piece.before), _of_part(piece.after)
    return _sum(map(_of_change, piece.lines))


def _has_moved_here(row: Row, piece: Piece) -> bool:
    return row.moved or bool(piece.moved and piece.after)


def _is_told(row: Row, piece: Piece, changed: int) -> bool:
    """Whether all that changed in a piece was counted."""
    if row.left or row.moved or piece.moved:
        return True
    return bool(changed) and piece.is_complete and not piece.source


def _of_change(change: Change) -> Tally:
    if isinstance(change, Line):
        return _of_line(change)
    if _took_another_form(change):
        return _whole(change)
    return _sum(map(_of_row, change.rows))


def _of_row(row: RowChange) -> Tally:
    if row.op != "same" or _took_another_form(row):
        return _at_least_one(row)
    return _sum(map(_of_cell, row.cells))


def _of_cell(cell: CellChange) -> Tally:
    if not cell.stands:
        return NOTHING
    if cell.op != "same" or _took_another_form(cell):
        return _at_least_one(cell)
    return _sum(map(_of_line, cell.lines))


def _of_line(line: Line) -> Tally:
    if line.latest.kind == "hr" and line.differs:
        return _at_least_one(line)
    if not (line.before and line.after) or _took_another_form(line):
        return _whole(line)
    return changed_words(line.steps)


def _took_another_form(change: Compared[Any]) -> bool:
    return bool(change.before and change.after and change.before.form != change.after.form)


def _whole(change: Compared[Any]) -> Tally:
    """All words before, and all words after."""
    sides = change.before, change.after
    out, into = (words_in(side.words) if side else 0 for side in sides)
    return out, into


def _at_least_one(change: Compared[Any]) -> Tally:
    """The same, where even nothing but an empty place is something."""
    out, into = _whole(change)
    return max(out, int(bool(change.before))), max(into, int(bool(change.after)))


def _sum(tallies: Iterable[Tally]) -> Tally:
    out, into = 0, 0
    for one, other in tallies:
        out, into = out + one, into + other
    return out, into


def _of_part(part: Part | None) -> int:
    """How many words a part has."""
    text = plain(part, between="\n") if part else ""
    if text.isascii():
        # What stands between two spaces is a word: a whole page is counted in no time.
        return len(text.split())
    return sum(words_in(words(line)) for line in text.split("\n"))
