"""What changed between two documents: rows first, then blocks, then words.

`compare` gives a Diff, which `templates/reviews/diff.html` shows. It is data, never markup: a Diff
has rows, a row pieces, a piece lines, a line spans, and a span runs of text with their marks.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby
from typing import TypeVar

from reviews.diff.alignment import rising
from reviews.diff.patience import A_LINE, DESK_LOOKS, ENOUGH, PLAIN, Patience
from reviews.diff.pieces import Piece
from reviews.diff.rows import Row
from reviews.diff.stretches import Stretch, folded
from reviews.reviewable import Part

T = TypeVar("T")


@dataclass(frozen=True)
class Diff:
    """What changed between two documents: true if anything did. It is compared when it is read.

    `found` are its rows before that; `looks` is what the comparison may cost.
    """

    found: tuple[Row, ...]
    looks: int = DESK_LOOKS
    brief: bool = False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order of the newer document; those that went, where they stood."""
        shown = [
            row for row in self.found if not row.left and not (self.brief and row.op == "same")
        ]
        pieces = [piece for row in shown for piece in row.pieces]
        _spend(self.looks, [piece for piece in pieces if piece.differs])
        _spend(self._for_the_rest, [piece for piece in pieces if not piece.differs])
        return self.found

    @property
    def _for_the_rest(self) -> int:
        return self.looks // 4 if self.brief else self.looks

    @property
    def spent(self) -> int:
        """How many looks were spent so far."""
        pieces = sum(piece.patience.spent for row in self.rows for piece in row.pieces)
        return pieces + sum(row.weight for row in self._in_full if row.op != "same")

    @property
    def _in_full(self) -> list[Row]:
        """The rows that say anything; of a brief comparison, those that a page has room for."""
        rows = [row for row in self.rows if row.shows]
        if not self.brief:
            return rows
        costs = accumulate(row.weight if row.op != "same" else 0 for row in rows)
        return [row for row, cost in zip(rows, costs, strict=True) if cost <= self._for_the_rest]

    def __bool__(self) -> bool:
        return any(row.op != "same" for row in self.found)

    @property
    def counted(self) -> str:
        """How many rows changed how, in words."""
        counts = Counter(row.op for row in self.found)
        counts["moved"] = sum(row.moved for row in self.found)
        told = ("changed", "added", "removed", "moved", "renumbered")
        return ", ".join(f"{counts[op]} {op}" for op in told if counts[op])

    @property
    def stretches(self) -> list[Stretch[Row]]:
        """The rows that say anything, those that stayed folded."""
        rows = [row for row in self.rows if row.shows]
        room = len(self._in_full)

        def kind(at: int) -> str:
            op, group = rows[at].op, rows[at].group
            if at >= room:
                return "beyond"
            return op if op == "same" else f"{op} {group}" if op == "renumbered" else ""

        def summary(kind: str, items: Sequence[Row]) -> str:
            if kind == "beyond":
                more = sum(row.op != "same" for row in items)
                return f"{more} more changed, which are too many to show here"
            if kind == "same":
                return f"{len(items)} unchanged part{'s' if len(items) > 1 else ''}"
            first, last = items[0], items[-1]
            if first is last:
                return f"{first.group}: number {first.was} is now {first.now}"
            return f"{first.group}: {first.was} to {last.was} are now {first.now} to {last.now}"

        return folded(rows, kind, summary)


def compare(
    before: Sequence[Part],
    after: Sequence[Part],
    *,
    looks: int = DESK_LOOKS,
    brief: bool = False,
) -> Diff:
    """What changed from one list of parts to another, at the cost of so many looks.

    A `brief` one is for a page that anybody may ask for: it only counts what stayed, and what would
    cost more to show. No key may stand twice in a list, and the parts of a row stand together.
    """
    old, new = _rows(before), _rows(after)
    was, now = _numbers(old), _numbers(new)
    rows = []
    for key, stood, stands, moved in _merged(old, new, _row_says):
        pieces = tuple(
            Piece(one, other, piece_moved, moved or stood != stands, brief, Patience(0))
            for _, one, other, piece_moved in _merged(
                _by_key(stood or ()), _by_key(stands or ()), _says
            )
        )
        left = moved and stands is None
        number = was.get(key, 0) if stood or moved else 0
        became = now.get(key, 0) if stands or moved else 0
        rows.append(Row(pieces, number, became, moved and not left, left))
    return Diff(tuple(rows), looks, brief)


def _spend(looks: int, pieces: Sequence[Piece]) -> None:
    """Compare pieces at the cost of so many looks, the shortest first.

    So a long part that was written anew takes no marks from a dose that changed. Each gets its
    share by its length, or enough for ordinary text; the others can still be shown plainly.
    """
    rest = sum(piece.length for piece in pieces)
    for piece in sorted(pieces, key=lambda piece: piece.length):
        if piece.length:
            rest -= piece.length
            share = looks * piece.length // (rest + piece.length)
            most = max(share, A_LINE + ENOUGH * piece.length)
            piece.wait(max(0, min(looks - rest // PLAIN, most)))
            looks -= piece.patience.spent


def accepted(diff: Diff) -> list[Part]:
    """The newer document's parts, put together from the lines of the diff alone."""
    return [
        replace(
            piece.after, content="".join(line.after.source for line in piece.leaves if line.after)
        )
        for row in diff.rows
        for piece in row.pieces
        if piece.after
    ]


def rejected(diff: Diff) -> list[Part]:
    """The older document's parts, put together from the lines of the diff alone."""
    return [
        replace(
            piece.before,
            content="".join(line.before.source for line in piece.leaves if line.before),
        )
        for row in diff.rows
        if not row.moved
        for piece in row.pieces
        if piece.before and not (piece.moved and piece.after)
    ]


def _rows(parts: Sequence[Part]) -> dict[str, tuple[Part, ...]]:
    return {key: tuple(group) for key, group in groupby(parts, key=lambda one: one.row or one.key)}


def _by_key(parts: Sequence[Part]) -> dict[str, Part]:
    return {part.key: part for part in parts}


def _says(part: Part) -> bool:
    return bool(part.content)


def _row_says(row: Sequence[Part]) -> bool:
    return any(map(_says, row))


def _numbers(rows: Mapping[str, Sequence[Part]]) -> dict[str, int]:
    """Each row's number: as the page prints it, or counted in its group."""
    counts: Counter[str] = Counter()
    numbers = {}
    for key, (part, *_) in rows.items():
        counts[part.group] += 1
        numbers[key] = part.number or (counts[part.group] if part.group else 0)
    return numbers


def _merged(
    old: Mapping[str, T], new: Mapping[str, T], says: Callable[[T], bool]
) -> Iterator[tuple[str, T | None, T | None, bool]]:
    """Key, old one, new one, and whether it moved: what went stands where it stood.

    One that moved comes twice, at its old place without the new one. One that says nothing on
    either side, for a reader, came or went there: as two, of which one says nothing.
    """
    places = {key: place for place, key in enumerate(old)}
    both = [key for key in new if key in old and says(old[key]) and says(new[key])]
    in_place = {both[at] for at in rising([places[key] for key in both])}
    moved = {*both} - in_place
    left = iter(old)

    def gone() -> Iterator[tuple[str, T | None, T | None, bool]]:
        for key in left:
            if key in in_place:
                return
            yield key, old[key], None, key in moved

    yield from gone()
    for key in new:
        known = key in in_place or key in moved
        yield key, old[key] if known else None, new[key], key in moved
        if key in in_place:
            yield from gone()
