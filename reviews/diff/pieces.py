"""A part of a document and what became of it, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from reviews.diff.blocks import Block, Table
from reviews.diff.lines import Line
from reviews.diff.markup import read
from reviews.diff.matching import matched
from reviews.diff.patience import ALL_LOOKS, Patience
from reviews.diff.stretches import Stretch, folded
from reviews.diff.tables import Change, compared
from reviews.diff.words import LINE_BREAK, Word
from reviews.reviewable import Part

# A tag, a run of spaces, or other text: markup as it is written.
_WRITTEN = re.compile(r"<[^<>]*>|\s+|[^\s<]+|<")


@dataclass(frozen=True)
class Piece:
    """A part before and after, or None where there is none; `moved` if it stands elsewhere too.

    `looks` is how many it may take to align its blocks and words.
    """

    before: Part | None
    after: Part | None
    moved: bool = False
    folds: bool = True
    looks: int = ALL_LOOKS

    @property
    def label(self) -> str:
        """What the part is called."""
        return self.part.label

    @property
    def part(self) -> Part:
        """The newer one of the two."""
        part = self.before if self.after is None else self.after
        assert part is not None
        return part

    @property
    def differs(self) -> bool:
        """Whether a byte of it changed, or its place."""
        return self.moved or content(self.before) != content(self.after)

    @cached_property
    def _blocks(self) -> tuple[list[Block | Table], list[Block | Table]]:
        old = read(self.before.content, html=self.before.html) if self.before else []
        if self.before and self.before == self.after:
            return old, old
        return old, read(self.after.content, html=self.after.html) if self.after else []

    @cached_property
    def lines(self) -> list[Change]:
        """Its blocks and tables, aligned."""
        return compared(*self._blocks, Patience(self.looks))

    @property
    def leaves(self) -> Iterator[Line]:
        """All of its blocks; their sources are its content, before and after."""
        return (leaf for line in self.lines for leaf in line.leaves)

    @property
    def stretches(self) -> list[Stretch[Change]]:
        """Its lines, those far from any change folded; last the source, where only that changed."""
        shown = [line for line in self.lines if line.latest.face != _BLANK.face]
        changed = [at for at, line in enumerate(shown) if line.differs] or [-1]
        near = {at + step for at in changed for step in (-1, 0, 1)}
        found = folded(
            shown,
            lambda at: "" if at in near or not self.folds else "far",
            lambda _, items: f"{len(items)} unchanged paragraphs" if len(items) > 1 else "",
        )
        return [*found, Stretch((self._source,))] if self._source else found

    @cached_property
    def _source(self) -> Line | None:
        """The content as it is written, if it changed and reads the same."""
        contents = content(self.before), content(self.after)
        if contents[0] == contents[1]:
            return None
        old, new = ([_legible(block) for block in blocks] for blocks in self._blocks)
        if [one for one in old if one] != [one for one in new if one]:
            return None
        was, now = (
            Block(tuple(Word(one, glued=True) for one in _WRITTEN.findall(text)), "source")
            for text in map(_coded, contents)
        )
        steps = matched(was.words, now.words, Patience(self.looks))
        found = tuple(step for step in steps if step.was or step.now)
        return Line(was, now, found, moved="reads the same, but is written differently")


_BLANK = Block(())


def content(part: Part | None) -> str:
    """The content of a part: a missing one reads as an empty one does."""
    return part.content if part else ""


def _legible(block: Block | Table) -> object:
    """What can be seen of a block, without characters that have no shape; None if nothing."""
    if isinstance(block, Table):
        cells = (cell for row in block.rows for cell in row.cells)
        shape = [(row.form, [cell.form for cell in row.cells]) for row in block.rows]
        return block.form, shape, [[_legible(one) for one in cell.blocks] for cell in cells]
    if block.face == _BLANK.face:
        return None
    words = [(_with_a_shape(word.text), *word[1:]) for word in block.words]
    return block.form, [word for word in words if word[0]]


def _with_a_shape(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() or sign == LINE_BREAK)


def _coded(text: str) -> str:
    """Text in which a character without a shape stands as its code."""
    return "".join(
        sign if sign.isprintable() or sign == LINE_BREAK else f"⟨U+{ord(sign):04X}⟩"
        for sign in text
    )
