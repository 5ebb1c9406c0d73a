"""Clean rich text as blocks, and the one way in which each is written as markup.

It is the way in which the prose editor writes them, so that to open a text and to save it changes
nothing; and it is valid HTML by how it is made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import NamedTuple

LINE_BREAK = "\n"
# Narrow and wide; `normalise` has left them between a number and its unit alone.
NO_BREAK = "\u00a0\u202f"
_SPACES = " \t\r\f"
# The order in which the editor nests them.
MARKS = ("strong", "em", "sub", "sup")


class Run(NamedTuple):
    """Text with the same marks and link throughout; LINE_BREAK stands for <br>."""

    text: str
    marks: frozenset[str] = frozenset()
    href: str = ""


@dataclass
class Paragraph:
    """Words in a line of their own: `tag` is p, h3 or h4."""

    tag: str
    runs: list[Run]

    def markup(self) -> str:
        return f"<{self.tag}>{_inline(self.runs)}</{self.tag}>"


@dataclass
class Rule:
    """A dividing line."""

    def markup(self) -> str:
        return "<hr>"


@dataclass
class Bullets:
    """A list; each item begins with a paragraph, if need be an empty one. Numbered from `start`."""

    tag: str
    items: list[list["Block"]]
    start: int = 1

    def markup(self) -> str:
        attribute = f' start="{self.start}"' if self.start != 1 else ""
        items = "".join(f"<li>{write(item)}</li>" for item in self.items)
        return f"<{self.tag}{attribute}>{items}</{self.tag}>"


@dataclass
class Quote:
    """A quotation."""

    blocks: list["Block"]

    def markup(self) -> str:
        return f"<blockquote>{write(self.blocks)}</blockquote>"


@dataclass
class Cell:
    """A cell of a table; each has a paragraph at least."""

    is_header: bool
    blocks: list["Block"]

    def markup(self, scope: str) -> str:
        tag = "th" if self.is_header else "td"
        attribute = f' scope="{scope}"' if self.is_header and scope else ""
        return f"<{tag}{attribute}>{write(self.blocks)}</{tag}>"


@dataclass
class Table:
    """Rows of equally many cells. What heads a column or a row is read from the header cells."""

    rows: list[list[Cell]]

    def markup(self) -> str:
        headed = all(cell.is_header for cell in self.rows[0])
        head = self._rows(self.rows[:1], "col") if headed else ""
        body = self._rows(self.rows[headed:], "row")
        head = f"<thead>{head}</thead>" if head else ""
        body = f"<tbody>{body}</tbody>" if body else ""
        return f"<table>{head}{body}</table>"

    def _rows(self, rows: Sequence[list[Cell]], scope: str) -> str:
        """Rows whose header cells head a column, or their row if they lead it."""
        return "".join(
            "<tr>"
            + "".join(
                cell.markup(scope if scope == "col" or not at else "")
                for at, cell in enumerate(row)
            )
            + "</tr>"
            for row in rows
        )


Block = Paragraph | Rule | Bullets | Quote | Table


def write(blocks: Iterable[Block]) -> str:
    """Blocks as markup."""
    return "".join(block.markup() for block in blocks)


def has_words(runs: Iterable[Run]) -> bool:
    """Whether a reader sees anything of it."""
    return any(run.text.strip() for run in runs)


def tidy(runs: Sequence[Run]) -> list[Run]:
    """The runs of a paragraph with single spaces, none at its ends or beside a line break.

    A space that must not break is a plain one where a paragraph or a line ends, or beside another.
    """
    text = "".join(run.text for run in runs)
    looks = [(run.marks, run.href) for run in runs for _ in run.text]
    kept: list[tuple[str, tuple[frozenset[str], str]]] = []
    for at, character in enumerate(text):
        if character in NO_BREAK and not _binds(text, at):
            character = " "
        if character in _SPACES:
            if kept and kept[-1][0] not in (" ", LINE_BREAK):
                kept.append((" ", looks[at]))
            continue
        if character == LINE_BREAK:
            if kept and kept[-1][0] == " ":
                kept.pop()
            if not kept:
                continue
        kept.append((character, looks[at]))
    while kept and kept[-1][0] in (" ", LINE_BREAK):
        kept.pop()
    made = (
        Run("".join(character for character, _ in group), marks, href)
        for (marks, href), group in groupby(kept, key=lambda one: one[1])
    )
    return list(_without_empty_links(made))


def _binds(text: str, at: int) -> bool:
    """Whether a word stands on both sides of the space that must not break."""
    return bool(text[max(0, at - 1) : at].strip() and text[at + 1 : at + 2].strip())


def _without_empty_links(runs: Iterable[Run]) -> Iterator[Run]:
    """A link without words is none; it would be a place that nobody can name."""
    for _href, group in groupby(runs, key=lambda run: run.href):
        linked = list(group)
        yield from linked if has_words(linked) else (run._replace(href="") for run in linked)


def _inline(runs: Iterable[Run]) -> str:
    """Runs as markup: a tag stays open over as many runs as have it."""
    pieces: list[str] = []
    opened: list[tuple[str, str]] = []
    for run in (*runs, Run("")):
        wanted = [("a", run.href)] if run.href else []
        wanted += [(mark, "") for mark in MARKS if mark in run.marks]
        same = 0
        while opened[same : same + 1] and opened[same : same + 1] == wanted[same : same + 1]:
            same += 1
        pieces += [f"</{tag}>" for tag, _ in reversed(opened[same:])]
        pieces += [
            f'<a href="{escape(href)}">' if tag == "a" else f"<{tag}>"
            for tag, href in wanted[same:]
        ]
        pieces.append(escape(run.text, quote=False).replace(LINE_BREAK, "<br>"))
        opened = wanted
    return "".join(pieces)
