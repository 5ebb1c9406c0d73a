"""Who wrote what: addresses, contributions and the editions frozen from them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.reviewable import model_of
from reviews.text.canonical import document_of


class Address(Evidence):
    """A slug; it belongs for ever to the first page that signed it."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="addresses")
    kind = models.CharField(max_length=100)
    slug = models.CharField(max_length=80)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="one_page_for_an_address"),
        ]

    def __str__(self) -> str:
        return self.slug


class Contribution(Evidence):
    """Evidence that a person saved a draft with a given digest.

    `own_digest` is that of the draft's own words, without what the site gives to a document: by it
    a draft is known again after the site's own words changed. `pieces` are digests of the parts of
    eight words or more that it brought, as the JSON text of a sorted list.
    """

    subject = models.ForeignKey(Subject, PROTECT, related_name="contributions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="contributions")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    # None in older rows, as `pieces`: evidence is never back-filled.
    own_digest = models.CharField(max_length=64, null=True)  # noqa: DJ001
    restored_from = models.ForeignKey("self", PROTECT, null=True, related_name="+")
    pieces = models.TextField(null=True)  # noqa: DJ001

    def __str__(self) -> str:
        return f"saved by {self.by} at {self.at:%Y-%m-%d %H:%M}"


class Edition(Evidence):
    """A numbered, frozen copy of a draft: canonical text, its digest, and its envelope."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    public_note = models.CharField(max_length=300, blank=True)
    frozen_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="EditionAuthor", related_name="+"
    )

    UNCHAINED = frozenset({"text"})

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="edition_numbers_count"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, edition {self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """The frozen document, read in the present schema; `text` is what was signed."""
        return model_of(self.subject.kind).upgraded(document_of(self.text))

    def says(self, document: Mapping[str, Any]) -> bool:
        """Whether a document, of whatever schema, has the words of this edition."""
        parts = model_of(self.subject.kind).parts
        return parts(self.document) == parts(document)


class EditionAuthor(models.Model):
    """One person who wrote words of an edition, and so may not sign it."""

    edition = models.ForeignKey(Edition, PROTECT, related_name="author_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "user"], name="an_author_counts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} wrote words of {self.edition}"
