"""What a text is made of, as its reader meets it: blocks of words, and tables of cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, zip_longest

from reviews.diff.words import Word

_ENDING = (".", "!", "?", "…", "。", "！", "？", "．", "｡", "។", "။", "།")
_KINDS = {"p": "paragraph", "h3": "heading", "h4": "smaller heading", "hr": "dividing line"}
_AROUND = {"ul": "bulleted list", "ol": "numbered list", "blockquote": "quotation"}

BULLET = "•"


class _Placed:
    """What stands in lists and quotations."""

    within: tuple[str, ...]

    @property
    def depth(self) -> int:
        """In how many lists it stands; 5 if in more."""
        return min(sum(tag in ("ul", "ol") for tag in self.within), 5)

    @property
    def quoted(self) -> bool:
        """Whether it stands in a quotation."""
        return "blockquote" in self.within


@dataclass(frozen=True)
class Block(_Placed):
    """A paragraph, heading, list item or line, and the stretch of source that it was read from.

    `kind` is p, h3, h4 or hr; `within` are the ul, ol and blockquote around it; `marker` is the
    bullet or number before it, if it opens a list item; `begins` is that number where the list
    itself says what it begins at.
    """

    words: tuple[Word, ...]
    kind: str = "p"
    within: tuple[str, ...] = ()
    marker: str = ""
    source: str = ""
    begins: int | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its words; a number only follows from its neighbors."""
        return self.kind, self.within, self.marker[-1:], self.begins

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it: blocks with the same face read the same."""
        return self.form, self.words

    @cached_property
    def bag(self) -> frozenset[str]:
        """Its telling words."""
        return _bag(self.words)

    @property
    def name(self) -> tuple[Word, ...]:
        """Nothing: what a paragraph is about, only all of its words say."""
        return ()

    @property
    def described(self) -> str:
        """Its form in words, such as "bullet in a quotation"."""
        name, around = _KINDS[self.kind], self.within
        if self.marker:
            entry = "bullet" if self.marker == BULLET else "numbered item"
            name = entry if self.kind == "p" else f"{entry} with a {name}"
            name += _counted_from(self.begins)
            around = around[:-1]
        return " in a ".join([name, *(_AROUND[tag] for tag in reversed(around))])

    def sentences(self) -> list["Block"]:
        """The same words, a block for each sentence."""
        return [Block(self.words[start:end]) for start, end in pairwise([0, *self.ends()])]

    def ends(self) -> list[int]:
        """How many words each sentence ends after; in a script without spaces also each phrase."""
        following = [*self.words[1:], None]
        return [
            end
            for end, (word, after) in enumerate(zip(self.words, following, strict=False), 1)
            if not after
            or word.text.startswith(_ENDING)
            or (not after.glued and word.is_sign and after.is_sign)
        ]


@dataclass(frozen=True)
class Cell:
    """A cell of a table with at least one block, maybe without words; `kind` is td or th.

    `scope` says what a header cell is for: col, row or "".
    """

    blocks: tuple[Block, ...]
    kind: str = "td"
    scope: str = ""

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees or hears of it besides its words."""
        return self.kind, self.scope

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees or hears of it."""
        return self.form, tuple(block.face for block in self.blocks)

    @property
    def words(self) -> tuple[Word, ...]:
        """Its words, the first of each block parted from what stands before."""
        return tuple(
            word if at else word._replace(glued=False)
            for block in self.blocks
            for at, word in enumerate(block.words)
        )

    @property
    def described(self) -> str:
        """Its form in words."""
        what = {"col": "column heading", "row": "row heading"}.get(self.scope, "heading")
        return what if self.kind == "th" else "plain cell"


@dataclass(frozen=True)
class TableRow:
    """A row of a table, or a column taken for one; `head` says whether it stands in the head."""

    cells: tuple[Cell, ...]
    head: bool = False

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its cells."""
        return (self.head,)

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it."""
        return self.form, tuple(cell.face for cell in self.cells)

    @cached_property
    def bag(self) -> frozenset[str]:
        """Its telling words."""
        return _bag(self.words)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of its cells."""
        return tuple(word for cell in self.cells for word in cell.words)

    @cached_property
    def name(self) -> tuple[Word, ...]:
        """What it is about: the words of its first cell."""
        return self.cells[0].words

    @property
    def described(self) -> str:
        """Its form in words."""
        return "heading row" if self.head else "plain row"


@dataclass(frozen=True)
class Table(_Placed):
    """A table with at least one row, and each row with at least one cell."""

    rows: tuple[TableRow, ...]
    within: tuple[str, ...] = ()
    marker: str = ""
    begins: int | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its rows."""
        return "table", self.within, self.marker[-1:], self.begins

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it."""
        return self.form, tuple(row.face for row in self.rows)

    @cached_property
    def bag(self) -> frozenset[str]:
        """Its telling words."""
        return _bag(self.words)

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of its cells."""
        return tuple(word for row in self.rows for word in row.words)

    @property
    def name(self) -> tuple[Word, ...]:
        """Nothing: tables have no caption."""
        return ()

    @property
    def described(self) -> str:
        """Its form in words."""
        named = " in a ".join(["table", *(_AROUND[tag] for tag in reversed(self.within))])
        return named + _counted_from(self.begins)

    @cached_property
    def columns(self) -> list[TableRow]:
        """Its columns, each from the rows that reach so far."""
        columns = zip_longest(*(row.cells for row in self.rows))
        return [TableRow(tuple(cell for cell in column if cell)) for column in columns]


def _counted_from(begins: int | None) -> str:
    return "" if begins is None else f", counted from {begins}"


def _bag(words: Sequence[Word]) -> frozenset[str]:
    """The telling words of a text: all but the short ones, which most texts share, or else all.

    Of a script without spaces, each two neighboring signs.
    """
    found = {word.text.lower() for word in words}
    telling = {word for word in found if len(word) > 3 or word.isdigit()}
    telling |= {
        one.text + other.text for one, other in pairwise(words) if one.is_sign and other.is_sign
    }
    return frozenset(telling or found)
