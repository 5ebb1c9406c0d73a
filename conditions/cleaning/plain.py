"""Text without a block: each of its lines stays a line, and lines parted by tabs are a table."""

import re

from conditions.cleaning.elements import BLOCKS

_BLOCK = re.compile(rf"<(?:br|{'|'.join(sorted(BLOCKS))})(?=[\s/>])", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"<(?=/?(?:{'|'.join(sorted(BLOCKS))})[\s/>])", re.IGNORECASE)
_TAG = re.compile("<[^<>]*>")


def is_plain(markup: str) -> bool:
    """Whether nothing in it says where a paragraph or a line ends but its line breaks."""
    return not _BLOCK.search(markup)


def parted(markup: str) -> str:
    """The markup with a space before every tag of a block.

    A browser passes over some in the middle of a text, such as an end tag too many; the words on
    both sides of it are two words nevertheless.
    """
    return _BLOCK_TAG.sub(" <", markup)


def with_blocks(text: str) -> str:
    """The text with its lines as paragraphs: a blank line ends one, any other break is kept.

    Two lines or more, each with the same number of tabs, are a table: a spreadsheet and a word
    processor put one on the clipboard so.
    """
    text = _TAG.sub(lambda tag: re.sub(r"\s+", " ", tag[0]), text).strip("\n")
    return "".join(_chunk(chunk.split("\n")) for chunk in re.split(r"\n[ ]*(?:\n[ ]*)+", text))


def _chunk(lines: list[str]) -> str:
    tabs = {line.count("\t") for line in lines}
    if len(lines) > 1 and len(tabs) == 1 and tabs != {0}:
        return f"<table>{''.join(_row(line) for line in lines)}</table>"
    return f"<p>{'<br>'.join(lines)}</p>"


def _row(line: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in line.split("\t")) + "</tr>"
