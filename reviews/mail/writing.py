"""Writing letters: events are read into letters and notifications, which letters take along."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from reviews import clock
from reviews.evidence.kinds import Kind
from reviews.mail import calendar, news
from reviews.mail.people import former_addresses, managers, physicians
from reviews.models import (
    Claim,
    Event,
    Letter,
    MailCursor,
    Notification,
    Reason,
    Submission,
)

# Events are read in batches of so many, each with a transaction of its own, and so many in a run.
BATCH, EVENTS_A_RUN = 500, 10_000
# What happened longer ago, while nothing ran or before there were letters, is no news.
NEWS_FOR = timedelta(days=30)
# When the clinic's morning letters are written, by its own time.
MORNING = time(7)
_ACCOUNTS = (Kind.LINK_ASKED, Kind.CLAIM_MADE, Kind.CLAIM_OBJECTED, Kind.SIGNING_LOCKED)
_OPEN_ONLY = (Reason.ASKED, Reason.ASKED_URGENTLY, Reason.RESUBMITTED, Reason.HANDED_OVER)

Progress = Callable[[str], None]


def read_events(progress: Progress) -> MailCursor:
    """Write what new events tell, from where the last run ended; how far everything is written."""
    cursor, _ = MailCursor.objects.get_or_create(pk=1)
    last = Event.objects.aggregate(last=Max("seq"))["last"] or 0
    for _ in range(EVENTS_A_RUN // BATCH):
        if cursor.seq >= last:
            break
        cursor.seq = _read_batch(cursor.seq, last)
        progress(f"Read up to event {cursor.seq} of {last}.")
    return cursor


def _read_batch(seq: int, last: int) -> int:
    """Read the next events of the kinds that tell something; to which number all are read now."""
    wanted = Event.objects.filter(seq__gt=seq, seq__lte=last, kind__in=(*_ACCOUNTS, *news.KINDS))
    events = list(wanted.order_by("seq")[:BATCH])
    until = events[-1].seq if len(events) == BATCH else last
    here = MailCursor.objects.filter(pk=1, seq=seq)
    if not events:
        here.update(seq=until)
        return until
    with transaction.atomic():
        # Of two runs that read the same, one finds the cursor where it was.
        if here.update(seq=until):
            _write(events, clock.now())
    return until


def _write(events: Sequence[Event], at: datetime) -> None:
    fresh = (at - NEWS_FOR).isoformat()
    told = [event for event in events if event.kind in news.KINDS and event.said["at"] >= fresh]
    if told:
        _notify(news.notifications(told, at))
    for event in events:
        if event.kind in _ACCOUNTS:
            for kind, person, to in _about_accounts(event):
                Letter.write(event, kind, person, at, to=to)


def _notify(notifications: Iterable[Notification]) -> None:
    Notification.objects.bulk_create(notifications, ignore_conflicts=True, batch_size=500)


# --- Notifications into letters


def write_at_once(at: datetime) -> None:
    """Put what cannot wait into one letter for each person."""
    waiting = Notification.objects.filter(letter=None, at_once=True)
    if not waiting.exists():
        return
    with _alone():
        _gather(waiting, Letter.Kind.AT_ONCE, at)


def write_morning(cursor: MailCursor, at: datetime, progress: Progress) -> None:
    """Once a day, from seven o'clock in the clinic's zone on: what it brings, and the letters."""
    local = at.astimezone(clock.zone())
    on = local.date()
    if local.time() < MORNING or (cursor.day is not None and cursor.day >= on):
        return
    brings = calendar.notifications(on, at, progress)
    late = calendar.told_of_overdue(at)
    with transaction.atomic():
        if not MailCursor.objects.filter(Q(day=None) | Q(day__lt=on), pk=1).update(day=on):
            return
        _notify(brings)
        _gather(Notification.objects.filter(letter=None, at_once=True), Letter.Kind.AT_ONCE, at)
        _gather(Notification.objects.filter(letter=None), Letter.Kind.MORNING, at, on)
        _write_overdue(late, calendar.monday(on), at)
    progress(f"{len(brings)} notifications of this morning written.")


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction in which no other run gathers: it holds the cursor's row."""
    with transaction.atomic():
        MailCursor.objects.filter(pk=1).update(seq=F("seq"))
        yield


def _gather(
    waiting: QuerySet[Notification], kind: Letter.Kind, at: datetime, on: date | None = None
) -> None:
    """One letter for each person takes along what waits for them and still matters."""
    settled = Q(reason__in=_OPEN_ONLY) & ~Q(submission__status=Submission.Status.OPEN)
    waiting.filter(settled | Q(person__is_active=False)).delete()
    people = User.objects.filter(pk__in=waiting.values("person"))
    if on is not None:
        of_today = Letter.objects.filter(person=OuterRef("pk"), kind=kind, on=on)
        people = people.exclude(Exists(of_today))
    for person in people.order_by("pk"):
        letter = Letter.objects.create(
            kind=kind, person=person, to=person.email, on=on, made_at=at, next_try_at=at
        )
        waiting.filter(person=person).update(letter=letter)


def _write_overdue(people: Iterable[int], monday: date, at: datetime) -> None:
    """One letter a week for each person, whichever morning of it comes first."""
    Letter.objects.bulk_create(
        [
            Letter(
                kind=Letter.Kind.OVERDUE,
                person=person,
                to=person.email,
                on=monday,
                made_at=at,
                next_try_at=at,
            )
            for person in User.objects.filter(pk__in=people)
        ],
        ignore_conflicts=True,
    )


# --- About accounts


def _about_accounts(event: Event) -> Iterator[tuple[Letter.Kind, User, str]]:
    at = clock.now()
    if event.kind == Kind.CLAIM_MADE:
        claim = Claim.objects.select_related("person").filter(pk=event.pk).first()
        yield from _of_claim(claim, at) if claim else ()
    elif event.kind == Kind.CLAIM_OBJECTED:
        for manager in managers():
            yield Letter.Kind.OBJECTION, manager, manager.email
    else:
        kind = Letter.Kind.LINK if event.kind == Kind.LINK_ASKED else Letter.Kind.WRONG_PASSWORDS
        for person in User.objects.filter(pk=event.said["person"]):
            yield kind, person, person.email


def _of_claim(claim: Claim, at: datetime) -> Iterator[tuple[Letter.Kind, User, str]]:
    person = claim.person
    if claim.by_id is None and claim.kind != Claim.Kind.ADDRESS:
        return  # whoever runs the server set it up
    if claim.kind == Claim.Kind.ADDRESS:
        yield Letter.Kind.NEW_ADDRESS, person, person.email
    else:
        yield Letter.Kind.ABOUT_YOU, person, person.email
    if not claim.waits:
        return
    for manager in managers():
        if manager.pk not in (claim.by_id, person.pk):
            yield Letter.Kind.TO_CONFIRM, manager, manager.email
    for physician in physicians(at):
        if physician.pk == person.pk:
            continue
        for address in {physician.email, *former_addresses(physician, at)}:
            yield Letter.Kind.NOTICE, physician, address
