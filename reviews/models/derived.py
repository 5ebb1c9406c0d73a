"""What is derived from the evidence, for lists and search; never evidence itself."""

from datetime import datetime

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When

from reviews.models.chain import PROTECT, Subject
from reviews.models.editions import Edition
from reviews.models.sign_offs import SignOff


class EditionTarget(models.Model):
    """An address that an edition's document names. Derived when the edition is frozen."""

    edition = models.ForeignKey(Edition, PROTECT, related_name="targets")
    slug = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "slug"], name="a_target_stands_once"),
        ]
        indexes = [models.Index(fields=["slug"], name="named_by")]

    def __str__(self) -> str:
        return self.slug


class EditionOriginal(models.Model):
    """The address of the page that an edition translates. Derived when the edition is frozen.

    An edition that translates none has no such row.
    """

    edition = models.OneToOneField(Edition, PROTECT, primary_key=True, related_name="original")
    slug = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["slug"], name="translated_by")]

    def __str__(self) -> str:
        return self.slug


class EditionIndex(models.Model):
    """The words by which a search finds an edition, folded. Derived when the edition is frozen."""

    edition = models.OneToOneField(Edition, PROTECT, primary_key=True, related_name="index")
    name = models.TextField()
    synonyms = models.TextField()
    body = models.TextField()

    def __str__(self) -> str:
        return self.name


class ListingQuerySet(models.QuerySet["Listing"]):
    """Listings, always proved again against the evidence."""

    def current(self, kind: str, at: datetime) -> "ListingQuerySet":
        """What is public at an instant, each row re-proved in the same query, by name."""
        public = SignOff.objects.public(at).filter(
            pk=OuterRef("sign_off"), edition__slug=OuterRef("slug"), edition__title=OuterRef("name")
        )
        return (
            self.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at, subject__kind=kind)
            .filter(Exists(public))
            .order_by("name", "pk")
        )


class Listing(models.Model):
    """From when to when a sign-off is in force and its page not held: derived, for lists."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="listings")
    sign_off = models.ForeignKey(SignOff, PROTECT, related_name="listings")
    slug = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["name", "from_at"], name="listing_by_name")]

    def __str__(self) -> str:
        return self.name


class DraftAheadQuerySet(models.QuerySet["DraftAhead"]):
    """How far drafts are ahead, as counted for an instant."""

    def counted(self, at: datetime) -> "DraftAheadQuerySet":
        """With the number of parts that differ from what is in force at an instant (`differ`)."""
        later = When(from_at__gt=at, then=F("parts_before"))
        return self.annotate(differ=Case(later, default=F("parts")))


class DraftAhead(models.Model):
    """In how many parts a page's draft, as last saved, differs from what is public: for lists.

    `words` is all that it says, folded, with a space before each word: for search in drafts.

    `rows` is the draft as JSON: the key of each row of parts with a digest of what it says;
    `digest` is that of the whole draft, `name` what it calls the page. `parts` is counted against
    what is in force from `from_at` on, or always where that is None; `parts_before` against what is
    in force before.
    """

    subject = models.OneToOneField(Subject, PROTECT, primary_key=True, related_name="ahead")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.TextField()
    words = models.TextField(default="")
    parts = models.PositiveIntegerField()
    from_at = models.DateTimeField(null=True)
    parts_before = models.PositiveIntegerField()

    objects = DraftAheadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"draft ahead in {self.parts} parts"
