"""Measure the diff, made and shown, on edits small and large: never a test.

Run as `python -m tests.bench.diff`. Prints the median CPU time of several rounds, of the diff
itself and with its template as on the desk, of a brief one as on a public page, and how much longer
the diff takes when the text is twice as long (2 is linear, 4 quadratic).
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import django
from django.template.loader import render_to_string

from tests import environment

os.environ |= environment.TESTS
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from reviews.diff import comparison  # noqa: E402
from reviews.diff.patience import DESK_LOOKS, PUBLIC_LOOKS  # noqa: E402
from reviews.reviewable import Part  # noqa: E402
from tests import long_texts  # noqa: E402

ROUNDS = 7
KB = 1024
# Words as often as in English: a few very often, most of them rarely.
COMMON = ["the", "of", "and", "to", "a", "in", "is", "that", "it", "for", "with", "be", "not", "or"]
RARE = [f"{first}{second}{third}" for first in "bdfglmnprst" for second in ("a", "ero", "imi", "on")
        for third in ("l", "tion", "ver", "ment", "st")]  # fmt: skip

Case = tuple[list[Part], list[Part]]


def main() -> None:
    """Print a line for each case."""
    print(f"{'':<34}{'diff':>10}{'desk':>10}{'public':>10}{'doubled':>9}")
    cases: dict[str, Callable[[int], Case]] = {
        "12 KB, three words changed": lambda times: edited(12 * KB * times, every=0),
        "12 KB, every block edited": lambda times: edited(12 * KB * times, every=1),
        "12 KB, wholly rewritten": lambda times: rewritten(12 * KB * times),
        "12 KB, blocks shuffled": lambda times: shuffled(12 * KB * times),
        "64 KB, one paragraph rewritten": lambda times: paragraph(64 * KB * times),
        "64 KB, one paragraph edited": lambda times: paragraph(64 * KB * times, keep=0.95),
        "64 KB of one word": lambda times: one_word(64 * KB * times),
        "100 rows reversed": lambda times: reversed_rows(100 * times),
        **{
            f"64 KB of {kind}": lambda times, kind=kind: long_texts.pair(kind, fields=times)
            for kind in long_texts.HOSTILE
        },
    }
    for label, case in cases.items():
        once, desk = measure(*case(1)), measure(*case(1), show=True)
        public = measure(*case(1), show=True, brief=True)
        twice = measure(*case(2))
        print(f"{label:<34}{once:>7.1f} ms{desk:>7.1f} ms{public:>7.1f} ms{twice / once:>9.1f}")


def measure(
    before: list[Part], after: list[Part], *, show: bool = False, brief: bool = False
) -> float:
    """The median of some rounds, in milliseconds; every line is made, and shown if asked."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        looks = PUBLIC_LOOKS if brief else DESK_LOOKS
        found = comparison.compare(before, after, looks=looks, brief=brief)
        if show:
            render_to_string("reviews/diff.html", {"diff": found})
        else:
            comparison.accepted(found)
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def words(chance: random.Random, count: int) -> str:
    """Some sentences' worth of words."""
    found = [chance.choice(COMMON if chance.random() < 0.45 else RARE) for _ in range(count)]
    for place in range(11, count, 14):
        found[place] += "."
    return " ".join(found) + "."


def page(size: int, seed: int) -> list[Part]:
    """A page of that many bytes: sections of paragraphs, lists and a heading."""
    chance = random.Random(seed)  # noqa: S311
    parts: list[Part] = []
    total = 0
    while total < size:
        bullets = "".join(f"<li><p>{words(chance, 12)}</p></li>" for _ in range(5))
        content = (
            f"<h3>{words(chance, 4)}</h3><p>{words(chance, 60)}</p><ul>{bullets}</ul>"
            f"<p>{words(chance, 30)} <strong>{words(chance, 5)}</strong></p>"
        )
        row = f"sections.{len(parts)}"
        parts.append(Part(f"{row}.body", "Body", content, html=True, row=row, group="Sections"))
        total += len(content)
    return parts


def edited(size: int, *, every: int) -> Case:
    """A page with a word changed in each paragraph, or in three of them."""
    before = page(size, 1)
    if every:
        return before, [
            replace(part, content=part.content.replace(" the ", " one ").replace("</p>", " so</p>"))
            for part in before
        ]
    changed = {0, len(before) // 2, len(before) - 1}
    return before, [
        replace(part, content=part.content.replace(". ", ". Now ", 1)) if at in changed else part
        for at, part in enumerate(before)
    ]


def rewritten(size: int) -> Case:
    """A page and one of the same rows with other words."""
    return page(size, 1), page(size, 2)[: len(page(size, 1))]


def shuffled(size: int) -> Case:
    """One long part, and the same with its blocks in another order."""
    chance = random.Random(3)  # noqa: S311
    blocks = [f"<p>{words(chance, 20)}</p>" for _ in range(size // 110)]
    before = "".join(blocks)
    chance.shuffle(blocks)
    return [Part("body", "Body", before, html=True)], [
        Part("body", "Body", "".join(blocks), html=True)
    ]


def paragraph(size: int, *, keep: float = 0.0) -> Case:
    """A single paragraph, and one with that share of its words."""
    chance = random.Random(4)  # noqa: S311
    count = size // 6
    old, other = words(chance, count).split(), words(chance, count).split()
    new = [one if chance.random() < keep else two for one, two in zip(old, other, strict=True)]
    return _one(old), _one(new)


def one_word(size: int) -> Case:
    """The worst for a search: one word over and over, and some that part it differently."""
    old = ["very"] * (size // 5)
    new = [("more" if place % 7 == 3 else "very") for place in range(size // 5)]
    old[::5] = ["so"] * len(old[::5])
    return _one(old), _one(new)


def _one(found: list[str]) -> list[Part]:
    return [Part("body", "Body", f"<p>{' '.join(found)}</p>", html=True)]


def reversed_rows(count: int) -> Case:
    """Numbered rows, last first."""
    chance = random.Random(5)  # noqa: S311
    rows = [(f"references.{at}", words(chance, 20)) for at in range(count)]

    def parts(order: list[tuple[str, str]]) -> list[Part]:
        return [
            Part(f"{row}.citation", "Citation", text, row=row, group="References", number=number)
            for number, (row, text) in enumerate(order, 1)
        ]

    return parts(rows), parts(rows[::-1])


if __name__ == "__main__":
    main()
