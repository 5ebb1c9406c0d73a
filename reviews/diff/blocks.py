"""A part's content as its reader meets it: blocks of words, each with its form and its source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from itertools import pairwise
from sys import intern
from typing import NamedTuple

# What is written in any other way is no tag but text, and is shown as such.
_TAG = re.compile(
    r"<(/?)(p|br|hr|strong|em|sub|sup|ul|ol|li|blockquote|h3|h4|a)"
    r'((?:\s+[a-z]+="[^"]*")*)\s*/?>'
)
_HREF = re.compile(r'\shref="([^"]*)"')
# The spaces of HTML: one that must not break is part of its word.
_CHUNK = re.compile(r"[^ \t\n\r\f]+")
# Signs that cling to a word without being part of it; a dose keeps its point and its percent sign.
_OPENING = "([“‘\"'"
_CLOSING = ")].,;:!?…”’\"'"
_ENDING = (".", "!", "?", "…")
_MARKS = ("strong", "em", "sub", "sup")
_KINDS = {"p": "paragraph", "h3": "heading", "h4": "smaller heading", "hr": "dividing line"}
_AROUND = {"ul": "bulleted list", "ol": "numbered list", "blockquote": "quotation"}

LINE_BREAK = "\n"
BULLET = "•"


class Word(NamedTuple):
    """A word, a sign beside one or a line break; `glued` if no space parts it from the one before.

    `marks` are those of strong, em, sub and sup that it stands in, `target` is where it links to.
    """

    text: str
    glued: bool = False
    marks: tuple[str, ...] = ()
    target: str | None = None


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list item or line, and the stretch of source that it was read from.

    `kind` is p, h3, h4 or hr; `within` are the ul, ol and blockquote around it; `marker` is the
    bullet or number before it, if it opens a list item.
    """

    words: tuple[Word, ...]
    kind: str = "p"
    within: tuple[str, ...] = ()
    marker: str = ""
    source: str = ""

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its words; a number only follows from its neighbors."""
        return self.kind, self.within, self.marker[-1:]

    @cached_property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it: blocks with the same face read the same."""
        return self.form, self.words

    @cached_property
    def bag(self) -> frozenset[str]:
        """Its telling words: all but the short ones, which most texts share, or else all."""
        words = {word.text.lower() for word in self.words}
        telling = {word for word in words if len(word) > 3 or word.isdigit()}
        return frozenset(telling or words)

    @property
    def depth(self) -> int:
        """In how many lists it stands; 5 if in more."""
        return min(sum(tag in ("ul", "ol") for tag in self.within), 5)

    @property
    def quoted(self) -> bool:
        """Whether it stands in a quotation."""
        return "blockquote" in self.within

    @property
    def described(self) -> str:
        """Its form in words, such as "bullet in a quotation"."""
        name, around = _KINDS[self.kind], self.within
        if self.marker:
            entry = "bullet" if self.marker == BULLET else "numbered item"
            name = entry if self.kind == "p" else f"{entry} with a {name}"
            around = around[:-1]
        return " in a ".join([name, *(_AROUND[tag] for tag in reversed(around))])

    def sentences(self) -> list["Block"]:
        """The same words, a block for each sentence."""
        return [Block(self.words[start:end]) for start, end in pairwise([0, *self.ends()])]

    def ends(self) -> list[int]:
        """How many words each sentence ends after."""
        last = len(self.words)
        return [
            end
            for end, word in enumerate(self.words, 1)
            if end == last or word.text.startswith(_ENDING)
        ]


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
        if words := _words(line):
            yield at, Block(tuple(words))
        at += len(line) + 1


def _words(
    text: str, *, glued: bool = False, marks: tuple[str, ...] = (), target: str | None = None
) -> list[Word]:
    """The words of a text; `glued` if the first may continue the word that came before."""
    words: list[Word] = []
    for found in _CHUNK.finditer(text):
        chunk, joins = found[0], glued and not found.start()
        bare = chunk.lstrip(_OPENING)
        core = bare.rstrip(_CLOSING)
        for piece in (chunk[: len(chunk) - len(bare)], core, bare[len(core) :]):
            if piece:
                words.append(Word(intern(piece), joins, marks, target))
                joins = True
    return words


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
        if words := _words(text, glued=glued, marks=marks, target=target):
            if not self.words:
                self.start = at
            self.words += words
            self.spaced = False
        self.spaced = self.spaced or (_CHUNK.match(text[-1:]) is None and bool(text))

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
            block = Block(tuple(self.words), self.kind, tuple(self.within), self.marker)
            self.found.append((self.start, block))
            self.marker = ""
        self.words, self.spaced = [], False
