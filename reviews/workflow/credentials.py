"""Whether the person at the keyboard is who is logged in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import WrongPassword
from reviews.workflow.refusals import NotAllowed

# So many wrong passwords in a row end the log-in; so many in a day lock signing for a while.
IN_A_ROW, IN_A_DAY = 5, 20
DAY, WAIT = timedelta(days=1), timedelta(hours=1)
# Where a session counts those typed in a row.
COUNT = "wrong_passwords"


class LogInEnded(NotAllowed):
    """Too many wrong passwords in a row: whoever sits there logs in again."""


@dataclass(frozen=True)
class Credentials:
    """Proof that the person at the keyboard is who is logged in: the password, typed again."""

    request: HttpRequest
    password: str


def prove(proof: Credentials, by: User, *, signs: bool = True) -> None:
    """Check the password before the transaction opens, so that a failure is counted and kept.

    21 CFR 11.200: each signing shows again that it is the person. Guesses are counted apart from
    those at log-in, by person from wherever: whoever guesses here has a log-in to lose. What does
    not sign (`signs`: flag, hold, a new password of one's own) stays possible while signing is
    locked. Raises NotAllowed; LogInEnded after the fifth wrong one in a row.
    """
    if signs:
        _check_lock(by)
    user = ModelBackend().authenticate(
        proof.request, username=by.get_username(), password=proof.password
    )
    session = getattr(proof.request, "session", None)
    if user is not None and user.pk == by.pk:
        if signs:
            _check_lock(by)  # others may have guessed in the meantime, and this be a guess too
        if session is not None:
            session.pop(COUNT, None)
        return
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed("This account is no longer active. Ask a manager.")
    in_a_row = 1 if session is None else session.get(COUNT, 0) + 1
    ends = in_a_row >= IN_A_ROW
    with transaction.atomic(durable=True):
        chain.lock()
        _count(by, clock.now(), ends=ends)
    if session is not None:
        session[COUNT] = in_a_row
    if ends:
        raise LogInEnded("The password was wrong five times. Log in again.")
    left = IN_A_ROW - in_a_row
    tries = f"{left} tries are left" if left > 1 else "One try is left"
    raise NotAllowed(
        f"The password is wrong. Nothing was {'signed' if signs else 'changed'}."
        + (f" {tries} before your log-in ends." if session is not None else "")
    )


def _count(by: User, at: datetime, *, ends: bool) -> None:
    chain.append(Kind.CREDENTIALS_FAILED, at=at, by=by)
    WrongPassword.objects.create(user=by, at=at)
    if ends:
        chain.append(Kind.LOG_IN_ENDED, at=at, by=by)
    if WrongPassword.objects.filter(user=by, at__gt=at - DAY).count() == IN_A_DAY:
        chain.append(Kind.SIGNING_LOCKED, at=at, by=by, person=by.pk)


def _check_lock(by: User) -> None:
    at = clock.now()
    typed = WrongPassword.objects.filter(user=by, at__gt=at - DAY).order_by("-at")
    instants = list(typed.values_list("at", flat=True)[:IN_A_DAY])
    if len(instants) == IN_A_DAY and instants[0] > at - WAIT:
        raise NotAllowed(
            "Too many wrong passwords today: signing is locked for you. Wait an hour, or ask a "
            "manager to clear it. Nothing was signed."
        )
