"""Which words of two texts belong together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate, groupby
from typing import NamedTuple

from reviews.diff.alignment import aligned, common_ends
from reviews.diff.blocks import Block
from reviews.diff.patience import LIKENESS, Patience
from reviews.diff.words import Word

# A text that could cost more looks than this is compared sentence by sentence.
MOST_LOOKS = 500_000


class Step(NamedTuple):
    """The old words and the new ones of a stretch; `same` if only their marks may differ."""

    same: bool
    was: tuple[Word, ...]
    now: tuple[Word, ...]


class _Matcher(SequenceMatcher[tuple[str, bool]]):
    """One that finds no more matches when the patience is at its end."""

    def __init__(
        self, old: Sequence[tuple[str, bool]], new: Sequence[tuple[str, bool]], patience: Patience
    ) -> None:
        super().__init__(None, old, new, autojunk=False)
        self.patience = patience
        # A search looks at each old word, and for each at all the same new ones.
        counts = Counter(new)
        looks = (1 + counts[one] for one in old)
        self.looks = list(accumulate(looks, initial=0))

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        looks = self.looks[-1 if ahi is None else ahi] - self.looks[alo]
        if not self.patience.affords(looks):
            return Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)


def steps(was: tuple[Word, ...], now: tuple[Word, ...], patience: Patience) -> list[Step]:
    """The steps from one text to another, as a person would mark them."""
    return _joined(matched(was, now, patience))


def matched(was: tuple[Word, ...], now: tuple[Word, ...], patience: Patience) -> list[Step]:
    """The steps from one text to another, word by word; by sentences first where they are long."""
    old, new = [(one.text, one.glued) for one in was], [(one.text, one.glued) for one in now]
    head, tail = common_ends(old, new)
    found = [Step(True, was[:head], now[:head])]
    inner_was, inner_now = was[head : len(was) - tail], now[head : len(now) - tail]
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    if _looks(old, new) <= MOST_LOOKS:
        found += [
            Step(op == "equal", inner_was[a:b], inner_now[c:d])
            for op, a, b, c, d in _Matcher(old, new, patience).get_opcodes()
        ]
    else:
        found += _by_sentence(Block(inner_was), Block(inner_now), patience)
    return [*found, Step(True, was[len(was) - tail :], now[len(now) - tail :])]


def _looks(old: Sequence[object], new: Sequence[object]) -> int:
    """At most how often SequenceMatcher looks: a search for each match, over all that may match."""
    counts = Counter(old)
    pairs = sum(counts[one] for one in new)
    return (min(pairs, len(old), len(new)) + 1) * (pairs + len(old))


def _by_sentence(was: Block, now: Block, patience: Patience) -> list[Step]:
    counts = len(was.ends()), len(now.ends())
    # To make a sentence costs as much as a likeness.
    if counts == (1, 1) or not patience.affords(LIKENESS * sum(counts)):
        patience.ended = True
        return [Step(False, was.words, now.words)]
    found: list[Step] = []
    for one, other in aligned(was.sentences(), now.sentences(), patience):
        if one and other:
            found += matched(one.words, other.words, patience)
        else:
            found.append(Step(False, one.words if one else (), other.words if other else ()))
    return found


def _joined(steps: Iterable[Step]) -> list[Step]:
    """The steps without empty ones, and without crumbs that stayed between two changes."""
    found: list[_Growing] = []
    told = (step for step in steps if step.was or step.now)
    for same, group in groupby(told, key=lambda step: step.same):
        joined = _Growing(same, [], [])
        for step in group:
            joined.take(step)
        while not same and len(found) > 1 and _crumb(found[-2], found[-1], joined):
            kept, first = found.pop(), found.pop()
            first.take(kept)
            first.take(joined)
            joined = first
        found.append(joined)
    return [Step(one.same, tuple(one.was), tuple(one.now)) for one in found]


class _Growing(NamedTuple):
    """A step that takes in those after it in place: to copy it each time would be quadratic."""

    same: bool
    was: list[Word]
    now: list[Word]

    def take(self, other: "Step | _Growing") -> None:
        self.was.extend(other.was)
        self.now.extend(other.now)


def _crumb(first: _Growing, kept: _Growing, last: _Growing) -> bool:
    """Whether what stayed between two changes would only make the sentence hard to read."""
    replaced = (first.was or last.was) and (first.now or last.now)
    if not replaced or len(kept.now) > 3:
        return False
    most = size(kept.now)
    # Every word has a sign at least, so that as many words tell enough about the size.
    return most <= 3 or all(
        most <= max(size(step.was[:most]), size(step.now[:most])) for step in (first, last)
    )


def size(words: Iterable[Word]) -> int:
    """How many signs words have; one of a script without spaces says as much as three letters."""
    return sum(3 if word.is_sign else len(word.text) for word in words)
