"""A part's content, markup or plain text, read into blocks and the source of each."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from html import unescape
from itertools import groupby
from typing import NamedTuple

from reviews.diff.blocks import BULLET, Block, Cell, Table, TableRow
from reviews.diff.words import LINE_BREAK, SPACES, Word, as_a_line, words

# What is written in any other way is no tag but text, and is shown as such.
_TAG = re.compile(
    r"<(/?)(p|br|hr|strong|em|sub|sup|ul|ol|li|blockquote|h3|h4|a|table|thead|tbody|tr|th|td)"
    r'((?:\s+[a-z]+="[^"]*")*)\s*/?>'
)
_HREF = re.compile(r'\shref="([^"]*)"')
_START = re.compile(r'\sstart="([+-]?\d{1,6})"')
_SCOPE = re.compile(r'\sscope="(col|row)"')
_TABLE = ("table", "thead", "tbody", "tr", "th", "td")
_MARKS = ("strong", "em", "sub", "sup")
_AROUND = ("ul", "ol", "blockquote")


class Place(NamedTuple):
    """Where in a table a block stands, all counted from 1, and what its cell and the table are."""

    table: int
    row: int
    cell: int
    head: bool
    kind: str
    scope: str
    within: tuple[str, ...]
    marker: str
    begins: int | None


class Found(NamedTuple):
    """A block, where its words begin in the source, and where it stands if in a table."""

    start: int
    block: Block
    place: Place | None = None


def read(content: str, *, html: bool) -> list[Block | Table]:
    """What a part's content, markup or plain text, is made of.

    The sources of all blocks, those in cells included, joined are the content. Any string can be
    read. A block without words is none, unless a cell has no other: it stays in a neighbor's
    source, or is the only one.
    """
    found = list(_Markup(content).found if html else _lines(content))
    if not found:
        return [Block((), source=content)] if content else []
    # Each begins with its first words; the first one takes along what stands before.
    cuts = [0, *(one.start for one in found[1:]), len(content)]
    sourced = [
        one._replace(block=replace(one.block, source=content[start:end]))
        for one, start, end in zip(found, cuts, cuts[1:], strict=False)
    ]
    return list(_in_tables(sourced))


def _lines(content: str) -> Iterator[Found]:
    at = 0
    for line in content.split("\n"):
        if found := words(line):
            yield Found(at, Block(as_a_line(found)))
        at += len(line) + 1


def _in_tables(found: Iterable[Found]) -> Iterator[Block | Table]:
    """The blocks, those of a table in their cells."""
    for place, blocks in _grouped(found, lambda one: one.place and one.place.table):
        if not place:
            yield from (one.block for one in blocks)
        else:
            rows = _grouped(blocks, lambda one: one.place and one.place.row)
            found_rows = tuple(_row(row) for _, row in rows)
            yield Table(found_rows, place.within, place.marker, place.begins)


def _row(blocks: Iterable[Found]) -> TableRow:
    head, cells = False, []
    for place, group in _grouped(blocks, lambda one: one.place):
        if place:
            head = place.head
            cells.append(Cell(tuple(one.block for one in group), place.kind, place.scope))
    return TableRow(tuple(cells), head)


def _grouped(
    found: Iterable[Found], key: Callable[[Found], object]
) -> Iterator[tuple[Place | None, list[Found]]]:
    """The neighbors that share a key, and the place of their first one."""
    for _, group in groupby(found, key=key):
        blocks = list(group)
        yield blocks[0].place, blocks


class _Number(NamedTuple):
    """The number of a list's next item; `begins` if it is the first one and the list says it."""

    next: int
    begins: int | None = None


class _Markup:
    """Reads markup tag by tag into `found`, in the order of the source."""

    def __init__(self, content: str) -> None:
        self.found: list[Found] = []
        self.kind, self.marker, self.start = "p", "", 0
        self.begins: int | None = None
        self.within: list[str] = []
        self.numbers: list[_Number] = []
        self.marks: list[str] = []
        self.targets: list[str] = []
        self.words: list[Word] = []
        self.spaced = False
        self.table = _TableSoFar()
        at = 0
        for tag in _TAG.finditer(content):
            self.text(content[at : tag.start()], at)
            self.tag(tag)
            at = tag.end()
        self.text(content[at:], at)
        self.end_block()
        self.end_cell()

    def text(self, source: str, at: int) -> None:
        """Add words to the block."""
        text = unescape(source)
        marks = tuple(mark for mark in _MARKS if mark in self.marks)
        target = self.targets[-1] if self.targets else None
        glued = bool(self.words) and not self.spaced
        if found := words(text, glued=glued, marks=marks, target=target):
            if not self.words:
                self.start = at
            self.words += found
            self.spaced = False
        self.spaced = self.spaced or text.endswith(SPACES)

    def tag(self, tag: re.Match[str]) -> None:
        """Open or close a mark, a block or something around blocks."""
        closes, name = bool(tag[1]), tag[2]
        if name in _MARKS or name == "a":
            opened = self.targets if name == "a" else self.marks
            if not closes:
                href = _HREF.search(tag[3])
                opened.append(name if name != "a" else unescape(href[1]) if href else "")
            elif name == "a":
                del self.targets[-1:]
            elif name in self.marks:
                self.marks.remove(name)
        elif name == "br":
            if self.words:
                self.words.append(Word(LINE_BREAK))
            self.spaced = True
        else:
            self.end_block()
            if name in _TABLE:
                self.cells(tag)
            else:
                self.block(name, closes, tag)

    def block(self, name: str, closes: bool, tag: re.Match[str]) -> None:
        """Open or close a block or something around blocks."""
        if name == "hr":
            line = Block((), "hr", tuple(self.within))
            self.found.append(Found(tag.start(), line, self.table.place))
        elif name == "li":
            self.marker, self.begins = "" if closes else BULLET, None
            if not closes and self.within[-1:] == ["ol"]:
                number = self.numbers[-1]
                self.marker, self.begins = f"{number.next}.", number.begins
                self.numbers[-1] = _Number(number.next + 1)
        elif name not in _AROUND:
            self.kind = "p" if closes else name
        elif not closes:
            start = _START.search(tag[3])
            begins = int(start[1]) if start and name == "ol" else None
            self.within.append(name)
            self.numbers.append(_Number(1 if begins is None else begins, begins))
        elif name in self.within:
            while self.within.pop() != name:
                self.numbers.pop()
            self.numbers.pop()

    def cells(self, tag: re.Match[str]) -> None:
        """Open or close a table, or a part of one; tables in tables are cells of the outer one."""
        closes, name, table = bool(tag[1]), tag[2], self.table
        self.end_cell()
        if name == "table" and closes and table.stands:
            self.within, self.numbers = table.within, table.numbers
            table.stands = False
        elif name == "table" and not closes and not table.stands:
            table.open(self.within, self.numbers, self.marker, self.begins)
            self.within, self.numbers, self.marker, self.begins = [], [], "", None
        elif name in ("thead", "tbody"):
            table.head = name == "thead" and not closes
        elif name == "tr" and not closes:
            table.row += 1
        elif name in ("td", "th") and not closes and table.stands:
            scope = _SCOPE.search(tag[3])
            table.open_cell(name, scope[1] if scope else "", tag.start())

    def end_cell(self) -> None:
        """Leave the cell: one without a block has an empty one, so that it keeps its place."""
        place = self.table.place
        if place and not (self.found and self.found[-1].place == place):
            self.found.append(Found(self.table.start, Block(()), place))
        if place:
            self.within, self.numbers, self.marker, self.begins = [], [], "", None
            self.table.place = None

    def end_block(self) -> None:
        """Keep the block if it has words. Only the first one of a list item opens it."""
        while self.words and self.words[-1].text == LINE_BREAK:
            self.words.pop()
        if self.words:
            block = Block(
                *(as_a_line(self.words), self.kind, tuple(self.within), self.marker),
                begins=self.begins,
            )
            self.found.append(Found(self.start, block, self.table.place))
            self.marker, self.begins = "", None
        self.words, self.spaced = [], False


class _TableSoFar:
    """The table that is being read: where in it we are, and what stood around it."""

    def __init__(self) -> None:
        self.stands = self.head = False
        self.number = self.row = self.cell = self.start = 0
        self.place: Place | None = None
        self.within: list[str] = []
        self.numbers: list[_Number] = []
        self.marker = ""
        self.begins: int | None = None

    def open(
        self, within: list[str], numbers: list[_Number], marker: str, begins: int | None
    ) -> None:
        """Begin a table inside of these lists and quotations."""
        self.stands, self.head = True, False
        self.number += 1
        self.within, self.numbers, self.marker, self.begins = within, numbers, marker, begins

    def open_cell(self, kind: str, scope: str, start: int) -> None:
        """Begin a cell."""
        self.cell += 1
        self.start = start
        around = tuple(self.within), self.marker, self.begins
        self.place = Place(self.number, self.row, self.cell, self.head, kind, scope, *around)
