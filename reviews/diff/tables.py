"""A table and what became of it: row by row, and in a row cell by cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from typing import TypeAlias

from reviews.diff import lines
from reviews.diff.alignment import aligned
from reviews.diff.blocks import Block, Cell, Table, TableRow
from reviews.diff.compared import Compared, with_moves
from reviews.diff.lines import Line
from reviews.diff.patience import CELL, LINE, Patience


@dataclass(frozen=True)
class CellChange(Compared[Cell]):
    """A cell before and after, and its lines; neither if its row has no such column.

    `alone` says that it came or went without its row.
    """

    lines: tuple[Line, ...]
    alone: str = ""

    @property
    def stands(self) -> bool:
        """Whether there is a cell, before or after."""
        return bool(self.before or self.after)

    @property
    def shown(self) -> list[Line]:
        """Its lines that have words."""
        return [line for line in self.lines if line.latest.words or line.latest.kind == "hr"]

    @property
    def said(self) -> str:
        """What happened to it besides its words, for a reader."""
        return self.alone or (self.note if self.stands else "")


@dataclass(frozen=True)
class RowChange(Compared[TableRow]):
    """A row before and after, and its cells: one for each column of either table."""

    cells: tuple[CellChange, ...]
    whole: bool = False

    @property
    def said(self) -> str:
        """What happened to it as a whole, unless all of its table came or went."""
        if self.note or self.whole or self.op == "same":
            return self.note
        return f"row {self.op}"


@dataclass(frozen=True)
class TableChange(Compared[Table]):
    """A table before and after, and its rows."""

    rows: tuple[RowChange, ...]

    @property
    def said(self) -> str:
        """What happened to it as a whole, for a reader."""
        return self.note or ("" if self.op == "same" else f"table {self.op}")

    @property
    def leaves(self) -> Iterator[Line]:
        """All blocks in it, cell by cell."""
        return (line for row in self.rows for cell in row.cells for line in cell.lines)

    @property
    def weight(self) -> int:
        """How many looks it takes at most to show it."""
        cells = sum(len(row.cells) for row in self.rows)
        return LINE + CELL * cells + sum(line.weight for line in self.leaves)

    @property
    def head(self) -> tuple[RowChange, ...]:
        """The rows in its head."""
        return self.rows[: self._heads]

    @property
    def body(self) -> tuple[RowChange, ...]:
        """All other rows."""
        return self.rows[self._heads :]

    @property
    def _heads(self) -> int:
        """How many rows from the first on stand in its head."""
        plain = (at for at, row in enumerate(self.rows) if not row.latest.head)
        return next(plain, len(self.rows))


Change: TypeAlias = Line | TableChange


def compared(
    old: Sequence[Block | Table], new: Sequence[Block | Table], patience: Patience
) -> list[Change]:
    """What became of some blocks and tables, and where they moved."""
    found: list[Change] = []
    for was, now in lines.paired_up(aligned(old, new, patience)):
        if isinstance(was, Table) or isinstance(now, Table):
            # They are never paired with a block.
            assert not isinstance(was, Block)
            assert not isinstance(now, Block)
            found.append(_table(was, now, patience))
        else:
            found += lines.line(was, now, patience)
    return with_moves(found)


def _table(was: Table | None, now: Table | None, patience: Patience) -> TableChange:
    columns = list(_columns(was, now, patience))
    whole = not (was and now)
    pairs = aligned(was.rows if was else (), now.rows if now else (), patience)
    rows = []
    for at, (one, other) in enumerate(pairs):
        told = not at and not whole
        cells = [_cell(one, other, column, told, patience) for column in columns]
        rows.append(RowChange(one, other, tuple(cells), whole))
    return TableChange(was, now, tuple(with_moves(rows)))


Column: TypeAlias = tuple[int | None, int | None]


def _columns(was: Table | None, now: Table | None, patience: Patience) -> Iterator[Column]:
    """The places of each column in the old rows and in the new ones, or None where it is not.

    As many columns as stand in the place of others are these columns with other words.
    """
    old, new = count(), count()
    pairs = aligned(was.columns if was else [], now.columns if now else [], patience)
    for alone, group in groupby(pairs, key=lambda pair: not all(pair)):
        run = [*group]
        gone = [next(old) for one, _ in run if one]
        come = [next(new) for _, other in run if other]
        if not alone or len(gone) == len(come):
            yield from zip(gone, come, strict=True)
        else:
            yield from ((at, None) for at in gone)
            yield from ((None, at) for at in come)


def _cell(
    was: TableRow | None, now: TableRow | None, column: Column, told: bool, patience: Patience
) -> CellChange:
    """What became of a row's cell in a column; `told` if it says what became of the column."""
    one, other = (
        row.cells[at] if row and at is not None and at < len(row.cells) else None
        for row, at in zip((was, now), column, strict=True)
    )
    found = lines.compared(one.blocks if one else (), other.blocks if other else (), patience)
    if None in column:
        said = f"column {'added' if column[0] is None else 'removed'}" if told else ""
    elif was and now and bool(one) != bool(other):
        said = f"cell {'added' if other else 'removed'}"
    else:
        said = ""
    return CellChange(one, other, tuple(found), said)
