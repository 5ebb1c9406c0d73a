"""The outbox: letters are written about events, sent, tried again, and seen by managers."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q

from reviews import clock, workflow
from reviews.evidence.kinds import Kind
from reviews.mail.letters import compose
from reviews.models import (
    TIME_TO_OBJECT,
    Claim,
    ClaimAnswer,
    Event,
    Letter,
    MailCursor,
    Person,
    Reviewer,
    WrongPassword,
)

# Whoever sends a letter has it for so long; what was not done by then is tried again.
LEASE = timedelta(minutes=15)
# The waits between tries double from one minute up to this.
LONGEST_WAIT = timedelta(hours=6)
# Sent letters, and the addresses on them, are kept for so long.
KEPT_FOR = timedelta(days=180)
# Of what somebody waits for at a screen, so many are tried at once.
AT_ONCE = 10
_KINDS = (Kind.LINK_ASKED, Kind.CLAIM_MADE, Kind.CLAIM_OBJECTED, Kind.SIGNING_LOCKED)


def run(at_most: int | None = None) -> tuple[int, int]:
    """Write what is to be written, send what is due; how many letters went out, and failed.

    Two at once do no harm. With `at_most` it stops after so many, and after the first failure.
    """
    write_letters()
    sent = failed = 0
    for went in _send_due(at_most):
        sent, failed = sent + went, failed + (not went)
        if failed and at_most is not None:
            break
    for claim in _told():
        workflow.tell(claim)
    WrongPassword.objects.filter(at__lt=clock.now() - workflow.DAY).delete()
    Letter.objects.filter(sent_at__lt=clock.now() - KEPT_FOR).delete()
    return sent, failed


def hurry() -> None:
    """Once this transaction stands, try to send what it is about; run_due does what is left."""
    transaction.on_commit(lambda: run(AT_ONCE), robust=True)


# --- Writing


def write_letters() -> None:
    """Write one letter for each event and person, from where the last run ended."""
    cursor, _ = MailCursor.objects.get_or_create(pk=1)
    last = Event.objects.aggregate(last=Max("seq"))["last"] or 0
    new = Event.objects.filter(seq__gt=cursor.seq, seq__lte=last, kind__in=_KINDS)
    with transaction.atomic():
        for event in new.order_by("seq"):
            for kind, person, to in _letters(event):
                Letter.write(event, kind, person, clock.now(), to=to)
        MailCursor.objects.filter(pk=1, seq__lt=last).update(seq=last)


def _letters(event: Event) -> Iterator[tuple[Letter.Kind, User, str]]:
    at = clock.now()
    if event.kind == Kind.CLAIM_MADE:
        claim = Claim.objects.select_related("person").filter(pk=event.pk).first()
        yield from _of_claim(claim, at) if claim else ()
    elif event.kind == Kind.CLAIM_OBJECTED:
        for manager in _managers():
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
    for manager in _managers():
        if manager.pk not in (claim.by_id, person.pk):
            yield Letter.Kind.TO_CONFIRM, manager, manager.email
    for physician in _physicians(at):
        if physician.pk == person.pk:
            continue
        for address in {physician.email, *_former_addresses(physician, at)}:
            yield Letter.Kind.NOTICE, physician, address


def _managers() -> list[Person]:
    """Those whose right to confirm counts."""
    found = Person.objects.filter(Q(groups__name="Managers") | Q(is_superuser=True), is_active=True)
    return [one for one in found.distinct() if one.has_perm("reviews.add_claimanswer")]


def _physicians(at: datetime) -> Iterable[User]:
    """Those active, and those whom somebody switched off within the time to object."""
    waiting = Claim.objects.not_counting(at).filter(person=OuterRef("user"))
    switched_off = Claim.objects.filter(
        person=OuterRef("user"), kind=Claim.Kind.SWITCHED_OFF, at__gt=at - TIME_TO_OBJECT
    )
    found = Reviewer.objects.filter(
        Q(is_active=True, user__is_active=True) | Exists(switched_off),
        ~Exists(waiting.filter(kind=Claim.Kind.PROFILE)),
    )
    return [reviewer.user for reviewer in found.select_related("user")]


def _former_addresses(person: User, at: datetime) -> set[str]:
    """Where they were written to before somebody changed it, as long as that does not count."""
    changes = Claim.objects.not_counting(at).filter(person=person, kind=Claim.Kind.ADDRESS)
    old = Letter.objects.filter(kind=Letter.Kind.OLD_ADDRESS, event__in=changes.values("event"))
    return set(old.values_list("to", flat=True))


# --- Sending


def _send_due(at_most: int | None) -> Iterator[bool]:
    due = Letter.objects.filter(sent_at=None, next_try_at__lte=clock.now()).order_by("pk")
    for letter in due.select_related("event", "person")[:at_most]:
        if _take(letter):
            yield _send(letter)


def _take(letter: Letter) -> bool:
    """Whether this run may send a letter: of two that ask, one finds it as it was read."""
    now = clock.now()
    found = Letter.objects.filter(pk=letter.pk, sent_at=None, next_try_at=letter.next_try_at)
    return bool(found.update(next_try_at=now + LEASE, tries=F("tries") + 1))


def _send(letter: Letter) -> bool:
    row = Letter.objects.filter(pk=letter.pk)
    try:
        compose(letter).send()
    except (OSError, ValueError) as fault:  # what a mail server answers is an OSError
        wait = min(timedelta(minutes=2 ** min(letter.tries, 10)), LONGEST_WAIT)
        row.update(fault=str(fault)[:300] or repr(fault), next_try_at=clock.now() + wait)
        return False
    row.update(sent_at=clock.now(), fault="")
    return True


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
