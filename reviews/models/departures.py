"""Physicians who go, who stand by a signature no longer, or who are away for some time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.models.people import Reviewer
from reviews.models.remarks import Remark
from reviews.text.days import day

# A page that rests on somebody who went is due for a full review within so many days.
REVIEW_WITHIN = timedelta(days=90)


class Departure(Evidence):
    """That a physician reviews pages here no longer, from a day on, or does so again."""

    class Step(models.TextChoices):
        """Why they went, or that they are back."""

        LEFT = "left", "left the clinic"
        RETIRED = "retired", "retired"
        LICENSE_ENDED = "license_ended", "license ended"
        BACK = "back", "back"

    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="departures")
    step = models.CharField(max_length=20, choices=Step)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(step__in=["left", "retired", "license_ended", "back"]),
                name="departure_step_is_known",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-event"], name="latest_departure")]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.get_step_display()} on {day(self.on)}"


class RelianceEndQuerySet(models.QuerySet["RelianceEnd"]):
    """Ends of reliance by what stands at an instant."""

    def standing(self, at: datetime) -> "RelianceEndQuerySet":
        """Those made by an instant, but of who had gone and came back: what they ended of their own
        accord stands."""
        back = RelianceEnd.objects.filter(
            subject=OuterRef("subject"),
            reviewer=OuterRef("reviewer"),
            kind=RelianceEnd.Kind.RESTORED,
            pk__gt=OuterRef("pk"),
            at__lte=at,
        )
        made = self.filter(at__lte=at, due__isnull=False)
        return made.exclude(Q(kind=RelianceEnd.Kind.GONE) & Exists(back))


class RelianceEnd(Evidence):
    """That a page must not rest for long on what a physician signed before, or may again.

    It ends no sign-off. `due` is the day on which a full review is due at the latest; None where it
    is `restored`.
    """

    class Kind(models.TextChoices):
        """Why."""

        GONE = "gone", "reviews pages here no longer"
        OWN = "own", "stands by this page no longer"
        RESTORED = "restored", "stands by it again"

    subject = models.ForeignKey(Subject, PROTECT, related_name="reliance_ends")
    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="reliance_ends")
    kind = models.CharField(max_length=10, choices=Kind)
    due = models.DateField(null=True)
    reason = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    objects = RelianceEndQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind__in=["gone", "own"]) & Q(due__isnull=False))
                | Q(kind="restored", due=None),
                name="an_end_of_reliance_has_a_due_day",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-event"], name="latest_reliance_end")]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.get_kind_display()}, {day(self.on)}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """Absences by what stands: the newest that a physician said."""

    def said_last(self) -> "AbsenceQuerySet":
        """The newest one of each physician, if they are or will be away."""
        newer = Absence.objects.filter(reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk"))
        return self.filter(first_on__isnull=False).exclude(Exists(newer))


class Absence(Evidence):
    """From when to when a physician is away, and who stands in for them; or that they are not.

    The newest one counts. Both days belong to it; without them the physician is back.
    """

    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="absences")
    stand_in = models.ForeignKey(Reviewer, PROTECT, null=True, related_name="+")
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_on=None, last_on=None, stand_in=None)
                | Q(
                    first_on__isnull=False,
                    last_on__gte=models.F("first_on"),
                    stand_in__isnull=False,
                ),
                name="an_absence_has_its_days_and_a_stand_in",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-event"], name="latest_absence")]

    def __str__(self) -> str:
        if self.first_on is None or self.last_on is None:
            return f"{self.reviewer}: back"
        return f"{self.reviewer}: away {day(self.first_on)} to {day(self.last_on)}"
