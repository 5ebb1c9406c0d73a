"""What changed between two documents: rows first, then blocks, then words.

`changes` gives a Diff, which `templates/reviews/diff.html` shows. It is data, never markup: rows
hold pieces, pieces lines, lines spans, and spans runs of text with their marks.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Generic, TypeVar

from reviews.diff.alignment import (
    ALIKE,
    ALL_LOOKS,
    Pair,
    Patience,
    Step,
    aligned,
    matched,
    rising,
    size,
    steps,
)
from reviews.diff.blocks import LINE_BREAK, Block, Word, read
from reviews.reviewable import Part

T = TypeVar("T")

# Up to this many words an old text and a new one share a line, however unlike.
FEW_WORDS = 8

_NAMES = {"strong": "bold", "em": "italic", "sub": "subscript", "sup": "superscript"}
# A tag, a run of spaces, or other text: markup as it is written.
_WRITTEN = re.compile(r"<[^<>]*>|\s+|[^\s<]+|<")


# --- What a template shows


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


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """Neighbors in a list; folded under the summary if there is one."""

    items: tuple[T, ...]
    summary: str = ""


def _latest(before: T | None, after: T | None) -> T:
    """The newer one of two, of which one may be missing."""
    one = before if after is None else after
    assert one is not None
    return one


# --- Lines: a block, and what became of it


@dataclass(frozen=True)
class Line:
    """A block, or one that was removed, with its words; `moved` says where else it stands."""

    before: Block | None
    after: Block | None
    steps: tuple[Step, ...]
    moved: str = ""

    @property
    def block(self) -> Block:
        """The block that gives it its form."""
        return _latest(self.before, self.after)

    @cached_property
    def differs(self) -> bool:
        """Whether a reader sees a change in it."""
        return not (self.before and self.after and self.before.face == self.after.face)

    @property
    def op(self) -> str:
        """What became of the block as a whole: added, removed or same."""
        return "same" if self.before and self.after else "added" if self.after else "removed"

    @property
    def note(self) -> str:
        """What happened to it besides its words, for a reader."""
        if not (self.before and self.after and self.before.form != self.after.form):
            return self.moved
        return f"now a {self.after.described}, was a {self.before.described}"

    @property
    def spans(self) -> list[Span]:
        """Its words, as they are shown."""
        if self.block.kind == "hr":
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
        runs = _runs(words)
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
            runs = [replace(run, text=_spelled(run.text)) for run in _runs(words, known)]
            # A space stands outside only where what remains without these words begins with one.
            parted = not (words[0].glued or (beside and beside.glued))
            yield _parted(op, runs, parted=parted)


def _parted(op: str, runs: Sequence[Run], *, parted: bool) -> Span:
    first = replace(runs[0], text=runs[0].text[1:]) if parted else runs[0]
    return Span(op, (first, *runs[1:]), parted)


def _runs(words: Iterable[Word], known: Collection[str | None] | None = None) -> list[Run]:
    """Words as text. Each link has a note if the targets that are known are given, without it."""
    runs = []
    for (marks, target), group in groupby(words, key=lambda word: (word.marks, word.target)):
        text = "".join(word.text if word.glued else f" {word.text}" for word in group)
        note = "" if known is None or target is None or target in known else f"link to {target}"
        runs.append(Run(text, marks, target is not None, note))
    return runs


def _lines(old: Sequence[Block], new: Sequence[Block], patience: Patience) -> list[Line]:
    lines: list[Line] = []
    for was, now in _paired_up(aligned(old, new, patience)):
        lines += _line(was, now, patience)
    gone = {line.before.face: at for at, line in enumerate(lines) if not line.after and line.before}
    for at, line in enumerate(lines):
        there = gone.pop(line.after.face, None) if line.after and not line.before else None
        if there is not None:
            down = there < at
            lines[there] = replace(
                lines[there], moved=f"moved {'down' if down else 'up'} from here"
            )
            lines[at] = replace(line, moved=f"moved here from {'above' if down else 'below'}")
    return lines


def _paired_up(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs, in which a few words that stand alone in the place of a few others become one."""
    found: list[Pair] = []
    for alone, group in groupby(pairs, key=lambda pair: not (pair[0] and pair[1])):
        run = list(group)
        if alone and len(run) == 2 and run[0][0] and run[1][1]:
            was, now = run[0][0], run[1][1]
            counts = len(was.words), len(now.words)
            if was.form == now.form and min(counts) > 0 and max(counts) <= FEW_WORDS:
                run = [(was, now)]
        found += run
    return found


def _line(was: Block | None, now: Block | None, patience: Patience) -> Iterator[Line]:
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


# --- Pieces: a part, and what became of it


@dataclass(frozen=True)
class Piece:
    """A part before and after, or None where there is none; `moved` if it stands elsewhere too.

    `looks` is how many it may take to align its blocks and words.
    """

    before: Part | None
    after: Part | None
    moved: bool = False
    folds: bool = True
    looks: int = ALL_LOOKS

    @property
    def label(self) -> str:
        """What the part is called."""
        return _latest(self.before, self.after).label

    @property
    def differs(self) -> bool:
        """Whether a byte of it changed, or its place."""
        return self.moved or _content(self.before) != _content(self.after)

    @cached_property
    def _blocks(self) -> tuple[list[Block], list[Block]]:
        old = read(self.before.content, html=self.before.html) if self.before else []
        if self.before and self.before == self.after:
            return old, old
        return old, read(self.after.content, html=self.after.html) if self.after else []

    @cached_property
    def lines(self) -> list[Line]:
        """Its blocks, aligned; their sources are its content, before and after."""
        return _lines(*self._blocks, Patience(self.looks))

    @property
    def stretches(self) -> list[Stretch[Line]]:
        """Its lines, those far from any change folded; last the source, where only that changed."""
        lines = [line for line in self.lines if line.block.face != _BLANK.face]
        changed = [at for at, line in enumerate(lines) if line.differs] or [-1]
        near = {at + step for at in changed for step in (-1, 0, 1)}
        found = _folded(
            lines,
            lambda at: "" if at in near or not self.folds else "far",
            lambda _, items: f"{len(items)} unchanged paragraphs" if len(items) > 1 else "",
        )
        return [*found, Stretch((self._source,))] if self._source else found

    @cached_property
    def _source(self) -> Line | None:
        """The content as it is written, if it changed and reads the same."""
        if not (self.before and self.after) or self.before.content == self.after.content:
            return None
        old, new = ([_legible(block) for block in blocks] for blocks in self._blocks)
        if [one for one in old if one] != [one for one in new if one]:
            return None
        was, now = (
            Block(tuple(Word(text, glued=True) for text in _WRITTEN.findall(content)), "source")
            for content in (_coded(self.before.content), _coded(self.after.content))
        )
        steps = matched(was.words, now.words, Patience(self.looks))
        found = tuple(step for step in steps if step.was or step.now)
        return Line(was, now, found, "reads the same, but is written differently")


_BLANK = Block(())


def _content(part: Part | None) -> str | None:
    return part.content if part else None


def _legible(block: Block) -> object:
    """What can be seen of a block, without characters that have no shape; None if nothing."""
    if block.face == _BLANK.face:
        return None
    words = [(_with_a_shape(word.text), *word[1:]) for word in block.words]
    return block.form, [word for word in words if word[0]]


def _with_a_shape(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() or sign == LINE_BREAK)


def _coded(text: str) -> str:
    """Text in which a character without a shape stands as its code."""
    return "".join(
        sign if sign.isprintable() or sign == LINE_BREAK else f"⟨U+{ord(sign):04X}⟩"
        for sign in text
    )


def _spelled(text: str) -> str:
    """Added or removed text in which line breaks are seen, and spaces where they are all."""
    if not text.strip(" "):
        text = text.replace(" ", "␣")
    return text.replace(LINE_BREAK, f"↵{LINE_BREAK}")


# --- Rows: the parts that stand and move together


@dataclass(frozen=True)
class Row:
    """A row before and after; `was` and `now` are its numbers among its group, or 0.

    A row that moved stands twice: at its old place it `left`, at its new place it `moved`.
    """

    pieces: tuple[Piece, ...]
    was: int = 0
    now: int = 0
    moved: bool = False
    left: bool = False

    @property
    def name(self) -> str:
        """What the row is called, with the number that it has or had where it stands here."""
        part = self._part
        number = self.was if self.left or not self.now else self.now
        return f"{part.group or part.label}, {number}" if number else part.group or part.label

    @property
    def group(self) -> str:
        """Among what it stands."""
        return self._part.group

    @property
    def _part(self) -> Part:
        return _latest(self.pieces[0].before, self.pieces[0].after)

    @property
    def renumbered(self) -> bool:
        """Whether the page prints another number before it, although it did not move."""
        piece = self.pieces[0]
        return bool(
            piece.before
            and piece.after
            and not self.moved
            and piece.before.number != piece.after.number
        )

    @cached_property
    def op(self) -> str:
        """left, added, removed, changed, moved, renumbered or same: the first that is true."""
        had = any(_content(piece.before) for piece in self.pieces)
        has = any(_content(piece.after) for piece in self.pieces)
        stood = any(piece.before for piece in self.pieces)
        stands = any(piece.after for piece in self.pieces)
        if self.left:
            return "left"
        if (has and not had) or not stood:
            return "added"
        if (had and not has) or not stands:
            return "removed"
        if any(piece.differs for piece in self.pieces):
            return "changed"
        return "moved" if self.moved else "renumbered" if self.renumbered else "same"

    @property
    def what(self) -> str:
        """What happened to it, in words."""
        told = []
        if (self.left or self.moved) and self.was == self.now:
            told.append("moved past others")
        elif self.left:
            told.append(f"moved to {self.now}")
        elif self.moved:
            told.append(f"moved from {self.was} to {self.now}")
        if self.op in ("added", "removed", "changed"):
            told.append(self.op)
        if self.renumbered:
            told.append(f"number {self.was} is now {self.now}")
        return ", ".join(told)

    @property
    def shows(self) -> bool:
        """Whether there is anything to show: an empty part leaves no trace on a page."""
        return self.op != "same" or any(_content(piece.after) for piece in self.pieces)

    @property
    def excerpt(self) -> str:
        """The words that it begins with."""
        words = [word for piece in self.pieces for line in piece.lines for word in line.block.words]
        (run, *_) = _runs(Word(word.text, word.glued) for word in words[:FEW_WORDS]) or [Run("")]
        return f"{run.text.rstrip('.,;:')}…" if len(words) > FEW_WORDS else run.text

    @property
    def stretches(self) -> list[Stretch[Piece]]:
        """Its pieces that say anything; those that stayed are folded, but for the first."""
        pieces = [one for one in self.pieces if _content(one.before) or _content(one.after)]
        pieces = pieces or list(self.pieces)
        return _folded(
            pieces,
            lambda at: "unchanged" if at and self.op != "same" and not pieces[at].differs else "",
            lambda _, items: f"{', '.join(piece.label for piece in items)}: unchanged",
        )


# --- The whole


@dataclass(frozen=True)
class Diff:
    """All rows of two documents, in the order of the newer one; those that went, where they stood.

    True if anything differs.
    """

    rows: tuple[Row, ...]

    def __bool__(self) -> bool:
        return any(row.op != "same" for row in self.rows)

    @property
    def counted(self) -> str:
        """How many rows changed how, in words."""
        counts = Counter(row.op for row in self.rows)
        counts["moved"] = sum(row.moved for row in self.rows)
        told = ("changed", "added", "removed", "moved", "renumbered")
        return ", ".join(f"{counts[op]} {op}" for op in told if counts[op])

    @property
    def stretches(self) -> list[Stretch[Row]]:
        """The rows that say anything, those that stayed folded."""
        rows = [row for row in self.rows if row.shows]

        def kind(at: int) -> str:
            op, group = rows[at].op, rows[at].group
            return op if op == "same" else f"{op} {group}" if op == "renumbered" else ""

        def summary(kind: str, items: Sequence[Row]) -> str:
            if kind == "same":
                return f"{len(items)} unchanged part{'s' if len(items) > 1 else ''}"
            first, last = items[0], items[-1]
            if first is last:
                return f"{first.group}: number {first.was} is now {first.now}"
            return f"{first.group}: {first.was} to {last.was} are now {first.now} to {last.now}"

        return _folded(rows, kind, summary)


def changes(before: Sequence[Part], after: Sequence[Part]) -> Diff:
    """What changed from one list of parts to another.

    No key may stand twice in a list, and the parts of a row stand together.
    """
    old, new = _rows(before), _rows(after)
    was, now = _numbers(old), _numbers(new)
    looks = _looks(_by_key(before), _by_key(after))
    rows = []
    for key, stood, stands, moved in _merged(old, new):
        same = stood == stands
        here = _merged(_by_key(stood or ()), _by_key(stands or ()))
        pieces = tuple(
            Piece(one, other, piece_moved, folds=moved or not same, looks=looks.get(part, 0))
            for part, one, other, piece_moved in here
        )
        left = moved and stands is None
        rows.append(Row(pieces, was.get(key, 0), now.get(key, 0), moved and not left, left))
    return Diff(tuple(rows))


def _looks(before: Mapping[str, Part], after: Mapping[str, Part]) -> dict[str, int]:
    """How many looks each part that changed may take: its share, by its length, of them all."""
    lengths = {
        key: len(part.content) + len(after[key].content)
        for key, part in before.items()
        if key in after and part.content != after[key].content
    }
    total = sum(lengths.values())
    return {key: ALL_LOOKS * length // total for key, length in lengths.items()}


def accepted(diff: Diff) -> list[Part]:
    """The newer document's parts, put together from the lines of the diff alone."""
    return [
        replace(
            piece.after, content="".join(line.after.source for line in piece.lines if line.after)
        )
        for row in diff.rows
        for piece in row.pieces
        if piece.after
    ]


def rejected(diff: Diff) -> list[Part]:
    """The older document's parts, put together from the lines of the diff alone."""
    return [
        replace(
            piece.before, content="".join(line.before.source for line in piece.lines if line.before)
        )
        for row in diff.rows
        if not row.moved
        for piece in row.pieces
        if piece.before and not (piece.moved and piece.after)
    ]


def _rows(parts: Sequence[Part]) -> dict[str, tuple[Part, ...]]:
    return {key: tuple(group) for key, group in groupby(parts, key=lambda one: one.row or one.key)}


def _by_key(parts: Sequence[Part]) -> dict[str, Part]:
    return {part.key: part for part in parts}


def _numbers(rows: Mapping[str, Sequence[Part]]) -> dict[str, int]:
    """Each row's number: as the page prints it, or counted in its group."""
    counts: Counter[str] = Counter()
    numbers = {}
    for key, (part, *_) in rows.items():
        counts[part.group] += 1
        numbers[key] = part.number or (counts[part.group] if part.group else 0)
    return numbers


def _merged(
    old: Mapping[str, T], new: Mapping[str, T]
) -> Iterator[tuple[str, T | None, T | None, bool]]:
    """Key, old one, new one, and whether it moved: what went stands where it stood.

    One that moved comes twice, at its old place without the new one.
    """
    places = {key: place for place, key in enumerate(old)}
    both = [key for key in new if key in old]
    in_place = {both[at] for at in rising([places[key] for key in both])}
    left = iter(old)

    def gone() -> Iterator[tuple[str, T | None, T | None, bool]]:
        for key in left:
            if key in in_place:
                return
            yield key, old[key], None, key in new

    yield from gone()
    for key in new:
        yield key, old.get(key), new[key], key in old and key not in in_place
        if key in in_place:
            yield from gone()


def _folded(
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
