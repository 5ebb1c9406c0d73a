"""What comes by the calendar, as notifications: due reviews, ends of licenses, later effects."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F

from reviews import clock
from reviews.mail.people import Choices, managers
from reviews.models import (
    EditionAuthor,
    License,
    Notification,
    Reason,
    Reviewer,
    SignOff,
    Timing,
    Withdrawal,
)
from reviews.models.sign_offs import due_at

# So many days before, people are told that a review is due, and that a license ends.
DUE_IN = (60, 30, 7)
ENDS_IN = (90, 30, 7)
# What took effect while nothing ran is told for so long.
LOOK_BACK = timedelta(days=6)
# The rows that are looked at between two words of progress.
CHUNK = 500

Progress = Callable[[str], None]


@dataclass(frozen=True)
class _Told:
    reason: Reason
    key: str
    on: date
    people: Collection[int]
    subject: Any = None
    license: int | None = None


def notifications(on: date, at: datetime, progress: Progress) -> list[Notification]:
    """What a day brings that nobody was told yet, unsaved.

    The number of queries does not grow with the pages. Each threshold is told once, by its key: a
    page that was signed anew has another due day.
    """
    choices, found = Choices(), {}
    for told in [*_due(on, at, progress), *_licenses(on), *_effects(on, at)]:
        for person in told.people:
            timing = choices.timing(person, told.reason)
            if timing != Timing.NEVER:
                found[person, told.reason.value, told.key] = Notification(
                    person_id=person,
                    reason=told.reason,
                    key=told.key,
                    subject_id=told.subject,
                    license_id=told.license,
                    on=told.on,
                    at_once=timing == Timing.AT_ONCE,
                )
    reasons = [Reason.DUE, Reason.LICENSE_ENDS, Reason.TAKES_EFFECT]
    known = Notification.objects.filter(reason__in=reasons, on__gte=on - LOOK_BACK)
    for one in known.values_list("person", "reason", "key"):
        found.pop(one, None)
    return list(found.values())


def threshold(left: int, among: tuple[int, ...]) -> int | None:
    """The smallest of some numbers of days that is not passed, as 30 of 60, 30 and 7 for 12."""
    return min((one for one in among if 0 <= left <= one), default=None)


def overdue(at: datetime) -> "Any":
    """The sign-offs in force whose full review is late on the clinic's day."""
    in_force = SignOff.objects.in_force(at).relied_on(at).annotate(by=due_at(at))
    return in_force.filter(by__lt=clock.local_date(at))


def monday(on: date) -> date:
    """The first day of a day's week."""
    return on - timedelta(days=on.weekday())


def told_of_overdue(at: datetime) -> set[int]:
    """Who gets the week's letter: managers, and who signed a page that is overdue."""
    late = overdue(at)
    signers = set(late.values_list("signer", flat=True).order_by().distinct())
    signers |= set(late.values_list("rests_on__signer", flat=True).order_by().distinct()) - {None}
    if not signers:
        return set()
    choices, people = Choices(), signers | {manager.pk for manager in managers()}
    return {one for one in people if choices.timing(one, Reason.DUE) != Timing.NEVER}


def _due(on: date, at: datetime, progress: Progress) -> Iterator[_Told]:
    last = on + timedelta(days=max(DUE_IN))
    in_force: Any = SignOff.objects.in_force(at).annotate(by=due_at(at))
    soon = in_force.filter(by__gte=on, by__lte=last)
    rows = list(
        soon.order_by("pk").values_list("subject", "edition", "by", "signer", "rests_on__signer")
    )
    authors: dict[int, set[int]] = defaultdict(set)
    wrote = EditionAuthor.objects.filter(edition__in=soon.order_by().values("edition"))
    for edition, user in wrote.values_list("edition", "user") if rows else ():
        authors[edition].add(user)
    entitled = set(Reviewer.objects.entitled(at).values_list("user", flat=True)) if rows else set()
    others = {manager.pk for manager in managers()} if rows else set()
    for number, (subject, edition, due, signer, full) in enumerate(rows, start=1):
        responsible = full or signer
        people = {responsible} | authors[edition]
        # Where who signed it can sign no more, somebody has to find another physician.
        people |= set() if responsible in entitled else others
        days = threshold((due - on).days, DUE_IN)
        yield _Told(Reason.DUE, f"{subject} {due} {days}", due, people, subject=subject)
        if number % CHUNK == 0 or number == len(rows):
            progress(f"{number} of {len(rows)} pages that come due looked at.")


def _licenses(on: date) -> Iterator[_Told]:
    last = on + timedelta(days=max(ENDS_IN))
    rows = License.objects.filter(
        expires_on__gte=on, expires_on__lte=last, reviewer__is_active=True
    ).values_list("pk", "expires_on", "reviewer__user")
    everybody = {manager.pk for manager in managers()} if rows else set()
    for pk, ends, user in rows:
        days = threshold((ends - on).days, ENDS_IN)
        key = f"{pk} {ends} {days}"
        yield _Told(Reason.LICENSE_ENDS, key, ends, everybody | {user}, license=pk)


def _effects(on: date, at: datetime) -> Iterator[_Told]:
    """Signed on an earlier day, to take effect on this one."""
    first, end = (
        datetime.combine(one, datetime.min.time(), clock.zone())
        for one in (on - LOOK_BACK, on + timedelta(days=1))
    )
    rows = SignOff.objects.standing(at).filter(
        effective_at__gte=first, effective_at__lt=end, effective_at__gt=F("signed_at")
    )
    rows = rows.exclude(Exists(Withdrawal.objects.since_signed(at)))
    rows = rows.select_related("edition").defer("edition__text")
    for row in rows.prefetch_related("edition__author_rows"):
        day = clock.local_date(row.effective_at)
        if row.signed_on < day:
            people = {row.signer_id} | {author.user_id for author in row.edition.author_rows.all()}
            yield _Told(Reason.TAKES_EFFECT, str(row.pk), day, people, subject=row.subject_id)
