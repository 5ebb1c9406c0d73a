"""The public history of a page: what it showed when, and who vouched for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from reviews import clock, diff, proof, reading
from reviews.listing import State, states
from reviews.memory import Memory
from reviews.models import Edition, Withdrawal
from reviews.reviewable import Shown, Signature, model_of

ONE_DAY = timedelta(days=1)

_compared: Memory[tuple[str, str], diff.Diff] = Memory(256)


def public_states(found: reading.Found, at: datetime) -> list[State]:
    """Everything that a page showed up to an instant, the oldest first, proved; two queries.

    Nothing that waits is in it. Raises BrokenEvidence where a row was changed or taken away: a
    history with a hole would lie about the rest.
    """
    sign_offs = list(reading.with_evidence().filter(subject=found.subject))
    withdrawals = list(
        Withdrawal.objects.filter(subject=found.subject).select_related(
            "event", "sign_off__edition"
        )
    )
    proof.check_decisions([*sign_offs, *withdrawals], found.decisions)
    for sign_off in sign_offs:
        proof.check_signed(sign_off)
    begun = [row for row in sign_offs if row.effective_at <= at]
    made = [row for row in withdrawals if row.at <= at]
    return states(begun, made)


@dataclass(frozen=True)
class Entry:
    """One state of a page for a reader: who signed it, and what changed since the state before.

    `before` is the edition that was shown last before, `changes` what differs from it; both are
    None for a first edition and for a state in which nothing was public.
    """

    state: State
    signature: Signature | None = None
    before: Edition | None = None
    changes: diff.Diff | None = None


def entries(history: Iterable[State]) -> list[Entry]:
    """The states of a page in the words of its record, the newest first."""
    found = []
    before: Edition | None = None
    for state in history:
        if state.sign_off is None:
            found.append(Entry(state))
            continue
        edition = state.sign_off.edition
        changes = _changes(before, edition) if before else None
        found.append(Entry(state, reading.signature_of(state.sign_off), before, changes))
        before = edition
    return found[::-1]


def _changes(before: Edition, after: Edition) -> diff.Diff:
    """What differs between two editions; remembered, since a record is asked for again."""
    key = before.digest, after.digest
    kept = _compared.get(key)
    if kept is None:
        parts = model_of(after.subject.kind).parts
        kept = diff.changes(parts(before.document), parts(after.document))
        _compared.put(key, kept)
    return kept


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
    """The past stretches in which the edition of a number was public, neighbours joined."""
    found: list[Shown] = []
    for state in history:
        if state.sign_off is None or state.sign_off.edition.number != edition:
            continue
        if state.until_at is None:
            continue
        if found and found[-1].until_at == state.from_at:
            found[-1] = Shown(found[-1].from_at, state.until_at)
        else:
            found.append(Shown(state.from_at, state.until_at))
    return found
