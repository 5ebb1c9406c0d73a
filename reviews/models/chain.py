"""The audit trail: its events, the subjects they speak of, and what every row of evidence is."""

import uuid
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from reviews.text.canonical import document_of

PROTECT = models.PROTECT


class Event(models.Model):
    """One line of the chained audit trail; `hash` covers `prev` and the stored `body` text."""

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    subject = models.ForeignKey("Subject", PROTECT, null=True, related_name="events")
    body = models.TextField()
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"event {self.seq}, {self.kind}"

    @property
    def said(self) -> dict[str, Any]:
        """The body as it was written."""
        return document_of(self.body)


class Subject(models.Model):
    """The notary's row for one notarised thing; `kind` is the label of its model."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=100)

    class Meta:
        verbose_name = "page record"

    def __str__(self) -> str:
        titles = self.editions.order_by("-number").values_list("title", flat=True)
        return titles.first() or f"{self.kind} never submitted"

    def get_absolute_url(self) -> str:
        """The subject's record on the review desk."""
        return reverse("admin:reviews_subject_change", args=[self.pk])


class Evidence(models.Model):
    """A row that is never updated or deleted; its event's sequence number is its key.

    `facts()` is what the chain covers: every column save those named in `UNCHAINED`, whose
    digest stands in another column.
    """

    event = models.OneToOneField(Event, PROTECT, primary_key=True, related_name="+")

    UNCHAINED: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def facts(self) -> dict[str, Any]:
        """Every covered column by name, as JSON values: instants and days in ISO form."""
        return {
            field.attname: _plain(getattr(self, field.attname))
            for field in self._meta.concrete_fields
            if not field.primary_key and field.attname not in self.UNCHAINED
        }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | uuid.UUID):
        return str(value)
    return value
