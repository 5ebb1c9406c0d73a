"""A text as a whole, without its marks: where there is too much to compare it word by word."""

import re
from dataclasses import dataclass
from html import unescape

from reviews.diff.blocks import Block
from reviews.diff.lines import Run, Span
from reviews.reviewable import Part

_INLINE = re.compile(r"</?(?:strong|em|sub|sup|a)(?:\s[^<>]*)?>")
_CELL = re.compile(r"</t[dh]>\s*(?=<t[dh][ >])")
_BLOCK = re.compile(
    r"</?(?:p|br|hr|ul|ol|li|blockquote|h3|h4|table|thead|tbody|tr|th|td)(?:\s[^<>]*)?/?>"
)
_BREAKS = re.compile(r"[ \t]*\n\s*")


@dataclass(frozen=True)
class Whole:
    """A part's text that was removed or added as a whole, or stayed the same; shown as a line."""

    op: str
    text: str
    note: str = ""

    @property
    def latest(self) -> Block:
        """What gives it its form: a plain paragraph."""
        return Block(())

    @property
    def spans(self) -> list[Span]:
        """Its text in one run, if it is shown at all."""
        return [Span(self.op, (Run(self.text),))] if self.text else []


def plain(part: Part, *, between: str = " | ") -> str:
    """The words of a part, a line for each block; `between` stands between cells of a row."""
    if not part.html:
        return part.content
    content = part.content
    for written, shown in part.printed:
        content = content.replace(written, shown)
    apart = _CELL.sub(between, _INLINE.sub("", content))
    return _BREAKS.sub("\n", unescape(_BLOCK.sub("\n", apart))).strip()
