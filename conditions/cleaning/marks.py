"""[ref:KEY] in cleaned markup: the mark by which a text cites a reference of its own page."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

_OPEN = "[ref:"
_MARK = re.compile(r"\[ref:([a-z0-9]{8})\]")
# What somebody may have meant as a mark, however it was typed.
_MEANT = re.compile(r"\[\s*ref\b\s*:?[^\[\]\n]{0,40}\]?", re.IGNORECASE)
# In cleaned markup "<" begins a tag, and no tag holds another.
_TAG = re.compile(r"(<[^<>]*>)")


class Mark(NamedTuple):
    """A mark in a text: the key that it names, and whether it stands in a link."""

    key: str
    in_link: bool


def keys(markup: str) -> list[str]:
    """The keys of the marks in cleaned markup, each once, in order."""
    found: dict[str, None] = {}

    def note(mark: Mark) -> None:
        found[mark.key] = None

    put(markup, note)
    return list(found)


def put(markup: str, instead: Callable[[Mark], str | None]) -> str:
    """Cleaned markup with other markup in place of its marks; where that is None a mark stays."""
    if _OPEN not in markup:
        return markup
    made, links = [], 0
    for piece in _TAG.split(markup):
        if piece.startswith("<"):
            links += piece.startswith("<a ") - (piece == "</a>")
            made.append(piece)
        else:
            made.append(_put(piece, instead, in_link=links > 0))
    return "".join(made)


def _put(text: str, instead: Callable[[Mark], str | None], *, in_link: bool) -> str:
    def one(found: re.Match[str]) -> str:
        made = instead(Mark(found[1], in_link))
        return found[0] if made is None else made

    return _MARK.sub(one, text)


def without(markup: str, known: Mapping[str, int]) -> str:
    """Cleaned markup without its marks of known keys, nor the spaces before them."""
    if _OPEN not in markup:
        return markup
    return re.sub(
        r"[ \u00a0]*\[ref:([a-z0-9]{8})\]",
        lambda found: "" if found[1] in known else found[0],
        markup,
    )


def meant(words: str) -> list[str]:
    """What reads like a mark in plain words, a good one or not, each once."""
    return list(dict.fromkeys(found[0].strip() for found in _MEANT.finditer(words)))


def key_of(mark: str) -> str:
    """The key that a mark names, or "" where it is not written as one."""
    found = _MARK.fullmatch(mark)
    return found[1] if found else ""
