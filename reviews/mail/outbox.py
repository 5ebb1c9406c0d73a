"""The outbox: letters are written, sent, tried again, and seen by managers."""

import smtplib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from reviews import clock, workflow
from reviews.mail import writing
from reviews.mail.letters import compose
from reviews.models import Claim, ClaimAnswer, Letter, MailCursor, Notification, WrongPassword

# Whoever sends a letter has it for so long; what was not done by then is tried again.
LEASE = timedelta(minutes=15)
# The waits between tries double from two minutes up to this.
LONGEST_WAIT = timedelta(hours=6)
# Sent letters, and the addresses on them, are kept for so long.
KEPT_FOR = timedelta(days=180)
# Of what somebody waits for at a screen, so many are tried at once.
AT_ONCE = 10
# A run tries so many letters, begins none after so many seconds, and gives a server up after so
# many failures in a row that are the server's own: the next run goes on.
LETTERS_A_RUN, SECONDS_A_RUN, FAULTS_A_RUN = 500, 240, 3
# A letter whose sending died so often may have arrived: it waits for a manager's decision.
MOST_UNSURE = 2


def silent(words: str) -> None:
    """Progress that nobody watches."""


def run(at_most: int | None = None, progress: Callable[[str], None] = silent) -> tuple[int, int]:
    """Write what is to be written, send what is due; how many letters went out, and failed.

    Two at once do no harm. With `at_most` somebody waits for it: then it writes and sends what is
    to be sent at once, at most so many, and stops after the first failure.
    """
    hurried = at_most is not None
    cursor = writing.read_events(progress)
    writing.write_at_once(clock.now())
    if not hurried:
        writing.write_morning(cursor, clock.now(), progress)
    sent = failed = 0
    for went in _send_due(due().filter(on=None) if hurried else due(), at_most, progress):
        sent, failed = sent + went, failed + (not went)
        if failed and hurried:
            break
    for claim in _told():
        workflow.tell(claim)
    if not hurried:
        WrongPassword.objects.filter(at__lt=clock.now() - workflow.DAY).delete()
        old = Letter.objects.filter(sent_at__lt=clock.now() - KEPT_FOR)
        Notification.objects.filter(letter__in=old).delete()
        old.delete()
    return sent, failed


def hurry() -> None:
    """Once this transaction stands, try to send what it is about; run_due does what is left."""
    transaction.on_commit(lambda: run(AT_ONCE), robust=True)


def due() -> QuerySet[Letter]:
    """Letters to be tried now, what cannot wait first."""
    found = Letter.objects.filter(
        sent_at=None, next_try_at__lte=clock.now(), unsure__lt=MOST_UNSURE
    )
    return found.order_by(F("on").asc(nulls_first=True), "pk")


def send_again(letter: Letter) -> None:
    """Let the next run send a letter, sent or failed, to where its person is written to now."""
    to = letter.to if letter.event_id and letter.to else letter.person.email
    now = clock.now()
    Letter.objects.filter(pk=letter.pk).update(
        sent_at=None, next_try_at=now, unsure=0, fault="", to=to
    )


# --- Sending


def _send_due(
    letters: QuerySet[Letter], at_most: int | None, progress: Callable[[str], None]
) -> Iterator[bool]:
    postman, until = _Postman(), time.monotonic() + SECONDS_A_RUN
    found = list(letters.select_related("event", "person")[: at_most or LETTERS_A_RUN])
    try:
        for number, letter in enumerate(found, start=1):
            if postman.gave_up or time.monotonic() > until:
                progress(f"{len(found) - number + 1} letters are left to the next run.")
                return
            if _take(letter):
                yield postman.send(letter)
                progress(f"{number} of {len(found)} letters tried.")
    finally:
        postman.close()


def _take(letter: Letter) -> bool:
    """Whether this run may send a letter: of two that ask, one finds it as it was read."""
    now = clock.now()
    found = Letter.objects.filter(pk=letter.pk, sent_at=None, next_try_at=letter.next_try_at)
    return bool(found.update(next_try_at=now + LEASE, tries=F("tries") + 1, unsure=F("unsure") + 1))


class _Postman:
    """One connection to the mail server for the letters of a run, opened again after a fault."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend = get_connection()
        self.faults = 0

    @property
    def gave_up(self) -> bool:
        """Whether it is the server, and not a letter, that fails."""
        return self.faults >= FAULTS_A_RUN

    def send(self, letter: Letter) -> bool:
        """Send one, and note how that ended; whether the server took it."""
        row = Letter.objects.filter(pk=letter.pk)
        try:
            message = compose(letter)
            message.connection = self.connection
            self.connection.open()
            message.send()
        except (OSError, ValueError) as fault:  # what a mail server answers is an OSError
            self.close()
            of_letter = isinstance(fault, ValueError | smtplib.SMTPRecipientsRefused)
            self.faults = 0 if of_letter else self.faults + 1
            wait = min(timedelta(minutes=2 ** min(letter.tries, 10)), LONGEST_WAIT)
            row.update(
                fault=str(fault)[:300] or repr(fault), next_try_at=clock.now() + wait, unsure=0
            )
            return False
        self.faults = 0
        row.update(sent_at=clock.now(), fault="", unsure=0)
        return True

    def close(self) -> None:
        """Leave the server, whatever it says to that."""
        with suppress(OSError):
            self.connection.close()


def _told() -> Iterable[Claim]:
    """Claims of which the server took every letter, save those to managers, and nobody wrote so.

    Among them are those to the person concerned, who may be a physician.
    """
    cursor = MailCursor.objects.filter(pk=1).values("seq")
    told = ClaimAnswer.objects.filter(claim=OuterRef("pk"), step=ClaimAnswer.Step.TOLD)
    unsent = Letter.objects.filter(event=OuterRef("event"), sent_at=None).exclude(
        kind=Letter.Kind.TO_CONFIRM
    )
    return Claim.objects.filter(
        ~Exists(told), ~Exists(unsent), waits=True, event_id__lte=cursor[:1]
    ).order_by("pk")
