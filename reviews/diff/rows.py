"""The parts that stand and move together, and what became of them."""

import re
from dataclasses import dataclass
from functools import cached_property

from reviews.diff.lines import FEW_WORDS, Run, runs_of
from reviews.diff.markup import read
from reviews.diff.patience import ROW
from reviews.diff.pieces import Piece, content
from reviews.diff.stretches import Stretch, folded
from reviews.diff.words import Word
from reviews.reviewable import Part

# So many characters hold the words by which a reader knows a text again.
_OPENING = 500
# What is left of a tag or a word where a text was cut.
_CUT = re.compile(r"(?:<[^<>]*|\S+)\Z")


@dataclass(frozen=True)
class Row:
    """A row before and after; `was` and `now` are its numbers among its group, or 0.

    A row that moved stands twice: at its old place it `left`, at its new place it `moved`.
    """

    pieces: tuple[Piece, ...]
    was: int = 0
    now: int = 0
    moved: bool = False
    left: bool = False

    @property
    def name(self) -> str:
        """What the row is called, with the number that it has or had where it stands here."""
        part = self._part
        number = self.was if self.left or not self.now else self.now
        return f"{part.group or part.label}, {number}" if number else part.group or part.label

    @property
    def group(self) -> str:
        """Among what it stands."""
        return self._part.group

    @property
    def _part(self) -> Part:
        return self.pieces[0].part

    @property
    def renumbered(self) -> bool:
        """Whether the page prints another number before it, although it did not move."""
        piece = self.pieces[0]
        return bool(
            piece.before
            and piece.after
            and not self.moved
            and piece.before.number != piece.after.number
        )

    @cached_property
    def op(self) -> str:
        """left, added, removed, changed, moved, renumbered or same: the first that is true."""
        had = any(content(piece.before) for piece in self.pieces)
        has = any(content(piece.after) for piece in self.pieces)
        if self.left:
            return "left"
        if not had:
            return "added" if has else "same"
        if not has:
            return "removed"
        if any(piece.differs for piece in self.pieces):
            return "changed"
        return "moved" if self.moved else "renumbered" if self.renumbered else "same"

    @property
    def what(self) -> str:
        """What happened to it, in words."""
        told = []
        if (self.left or self.moved) and self.was == self.now:
            told.append("moved past others")
        elif self.left:
            told.append(f"moved to {self.now}")
        elif self.moved:
            told.append(f"moved from {self.was} to {self.now}")
        if self.op in ("added", "removed", "changed"):
            told.append(self.op)
        if self.renumbered:
            told.append(f"number {self.was} is now {self.now}")
        return ", ".join(told)

    @property
    def shows(self) -> bool:
        """Whether there is anything to show: an empty part leaves no trace on a page."""
        return self.op != "same" or any(content(piece.after) for piece in self.pieces)

    @property
    def excerpt(self) -> str:
        """The words that it begins with."""
        words = [word for piece in self.pieces for word in _opening(piece.part)]
        (run, *_) = runs_of(Word(word.text, word.glued) for word in words[:FEW_WORDS]) or [Run("")]
        text = run.text.strip()
        return f"{text.rstrip('.,;:')}…" if len(words) > FEW_WORDS else text

    @property
    def weight(self) -> int:
        """How many looks it takes to show it, besides what its pieces hold."""
        return ROW * (1 + len(self.pieces))

    @property
    def stretches(self) -> list[Stretch[Piece]]:
        """Its pieces that say anything; those that stayed are folded, but for the first."""
        pieces = [one for one in self.pieces if content(one.before) or content(one.after)]
        pieces = pieces or list(self.pieces)
        return folded(
            pieces,
            lambda at: "unchanged" if at and self.op != "same" and not pieces[at].differs else "",
            lambda _, items: f"{', '.join(piece.label for piece in items)}: unchanged",
        )


def _opening(part: Part) -> list[Word]:
    """Some of the first words of a part, however long it is."""
    whole = len(part.content) <= _OPENING
    text = part.content if whole else _CUT.sub("", part.content[:_OPENING])
    return [word for block in read(text, html=part.html) for word in block.words]
