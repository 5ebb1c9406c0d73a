"""What the verbs share: their transaction, the words they are given, the moves of a submission."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Subquery

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Event, Overlay, Person, RelianceEnd, Remark, SignOff, Subject, Withdrawal
from reviews.reviewable import model_of
from reviews.text import lines
from reviews.text.canonical import digest_of
from reviews.workflow.refusals import NotAllowed

# The clocks of two servers may disagree by this much; more means a wrong clock.
CLOCK_TOLERANCE = timedelta(seconds=5)
# The most characters of a public note, and of a note or reason inside.
MOST_PUBLIC, MOST_INSIDE = 300, 5000


@contextmanager
def verb(by: User, *, saves: Subject | None = None) -> Iterator[tuple[Person, datetime]]:
    """One transaction, in which no other verb runs; the actor as the database knows them now.

    The instant is taken under the lock, so that instants follow the order of events. A verb that
    `saves` a page's draft locks it first, as the draft's form does: the other way round, the two
    would wait for each other. Raises NotAllowed for an account that is not active, and where the
    clock is behind.
    """
    with transaction.atomic(durable=True):
        if saves is not None:
            drafts = model_of(saves.kind)._default_manager.select_for_update()
            drafts.filter(subject=saves).first()
        chain.lock()
        actor = Person.objects.get(pk=by.pk)
        if not actor.is_active:
            raise NotAllowed("This account is no longer active.")
        yield actor, instant()


def instant() -> datetime:
    """The present; just after the last signature, withdrawal, flag or hold where another server's
    clock, which gave them theirs, is a little ahead of this one's."""
    now = clock.now()
    newest = (
        Subquery(SignOff.objects.order_by("-pk").values("signed_at")[:1]),
        Subquery(Withdrawal.objects.order_by("-pk").values("at")[:1]),
        Subquery(Overlay.objects.order_by("-pk").values("at")[:1]),
        Subquery(RelianceEnd.objects.order_by("-pk").values("at")[:1]),
    )
    instants = Event.objects.order_by("-seq").values_list(*newest).first() or ()
    last = max((instant for instant in instants if instant), default=now)
    if now < last - CLOCK_TOLERANCE:
        raise NotAllowed("The server’s clock is behind the last signature. Tell a manager.")
    return last + timedelta(microseconds=1) if now < last else now


def new_remark(words: str) -> Remark | None:
    if not words:
        return None
    salt = secrets.token_hex(16)
    return Remark.objects.create(digest=digest_of(f"{salt}\n{words}"), salt=salt, text=words)


def public_line(words: str) -> str:
    try:
        return lines.clean_line(words, maximum=MOST_PUBLIC)
    except ValidationError as fault:
        raise NotAllowed(" ".join(fault.messages)) from fault


def inside_text(words: str, *, required: bool) -> str:
    try:
        words = lines.clean_text(words, maximum=MOST_INSIDE)
    except ValidationError as fault:
        raise NotAllowed(" ".join(fault.messages)) from fault
    if required and not words:
        raise NotAllowed("Give a reason: whoever reads this later needs it.")
    return words


def record_withdrawal(
    subject: Subject,
    kind: Kind,
    *,
    by: User,
    at: datetime,
    reason: str,
    sign_off: SignOff | None = None,
    notice: str = "",
    successor: Subject | None = None,
) -> Withdrawal:
    """Write the row and the event that end one sign-off, or take a page off."""
    withdrawal = Withdrawal(
        subject=subject,
        sign_off=sign_off,
        notice=notice,
        reason=new_remark(reason),
        by=by,
        at=at,
        on=clock.local_date(at),
        successor=successor,
    )
    chain.append(kind, at=at, by=by, subject=subject, row=withdrawal)
    return withdrawal
