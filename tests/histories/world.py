"""All pages and people of a clinic, its clock, and drafts up to their submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.histories.oracle import TICK, Edition, Page, Save
from tests.histories.trust import Trust


class World(Trust):
    """All pages and people, the clock, and what may be done."""

    def __init__(self, policy: str) -> None:
        super().__init__()
        self.policy = policy
        self.pages: dict[int, Page] = {}
        self.n = 0
        self.clock = datetime.min.replace(tzinfo=UTC)
        self.last: datetime | None = None
        self.first_typed: dict[str, str] = {}
        self.first_offered: dict[str, str] = {}

    def next(self) -> int:
        """The number of what is done next."""
        self.n += 1
        return self.n

    def instant(self) -> datetime | None:
        """When a verb counts, or None where the clock is too far behind."""
        if self.last is None or self.clock >= self.last:
            return self.clock
        return None if self.clock < self.last - timedelta(seconds=5) else self.last + TICK

    def present(self) -> datetime:
        """Where a reader of lists stands: what was done to any page is done."""
        taken = [one.redacted for page in self.pages.values() for one in page.editions]
        done = [page.done() for page in self.pages.values()]
        last = max((one for one in [*taken, *done] if one), default=self.clock)
        ahead = self.clock < last <= self.clock + timedelta(minutes=1)
        return last if ahead else self.clock

    def owner(self, slug: str) -> Page | None:
        """The page that signed an address first."""
        return next((one for one in self.pages.values() if slug in one.slugs), None)

    def saves(self) -> Iterator[tuple[Page, Save]]:
        """All saves of all pages."""
        return ((page, save) for page in self.pages.values() for save in page.saves)

    # --- Drafts

    def record(self, page: Page, by: str, restored: Save | None = None) -> bool:
        """Somebody saved the draft as it stands; whether that is evidence of anything."""
        assert page.draft is not None
        words = page.draft
        if page.saves and restored is None and page.saves[-1].words == words:
            return False
        vouched = page.vouched(self.clock)
        after = vouched[-1].n if vouched else 0
        known: set[str] = set()
        for edition in [*vouched[-1:], *page.editions[-1:]]:
            known |= edition.words.pieces
        for save in page.saves:
            if save.n > after:
                known |= save.pieces
        page.saves.append(Save(self.next(), by, words, words.pieces - known, restored))
        for piece in words.pieces:
            self.first_typed.setdefault(piece, by)
        for word in words.single:
            self.first_offered.setdefault(word, by)
        return True

    def authors_now(self, page: Page, edition: Edition, at: datetime) -> set[str]:
        """Those of its freeze, and whoever is one again since any signature was ended."""
        pages = self.pages.values()
        ended = [one.cancelled_n for other in pages for one in other.signed]
        ended += [one.n for other in pages for one in other.off]
        if max(ended, default=0) < edition.n:
            return edition.authors
        return edition.authors | self.authors(page, at, edition)

    def authors(self, page: Page, at: datetime, frozen: Edition | None = None) -> set[str]:
        """Who wrote words that nobody vouches for: of a draft, or of an edition as frozen."""
        words = frozen.words if frozen else page.draft
        until = frozen.n if frozen else self.n
        assert words is not None
        people, spans = self._by_saves(page, at, until)
        people |= self._by_suggestions(spans, words.total)
        vouched = [one for one in page.vouched(at) if not frozen or one.n < until]
        fresh = words.pieces - (vouched[-1].words.pieces if vouched else set())
        for other, save in self.saves():
            if save.n > until:
                continue
            same = save.pieces & fresh
            if other is not page:
                for edition in other.vouched(at):
                    same -= edition.words.pieces
            if same:
                people.add(save.by)
        return people

    def _by_suggestions(self, spans: list[tuple[int, int, int]], total: int) -> set[str]:
        """Whose suggestions, taken over by others, are more than a tenth of the words."""
        counted: Counter[str] = Counter()
        for page in self.pages.values():
            for one in page.taken:
                within = any(of == page.id and after < one.n <= to for of, after, to in spans)
                if within and one.by != one.said:
                    counted[one.said] += one.words
        return {who for who, words in counted.items() if words > total // 10}

    def has_suggested(self, page: Page, edition: Edition, who: str, at: datetime) -> bool:
        """Whether it holds words that somebody suggested since the signed edition before it."""
        before = [one.n for one in page.vouched(at) if one.n < edition.n]
        after = max(before, default=0)
        return any(one.said == who and after < one.n < edition.n for one in page.taken)

    def _by_saves(
        self, page: Page, at: datetime, until: int
    ) -> tuple[set[str], list[tuple[int, int, int]]]:
        """Who saved since what is vouched for, and the spans of saves that this rests on."""
        vouched = [one.n for one in page.vouched(at) if one.n < until or until == self.n]
        spans = [(page, max(vouched, default=0), until)]
        seen: list[tuple[int, int, int]] = []
        people: set[str] = set()
        while spans:
            one, after, until = spans.pop()
            if (one.id, after, until) in seen:
                continue
            seen.append((one.id, after, until))
            saves = [save for save in one.saves if after < save.n <= until]
            people |= {save.by for save in saves}
            frozen = one.vouched(at)
            behind = frozen[-1].words if frozen else None
            again = {save.words: save.n for save in saves if save.words != behind}
            restored = [save.restored.n for save in saves if save.restored]
            for other, save in self.saves():
                if save.n < again.get(save.words, 0) or save.n in restored:
                    before = [edition.n for edition in other.vouched(at) if edition.n < save.n]
                    spans.append((other, max(before, default=0), save.n))
        return people, seen

    # --- Putting forward

    def why_not_submit(self, page: Page, by: str, *, urgent: bool, because: bool) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.edits(by, at):
            return "no editor"
        if page.waiting(at) and not urgent:
            return "one waits"
        if page.draft is None:
            return "no draft"
        if page.archived:
            return "in the archive"
        if not any(self.physicians(at)):
            return "nobody could sign"
        again = [edition for _, edition, _ in page.setbacks()]
        again += [one for one in page.editions if one.redacted]
        if not because and any(one.words == page.draft for one in again):
            return "unchanged"
        if not page.saves or page.saves[-1].words != page.draft:
            return "changed past its form"
        before = page.in_force(at)
        if before and before.edition.words == page.draft:
            return "in force already"
        holder = self.owner(page.draft.slug)
        return "address of another page" if holder not in (None, page) else ""

    def submit(self, page: Page, by: str, note: str) -> Edition:
        """Freeze the draft."""
        at = self.instant()
        assert at is not None
        assert page.draft is not None
        authors = self.authors(page, at) | {by}
        edition = Edition(self.next(), len(page.editions) + 1, page.draft, authors, note)
        if page.open:
            page.open.ended, page.open.status = self.next(), "superseded"
        page.editions.append(edition)
        return edition

    def why_not_send_back(self, edition: Edition, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if edition.status != "open":
            return "not open"
        return "" if self.entitled(by, at) else "not entitled"

    def why_not_take_back(self, edition: Edition, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if edition.status != "open":
            return "not open"
        if not self.edits(by, at):
            return "no editor"
        return "" if by in edition.authors else "no author"

    def end(self, edition: Edition, status: str, reason: str = "") -> None:
        """A submission ends."""
        edition.status, edition.ended, edition.reason = status, self.next(), reason
