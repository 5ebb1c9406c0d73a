"""The draft: working text, editable, versioned by django-reversion, never served to the public."""

from collections.abc import Iterator, Mapping
from typing import Any

import reversion
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse

from conditions import document, outline, page
from conditions.cleaning import codes
from conditions.cleaning.fields import IdentifierField, LineField, LinesField, RichField
from conditions.cleaning.identifiers import KEY_LENGTH, new_key
from conditions.document import stored, upgrades
from conditions.document.advice.known import HouseRule
from reviews.models import Contribution, DraftAhead, Edition, Subject
from reviews.reviewable import IndexedText, Part, Place, Reviewable, Standing, Version

KIND = "conditions.condition"


class Stance(models.TextChoices):
    """Whether the clinic treats a condition."""

    TREATED = "treated", "treated here"
    SOMETIMES = "sometimes", "treated here in some situations"
    NOT_TREATED = "not_treated", "not treated here"


class Condition(Reviewable):
    """What a page is about; its rows are the working draft."""

    slug = IdentifierField(
        "address",
        max_length=80,
        unique=True,
        form="clean_slug",
        help_text="The last part of the page’s address: lowercase words with hyphens.",
    )
    name = LineField(max_length=120)
    lang = LineField(
        "language", max_length=12, default="en", help_text="Such as en or es.", form="clean_lang"
    )
    translation_of = IdentifierField(
        max_length=80,
        blank=True,
        form="clean_slug",
        help_text="The address of the page that this one translates, if any.",
    )
    also_known_as = LinesField(blank=True, help_text="Other names, one on each line.")
    stance = models.CharField(
        max_length=12,
        choices=Stance,
        help_text="Whether the clinic’s treatment is offered for this condition.",
    )
    headline = LineField(
        max_length=200,
        blank=True,
        help_text="One honest sentence about the clinic and this condition.",
    )
    summary = RichField(
        blank=True,
        help_text="A few sentences. Where the clinic does not treat it, say first what helps.",
    )
    crisis_notice = RichField(
        blank=True,
        help_text="Stands after the summary. The built-in crisis card needs no repeating.",
    )
    definition = RichField("clinical definition", blank=True)
    when_treatments_fail = RichField("when standard treatments fail", blank=True)
    where_it_fits = RichField("where the treatment fits", blank=True)
    where_we_fit = RichField("where this fits with the clinic", blank=True)
    safety = RichField("risks and approval status", blank=True)
    next_steps = RichField("what to do next", blank=True)
    disclaimer = LineField(max_length=1000, blank=True)
    meta_description = LineField("description for search engines", max_length=160, blank=True)
    review_interval_months = models.PositiveSmallIntegerField(
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(36)],
        help_text="After how many months the whole page is due for review again.",
    )

    # What a version of this save holds, once it was recorded.
    kept: stored.Kept | None = None

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a new page its row with the notary, in the same transaction."""
        with transaction.atomic():
            if self.subject_id is None:
                self.subject = Subject.objects.create(kind=KIND)
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """A draft that is gone is ahead of nothing."""
        with transaction.atomic():
            DraftAhead.objects.filter(subject=self.subject).delete()
            return super().delete(*args, **kwargs)

    def document(self) -> dict[str, Any]:
        return document.of(Condition.objects.get(pk=self.pk))

    def freeze(self) -> dict[str, Any]:
        was_signed = self.subject.sign_offs.exists()
        return document.frozen(self.document(), was_signed=was_signed)

    def recorded(self, contribution: Contribution, document_: dict[str, Any], how: str) -> None:
        """Keep the save as a version: one revision with one text."""
        self.kept = stored.Kept(contribution.pk, document_)
        with reversion.create_revision(manage_manually=True):
            reversion.set_user(contribution.by)
            reversion.set_comment(how)
            reversion.set_date_created(contribution.at)
            reversion.add_to_revision(self)

    @classmethod
    def upgraded(cls, document_: dict[str, Any]) -> dict[str, Any]:
        return upgrades.current(document_)

    @classmethod
    def former(cls, document_: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return upgrades.former(document_)

    @classmethod
    def own_words(cls, document_: Mapping[str, Any]) -> dict[str, Any]:
        return {key: document_[key] for key in document_ if key not in outline.GIVEN}

    @classmethod
    def parts(cls, document_: Mapping[str, Any]) -> list[Part]:
        return document.parts(document_)

    @classmethod
    def places(cls, document_: Mapping[str, Any]) -> list[Place]:
        return document.places(document_)

    @classmethod
    def cleaned(cls, part: str, words: str) -> str:
        return document.cleaned(part, words)

    @classmethod
    def typed(cls, part: str) -> forms.Field:
        field: forms.Field = document.typed(part)
        return field

    def put(self, part: str, words: str) -> None:
        document.put(self, part, words)

    def versions(self) -> list[Version]:
        return document.versions(self)

    def erase_version(self, number: int) -> None:
        document.erase_version(self, number)

    def erase(self) -> None:
        document.erase(self)

    @classmethod
    def label(cls, document_: Mapping[str, Any]) -> str:
        return str(document_["name"])

    @classmethod
    def address(cls, document_: Mapping[str, Any]) -> str:
        return str(document_["slug"])

    @classmethod
    def targets(cls, document_: Mapping[str, Any]) -> set[str]:
        return {row["condition"] for row in document_["differentials"] if row["condition"]}

    @classmethod
    def original(cls, document_: Mapping[str, Any]) -> str:
        return str(document_["translation_of"])

    @classmethod
    def public_url(cls, slug: str) -> str:
        return reverse("condition", args=[slug])

    @classmethod
    def hosts(cls, document_: Mapping[str, Any]) -> list[str]:
        return document.hosts(document_)

    @classmethod
    def doubts(cls, document_: Mapping[str, Any]) -> list[str]:
        return document.doubts(document_)

    @classmethod
    def unidentified(cls, document_: Mapping[str, Any]) -> list[str]:
        return document.unidentified(document_)

    @classmethod
    def review_interval(cls, document_: Mapping[str, Any]) -> int:
        return int(document_["review_interval_months"])

    @classmethod
    def index(cls, edition: Edition) -> IndexedText:
        return document.index(edition.document)

    @classmethod
    def render(cls, edition: Edition, standing: Standing) -> str:
        return page.render(edition.document, standing)


class Row(models.Model):
    """An ordered, keyed row of a draft."""

    key = models.CharField(max_length=KEY_LENGTH, default=new_key, editable=False)
    position = models.PositiveIntegerField(
        "order",
        blank=True,
        null=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text="Rows stand in this order; empty means last.",
    )

    # Whether no two rows of a page may say the same.
    ONCE = False

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Put a row without a place after all others."""
        if self.position is None:
            rows: Any = type(self)._default_manager
            siblings = rows.filter(condition=self.condition)  # type: ignore[attr-defined]
            last = siblings.aggregate(last=models.Max("position"))["last"]
            self.position = (last or 0) + 1
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Hold columns to the rules that they keep together."""
        relation: Any = self._meta.get_field("condition").remote_field
        words = {at: getattr(self, at) for at in outline.ROWS[relation.related_name]}
        for at, cleaned in self.clean_row(words).items():
            setattr(self, at, cleaned)

    @classmethod
    def clean_row(cls, words: dict[str, str]) -> dict[str, str]:
        """The columns by the rules that they keep together. Raises ValidationError by column."""
        return words


class HouseWord(models.Model):
    """Words that the clinic does not write, and what it writes instead: advice to editors."""

    avoid = LineField("do not say", max_length=80, unique=True)
    instead = LineField("say", max_length=120, blank=True)
    why = LineField(
        max_length=300, blank=True, help_text="A sentence for editors, with its source."
    )

    class Meta:
        ordering = ["avoid"]

    def __str__(self) -> str:
        return self.avoid

    @property
    def rule(self) -> HouseRule:
        """As advice asks for it."""
        return HouseRule(self.avoid, self.instead, self.why)


def _condition(related_name: str) -> Any:
    return models.ForeignKey(Condition, models.CASCADE, related_name=related_name)


def _one_key(name: str) -> list[models.BaseConstraint]:
    return [models.UniqueConstraint(fields=["condition", "key"], name=f"one_key_a_{name}")]


class Code(Row):
    """A diagnostic code, or a range of them, in one of the systems that clinics use."""

    class System(models.TextChoices):
        """Where a code is from."""

        ICD_10_CM = "ICD-10-CM", "ICD-10-CM"
        ICD_11 = "ICD-11", "ICD-11"
        SNOMED_CT = "SNOMED CT", "SNOMED CT"

    ONCE = True

    condition = _condition("codes")
    system = models.CharField(max_length=9, choices=System, default=System.ICD_10_CM)
    code = LineField(max_length=120, help_text="Such as F60.3.")
    to = LineField(
        "to", max_length=120, blank=True, help_text="The last code, if it is a range of them."
    )

    class Meta(Row.Meta):
        constraints = [
            *_one_key("code"),
            models.UniqueConstraint(
                fields=["condition", "system", "code", "to"], name="a_code_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}{'–' * bool(self.to)}{self.to}"

    @classmethod
    def clean_row(cls, words: dict[str, str]) -> dict[str, str]:
        """Both codes in their one form by their system. Raises ValidationError by column."""
        try:
            codes.clean_code(words["system"], words["code"])
        except ValidationError as fault:
            raise ValidationError({"code": fault}) from fault
        try:
            code, to = codes.clean_range(words["system"], words["code"], words["to"])
        except ValidationError as fault:
            raise ValidationError({"to": fault}) from fault
        return {**words, "code": code, "to": to}


class BoxedWarning(Row):
    """A warning that stands in a box after the summary."""

    condition = _condition("warnings")
    heading = LineField(max_length=200)
    text = RichField()

    class Meta(Row.Meta):
        verbose_name = "warning"
        constraints = _one_key("warning")

    def __str__(self) -> str:
        return self.heading


class KeyPoint(Row):
    """One of the page's key points."""

    condition = _condition("key_points")
    text = RichField()

    class Meta(Row.Meta):
        constraints = _one_key("key_point")

    def __str__(self) -> str:
        return f"key point {self.key}"


class Section(Row):
    """A further section with its own heading."""

    condition = _condition("sections")
    heading = LineField(max_length=200)
    body = RichField()

    class Meta(Row.Meta):
        constraints = _one_key("section")

    def __str__(self) -> str:
        return self.heading


class Differential(Row):
    """How the condition differs from another one, named by its address as text."""

    condition = _condition("differentials")
    label = LineField("other condition", max_length=200)
    target = IdentifierField(
        "its address here",
        max_length=80,
        blank=True,
        form="clean_slug",
        help_text="The address of that condition’s page, if there is one.",
    )
    text = RichField(under=3)

    class Meta(Row.Meta):
        constraints = _one_key("differential")

    def __str__(self) -> str:
        return self.label


class Treatment(Row):
    """A first-line treatment."""

    condition = _condition("treatments")
    name = LineField(max_length=200)
    text = RichField(under=3)

    class Meta(Row.Meta):
        constraints = _one_key("treatment")

    def __str__(self) -> str:
        return self.name


class Question(Row):
    """A question that patients ask, with its answer."""

    condition = _condition("questions")
    question = LineField(max_length=200)
    answer = RichField(under=3)

    class Meta(Row.Meta):
        constraints = _one_key("question")

    def __str__(self) -> str:
        return self.question


class Reference(Row):
    """A source that the page rests on."""

    condition = _condition("references")
    citation = LineField(max_length=500, citation=True)
    note = LineField(max_length=300, blank=True, help_text="What it is cited for.")
    pmid = IdentifierField("PMID", max_length=8, blank=True, form="clean_pmid")
    pmcid = IdentifierField("PMCID", max_length=12, blank=True, form="clean_pmcid")
    doi = IdentifierField("DOI", max_length=200, blank=True, form="clean_doi")
    isbn = IdentifierField("ISBN", max_length=17, blank=True, form="clean_isbn")
    url = IdentifierField("web address", max_length=500, blank=True, form="clean_url")
    accessed_on = IdentifierField(
        "read there on",
        max_length=10,
        blank=True,
        form="clean_day",
        help_text="The day on which the address was read, such as 2026-05-31.",
    )

    class Meta(Row.Meta):
        constraints = _one_key("reference")

    def __str__(self) -> str:
        return self.citation


class Presence(models.Model):
    """That somebody has a draft's form open: no evidence, told to who else opens it, and deleted.

    A row in the database, because the processes that serve the site share no memory.
    """

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="+")
    person = models.ForeignKey("auth.User", models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["condition", "person"], name="present_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} since {self.since}"


# In the order in which they stand on the page.
ROWS: tuple[type[Row], ...] = (
    *(Code, BoxedWarning, KeyPoint, Section, Differential, Treatment, Question, Reference),
)

reversion.register(Condition, format=stored.FORMAT)
