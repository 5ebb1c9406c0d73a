"""What is laid over a page or taken out of its record: checks under way, and redactions."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from reviews.models.chain import PROTECT, Event, Evidence, Subject
from reviews.models.editions import Edition
from reviews.models.remarks import Remark


class OverlayQuerySet(models.QuerySet["Overlay"]):
    """Overlays by what stands over a page at an instant: the newest one alone."""

    def standing(self, at: datetime) -> "OverlayQuerySet":
        """The newest one of each page by an instant, a release among them."""
        newer = Overlay.objects.filter(
            subject=OuterRef("subject"), pk__gt=OuterRef("pk"), at__lte=at
        )
        return self.filter(at__lte=at).exclude(Exists(newer))

    def holding(self, at: datetime) -> "OverlayQuerySet":
        """Those that keep a page off at an instant."""
        return self.standing(at).filter(kind=Overlay.Kind.HOLD)


class Overlay(Evidence):
    """Something that a member of staff laid over a page while it is checked, or took off again.

    It ends no sign-off and no submission. `by_physician` says whether a physician did it then. One
    laid over a translation with its original `follows` the event of that hold or withdrawal.
    """

    class Kind(models.TextChoices):
        """What became of the page."""

        FLAG = "flag", "flagged"
        HOLD = "hold", "held"
        RELEASE = "release", "released"

    subject = models.ForeignKey(Subject, PROTECT, related_name="overlays")
    kind = models.CharField(max_length=10, choices=Kind)
    by_physician = models.BooleanField()
    reason = models.ForeignKey(Remark, PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()
    # None in older rows: evidence is never back-filled.
    follows = models.ForeignKey(Event, PROTECT, null=True, related_name="+")

    objects = OverlayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["flag", "hold", "release"]),
                name="overlay_kind_is_known",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-event"], name="latest_overlay")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.on}"


class Redaction(Evidence):
    """The words of an edition were taken out of everything public; what vouched for them stays."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="redactions")
    edition = models.OneToOneField(Edition, PROTECT, related_name="redaction")
    reason = models.ForeignKey(Remark, PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    def __str__(self) -> str:
        return f"words taken out on {self.on}"
