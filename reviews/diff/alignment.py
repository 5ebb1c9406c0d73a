"""Which blocks and which words of two texts belong together."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from reviews.diff.blocks import Block, Word

# From this likeness on, a block counts as an edited one, not as another one in its place.
ALIKE = 0.4
# More comparisons than this, or than are left, and blocks are parted where some stayed, or halved.
MOST_COMPARISONS = 10_000
# A text whose words would cost more looks than this is first parted into sentences.
MOST_LOOKS = 500_000
# All looks of a whole diff, less than half a second; beyond, what is not the same was replaced.
ALL_LOOKS = 2_500_000
# How many looks at a word take as long as one likeness.
LIKENESS = 16


Pair = tuple[Block | None, Block | None]


class Step(NamedTuple):
    """The old words and the new ones of a stretch; `same` if only their marks may differ."""

    same: bool
    was: tuple[Word, ...]
    now: tuple[Word, ...]


class Patience:
    """How many looks are left, so that no text, however hostile, keeps a reader waiting."""

    def __init__(self, left: int = ALL_LOOKS) -> None:
        self.left = left

    def affords(self, looks: int) -> bool:
        """Whether so many are left; if so, they are taken."""
        if looks > self.left:
            return False
        self.left -= looks
        return True


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
    head, tail = _common_ends(old, new)
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
    """How many signs words have."""
    return sum(len(word.text) for word in words)


def aligned(old: Sequence[Block], new: Sequence[Block], patience: Patience) -> list[Pair]:
    """Each old block with the new one that it became, or None, in the order of both."""
    head, tail = _common_ends([one.face for one in old], [one.face for one in new])
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    comparisons = len(inner[0]) * len(inner[1])
    long = comparisons > min(MOST_COMPARISONS, patience.left // LIKENESS)
    # To part lists costs as much for each block as a likeness.
    if not patience.affords(LIKENESS * (sum(map(len, inner)) if long else comparisons)):
        middle = [*((one, None) for one in inner[0]), *((None, one) for one in inner[1])]
    else:
        middle = _in_parts(*inner, patience) if long else _best(*inner)
    return [
        *zip(old[:head], new[:head], strict=True),
        *middle,
        *zip(old[len(old) - tail :], new[len(new) - tail :], strict=True),
    ]


def _common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """How many items two lists begin with in common, and how many others they end with."""
    head = _common(old, new, len(old))
    return head, _common(old[::-1], new[::-1], min(len(old), len(new)) - head)


def _common(old: Sequence[object], new: Sequence[object], most: int) -> int:
    count = 0
    for one, other in zip(old[:most], new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _best(old: Sequence[Block], new: Sequence[Block]) -> list[Pair]:
    """The pairs, in order, whose likenesses have the greatest sum: len(old) * len(new) looks."""
    like = [[likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, row in enumerate(like):
        for j, alike in enumerate(row):
            paired = best[i][j] + alike if alike >= ALIKE else 0.0
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], paired)
    pairs: list[Pair] = []
    i, j = len(old), len(new)
    while i or j:
        if j and best[i][j] == best[i][j - 1]:
            j -= 1
            pairs.append((None, new[j]))
        elif i and best[i][j] == best[i - 1][j]:
            i -= 1
            pairs.append((old[i], None))
        else:
            i, j = i - 1, j - 1
            pairs.append((old[i], new[j]))
    return pairs[::-1]


def likeness(one: Block, other: Block) -> float:
    """How much two blocks look the same, from 0 to 1, by the telling words that they share."""
    if one.face == other.face:
        return 1.0
    shared = 2 * len(one.bag & other.bag)
    if not shared:
        return 0.0
    return shared / (len(one.bag) + len(other.bag)) * (0.95 if one.form == other.form else 0.9)


def _in_parts(old: Sequence[Block], new: Sequence[Block], patience: Patience) -> list[Pair]:
    """Two long lists aligned between the blocks that stand once in both, the rest in halves."""
    counts = Counter(one.face for one in old), Counter(one.face for one in new)
    places = {one.face: place for place, one in enumerate(new)}
    once = [
        (place, places[one.face])
        for place, one in enumerate(old)
        if counts[0][one.face] == counts[1][one.face] == 1
    ]
    cuts = [once[at] for at in rising([now for _, now in once])]
    pairs: list[Pair] = []
    for (a, c), (b, d) in pairwise([(0, 0), *cuts, (len(old), len(new))]):
        # Halved if it is still the most of it, so that no text makes us part it again and again.
        long = 2 * (b - a + d - c) > len(old) + len(new)
        half, other = ((a + b) // 2, (c + d) // 2) if long else (b, d)
        pairs += aligned(old[a:half], new[c:other], patience)
        pairs += aligned(old[half:b], new[other:d], patience)
    return pairs


def rising(numbers: Sequence[int]) -> list[int]:
    """The places of a longest rising subsequence of distinct numbers."""
    ends: list[int] = []  # the lowest number that ends a rising run of each length
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
    found = []
    at = places[-1] if places else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]
