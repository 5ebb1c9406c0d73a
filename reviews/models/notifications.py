"""What people are to be told, in which letter it stands, and what each of them chose."""

from django.conf import settings
from django.db import models

from reviews.models.chain import PROTECT, Event, Subject
from reviews.models.mail import Letter
from reviews.models.people import License
from reviews.models.submissions import Submission


class Group(models.TextChoices):
    """What notifications are about, so far as somebody can choose when they come."""

    MUST = "must", "What cannot wait: flagged, held, withdrawn, urgent"
    ASKED = "asked", "What is asked of you"
    BECAME = "became", "What became of your pages"
    TALK = "talk", "Comments and suggestions"
    DUE = "due", "Reviews and licenses that come due"


class Timing(models.TextChoices):
    """When somebody is told."""

    AT_ONCE = "at_once", "at once"
    MORNING = "morning", "in the morning"
    NEVER = "never", "never"


class Reason(models.TextChoices):
    """Why somebody is told something; `group` says what it is about."""

    group: Group

    def __new__(cls, word: str, group: Group = Group.BECAME) -> "Reason":
        reason = str.__new__(cls, word)
        reason._value_, reason.group = word, group
        return reason

    ASKED_URGENTLY = "asked_urgently", Group.MUST, "asked, and it cannot wait"
    FLAGGED = "flagged", Group.MUST, "flagged"
    HELD = "held", Group.MUST, "held"
    WITHDRAWN = "withdrawn", Group.MUST, "withdrawn"
    URGENT = "urgent", Group.MUST, "changed urgently"
    ASKED = "asked", Group.ASKED, "asked"
    RESUBMITTED = "resubmitted", Group.ASKED, "put forward again"
    HANDED_OVER = "handed_over", Group.ASKED, "handed over"
    TAKEN_ON = "taken_on", Group.BECAME, "taken on"
    SENT_BACK = "sent_back", Group.BECAME, "sent back"
    SUPERSEDED = "superseded", Group.BECAME, "superseded"
    SIGNED = "signed", Group.BECAME, "signed"
    TAKES_EFFECT = "takes_effect", Group.BECAME, "takes effect"
    CANCELLED = "cancelled", Group.BECAME, "signature cancelled"
    RELEASED = "released", Group.BECAME, "released"
    MENTIONED = "mentioned", Group.TALK, "mentioned"
    COMMENTED = "commented", Group.TALK, "commented"
    SUGGESTED = "suggested", Group.TALK, "suggested"
    SIGNED_OVER = "signed_over", Group.TALK, "signed over a comment"
    DUE = "due", Group.DUE, "review due"
    LICENSE_ENDS = "license_ends", Group.DUE, "license ends"
    RELIANCE_ENDED = "reliance_ended", Group.BECAME, "physician no longer behind a page"


class Notification(models.Model):
    """One thing that one person is told, once: `key` says which, among those of its reason.

    It is about an event, or about a day (`on`: when a review is due, a signature takes effect or a
    license ends). It waits until a letter takes it along. Derived, never evidence.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason)
    key = models.CharField(max_length=80)
    event = models.ForeignKey(Event, PROTECT, null=True, related_name="+")
    subject = models.ForeignKey(Subject, PROTECT, null=True, related_name="+")
    submission = models.ForeignKey(Submission, PROTECT, null=True, related_name="+")
    license = models.ForeignKey(License, PROTECT, null=True, related_name="+")
    on = models.DateField(null=True)
    at_once = models.BooleanField()
    letter = models.ForeignKey(Letter, PROTECT, null=True, related_name="notifications")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "reason", "key"], name="nobody_is_told_the_same_twice"
            ),
        ]
        indexes = [
            models.Index(
                fields=["person"], condition=models.Q(letter=None), name="notifications_to_come"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, for {self.person}"


class MailChoice(models.Model):
    """When somebody wants to be told what is about a group; without a row, in the morning."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    group = models.CharField(max_length=10, choices=Group)
    timing = models.CharField(max_length=10, choices=Timing)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "group"], name="one_choice_for_a_group"),
            models.CheckConstraint(
                condition=~models.Q(group=Group.MUST), name="nobody_chooses_what_cannot_wait"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_group_display()}: {self.get_timing_display()}"
