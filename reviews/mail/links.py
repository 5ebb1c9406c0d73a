"""The addresses that letters lead to, from SITE_URL alone, and what they carry."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from reviews import workflow
from reviews.models import Claim, Event

OBJECTION = "reviews.mail.objection"
# For so long somebody who was away can say that it was not them.
TIME_TO_SAY = timedelta(days=60)


def absolute(path: str) -> str:
    """An address of this site."""
    return f"{settings.SITE_URL}{path}"


def to_claim(claim: Claim) -> str:
    """The page on which a claim is confirmed or objected to, for those logged in."""
    return absolute(claim.get_absolute_url())


def to_object(claim: Claim, person: User) -> str:
    """The page on which this person objects to a claim, without a log-in."""
    token = signing.dumps([claim.pk, person.pk], salt=OBJECTION)
    return absolute(reverse("admin:not_me", args=[token]))


def objection(token: str) -> tuple[Claim, User] | None:
    """Which claim a link is about and whom it was sent to; None for one made up or too old."""
    try:
        claim, person = signing.loads(token, salt=OBJECTION, max_age=TIME_TO_SAY)
    except signing.BadSignature:
        return None
    return Claim.objects.select_related("person", "license").get(pk=claim), User.objects.get(
        pk=person
    )


def to_set_password(user: User, asked: Event) -> str:
    """A one-time link by which this person sets a password; made anew whenever it is sent."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = workflow.LinkToken(asked).make_token(user)
    return absolute(reverse("admin:set_password", args=[uid, asked.seq, token]))
