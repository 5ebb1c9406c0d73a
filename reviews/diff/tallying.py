"""How many words of a stretch of text a reader would count, and how many of them changed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from unicodedata import category

from reviews.diff.matching import Step
from reviews.diff.words import LINE_BREAK, PARTING, Word

# Words taken out, and words put in.
Tally = tuple[int, int]

# The number of what counts as no word: punctuation beside one, and a line break.
_NONE = 0


def words_in(stretch: Sequence[Word]) -> int:
    """How many words a stretch of text has for a reader; one if it is nothing but punctuation."""
    return max(len({*_numbered(stretch)} - {_NONE}), int(bool(stretch)))


def changed_words(steps: Sequence[Step]) -> Tally:
    """How many words were taken out and put in from one text to another.

    A word of which only a part changed is one of each: "5", if "0" was put to it in italics.
    """
    old = iter(_numbered([word for step in steps for word in step.was]))
    new = iter(_numbered([word for step in steps for word in step.now]))
    gone, come = {_NONE}, {_NONE}
    punctuation = [0, 0]
    kept: list[tuple[int, int]] = []
    for stayed, was, now in _stretches(steps):
        ones, others = [*islice(old, len(was))], [*islice(new, len(now))]
        if stayed:
            kept += zip(ones, others, strict=True)
            continue
        for side, (found, numbers) in enumerate(((gone, ones), (come, others))):
            punctuation[side] += bool(numbers) and not any(numbers)
            found.update(numbers)
    # Once in each direction: a word may have two changed neighbors, which are parts of others.
    for one, other in [*kept, *reversed(kept)]:
        if (one in gone and one) or (other in come and other):
            gone.add(one)
            come.add(other)
    return len(gone) - 1 + punctuation[0], len(come) - 1 + punctuation[1]


def _stretches(
    steps: Iterable[Step],
) -> Iterator[tuple[bool, Sequence[Word], Sequence[Word]]]:
    """Whether words stayed, with the old ones and the new ones; not if only their marks differ."""
    for step in steps:
        if not step.same:
            yield False, step.was, step.now
            continue
        pairs = zip(step.was, step.now, strict=True)
        for stayed, group in groupby(pairs, key=lambda pair: pair[0][2:] == pair[1][2:]):
            some = [*group]
            yield stayed, [was for was, _ in some], [now for _, now in some]


def _numbered(stretch: Sequence[Word]) -> list[int]:
    """For each piece of a text the number of the word that it is a part of, from 1, or none.

    No space parts the pieces of a word, but each sign of a script without spaces is one.
    """
    numbers: list[int] = []
    number = 0
    for start, end in _glued(stretch):
        pieces = stretch[start:end]
        inner = [at for at, piece in enumerate(pieces) if not _is_punctuation(piece)]
        if not inner and not pieces[0].glued and pieces[0].text != LINE_BREAK:
            # Punctuation that stands by itself.
            inner = [0, len(pieces) - 1]
        if inner:
            number += 1
        numbers += [
            number if inner and inner[0] <= at <= inner[-1] else _NONE for at in range(len(pieces))
        ]
    return numbers


def _glued(stretch: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where each run of pieces begins and ends that no space, and no sign of its own, parts."""
    start = 0
    for at in range(1, len(stretch) + 1):
        if (
            at == len(stretch)
            or not stretch[at].glued
            or stretch[at].is_sign
            or stretch[at - 1].is_sign
        ):
            yield start, at
            start = at


def _is_punctuation(word: Word) -> bool:
    """Whether it parts words; a percent sign or a slash is a part of one."""
    return not word.text.strip(PARTING) or (word.is_sign and category(word.text[0])[0] == "P")
