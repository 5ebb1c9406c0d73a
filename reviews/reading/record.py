"""The public history of a page: what it showed when, and who vouched for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.template.loader import render_to_string

from reviews import clock
from reviews.diff import comparison
from reviews.diff.patience import LOADED, PUBLIC_LOOKS, Patience
from reviews.evidence import checks
from reviews.evidence.states import State, states
from reviews.models import Edition, Withdrawal
from reviews.reading import at_address, proved
from reviews.reading.memory import Memory
from reviews.reviewable import Shown, Signature, model_of

ONE_DAY = timedelta(days=1)

# Longer comparisons are made again: together they could fill the memory.
LONGEST_KEPT = 100_000

_compared: Memory[tuple[str, str], str] = Memory(256)


def public_states(found: at_address.Found, at: datetime) -> list[State]:
    """Everything that a page showed up to an instant, the oldest first, proved; two queries.

    Nothing that waits is in it. Raises BrokenEvidence where a row was changed or taken away: a
    history with a hole would lie about the rest.
    """
    sign_offs = list(proved.with_evidence().filter(subject=found.subject))
    withdrawals = list(
        Withdrawal.objects.filter(subject=found.subject).select_related(
            "event", "sign_off__edition"
        )
    )
    checks.check_decisions([*sign_offs, *withdrawals], found.decisions)
    proved.check_listed(found)
    for sign_off in sign_offs:
        checks.check_signed(sign_off)
    return states([row for row in sign_offs if not row.waits(at)], withdrawals)


@dataclass(frozen=True)
class Entry:
    """One state of a page for a reader, and the edition that was shown last before it, if any.

    `number` is its place in the history, from 1. `patience` is that of all entries of a page.
    """

    state: State
    before: Edition | None
    number: int
    patience: Patience

    @property
    def signature(self) -> Signature | None:
        """What stood under the page."""
        return proved.signature_of(self.state.sign_off) if self.state.sign_off else None

    @property
    def differs(self) -> bool:
        """Whether it came after another edition."""
        return bool(self.before and self._after and self.before.pk != self._after.pk)

    @property
    def _after(self) -> Edition | None:
        return self.state.sign_off.edition if self.state.sign_off else None

    @property
    def changes(self) -> str:
        """What differs from the edition before, as HTML; "" where there is none or it is the same.

        "" too when the comparisons of the entries before it took long: it can be asked for by
        itself. Remembered, since a record is asked for again: short HTML is kept, whatever it cost.
        """
        before, after = self.before, self._after
        if not (before and after and self.differs):
            return ""
        kept = _compared.get((before.digest, after.digest))
        if kept is None and self.patience.left:
            kept = self._shown(before, after)
            if len(kept) <= LONGEST_KEPT:
                _compared.put((before.digest, after.digest), kept)
        return kept or ""

    def _shown(self, before: Edition, after: Edition) -> str:
        parts = model_of(after.subject.kind).parts
        old, new = parts(before.document), parts(after.document)
        compared = comparison.compare(old, new, looks=PUBLIC_LOOKS, brief=True)
        html = render_to_string("reviews/diff.html", {"diff": compared, "level": 3})
        loading = (len(before.text) + len(after.text)) // LOADED
        self.patience.spend(compared.spent + loading)
        return html


def entries(history: Iterable[State]) -> list[Entry]:
    """The states of a page in the words of its record, the newest first."""
    found = []
    before: Edition | None = None
    patience = Patience(PUBLIC_LOOKS)
    for number, state in enumerate(history, 1):
        found.append(Entry(state, before if state.sign_off else None, number, patience))
        before = state.sign_off.edition if state.sign_off else before
    return found[::-1]


def on_day(history: Iterable[State], day: date) -> list[State]:
    """The states of one calendar day in the clinic's time zone, the first one first.

    Instants outside the day stay as they are: a state may have begun long before.
    """
    begins, ends = (
        datetime.combine(one, time.min, tzinfo=clock.zone()) for one in (day, day + ONE_DAY)
    )
    return [
        state
        for state in history
        if state.from_at < ends and (state.until_at is None or state.until_at > begins)
    ]


def stretches(history: Iterable[State], edition: int) -> list[Shown]:
    """The past stretches in which the edition of a number was public, one for each signature."""
    return [
        Shown(state.from_at, state.until_at, proved.signature_of(state.sign_off))
        for state in history
        if state.sign_off and state.until_at and state.sign_off.edition.number == edition
    ]
