"""Letters, where they wait, and how far the events were read for them."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse

from reviews.models.chain import PROTECT, Event


class Letter(models.Model):
    """One mail to one person: about one event, or with the notifications that it took along.

    Its words are written when it is sent. One that comes by the calendar is the person's only one
    of its kind for the day `on`. Derived, never evidence. `to` stands here alone, so that it can be
    erased.
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
        AT_ONCE = "at_once", "something at once"
        MORNING = "morning", "morning letter"
        OVERDUE = "overdue", "overdue pages, each week"

    event = models.ForeignKey(Event, PROTECT, null=True, related_name="letters")
    kind = models.CharField(max_length=20, choices=Kind)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    to = models.CharField(max_length=254, blank=True)
    on = models.DateField(null=True)
    made_at = models.DateTimeField()
    # Until then nobody else tries to send it.
    next_try_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    # The last tries in a row of which nobody knows how they ended: that process died.
    unsure = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "kind", "person", "to"], name="a_letter_is_written_once"
            ),
            models.UniqueConstraint(
                fields=["person", "kind", "on"], name="one_letter_of_a_kind_for_a_day"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(sent_at=None), name="letters_to_send"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display().capitalize()}, for {self.person}"

    def get_absolute_url(self) -> str:
        """Its page in the outbox."""
        return reverse("admin:reviews_letter_change", args=[self.pk])

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
    """How far letters were written: the number of the last event, and the last morning; one row."""

    seq = models.BigIntegerField(default=0)
    day = models.DateField(null=True)

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
