"""Letters, where they wait, and how far the events were read for them."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models

from reviews.models.chain import PROTECT, Event


class Letter(models.Model):
    """One mail to one person about one event. Its words are written when it is sent.

    Derived, never evidence. `to` stands here alone, so that it can be erased.
    """

    class Kind(models.TextChoices):
        """What a letter tells."""

        LINK = "link", "link to set a password"
        ABOUT_YOU = "about_you", "something of yours was changed"
        OLD_ADDRESS = "old_address", "address changed, to the old one"
        NEW_ADDRESS = "new_address", "address changed, to the new one"
        TO_CONFIRM = "to_confirm", "something to confirm"
        NOTICE = "notice", "notice to a physician"
        OBJECTION = "objection", "somebody objected"
        WRONG_PASSWORDS = "wrong_passwords", "too many wrong passwords"

    event = models.ForeignKey(Event, PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=Kind)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    to = models.CharField(max_length=254, blank=True)
    made_at = models.DateTimeField()
    # Until then nobody else tries to send it.
    next_try_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "kind", "person", "to"], name="a_letter_is_written_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(sent_at=None), name="letters_to_send"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.person}"

    @staticmethod
    def write(event: Event, kind: str, person: User, at: datetime, to: str = "") -> None:
        """Put a letter into the outbox, once."""
        Letter.objects.bulk_create(
            [
                Letter(
                    event=event,
                    kind=kind,
                    person=person,
                    to=to or person.email,
                    made_at=at,
                    next_try_at=at,
                )
            ],
            ignore_conflicts=True,
        )


class MailCursor(models.Model):
    """The number of the last event that letters were written about; one row."""

    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"read up to event {self.seq}"


class WrongPassword(models.Model):
    """A wrong password typed by somebody who was logged in: counted for a day, then dropped."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="guesses_of_a_day")]

    def __str__(self) -> str:
        return f"wrong password of {self.user}"
