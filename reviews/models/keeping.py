"""What becomes of drafts that are not wanted: put away, or erased with their history."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.models.remarks import Remark


class ArchivingQuerySet(models.QuerySet["Archiving"]):
    """What was put into the archive or taken back: the newest row of each page counts."""

    def current(self) -> "ArchivingQuerySet":
        """Those by which a page is in the archive now."""
        newer = Archiving.objects.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
        return self.filter(archived=True).exclude(Exists(newer))


class Archiving(Evidence):
    """A draft was put into the archive, which hides it from lists, or (not `archived`) taken back.

    Nothing of its page is public meanwhile, and nothing of it ends.
    """

    subject = models.ForeignKey(Subject, PROTECT, related_name="archivings")
    archived = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ArchivingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "-event"], name="latest_archiving")]

    def __str__(self) -> str:
        return "archived" if self.archived else "taken back"


class Erasure(Evidence):
    """A draft that was never submitted, or one version of a draft, was erased with its words.

    `digest` is that of what was erased: of the whole draft, or of a version's rows as stored.
    `saved_at` is when that version was saved; None for a draft.
    """

    class What(models.TextChoices):
        """What was erased."""

        DRAFT = "draft", "a draft with its history"
        VERSION = "version", "one version of a draft"

    subject = models.ForeignKey(Subject, PROTECT, related_name="erasures")
    what = models.CharField(max_length=10, choices=What)
    digest = models.CharField(max_length=64)
    saved_at = models.DateTimeField(null=True)
    reason = models.ForeignKey(Remark, PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(what="draft", saved_at=None)
                | Q(what="version", saved_at__isnull=False),
                name="a_version_was_saved_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} erased"
