"""What somebody outside found wrong with a page, and how that was settled."""

from django.conf import settings
from django.db import models

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.models.remarks import Remark


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Concerns by whether something is left to do about them."""

    def open(self) -> "ConcernQuerySet":
        """Those that nobody settled."""
        return self.filter(settlement=None)


class Concern(Evidence):
    """Somebody outside found something wrong with a page; a member of staff wrote it down.

    `part` is the anchor of the place on the page that it is about, or "" for the page. `text` is
    what was said, without a patient's details. `to` is who is to answer, or None.
    """

    subject = models.ForeignKey(Subject, PROTECT, related_name="concerns")
    part = models.CharField(max_length=100, blank=True)
    text = models.ForeignKey(Remark, PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ConcernQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "-event"], name="concerns_of_a_page")]

    def __str__(self) -> str:
        return f"concern {self.pk}"


class Settlement(Evidence):
    """How a concern was settled, and who answered whoever had it."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="+")
    concern = models.OneToOneField(Concern, PROTECT, related_name="settlement")
    how = models.ForeignKey(Remark, PROTECT, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"concern {self.concern_id} settled"
