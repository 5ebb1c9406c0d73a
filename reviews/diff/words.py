"""A text as words: what stands between two spaces, without the signs around it."""

import re
from sys import intern
from typing import NamedTuple

# The spaces of HTML: one that must not break is part of its word.
SPACES = (" ", "\t", "\n", "\r", "\f")
_CHUNK = re.compile(r"[^ \t\n\r\f]+")
# Signs that cling to a word without being part of it; a dose keeps its point and its percent sign.
_OPENING = "([“‘\"'"
_CLOSING = ")].,;:!?…”’\"'"

LINE_BREAK = "\n"


class Word(NamedTuple):
    """A word, a sign beside one or a line break; `glued` if no space parts it from the one before.

    `marks` are those of strong, em, sub and sup that it stands in, `target` is where it links to.
    """

    text: str
    glued: bool = False
    marks: tuple[str, ...] = ()
    target: str | None = None


def words(
    text: str, *, glued: bool = False, marks: tuple[str, ...] = (), target: str | None = None
) -> list[Word]:
    """The words of a text; `glued` if the first may continue the word that came before."""
    found: list[Word] = []
    for match in _CHUNK.finditer(text):
        chunk, joins = match[0], glued and not match.start()
        bare = chunk.lstrip(_OPENING)
        core = bare.rstrip(_CLOSING)
        for piece in (chunk[: len(chunk) - len(bare)], core, bare[len(core) :]):
            if piece:
                found.append(Word(intern(piece), joins, marks, target))
                joins = True
    return found
