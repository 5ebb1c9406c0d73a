"""Texts as long as a field may be that make a naive comparison slow."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from conditions.cleaning.sanitise import MOST_BYTES, MOST_TAGS
from reviews.reviewable import Part

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pair(kind: str, size: int = MOST_BYTES, *, fields: int = 1) -> tuple[list[Part], list[Part]]:
    """Fields of that many bytes each, and others in their place."""
    chance = random.Random(1)  # noqa: S311

    def parts(own: str) -> list[Part]:
        texts = [HOSTILE[kind](chance, own, size) for _ in range(fields)]
        return [
            Part(f"x{at}", "X", text, html=text.startswith("<")) for at, text in enumerate(texts)
        ]

    return parts("one"), parts("two")


def _filled(size: int, piece: Callable[[int], str], most: int | None = None) -> str:
    found, left = [], size - len("<p></p>")
    for at in count():
        made = piece(at)
        if len(made) > left or at == most:
            return "".join(found)
        found.append(made)
        left -= len(made)
    raise AssertionError


def _choices(*pieces: str) -> Callable[[random.Random, str, int], str]:
    return lambda chance, own, size: f"<p>{_filled(size, lambda _: chance.choice(pieces))}</p>"


def _name(number: int) -> str:
    """A short word of its own for each number."""
    name = LETTERS[number % 26]
    while number := number // 26:
        name += LETTERS[number % 26]
    return name


def _nested(chance: random.Random, own: str, size: int) -> str:
    """Each sentence stands twice until the text is parted at the one before it."""
    pieces = _filled(size, lambda at: f"{_name(at + 2)}. {own}. {_name(at + 1)}. ")
    return f"<p>{pieces}</p>"


def _crumbs(chance: random.Random, own: str, size: int) -> str:
    """Short words that stay, each between two that change."""
    pieces = _filled(size, lambda at: f"{own} k {own}. {_name(at)}. ")
    return f"<p>{pieces}</p>"


def _long_sentences(chance: random.Random, own: str, size: int) -> str:
    def sentence(at: int) -> str:
        return " ".join(chance.choice("ab") for _ in range(60)) + f" {at}. "

    return f"<p>{_filled(size, sentence)}</p>"


def _paragraphs(chance: random.Random, own: str, size: int) -> str:
    def paragraph(_: int) -> str:
        return f"<p>{' '.join(chance.choice('abcdef') for _ in range(28))}</p>"

    return _filled(size, paragraph, MOST_TAGS // 2)


def _lines(chance: random.Random, own: str, size: int) -> str:
    return _filled(size, lambda _: f"l {chance.randrange(5)}\n")


# A text for each kind, of whose `own` word the two that are compared have another.
HOSTILE: dict[str, Callable[[random.Random, str, int], str]] = {
    "words of two": _choices("a ", "b "),
    "sentences of two": _choices("a. ", "b. "),
    "signs": _choices(". ", "! ", "? "),
    "lines": _lines,
    "paragraphs": _paragraphs,
    "long sentences": _long_sentences,
    "nested sentences": _nested,
    "crumbs": _crumbs,
}
