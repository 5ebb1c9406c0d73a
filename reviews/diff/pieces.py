"""A part of a document and what became of it, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from reviews.diff.blocks import Block, Table
from reviews.diff.lines import Line
from reviews.diff.markup import read
from reviews.diff.matching import matched
from reviews.diff.patience import CHARACTER, DESK_LOOKS, PLAIN, TAG, WORD, Patience
from reviews.diff.stretches import Stretch, folded
from reviews.diff.tables import Change, compared
from reviews.diff.wholes import Whole, plain
from reviews.diff.words import LINE_BREAK, Word
from reviews.reviewable import Part

# A tag, a run of spaces, or other text: markup as it is written.
_WRITTEN = re.compile(r"<[^<>]*>|\s+|[^\s<]+|<")


Shown: TypeAlias = Change | Whole

TOO_MUCH = "too much changed to mark"
TOO_LONG = "too long to show here"


@dataclass(frozen=True)
class Piece:
    """A part before and after, or None where there is none; `moved` if it stands elsewhere too.

    `patience` is what it may cost to compare and to show it. With `brief`, what would cost more is
    left out; without, it is shown plainly.
    """

    before: Part | None
    after: Part | None
    moved: bool = False
    folds: bool = True
    brief: bool = False
    patience: Patience = field(default_factory=lambda: Patience(DESK_LOOKS), compare=False)

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

    @property
    def length(self) -> int:
        """How many characters are to be compared."""
        return sum(len(content(part)) for part in self._parts)

    def wait(self, looks: int) -> list[Stretch[Shown]]:
        """What is shown of it for so many looks."""
        self.patience.left = looks
        self.patience.keep(self.length // PLAIN)
        return self.stretches

    @property
    def _parts(self) -> list[Part]:
        """The old one and the new one, or the one where they are the same."""
        parts = [self.before] if self.before == self.after else [self.before, self.after]
        return [part for part in parts if part]

    @cached_property
    def is_read(self) -> bool:
        """Whether there is patience enough to compare it word by word."""
        return self.patience.affords(sum(map(_reading, self._parts)))

    @cached_property
    def _blocks(self) -> tuple[list[Block | Table], list[Block | Table]]:
        old = read(self.before.content, html=self.before.html) if self.before else []
        if self.before and self.before == self.after:
            return old, old
        return old, read(self.after.content, html=self.after.html) if self.after else []

    @property
    def lines(self) -> list[Change]:
        """Its blocks and tables, aligned; if it cannot be read, its contents without words."""
        return self._compared[0]

    @property
    def is_complete(self) -> bool:
        """Whether all of it was compared; else some that stayed may be told as replaced."""
        return self._compared[1]

    @cached_property
    def _compared(self) -> tuple[list[Change], bool]:
        if not self.is_read:
            return list(self._unread()), False
        lent = self.patience.half()
        found = compared(*self._blocks, lent)
        self.patience.settle(lent)
        return found, not lent.ended

    def _unread(self) -> Iterator[Line]:
        old, new = (
            Block((), source=part.content) if part else None for part in (self.before, self.after)
        )
        if self.before == self.after:
            yield Line(old, new, steps=())
            return
        if old:
            yield Line(old, None, steps=())
        if new:
            yield Line(None, new, steps=())

    @property
    def leaves(self) -> Iterator[Line]:
        """All of its blocks; their sources are its content, before and after."""
        return (leaf for line in self.lines for leaf in line.leaves)

    @cached_property
    def stretches(self) -> list[Stretch[Shown]]:
        """Its lines, those far from any change folded; last the source, where only that changed.

        If that would cost too much, the whole text before and the whole text after.
        """
        shown = [line for line in self.lines if line.latest.face != _BLANK.face]
        changed = [at for at, line in enumerate(shown) if line.differs] or [-1]
        near = {at + step for at in changed for step in (-1, 0, 1)}
        found = folded(
            shown,
            lambda at: "" if at in near or not self.folds else "far",
            lambda _, items: f"{len(items)} unchanged paragraphs" if len(items) > 1 else "",
        )
        told = [one for one in found if not (self.brief and one.summary)]
        costs = sum(
            line.weight for one in told for line in one.items if not isinstance(line, Whole)
        )
        if not (self.is_read and self.patience.affords(costs)):
            return [Stretch(tuple(self._whole()))] if self.length else []
        return [*found, Stretch((self.source,))] if self.source else [*found]

    def _whole(self) -> Iterator[Whole]:
        """The texts without marks; of a brief one, not those that are too long even for that."""
        if not self.differs:
            yield self._told("same", self.part, "unchanged")
            return
        why = TOO_MUCH
        for op, part in (("removed", self.before), ("added", self.after)):
            if part and part.content:
                yield self._told(op, part, why)
                why = ""

    def _told(self, op: str, part: Part, why: str) -> Whole:
        self.patience.release()
        if self.brief and not self.patience.affords(len(part.content) // PLAIN):
            return Whole(op, "", f"{why or op}, {TOO_LONG}")
        return Whole(op, plain(part), why)

    @cached_property
    def source(self) -> Line | None:
        """The content as it is written, if it changed and reads the same."""
        contents = content(self.before), content(self.after)
        if contents[0] == contents[1] or not self.is_read:
            return None
        old, new = ([_legible(block) for block in blocks] for blocks in self._blocks)
        if [one for one in old if one] != [one for one in new if one]:
            return None
        was, now = (
            Block(tuple(Word(one, glued=True) for one in _WRITTEN.findall(text)), "source")
            for text in map(_coded, contents)
        )
        lent = self.patience.half()
        steps = matched(was.words, now.words, lent)
        self.patience.settle(lent)
        told = tuple(step for step in steps if step.was or step.now)
        found = Line(was, now, told, moved="reads the same, but is written differently")
        return found if self.patience.affords(found.weight) else replace(found, steps=())


_BLANK = Block(())


def content(part: Part | None) -> str:
    """The content of a part: a missing one reads as an empty one does."""
    return part.content if part else ""


def _reading(part: Part) -> int:
    """How many looks it takes at most to read a part into blocks and words, and to handle these."""
    text = part.content
    tags = text.count("<" if part.html else "\n")
    # A sign of a script without spaces is a word, and takes two bytes more than a letter.
    words = text.count(" ") + (len(text.encode("utf-8", "surrogatepass")) - len(text)) // 2
    return CHARACTER * len(text) + TAG * tags + WORD * words


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
    if text.isprintable():
        return text
    return "".join(sign for sign in text if sign.isprintable() or sign == LINE_BREAK)


def _coded(text: str) -> str:
    """Text in which a character without a shape stands as its code."""
    return "".join(
        sign if sign.isprintable() or sign == LINE_BREAK else f"⟨U+{ord(sign):04X}⟩"
        for sign in text
    )
