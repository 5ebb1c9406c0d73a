"""All rows that decide what pages show, read together and proved page by page."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from reviews.evidence import checks
from reviews.models import Evidence, Overlay, Redaction, RelianceEnd, SignOff, Withdrawal


@dataclass(frozen=True)
class Decisions:
    """The rows that decide what one page shows."""

    sign_offs: list[SignOff] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    reliance_ends: list[RelianceEnd] = field(default_factory=list)

    @property
    def redactions(self) -> list[Redaction]:
        """Those of its editions: each was public, so each has a sign-off."""
        editions = {row.edition_id: row.edition for row in self.sign_offs}
        return [one.redaction for one in editions.values() if hasattr(one, "redaction")]

    @property
    def withdrawal(self) -> Withdrawal:
        """The one that took the page off last."""
        return max((row for row in self.withdrawals if row.sign_off_id is None), key=_number)

    @property
    def hold(self) -> Overlay:
        """The one that keeps the page off."""
        return max((row for row in self.overlays if row.kind == Overlay.Kind.HOLD), key=_number)

    @property
    def rows(self) -> list[Evidence]:
        """All of them."""
        decided = [*self.sign_offs, *self.withdrawals, *self.overlays, *self.redactions]
        return [*decided, *self.reliance_ends]

    def ends_of(self, sign_off: SignOff) -> list[RelianceEnd]:
        """What stands against resting on a sign-off, of each physician what is due first.

        The rule of `sign_offs.relied_until`.
        """
        behind = {row.reviewer_id: row.pk for row in (sign_off, sign_off.full_review)}
        found = (self._standing_end(reviewer, after) for reviewer, after in behind.items())
        return [row for row in found if row is not None]

    def _standing_end(self, reviewer: int, after: int) -> RelianceEnd | None:
        """What a physician ended after a number, the one due first."""
        theirs = [row for row in self.reliance_ends if row.reviewer_id == reviewer]
        back = [row.pk for row in theirs if row.kind == RelianceEnd.Kind.RESTORED]
        standing = {
            (row.due, row.pk): row
            for row in theirs
            if row.due and row.pk > after
            if row.kind == RelianceEnd.Kind.OWN or row.pk > max(back, default=0)
        }
        return standing[min(standing)] if standing else None

    def check(self, numbers: Collection[int]) -> None:
        """Raise BrokenEvidence unless these are all rows of the decisive events, and hold."""
        checks.check_decisions(self.rows, numbers)


def _number(row: Evidence) -> int:
    return int(row.pk)


def sign_offs_alone() -> QuerySet[SignOff]:
    """Sign-offs with what proves them and the redactions of their editions; no words."""
    redacted = SignOff.objects.select_related("event", "edition__redaction__event")
    return redacted.defer("edition__text")


def of_pages(
    subjects: Collection[UUID],
    numbers: Collection[int],
    sign_offs: QuerySet[SignOff],
    *,
    laid_over: bool = False,
) -> dict[UUID, Decisions]:
    """The rows of some pages, unproved: two queries.

    `sign_offs` come with the redactions of their editions. One more where a page was ever flagged
    or held: where a decisive event has no row yet, or the asker saw an overlay (`laid_over`).
    """
    found = {subject: Decisions() for subject in subjects}
    for sign_off in sign_offs.filter(subject__in=subjects):
        found[sign_off.subject_id].sign_offs.append(sign_off)
    withdrawals = Withdrawal.objects.select_related("event", "sign_off__edition")
    for withdrawal in withdrawals.defer("sign_off__edition__text").filter(subject__in=subjects):
        found[withdrawal.subject_id].withdrawals.append(withdrawal)
    if laid_over or set(numbers) - {row.pk for one in found.values() for row in one.rows}:
        for overlay in Overlay.objects.select_related("event").filter(subject__in=subjects):
            found[overlay.subject_id].overlays.append(overlay)
    # And another one where a physician went on whom a page rested.
    if set(numbers) - {row.pk for one in found.values() for row in one.rows}:
        for end in RelianceEnd.objects.select_related("event").filter(subject__in=subjects):
            found[end.subject_id].reliance_ends.append(end)
    return found
