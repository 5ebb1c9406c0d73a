"""A block of a text and what became of it: its words, kept, put in or taken out."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TypeVar

from reviews.diff.alignment import ALIKE, aligned
from reviews.diff.blocks import Block, Table
from reviews.diff.compared import Compared, with_moves
from reviews.diff.matching import Step, size, steps
from reviews.diff.patience import LINE, RUN, Patience
from reviews.diff.words import LINE_BREAK, Word

T = TypeVar("T", bound=Block | Table)

# Up to this many words an old text and a new one share a line, however unlike.
FEW_WORDS = 8

_NAMES = {"strong": "bold", "em": "italic", "sub": "subscript", "sup": "superscript"}
_TAGS = {"added": "ins", "removed": "del"}


@dataclass(frozen=True)
class Run:
    """Text with the tags that it stands in, and a note on it for a reader, or ""."""

    text: str
    tags: tuple[str, ...] = ()
    linked: bool = False
    note: str = ""

    @property
    def closing(self) -> tuple[str, ...]:
        """The tags in the order in which they end."""
        return self.tags[::-1]


@dataclass(frozen=True)
class Span:
    """Words that were kept, added, removed or marked otherwise: op is same, added, removed, marked.

    `parted` says whether a space stands before it that is not part of it.
    """

    op: str
    runs: tuple[Run, ...]
    parted: bool = False

    @property
    def tag(self) -> str:
        """The element that says so to a reader and a machine: ins, del or none."""
        return _TAGS.get(self.op, "")


@dataclass(frozen=True)
class Line(Compared[Block]):
    """A block before and after, and the steps from its old words to its new ones."""

    steps: tuple[Step, ...]

    @property
    def leaves(self) -> tuple["Line", ...]:
        """All blocks in it: itself."""
        return (self,)

    @property
    def weight(self) -> int:
        """How many looks it takes at most to show it."""
        sides = [block.words for block in (self.before, self.after) if block]
        marks = sum(one[2:] != other[2:] for words in sides for one, other in pairwise(words))
        return LINE + RUN * (2 * len(self.steps) + marks)

    @property
    def spans(self) -> list[Span]:
        """Its words, as they are shown."""
        if self.latest.kind == "hr":
            return [Span(self.op, (Run("dividing line"),))]
        known = _targets(self.before) & _targets(self.after)
        spans: list[Span] = []
        for step, following in zip(self.steps, [*self.steps[1:], None], strict=False):
            if step.same:
                spans += _kept(step)
            else:
                spans += _replaced(step, following, known)
        return spans


def _targets(block: Block | None) -> set[str | None]:
    return {word.target for word in block.words} if block else set()


def _kept(step: Step) -> Iterator[Span]:
    """Words that stayed; where their marks or targets differ, a note says how."""
    pairs = zip(step.was, step.now, strict=True)
    for note, group in groupby(pairs, key=lambda pair: _marking(*pair)):
        words = [now for _, now in group]
        runs = runs_of(words)
        if not note:
            yield Span("same", tuple(runs))
        else:
            runs[-1] = replace(runs[-1], note=note)
            yield _parted("marked", runs, parted=not words[0].glued)


def _marking(was: Word, now: Word) -> str:
    """What happened to a word's marks and target, for a reader."""
    come = " and ".join(_NAMES[mark] for mark in now.marks if mark not in was.marks)
    gone = " and ".join(_NAMES[mark] for mark in was.marks if mark not in now.marks)
    notes = []
    if come:
        notes.append(f"now {come}, was {gone}" if gone else f"now {come}")
    elif gone:
        notes.append(f"no longer {gone}")
    if was.target != now.target:
        if now.target is None:
            notes.append(f"no longer links to {was.target}")
        elif was.target is None:
            notes.append(f"now links to {now.target}")
        else:
            notes.append(f"now links to {now.target}, linked to {was.target}")
    return "; ".join(notes)


def _replaced(step: Step, following: Step | None, known: set[str | None]) -> Iterator[Span]:
    """Words that went and words that came; a link among them says where to, unless it stayed."""
    after = following.now[0] if following else None
    for op, words, beside in (
        ("removed", step.was, step.now[0] if step.now else after),
        ("added", step.now, after),
    ):
        if words:
            runs = [replace(run, text=_spelled(run.text)) for run in runs_of(words, known)]
            # A space stands outside only where what remains without these words begins with one.
            parted = not (words[0].glued or (beside and beside.glued))
            yield _parted(op, runs, parted=parted)


def _parted(op: str, runs: Sequence[Run], *, parted: bool) -> Span:
    first = replace(runs[0], text=runs[0].text[1:]) if parted else runs[0]
    return Span(op, (first, *runs[1:]), parted)


def runs_of(words: Iterable[Word], known: Collection[str | None] | None = None) -> list[Run]:
    """Words as text. Each link has a note if the targets that are known are given, without it."""
    runs = []
    for (marks, target), group in groupby(words, key=lambda word: (word.marks, word.target)):
        text = "".join(word.text if word.glued else f" {word.text}" for word in group)
        note = "" if known is None or target is None or target in known else f"link to {target}"
        runs.append(Run(text, marks, target is not None, note))
    return runs


def _spelled(text: str) -> str:
    """Added or removed text in which line breaks are seen, and spaces where they are all."""
    if not text.strip(" "):
        text = text.replace(" ", "␣")
    return text.replace(LINE_BREAK, f"↵{LINE_BREAK}")


def compared(old: Sequence[Block], new: Sequence[Block], patience: Patience) -> list[Line]:
    """What became of some blocks, and where they moved."""
    pairs = paired_up(aligned(old, new, patience))
    return with_moves([found for was, now in pairs for found in line(was, now, patience)])


def paired_up(pairs: Sequence[tuple[T | None, T | None]]) -> list[tuple[T | None, T | None]]:
    """The pairs, in which a few words that stand alone in the place of a few others become one."""
    found: list[tuple[T | None, T | None]] = []
    for alone, group in groupby(pairs, key=lambda pair: not (pair[0] and pair[1])):
        run = list(group)
        if alone and len(run) == 2 and run[0][0] and run[1][1]:
            was, now = run[0][0], run[1][1]
            counts = len(was.words), len(now.words)
            if (
                isinstance(was, Block)
                and was.form == now.form
                and min(counts) > 0
                and max(counts) <= FEW_WORDS
            ):
                run = [(was, now)]
        found += run
    return found


def line(was: Block | None, now: Block | None, patience: Patience) -> Iterator[Line]:
    """A line for a pair of blocks, or one for each if they have too little in common."""
    old, new = was.words if was else (), now.words if now else ()
    if was and now:
        found = steps(old, new, patience)
        kept = sum(size(step.now) for step in found if step.same)
        longest = max(len(old), len(new))
        if longest <= FEW_WORDS or kept >= ALIKE * max(size(old), size(new)):
            yield Line(was, now, tuple(found))
            return
    if was:
        yield Line(was, None, (Step(False, old, ()),))
    if now:
        yield Line(None, now, (Step(False, (), new),))
