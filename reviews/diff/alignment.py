"""Which blocks of two texts, or rows of two tables, belong together."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from reviews.diff.patience import LIKENESS, Patience

# From this likeness on, a block counts as an edited one, not as another one in its place.
ALIKE = 0.4
# Each old block is compared with each new one, if that makes no more comparisons than this.
# Longer lists are cut into shorter ones first, and those are aligned one after another.
MOST_COMPARISONS = 10_000


class Item(Protocol):
    """What can be aligned: a block, a table, or a row of one."""

    @property
    def face(self) -> tuple[object, ...]:
        """All that a reader sees of it."""

    @property
    def form(self) -> tuple[object, ...]:
        """What a reader sees of it besides its words."""

    @property
    def bag(self) -> frozenset[str]:
        """Its telling words."""

    @property
    def name(self) -> tuple[object, ...]:
        """What it is about, if a part of it says so."""


T = TypeVar("T", bound=Item)


def aligned(
    old: Sequence[T], new: Sequence[T], patience: Patience
) -> list[tuple[T | None, T | None]]:
    """Each old block with the new one that it became, or None, in the order of both."""
    head, tail = common_ends([one.face for one in old], [one.face for one in new])
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    comparisons = len(inner[0]) * len(inner[1])
    long = comparisons > min(MOST_COMPARISONS, patience.left // LIKENESS)
    # To cut lists costs as much for each block as a likeness.
    if not patience.affords(LIKENESS * (sum(map(len, inner)) if long else comparisons)):
        middle = [*((one, None) for one in inner[0]), *((None, one) for one in inner[1])]
    else:
        middle = _cut(*inner, patience) if long else _best(*inner)
    return [
        *zip(old[:head], new[:head], strict=True),
        *middle,
        *zip(old[len(old) - tail :], new[len(new) - tail :], strict=True),
    ]


def common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
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


def _best(old: Sequence[T], new: Sequence[T]) -> list[tuple[T | None, T | None]]:
    """The pairs, in order, whose likenesses have the greatest sum: len(old) * len(new) looks."""
    like = [[likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, row in enumerate(like):
        for j, alike in enumerate(row):
            paired = best[i][j] + alike if alike >= ALIKE else 0.0
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], paired)
    pairs: list[tuple[T | None, T | None]] = []
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


def likeness(one: Item, other: Item) -> float:
    """How much two items look the same, from 0 to 1, by the telling words that they share.

    A paragraph is never like a table. Rows about the same thing are alike, whatever they say of it.
    """
    if one.face == other.face:
        return 1.0
    shared = 2 * len(one.bag & other.bag)
    if not shared or type(one) is not type(other):
        return 0.0
    alike = shared / (len(one.bag) + len(other.bag)) * (0.95 if one.form == other.form else 0.9)
    return (1 + alike) / 2 if one.name and one.name == other.name else alike


def _cut(old: Sequence[T], new: Sequence[T], patience: Patience) -> list[tuple[T | None, T | None]]:
    """Two long lists, aligned piece by piece.

    They are cut at every block that stands exactly once in each of them. A piece that is still
    longer than half of the whole is cut once more, in its middle.
    """
    counts = Counter(one.face for one in old), Counter(one.face for one in new)
    places = {one.face: place for place, one in enumerate(new)}
    once = [
        (place, places[one.face])
        for place, one in enumerate(old)
        if counts[0][one.face] == counts[1][one.face] == 1
    ]
    cuts = [once[at] for at in rising([now for _, now in once])]
    pairs: list[tuple[T | None, T | None]] = []
    for (a, c), (b, d) in pairwise([(0, 0), *cuts, (len(old), len(new))]):
        # Else a text could be such that we cut it again and again and it hardly gets shorter.
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
