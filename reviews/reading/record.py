"""The public history of a page: what it showed when, and who vouched for it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.template.loader import render_to_string

from reviews import clock
from reviews.diff import comparison
from reviews.diff.patience import LOADED, PUBLIC_LOOKS, Patience
from reviews.evidence import checks
from reviews.evidence.states import Overlaid, State, overlaid, shown, states
from reviews.models import Edition, SignOff
from reviews.reading import at_address, proved
from reviews.reading.memory import Memory
from reviews.reviewable import Shown, Signature, model_of

ONE_DAY = timedelta(days=1)

# Longer comparisons are made again: together they could fill the memory.
LONGEST_KEPT = 100_000

_compared: Memory[tuple[str, str], str] = Memory(256)


@dataclass(frozen=True)
class History:
    """Everything that a page showed up to an instant, the oldest first, proved.

    `overlaid` are the stretches in which it was flagged or held; `taken_out` are the days on which
    the words of editions were taken out, by the editions' numbers as rows.
    """

    states: list[State]
    overlaid: list[Overlaid]
    taken_out: dict[int, date]

    @property
    def last(self) -> SignOff:
        """The sign-off that was public last: one that waited at a withdrawal never was."""
        return next(state.sign_off for state in reversed(self.states) if state.sign_off)

    @property
    def is_held(self) -> bool:
        """Whether the page is kept off now while it is checked."""
        last = self.overlaid[-1] if self.overlaid else None
        return last is not None and last.until_at is None and last.is_hold

    @property
    def is_public(self) -> bool:
        """Whether patients can read the page now."""
        return self.states[-1].sign_off is not None and not self.is_held

    def hides(self, edition: Edition) -> bool:
        """Whether the words of an edition may not be shown: taken out, or held while in force."""
        return edition.pk in self.taken_out or (
            self.is_held and self._in_force is not None and edition.digest == self._in_force.digest
        )

    def title_of(self, edition: Edition) -> str:
        """An edition's name; where its words may not be shown, the address that it had."""
        return edition.slug if edition.pk in self.taken_out else edition.title

    @property
    def _in_force(self) -> Edition | None:
        sign_off = self.states[-1].sign_off
        return sign_off.edition if sign_off else None


def history(found: at_address.Found, at: datetime) -> History:
    """What a page showed up to an instant; two queries, one more if it was ever laid over.

    Nothing that waits is in it. Raises BrokenEvidence where a row was changed or taken away: a
    history with a hole would lie about the rest.
    """
    decided = proved.decided_of(found, proved.with_evidence())
    for sign_off in decided.sign_offs:
        checks.check_signed(sign_off)
    at = at_address.seen_at(found, at)
    past = states([row for row in decided.sign_offs if not row.waits(at)], decided.withdrawals)
    in_force = past[-1].sign_off if past else None
    if in_force is not None:
        in_force.ends = decided.ends_of(in_force)
    return History(
        past,
        overlaid(decided.overlays),
        {row.edition_id: row.on for row in decided.redactions},
    )


@dataclass(frozen=True)
class Entry:
    """One state of a page for a reader, and the edition that was shown last before it, if any.

    `hidden` says whether its words or those before may not be compared, `is_off` whether its own
    are held; `taken_out_on` is the day on which they were taken out; `stretches` are those in which
    it was public. `number` is its place in the history, from 1; 0 for a flag or hold. `patience` is
    that of all entries of a page.
    """

    state: State
    before: Edition | None = None
    number: int = 0
    patience: Patience = field(default_factory=lambda: Patience(0))
    hidden: bool = False
    taken_out_on: date | None = None
    is_off: bool = False
    stretches: tuple[tuple[datetime, datetime | None], ...] = ()
    overlaid: Overlaid | None = None

    @property
    def at(self) -> datetime:
        """From when it counted."""
        return self.overlaid.from_at if self.overlaid else self.state.from_at

    @property
    def signature(self) -> Signature | None:
        """What stood under the page."""
        return proved.signature_of(self.state.sign_off) if self.state.sign_off else None

    @property
    def shows_note(self) -> bool:
        """Whether its public note says what was new in it and may be shown."""
        signed = self.state.sign_off
        if signed is None or self.taken_out_on or self.is_off:
            return False
        is_new = self.before is None or self.before.pk != signed.edition_id
        return is_new and bool(signed.edition.public_note)

    @property
    def differs(self) -> bool:
        """Whether it came after another edition."""
        return bool(
            not self.hidden and self.before and self._after and self.before.pk != self._after.pk
        )

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


def entries(history: History) -> list[Entry]:
    """What became of a page in the words of its record, the newest first.

    A flag or hold is an entry of its own, beside those of what was signed.
    """
    found = []
    before: Edition | None = None
    patience = Patience(PUBLIC_LOOKS)
    for number, state in enumerate(history.states, 1):
        if state.sign_off is None:
            found.append(Entry(state, number=number))
            continue
        edition = state.sign_off.edition
        found.append(
            Entry(
                state,
                before,
                number,
                patience,
                hidden=history.hides(edition) or (before is not None and history.hides(before)),
                taken_out_on=history.taken_out.get(edition.pk),
                is_off=history.hides(edition),
                stretches=tuple(shown(state, history.overlaid)),
            )
        )
        before = edition
    for one in history.overlaid:
        under = [state for state in history.states if state.from_at <= one.from_at]
        if under and under[-1].sign_off:
            found.append(Entry(under[-1], overlaid=one))
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def on_day(history: History, day: date) -> list[State]:
    """The states of one calendar day in the clinic's time zone, the first one first.

    Instants outside the day stay as they are: a state may have begun long before.
    """
    return [state for state in history.states if _touches(day, state.from_at, state.until_at)]


def overlaid_on(history: History, day: date) -> list[Overlaid]:
    """The flags and holds that stood over a page on one calendar day, as `on_day`."""
    return [one for one in history.overlaid if _touches(day, one.from_at, one.until_at)]


def _touches(day: date, from_at: datetime, until_at: datetime | None) -> bool:
    begins, ends = (
        datetime.combine(one, time.min, tzinfo=clock.zone()) for one in (day, day + ONE_DAY)
    )
    return from_at < ends and (until_at is None or until_at > begins)


def stretches(history: History, edition: int) -> list[Shown]:
    """The past stretches in which the edition of a number was public, one for each signature."""
    return [
        Shown(from_at, until_at, proved.signature_of(state.sign_off))
        for state in history.states
        if state.sign_off and state.until_at and state.sign_off.edition.number == edition
        for from_at, until_at in shown(state, history.overlaid)
        if until_at is not None
    ]
