"""What changed between two documents, as a plain listing of their parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape

from reviews.reviewable import Part

# A tag, or a word with what clings to it and the space after it.
_TOKEN = re.compile(r"<[^>]*>\s*|[^\s<]+\s*|<|\s+")


@dataclass(frozen=True)
class Piece:
    """A run of text that was kept, added or removed: op is "same", "added" or "removed".

    `html` says whether `text` is markup, `whole` whether it is all of an added or removed part.
    """

    op: str
    text: str
    html: bool = False
    whole: bool = False

    @property
    def shown(self) -> str:
        """The text for a reader: of markup, line breaks, every tag that changed, and new links."""
        if not self.html:
            return self.text
        if self.op != "same" and not self.whole:
            return unescape(self.text)
        broken = re.sub(r"</(?:p|li|h3|h4|blockquote)>|<[bh]r>", "\n", self.text)
        bare = re.sub(r"<(?!/?a\b)[^>]*>" if self.whole else r"<[^>]*>", "", broken)
        return unescape(re.sub(r"\n\s*", "\n", bare))


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
                found.append(_whole("added", "added", part))
        elif was.content != part.content:
            found.append(Change("changed", part.label, tuple(_pieces(was, part))))
        elif part.key not in in_place and part.content:
            found.append(_whole("moved", "same", part))
    found += [
        _whole("removed", "removed", part)
        for part in before
        if part.key not in new and part.content
    ]
    return found


def _whole(op: str, piece: str, part: Part) -> Change:
    return Change(op, part.label, (Piece(piece, part.content, part.html, whole=True),))


def _pieces(before: Part, after: Part) -> list[Piece]:
    old, new = _TOKEN.findall(before.content), _TOKEN.findall(after.content)
    html = before.html or after.html
    # What both begin and end with needs no comparing, which is most of a page.
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    was, now = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [Piece("same", "".join(new[:head]), html)]
    for op, *spans in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        gone, come = "".join(was[slice(*spans[:2])]), "".join(now[slice(*spans[2:])])
        if op == "equal":
            pieces.append(Piece("same", come, html))
        else:
            pieces += [Piece("removed", gone, html), Piece("added", come, html)]
    pieces.append(Piece("same", "".join(new[len(new) - tail :]), html))
    return [piece for piece in pieces if piece.text]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many tokens two lists begin with in common."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count
