"""A part's content, markup or plain text, read into blocks and the source of each."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from reviews.diff.blocks import BULLET, Block
from reviews.diff.words import LINE_BREAK, SPACES, Word, as_a_line, words

# What is written in any other way is no tag but text, and is shown as such.
_TAG = re.compile(
    r"<(/?)(p|br|hr|strong|em|sub|sup|ul|ol|li|blockquote|h3|h4|a)"
    r'((?:\s+[a-z]+="[^"]*")*)\s*/?>'
)
_HREF = re.compile(r'\shref="([^"]*)"')
_MARKS = ("strong", "em", "sub", "sup")
_AROUND = ("ul", "ol", "blockquote")


def read(content: str, *, html: bool) -> list[Block]:
    """The blocks of a part's content, markup or plain text; their sources joined are the content.

    Any string can be read. A block without words is none: it stays in a neighbor's source, or is
    the only one.
    """
    found = list(_Markup(content).found if html else _lines(content))
    if not found:
        return [Block((), source=content)] if content else []
    # Each begins with its first words; the first one takes along what stands before.
    cuts = [0, *(start for start, _ in found[1:]), len(content)]
    return [
        replace(block, source=content[start:end])
        for (_, block), start, end in zip(found, cuts, cuts[1:], strict=False)
    ]


def _lines(content: str) -> Iterator[tuple[int, Block]]:
    at = 0
    for line in content.split("\n"):
        if found := words(line):
            yield at, Block(as_a_line(found))
        at += len(line) + 1


class _Markup:
    """Reads markup tag by tag into `found`: where each block begins, and the block."""

    def __init__(self, content: str) -> None:
        self.found: list[tuple[int, Block]] = []
        self.kind, self.marker, self.start = "p", "", 0
        self.within: list[str] = []
        self.numbers: list[int] = []
        self.marks: list[str] = []
        self.targets: list[str] = []
        self.words: list[Word] = []
        self.spaced = False
        at = 0
        for tag in _TAG.finditer(content):
            self.text(content[at : tag.start()], at)
            self.tag(tag)
            at = tag.end()
        self.text(content[at:], at)
        self.end_block()

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
            self.block(name, closes, tag.start())

    def block(self, name: str, closes: bool, at: int) -> None:
        """Open or close a block or something around blocks."""
        if name == "hr":
            self.found.append((at, Block((), "hr", tuple(self.within))))
        elif name == "li":
            self.marker = "" if closes else BULLET
            if not closes and self.within[-1:] == ["ol"]:
                self.numbers[-1] += 1
                self.marker = f"{self.numbers[-1]}."
        elif name not in _AROUND:
            self.kind = "p" if closes else name
        elif not closes:
            self.within.append(name)
            self.numbers.append(0)
        elif name in self.within:
            while self.within.pop() != name:
                self.numbers.pop()
            self.numbers.pop()

    def end_block(self) -> None:
        """Keep the block if it has words. Only the first one of a list item opens it."""
        while self.words and self.words[-1].text == LINE_BREAK:
            self.words.pop()
        if self.words:
            block = Block(as_a_line(self.words), self.kind, tuple(self.within), self.marker)
            self.found.append((self.start, block))
            self.marker = ""
        self.words, self.spaced = [], False
