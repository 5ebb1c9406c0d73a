"""What was withdrawn, cancelled or sent back since a page was last signed (DESIGN, I9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from reviews import clock
from reviews.evidence.states import last_shown
from reviews.models import Edition, Redaction, Remark, SignOff, Subject, Submission
from reviews.reviewable import draft_of
from reviews.text.days import day

SENT_BACK = "sent back with changes requested"


@dataclass(frozen=True)
class Setback:
    """What became of an edition, when, by whom and why: `what` is "withdrawn", for example."""

    what: str
    at: datetime
    by: User
    reason: Remark | None
    edition: Edition

    @property
    def sent_back(self) -> bool:
        """Whether a physician sent it back."""
        return self.what == SENT_BACK

    @property
    def told(self) -> str:
        """What happened and when, as a sentence for staff."""
        on = day(clock.local_date(self.at))
        who = self.by.get_full_name() or self.by.get_username()
        return f"Edition {self.edition.number} was {self.what} on {on} by {who}."


def setbacks(subject: Subject) -> list[Setback]:
    """What happened to a page since it was last signed, the newest first."""
    found = [*_ended(subject), *_sent_back(subject)]
    return sorted(found, key=lambda one: one.at, reverse=True)


def unchanged_since(subject: Subject) -> Setback | None:
    """What was withdrawn, cancelled, sent back or taken out and is the draft, word for word."""
    draft = draft_of(subject)
    if draft is None:
        return None
    found = [*setbacks(subject), *_taken_out(subject)]
    if not found:
        return None
    document = draft.document()
    return next((one for one in found if one.edition.says(document)), None)


def _last_signed(subject: Subject) -> Coalesce:
    """The number of a page's last signature, or 0, for a query."""
    signed = SignOff.objects.filter(subject=subject).order_by("-pk").values("pk")[:1]
    return Coalesce(Subquery(signed), 0)


def _ended(subject: Subject) -> Iterator[Setback]:
    rows = subject.withdrawals.filter(pk__gt=_last_signed(subject))
    for row in rows.select_related("by", "reason", "sign_off__edition"):
        if row.sign_off is not None:
            yield Setback("cancelled", row.at, row.by, row.reason, row.sign_off.edition)
        else:
            off = last_shown(subject) or subject.sign_offs.order_by("-pk").first()
            assert off is not None  # what was never signed is not withdrawn
            yield Setback("withdrawn", row.at, row.by, row.reason, off.edition)


def _sent_back(subject: Subject) -> Iterator[Setback]:
    rows = subject.submissions.filter(
        status=Submission.Status.CHANGES_REQUESTED, ended_by__gt=_last_signed(subject)
    )
    ended = [
        (row, row.ended_by.said)
        for row in rows.select_related("ended_by", "reason", "edition__subject")
        if row.ended_by is not None
    ]
    people = User.objects.in_bulk({said["by"] for _, said in ended})
    for row, said in ended:
        at = datetime.fromisoformat(said["at"])
        yield Setback(SENT_BACK, at, people[said["by"]], row.reason, row.edition)


def _taken_out(subject: Subject) -> Iterator[Setback]:
    rows = Redaction.objects.filter(subject=subject).order_by("-pk")
    for row in rows.select_related("by", "reason", "edition"):
        yield Setback("taken out of the record", row.at, row.by, row.reason, row.edition)
