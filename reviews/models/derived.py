"""What is derived from the evidence, for lists and search; never evidence itself."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q

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
