"""Neighbors in a list that are shown or folded together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

T = TypeVar("T")
Kept = TypeVar("Kept", covariant=True)


@dataclass(frozen=True)
class Stretch(Generic[Kept]):
    """Neighbors in a list; folded under the summary if there is one."""

    items: tuple[Kept, ...]
    summary: str = ""


def folded(
    items: Sequence[T],
    kind: Callable[[int], str],
    summary: Callable[[str, Sequence[T]], str],
) -> list[Stretch[T]]:
    """Items in stretches: neighbors of a kind share one with a summary, those of none have none."""
    stretches = []
    for name, group in groupby(range(len(items)), key=kind):
        stretch = tuple(items[at] for at in group)
        stretches.append(Stretch(stretch, summary(name, stretch) if name else ""))
    return stretches
