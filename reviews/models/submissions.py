"""Editions put forward to be signed."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from reviews.models.chain import PROTECT, Event, Subject
from reviews.models.editions import Edition
from reviews.models.people import Reviewer
from reviews.models.remarks import Remark


class Submission(models.Model):
    """One edition put forward to be signed. Only a verb changes its status."""

    class Status(models.TextChoices):
        """Where a submission stands."""

        OPEN = "open", "open"
        CHANGES_REQUESTED = "changes_requested", "changes requested"
        TAKEN_BACK = "taken_back", "taken back"
        SUPERSEDED = "superseded", "superseded"
        ENDED_BY_WITHDRAWAL = "ended_by_withdrawal", "ended by withdrawal"
        SIGNED = "signed", "signed"

    class Meant(models.TextChoices):
        """What whoever puts it forward says of the change. It decides nothing."""

        TYPING = "typing", "a typing error"
        EVIDENCE = "evidence", "new evidence"
        ROUTINE = "routine", "routine"

    edition = models.OneToOneField(Edition, PROTECT, related_name="submission")
    subject = models.ForeignKey(Subject, PROTECT, related_name="submissions")
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    note = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    reviewer = models.ForeignKey(Reviewer, PROTECT, null=True, related_name="requests")
    meant = models.CharField(max_length=10, choices=Meant, blank=True, default="")
    unchanged_because = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(Event, PROTECT, null=True, related_name="+")
    reason = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(status="open"),
                name="one_open_submission_for_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "open",
                        "changes_requested",
                        "taken_back",
                        "superseded",
                        "ended_by_withdrawal",
                        "signed",
                    ]
                ),
                name="submission_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}: {self.get_status_display()}"

    def get_absolute_url(self) -> str:
        """The submission's page on the review desk."""
        return reverse("admin:reviews_submission_change", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it can still be signed."""
        return self.status == self.Status.OPEN
