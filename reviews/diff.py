"""What changed between two documents, as a plain listing of their parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reviews.reviewable import Part

# A tag, a run of white space, or a word with what clings to it.
_TOKEN = re.compile(r"<[^>]*>|\s+|[^\s<]+|<")


@dataclass(frozen=True)
class Piece:
    """A run of text that was kept, added or removed: op is "same", "added" or "removed"."""

    op: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part that differs: op is "added", "removed", "changed" or "moved"."""

    op: str
    label: str
    pieces: tuple[Piece, ...]


def changes(before: Sequence[Part], after: Sequence[Part]) -> list[Change]:
    """Every part that differs, in the order of the newer document, removed ones last.

    Markup is listed as it is written, so that a link's target or an em that became strong shows.
    """
    old = {part.key: part for part in before}
    new = {part.key: part for part in after}
    kept = [part.key for part in before if part.key in new]
    kept_now = [part.key for part in after if part.key in old]
    in_place = {
        kept_now[block.b + offset]
        for block in SequenceMatcher(None, kept, kept_now, autojunk=False).get_matching_blocks()
        for offset in range(block.size)
    }
    found: list[Change] = []
    for part in after:
        was = old.get(part.key)
        if was is None:
            if part.content:
                found.append(Change("added", part.label, (Piece("added", part.content),)))
        elif was.content != part.content:
            found.append(Change("changed", part.label, tuple(_pieces(was.content, part.content))))
        elif part.key not in in_place and part.content:
            found.append(Change("moved", part.label, (Piece("same", part.content),)))
    found += [
        Change("removed", part.label, (Piece("removed", part.content),))
        for part in before
        if part.key not in new and part.content
    ]
    return found


def _pieces(before: str, after: str) -> list[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for op, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if op == "equal":
            pieces.append(Piece("same", "".join(new[new_from:new_to])))
            continue
        if old_to > old_from:
            pieces.append(Piece("removed", "".join(old[old_from:old_to])))
        if new_to > new_from:
            pieces.append(Piece("added", "".join(new[new_from:new_to])))
    return pieces
