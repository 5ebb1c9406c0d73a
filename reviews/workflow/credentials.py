"""Whether the person at the keyboard is who is logged in."""

from dataclasses import dataclass

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.workflow.refusals import NotAllowed


@dataclass(frozen=True)
class Credentials:
    """Proof that the person at the keyboard is who is logged in: the password, typed again."""

    request: HttpRequest
    password: str


def prove(proof: Credentials, by: User) -> None:
    """Check the password before the transaction opens, so that a failure is counted and kept.

    21 CFR 11.200: each signing shows again that it is the person.
    """
    user = authenticate(proof.request, username=by.get_username(), password=proof.password)
    if user is not None and user.pk == by.pk:
        # A log-in forgets earlier slips, so a signing does too.
        AxesProxyHandler.reset_attempts(
            username=by.get_username(), ip_address=get_client_ip_address(proof.request)
        )
        return
    if getattr(proof.request, "axes_locked_out", False) and user is None:
        locked = "Too many wrong passwords: signing is locked for you for 30 minutes."
    else:
        locked = ""
    with transaction.atomic(durable=True):
        chain.append(Kind.CREDENTIALS_FAILED, at=clock.now(), by=by)
    raise NotAllowed(locked or "The password is wrong. Nothing was signed.")
