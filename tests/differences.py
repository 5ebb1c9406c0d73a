"""What a diff says, as one line of text for each line of it."""

from __future__ import annotations

from reviews.diff import comparison
from reviews.diff.lines import Line
from reviews.reviewable import Part

SIGN = {"same": "{}", "added": "{{+{}+}}", "removed": "[-{}-]", "marked": "<{}>"}


def told(before: str, after: str, *, html: bool = True) -> list[str]:
    """Each line of one part's diff: [-removed-] {+added+} <marked otherwise> (note)."""
    (row,) = comparison.compare([Part("x", "X", before, html)], [Part("x", "X", after, html)]).rows
    lines = [line for stretch in row.pieces[0].stretches for line in stretch.items]
    return [" ".join(line_told(line).split()) for line in lines]


def line_told(line: Line) -> str:
    """One line of a diff, as `told` writes it."""
    told = f"({line.note}) " if line.note else ""
    for span in line.spans:
        runs = (f"{run.text} ({run.note})" if run.note else run.text for run in span.runs)
        told += " " * span.parted + SIGN[span.op].format("".join(runs))
    return told
