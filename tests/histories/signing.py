"""Which signature, cancellation, withdrawal, overlay or redaction may be, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.histories.oracle import (
    EITHER,
    Edition,
    Laid,
    Off,
    Page,
    Signed,
    months_after,
    small,
)
from tests.histories.trust import local
from tests.histories.world import World


@dataclass(eq=False)
class Form:
    """What somebody sends to sign: each of the four may be stale."""

    page: Page
    edition: Edition | None
    by: str
    scope: str
    password: bool = True
    digest: bool = True
    printed: bool = True
    against: Signed | None = None
    cancels: Signed | None = None
    effective: datetime | None = None
    due: date | None = None
    read: str = "shown"
    over: str = ""


class Clinic(World):
    """The world with the verbs that decide what is public."""

    def __init__(self, policy: str) -> None:
        super().__init__(policy)
        self.shown: set[tuple[str, int]] = set()

    def _unread(self, form: Form) -> str:
        """Whether what a signature says was read was on this physician's screen."""
        if form.read != "neither":
            return ""
        never = (form.by, form.page.id) not in self.shown
        return "not read" if never and form.scope == "full" else EITHER

    def why_not_proof(self, by: str, *, right: bool, signs: bool = True) -> str:
        """Before the verb: the password. What is wrong is counted."""
        human = self.people[by]
        if signs and self.locked(by, self.clock):
            return "locked"
        if human.active and human.has_password and right:
            return ""
        return "wrong password" if human.active else "inactive"

    def count_wrong(self, by: str) -> None:
        """A wrong password was typed."""
        self.people[by].wrong.append(self.clock)

    def _why_not_sign(self, edition: Edition, by: str, at: datetime) -> str:
        if not self.entitled(by, at):
            return "not entitled"
        page = next(page for page in self.pages.values() if edition in page.editions)
        if by in self.authors_now(page, edition, at) and self.policy != "disclosed":
            return "own words"
        return ""

    def why_not_sign(self, form: Form) -> str:
        """In the order of what a physician is told first."""
        why = self.why_not_proof(form.by, right=form.password)
        at = self.instant()
        page, edition = form.page, form.edition
        if why or at is None:
            return why or "clock"
        if edition is None or edition.status != "open":
            return "not open"
        before, waits = page.in_force(at), page.waiting(at)
        why = self._why_not_sign(edition, form.by, at)
        if why:
            return why
        if form.scope == "urgent":
            if waits and waits is not form.cancels:
                return "cancels another"
        elif waits:
            return "one waits"
        if before is not form.against:
            return "stale against"
        if not (form.digest and form.printed):
            return "stale form"
        holder = self.owner(edition.words.slug)
        if holder not in (None, page):
            return "address of another page"
        if form.effective is not None and form.effective <= at:
            return "in the past"
        why = self._why_not_over(form)
        if why:
            return why
        if form.scope == "full":
            why = self._why_not_full(edition, at, form)
        else:
            due = form.page.due(before, at) if before else date.min
            why = self._why_not_correct(edition, before, at, form, due)
        return why if why and why != EITHER else self._unread(form) or why

    def _why_not_over(self, form: Form) -> str:
        """What another physician wants settled first is signed over with a sentence."""
        asked = form.page.unsettled()
        if any(one.by == form.by for one in asked):
            return "own comment"
        return "not settled" if asked and not form.over else ""

    def _why_not_full(self, edition: Edition, at: datetime, form: Form) -> str:
        latest = months_after(local(at), edition.words.months)
        due = form.due or latest
        if not local(at) < due <= latest:
            return "due day"
        if form.effective and local(form.effective) >= due:
            return "overdue when it counts"
        return ""

    def _why_not_correct(
        self, edition: Edition, before: Signed | None, at: datetime, form: Form, due: date
    ) -> str:
        if before is None:
            return "nothing to correct"
        if form.due:
            return "a correction has no due day"
        fits = small(before.edition.words, edition.words, urgent=form.scope == "urgent")
        if form.scope == "urgent":
            if form.effective:
                return "urgent and later"
        elif due < local(at):
            return "overdue"
        elif local(form.effective or at) > due:
            return "overdue when it counts"
        return EITHER if fits is None else "" if fits else "too much"

    def sign(self, form: Form) -> Signed:
        """The signature counts."""
        at, edition, page = self.instant(), form.edition, form.page
        assert at is not None
        assert edition is not None
        before, waits = page.in_force(at), page.waiting(at)
        if waits:
            waits.cancelled, waits.cancelled_n = at, self.next()
        full, urgent_on, due = None, None, form.due
        if form.scope == "full":
            due = due or months_after(local(at), edition.words.months)
        else:
            assert before is not None
            full, urgent_on, due = before.review, before.urgent_on, page.due(before, at)
            if form.scope == "urgent":
                urgent_on, due = local(at), min(due, local(at) + timedelta(days=14))
        return self._signed(form, at, due, full, urgent_on)

    def _signed(
        self, form: Form, at: datetime, due: date, full: Signed | None, urgent_on: date | None
    ) -> Signed:
        assert form.edition is not None
        one = Signed(
            self.next(),
            form.edition,
            form.scope,
            form.by,
            at,
            form.effective or at,
            due,
            self.printed(form.by, at),
            full,
            urgent_on,
            form.by in self.authors_now(form.page, form.edition, at),
        )
        suggested = self.has_suggested(form.page, form.edition, form.by, at)
        one.suggested = suggested and not one.disclosed
        form.page.signed.append(one)
        self.last = max(self.last or at, at)
        return one

    def why_not_reaffirm(self, form: Form) -> str:
        why = self.why_not_proof(form.by, right=form.password)
        at = self.instant()
        if why or at is None:
            return why or "clock"
        before = form.page.in_force(at)
        if form.page.waiting(at):
            return "one waits"
        if before is None:
            return "nothing in force"
        why = self._why_not_sign(before.edition, form.by, at)
        if why:
            return why
        if not (form.digest and form.printed) or before.edition is not form.edition:
            return "stale form"
        latest = months_after(local(at), before.edition.words.months)
        if form.due and not local(at) < form.due <= latest:
            return "due day"
        return self._unread(form)

    def reaffirm(self, form: Form) -> Signed:
        """The words stay, the date moves."""
        at = self.instant()
        assert at is not None
        assert form.edition is not None
        due = form.due or months_after(local(at), form.edition.words.months)
        one = self._signed(form, at, due, None, None)
        one.again = True
        return one

    # --- Ending

    def why_not_cancel(self, page: Page, one: Signed, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.people[by].active:
            return "inactive"
        if not self.withdraws(by, at) and by != one.signer:
            return "no right"
        if one.cancelled:
            return "cancelled already"
        waits = page.waiting(at)
        if waits is one:
            return ""
        if waits:
            return "one waits"
        if page.in_force(at) is not one:
            return "not in force"
        earlier = [
            other
            for other in page.signed
            if other.n < one.n and other.effective <= at and not other.cancelled
        ]
        if not earlier or any(off.n > earlier[-1].n for off in page.off):
            return "nothing before it"
        return "words taken out" if earlier[-1].edition.redacted else ""

    def cancel(self, one: Signed, reason: str) -> None:
        """It never counts, or no more."""
        at = self.instant()
        assert at is not None
        one.cancelled, one.cancelled_n, one.cancel_reason = at, self.next(), reason
        self.last = max(self.last or at, at)

    def why_not_withdraw(self, page: Page, by: str) -> str:
        at = self.instant()
        if at is None:
            return "clock"
        if not self.withdraws(by, at):
            return "no right"
        return "" if page.in_force(at) or page.waiting(at) else "nothing there"

    def withdraw(self, page: Page, reason: str, notice: str) -> None:
        """The page is off."""
        at = self.instant()
        assert at is not None
        before = page.in_force(at)
        page.off.append(Off(self.next(), at, notice, reason))
        if before and notice == "safety":
            self.take_out(page, before.edition, at)
        if page.open:
            self.end(page.open, "ended_by_withdrawal")
        self.last = max(self.last or at, at)

    def take_out(self, page: Page, edition: Edition, at: datetime) -> None:
        """The words of a signed edition, and of those that say the same, are public no more."""
        for signed in page.signed:
            if signed.edition.words == edition.words and not signed.edition.redacted:
                signed.edition.redacted = at

    # --- Laying over

    def why_not_lay(self, kind: str, page: Page, by: str, *, password: bool) -> str:
        why = self.why_not_proof(by, right=password, signs=kind == "release")
        at = self.instant()
        if why or at is None:
            return why or "clock"
        laid = page.laid_at(at)
        if kind == "release":
            if laid is None:
                return "nothing over it"
            if self.entitled(by, at):
                return ""
            if laid.kind == "hold" and laid.physician:
                return "a physician held it"
            return "" if self.withdraws(by, at) else "no right"
        if not page.in_force(at) and not page.waiting(at):
            return "nothing there"
        if laid and (kind == "flag" or laid.kind == "hold"):
            return "laid over already"
        return ""

    def lay(self, kind: str, page: Page, by: str) -> None:
        """Flag, hold or release."""
        at = self.instant()
        assert at is not None
        page.laid.append(Laid(self.next(), at, kind, self.entitled(by, at)))
        self.last = max(self.last or at, at)

    def why_not_redact(self, page: Page, edition: Edition, by: str, *, password: bool) -> str:
        why = self.why_not_proof(by, right=password)
        at = self.instant()
        if why or at is None:
            return why or "clock"
        if not self.withdraws(by, at):
            return "no right"
        if edition.redacted:
            return "taken out already"
        if edition not in [one.edition for one in page.shown(at)]:
            return "never public"
        for one in (page.in_force(at), page.waiting(at)):
            if one and one.edition.words == edition.words:
                return "in force or waiting"
        return ""
