"""A text as words: what stands between two spaces, without the signs around it.

Scripts that put no spaces between words, such as Chinese, Japanese and Thai, would make a word of
each sentence: there each sign is a word of its own, glued to the one before.
"""

import re
from sys import intern
from typing import NamedTuple
from unicodedata import category

# The spaces of HTML: one that must not break is part of its word.
SPACES = (" ", "\t", "\n", "\r", "\f")
_CHUNK = re.compile(r"[^ \t\n\r\f]+")
# Signs that cling to a word without being part of it; a dose keeps its point and its percent sign.
_OPENING = "([“‘\"'"
_CLOSING = ")].,;:!?…”’\"'"

LINE_BREAK = "\n"
PARTING = _OPENING + _CLOSING + LINE_BREAK

# Thai, Lao, Tibetan, Burmese; Khmer; Tai Le, New Tai Lue and Khmer symbols; Tai Tham, Balinese,
# Javanese; then Chinese, Japanese, Bopomofo and Yi with their full-width punctuation. Not Korean.
_WITHOUT_SPACES = (
    *((0x0E00, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19FF), (0x1A20, 0x1AAF), (0x1B00, 0x1B7F)),
    *((0x2E80, 0x2FDF), (0x3001, 0x312F), (0x3190, 0x4DBF), (0x4E00, 0xA4CF), (0xA980, 0xA9DF)),
    *((0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20)),
    *((0xFF3B, 0xFF40), (0xFF5B, 0xFF9F), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF)),
)
_SIGNS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _WITHOUT_SPACES)
_MARKS = "".join(
    chr(code)
    for first, last in ((0x0300, 0x036F), *_WITHOUT_SPACES[:-1])
    for code in range(first, last + 1)
    if category(chr(code)).startswith("M")
)
# After these the next letter is written below or above: the virama of Burmese and Khmer's coeng.
_STACKING = "\u1039\u17d2\u1a60"
_JOINED = rf"[{_MARKS}\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_ONE_SIGN = rf"[{_SIGNS}](?:[{_STACKING}][{_SIGNS}]|{_JOINED})*"
_SIGN = re.compile(_ONE_SIGN)
# A mark for something that is numbered when it is shown, "[ref:k3n7q2aa]": one word, never cut.
_MARK = re.compile(r"(\[[a-z]+:[a-z0-9]{8}\])")
_PIECE = re.compile(rf"{_ONE_SIGN}|[^{_SIGNS}]+")


class Word(NamedTuple):
    """A word, a sign beside one or a line break; `glued` if no space parts it from the one before.

    `marks` are those of strong, em, sub and sup that it stands in, `target` is where it links to.
    """

    text: str
    glued: bool = False
    marks: tuple[str, ...] = ()
    target: str | None = None

    @property
    def is_sign(self) -> bool:
        """Whether it is one sign of a script without spaces."""
        return not self.text.isascii() and _SIGN.match(self.text) is not None


def words(
    text: str, *, glued: bool = False, marks: tuple[str, ...] = (), target: str | None = None
) -> list[Word]:
    """The words of a text; `glued` if the first may continue the word that came before."""
    found: list[Word] = []
    for match in _CHUNK.finditer(text):
        joins = glued and not match.start()
        for piece in _pieces(match[0]):
            found.append(Word(intern(piece), joins, marks, target))
            joins = True
    return found


def as_a_line(found: list[Word]) -> tuple[Word, ...]:
    """Words of which a sign that opens a line counts as glued: no space stands before it."""
    openings = [True, *(word.text == LINE_BREAK for word in found)]
    return tuple(
        word._replace(glued=True) if opens and word.is_sign else word
        for word, opens in zip(found, openings, strict=False)
    )


def _pieces(chunk: str) -> list[str]:
    """What stands between two spaces, taken apart."""
    if chunk.isalnum() and chunk.isascii():
        return [chunk]
    if "[" in chunk and len(around := _MARK.split(chunk)) > 1:
        marks = around[1::2]
        return [
            piece for one in around if one for piece in ([one] if one in marks else _pieces(one))
        ]
    bare = chunk.lstrip(_OPENING)
    core = bare.rstrip(_CLOSING)
    inner = [core] if core.isascii() else _PIECE.findall(core)
    return [one for one in (chunk[: len(chunk) - len(bare)], *inner, bare[len(core) :]) if one]
