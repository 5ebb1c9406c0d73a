"""What must be true of pages, in plain Python: lists and dictionaries, no word of the product."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

EITHER = "either"
TICK = timedelta(microseconds=1)
REVIEW_WITHIN = timedelta(days=90)
# The headings, notices and other words that a page of these histories has beside its draft's.
ON_EVERY_PAGE = 49
NOTICES = ("being_corrected", "out_of_date", "safety", "no_longer_offered")


class Words(NamedTuple):
    """A draft's words; each word of its paragraphs stands nowhere else unless it was copied."""

    keys: int
    slug: str
    name: str
    summary: tuple[str, ...]
    safety: str
    warning: str
    months: int
    target: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The paragraphs."""
        return (*self.summary, self.safety, self.warning)

    @property
    def pieces(self) -> set[str]:
        """The paragraphs and whole texts, each of eight words or more: somebody's words."""
        found = {*self.texts, " ".join(self.summary)}
        return {one for one in found if len(one.split()) >= 8}

    @property
    def single(self) -> set[str]:
        """Each word of them once."""
        return {*" ".join([self.name, *self.texts]).split()}

    @property
    def total(self) -> int:
        """How many words a page of them has, with those that stand on every page."""
        typed = [self.name, *self.texts, self.slug, str(self.months), self.target]
        return ON_EVERY_PAGE + sum(len(one.split()) for one in typed)

    def part(self, key: str) -> tuple[str, ...]:
        """The paragraphs of a part that a suggestion may be about."""
        return {"summary": self.summary, "safety": (self.safety,), "name": (self.name,)}[key]

    def put(self, key: str, said: tuple[str, ...]) -> Words:
        """The same with other words in a part."""
        if key == "summary":
            return self._replace(summary=said)
        return self._replace(safety=said[0]) if key == "safety" else self._replace(name=said[0])


@dataclass(eq=False)
class Save:
    """Somebody saved a draft; `pieces` are those that it brought."""

    n: int
    by: str
    words: Words
    pieces: set[str]
    restored: Save | None = None


@dataclass(eq=False)
class Edition:
    """A frozen draft and what became of its submission."""

    n: int
    number: int
    words: Words
    authors: set[str]
    note: str
    status: str = "open"
    ended: int = 0
    reason: str = ""
    redacted: datetime | None = None
    taken_on: str = ""


@dataclass(eq=False)
class Signed:
    """A sign-off."""

    n: int
    edition: Edition
    scope: str
    signer: str
    at: datetime
    effective: datetime
    due: date
    printed: tuple[str, str, str, str]
    full: Signed | None
    urgent_on: date | None
    disclosed: bool
    again: bool = False
    suggested: bool = False
    cancelled: datetime | None = None
    cancelled_n: int = 0
    cancel_reason: str = ""

    @property
    def review(self) -> Signed:
        """The full review whose date counts."""
        return self.full or self


@dataclass(eq=False)
class Off:
    """A page taken off."""

    n: int
    at: datetime
    notice: str
    reason: str


@dataclass(eq=False)
class Laid:
    """A flag, hold or release."""

    n: int
    at: datetime
    kind: str
    physician: bool


@dataclass(eq=False)
class Comment:
    """Something said about an edition; `words` are those that it suggests for a part."""

    n: int
    by: str
    edition: Edition
    part: str
    first: bool
    words: tuple[str, ...] | None = None
    answers: Comment | None = None
    state: str = ""

    @property
    def open(self) -> bool:
        """Whether something is left to do; what is settled first waits for who asked for it."""
        return self.state in ("", "reopened") or (self.first and self.state == "taken over")


@dataclass(eq=False)
class Taken:
    """A suggestion that was taken over, and how many words it changed."""

    n: int
    by: str
    said: str
    words: int


@dataclass(eq=False)
class End:
    """That a page rests on a physician no longer (`own`: of their own accord), or does again."""

    n: int
    at: datetime
    who: str
    kind: str
    on: date

    @property
    def due(self) -> date:
        """When a full review is due at the latest."""
        return self.on + REVIEW_WITHIN


@dataclass(eq=False)
class Concern:
    """What somebody outside found wrong, and who is to answer."""

    pk: int
    to: str
    settled: bool = False


@dataclass(eq=False)
class Page:
    """A page: its draft, and all that was ever done."""

    id: int
    draft: Words | None
    saves: list[Save] = field(default_factory=list)
    editions: list[Edition] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    off: list[Off] = field(default_factory=list)
    laid: list[Laid] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    said: list[Comment] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    concerns: list[Concern] = field(default_factory=list)
    archived: bool = False

    # --- Who stands behind it

    def standing_ends(self, who: str, at: datetime) -> list[End]:
        """All that somebody ended, save what they came back to."""
        own = [one for one in self.ends if one.who == who and one.at <= at]
        back = max((one.n for one in own if one.kind == "restored"), default=0)
        return [one for one in own if one.kind == "own" or (one.kind == "gone" and one.n > back)]

    def ended(self, signed: Signed, at: datetime) -> list[End]:
        """What stands against resting on a signature: of each physician the one due first."""
        behind = {signed.signer: signed.n} | {signed.review.signer: signed.review.n}
        counting = (
            [one for one in self.standing_ends(who, at) if one.n > number]
            for who, number in behind.items()
        )
        return [min(some, key=lambda one: (one.due, one.n)) for some in counting if some]

    def due(self, signed: Signed, at: datetime) -> date:
        """When its next full review is due."""
        return min([signed.due, *(one.due for one in self.ended(signed, at))])

    def unsettled(self) -> list[Comment]:
        """What a physician wants settled before a signature."""
        return [one for one in self.said if one.first and one.open]

    # --- What is in force

    def in_force(self, at: datetime) -> Signed | None:
        """The highest that is effective and not cancelled, unless a withdrawal is higher."""
        counting = [
            one
            for one in self.signed
            if one.effective <= at and not (one.cancelled and one.cancelled <= at)
        ]
        top = max(counting, key=lambda one: one.n, default=None)
        if top and any(off.n > top.n and off.at <= at for off in self.off):
            return None
        return top

    def waiting(self, at: datetime) -> Signed | None:
        """One signed for later whose time has not come."""
        for one in self.signed:
            ahead = one.effective > at and one.effective > one.at
            ended = one.cancelled and one.cancelled <= at
            if ahead and not ended and not any(off.n > one.n and off.at <= at for off in self.off):
                return one
        return None

    def laid_at(self, at: datetime) -> Laid | None:
        """The flag or hold over the page."""
        newest = max(
            (one for one in self.laid if one.at <= at), key=lambda one: one.n, default=None
        )
        return newest if newest and newest.kind != "release" else None

    def held(self, at: datetime) -> bool:
        """Whether it is kept off."""
        laid = self.laid_at(at)
        return laid is not None and laid.kind == "hold"

    def public(self, at: datetime) -> Signed | None:
        """What patients read."""
        return None if self.held(at) else self.in_force(at)

    def instants(self) -> list[datetime]:
        """Whenever anything may have changed."""
        found = {one.effective for one in self.signed}
        found |= {one.cancelled for one in self.signed if one.cancelled}
        found |= {one.at for one in self.off} | {one.at for one in self.laid}
        return sorted(found)

    def spans(self) -> list[tuple[Signed, datetime, datetime | None]]:
        """Every stretch in which something was or will be public."""
        found: list[tuple[Signed, datetime, datetime | None]] = []
        for at, until in pairwise([*self.instants(), None]):
            assert at is not None
            one = self.public(at)
            if one and found and found[-1][0] is one and found[-1][2] == at:
                found[-1] = (one, found[-1][1], until)
            elif one:
                found.append((one, at, until))
        return found

    def shown(self, at: datetime) -> list[Signed]:
        """All that ever was in force up to an instant, each once, in order."""
        past = (self.in_force(one) for one in self.instants() if one <= at)
        return list({one.n: one for one in past if one}.values())

    def was_at(self, slug: str, at: datetime) -> bool:
        """Whether it was ever public under an address."""
        return any(one.edition.words.slug == slug for one in self.shown(at))

    def done(self) -> datetime | None:
        """The instant of the last thing done to it."""
        found = [one.at for one in (*self.signed, *self.off, *self.laid, *self.ends)]
        found += [one.cancelled for one in self.signed if one.cancelled]
        return max(found, default=None)

    def present(self, clock: datetime) -> datetime:
        """What was done is done, whatever the clock of a server shows."""
        done = self.done()
        return done if done and clock < done <= clock + timedelta(minutes=1) else clock

    @property
    def open(self) -> Edition | None:
        """The edition in review."""
        return next((one for one in self.editions if one.status == "open"), None)

    @property
    def slugs(self) -> set[str]:
        """The addresses that it signed."""
        return {one.edition.words.slug for one in self.signed}

    # --- Who wrote it

    def vouched(self, at: datetime) -> list[Edition]:
        """The editions that somebody vouches for."""
        off = max((one.n for one in self.off), default=0)
        found = {
            one.edition.n: one.edition
            for one in self.signed
            if one.n > off and not (one.cancelled and one.cancelled <= at)
        }
        return [found[n] for n in sorted(found)]

    def setbacks(self) -> list[tuple[str, Edition, str]]:
        """What happened since it was last signed: (what, edition, reason)."""
        since = max((one.n for one in self.signed), default=0)
        found = [
            ("cancelled", one.edition, one.cancel_reason)
            for one in self.signed
            if one.cancelled_n > since
        ]
        for off in self.off:
            if off.n > since:
                past = (self.in_force(at) for at in reversed(self.instants()) if at <= off.at)
                shown = next((one for one in past if one), self.signed[-1])
                found.append(("withdrawn", shown.edition, off.reason))
        found += [
            ("sent back", one, one.reason)
            for one in self.editions
            if one.status == "changes_requested" and one.ended > since
        ]
        return found


def months_after(begin: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    year, month = begin.year + (begin.month - 1 + months) // 12, (begin.month - 1 + months) % 12 + 1
    return date(year, month, min(begin.day, calendar.monthrange(year, month)[1]))


def small(before: Words, after: Words, *, urgent: bool) -> bool | None:
    """Whether so much may be corrected; None where only an exact count could tell."""
    if before.name != after.name or (not urgent and before.warning != after.warning):
        return False
    if before.keys != after.keys:
        return None if urgent else False
    low = high = 0
    for one, other in zip(before.texts, after.texts, strict=True):
        old, new = one.split(), other.split()
        differ = sum(a != b for a, b in zip(old, new, strict=True))
        low += 2 * differ
        high += 2 * differ if differ <= len(old) // 3 else 2 * len(old)
    high += 2 * sum(
        getattr(before, at) != getattr(after, at) for at in ("slug", "months", "target")
    )
    total = sum(len(one.split()) for one in before.texts)
    share = 3 if urgent else 10
    if high <= max(5, total // share):
        return True
    return False if low > max(5, (total + 80) // share) else None
