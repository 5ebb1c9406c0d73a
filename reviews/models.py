"""The evidence and what is derived from it. Verbs in `reviews.workflow` are its only writers."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from reviews.text import lines
from reviews.text.canonical import digest_of, document_of

PROTECT = models.PROTECT

MOST_BIOGRAPHY = 1000
# The words of a reviewer's profile that patients read.
PROFILE_WORDS = ("printed_name", "credentials", "specialty", "relationship", "biography")


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
    """Evidence that a person saved a draft with a given digest."""

    subject = models.ForeignKey(Subject, PROTECT, related_name="contributions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="contributions")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    restored_from = models.ForeignKey("self", PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"saved by {self.by} at {self.at:%Y-%m-%d %H:%M}"


class Remark(models.Model):
    """Free text written inside: a note or a reason, beside the chain, which holds only its hash.

    The hash is salted, so that a blanked word cannot be guessed back from it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    salt = models.CharField(max_length=32)
    text = models.TextField()

    def __str__(self) -> str:
        return self.text or "(blanked)"

    @property
    def is_blanked(self) -> bool:
        """Whether the text was taken out for ever."""
        return not self.salt

    @property
    def holds(self) -> bool:
        """Whether the text is still the one whose hash the chain covers, or was blanked whole."""
        if self.is_blanked:
            return self.text == ""
        return self.digest == digest_of(f"{self.salt}\n{self.text}")


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
        """The frozen document."""
        return document_of(self.text)


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


def _clean_lines(row: models.Model, maxima: dict[str, int]) -> None:
    """Clean some columns of a row as lines. Raises ValidationError naming each that is faulty."""
    faults = {}
    for name, maximum in maxima.items():
        try:
            setattr(row, name, lines.clean_line(getattr(row, name), maximum=maximum))
        except ValidationError as fault:
            faults[name] = fault
    if faults:
        raise ValidationError(faults)


class ReviewerQuerySet(models.QuerySet["Reviewer"]):
    """Reviewers by what they may do."""

    def entitled(self, on: date) -> "ReviewerQuerySet":
        """Those who may sign on a day: active, with at least one valid license."""
        valid = License.objects.filter(reviewer=OuterRef("pk"), expires_on__gte=on)
        return self.filter(Exists(valid), is_active=True, user__is_active=True)


class Reviewer(models.Model):
    """A physician's profile: what is printed under a page that they sign."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, PROTECT, related_name="reviewer")
    slug = models.SlugField(max_length=80, unique=True)
    printed_name = models.CharField(
        max_length=120, help_text="As printed under a page, without title or credentials."
    )
    credentials = models.CharField(max_length=60, help_text="MD, DO, or MD, PhD …")
    specialty = models.CharField(max_length=120, blank=True)
    relationship = models.CharField(
        max_length=200,
        help_text="What this physician is to the clinic, as a sentence for patients.",
    )
    biography = models.TextField(
        blank=True,
        max_length=MOST_BIOGRAPHY,
        help_text="A few sentences for patients. Public once the physician has confirmed them.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Take the tick out instead of deleting: signatures stay."
    )

    objects = ReviewerQuerySet.as_manager()

    class Meta:
        ordering = ["printed_name"]

    def __str__(self) -> str:
        return f"{self.printed_name}, {self.credentials}"

    def clean(self) -> None:
        """Hold the printed words to the rules of every public text."""
        _clean_lines(
            self, {"printed_name": 120, "credentials": 60, "specialty": 120, "relationship": 200}
        )
        try:
            self.biography = lines.clean_text(self.biography, maximum=MOST_BIOGRAPHY)
            lines.check_no_review_claim(self.biography)
        except ValidationError as fault:
            raise ValidationError({"biography": fault}) from fault

    @property
    def words(self) -> dict[str, str]:
        """What the public page of this reviewer says, once confirmed."""
        return {name: getattr(self, name) for name in PROFILE_WORDS}

    def valid_licenses(self, on: date) -> models.QuerySet["License"]:
        """The licenses that are valid on a day; the day of expiry still counts."""
        return self.licenses.filter(expires_on__gte=on).order_by("state")


class ProfileConfirmation(Evidence):
    """The words of a profile as its reviewer confirmed them: what the public page shows."""

    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="confirmations")
    printed_name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=60)
    specialty = models.CharField(max_length=120, blank=True)
    relationship = models.CharField(max_length=200)
    biography = models.TextField(blank=True)
    at = models.DateTimeField()
    on = models.DateField()

    def __str__(self) -> str:
        return f"{self.printed_name}, {self.credentials}, confirmed on {self.on}"

    @property
    def words(self) -> dict[str, str]:
        """What was confirmed, as `Reviewer.words`."""
        return {name: getattr(self, name) for name in PROFILE_WORDS}


class License(models.Model):
    """One state's license to practice medicine."""

    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="licenses")
    state = models.CharField(max_length=40, help_text="The state in full, like New York.")
    number = models.CharField(max_length=40)
    expires_on = models.DateField(help_text="The last day on which it is valid.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reviewer", "state", "number"], name="a_license_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.number}, valid to {self.expires_on:%B %-d, %Y}"

    def clean(self) -> None:
        """Hold state and number to the rules of every text that evidence copies."""
        _clean_lines(self, {"state": 40, "number": 40})


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

    edition = models.OneToOneField(Edition, PROTECT, related_name="submission")
    subject = models.ForeignKey(Subject, PROTECT, related_name="submissions")
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    note = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    reviewer = models.ForeignKey(Reviewer, PROTECT, null=True, related_name="requests")
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


class SignOffQuerySet(models.QuerySet["SignOff"]):
    """Sign-offs in the words of the design."""

    def standing(self, at: datetime) -> "SignOffQuerySet":
        """Those not cancelled by an instant, whether or not they are effective yet."""
        cancelled = Withdrawal.objects.filter(sign_off=OuterRef("pk"), at__lte=at)
        return self.exclude(Exists(cancelled))

    def effective(self, at: datetime) -> "SignOffQuerySet":
        """Those effective and not cancelled by an instant."""
        return self.standing(at).filter(effective_at__lte=at)

    def waiting(self, at: datetime) -> "SignOffQuerySet":
        """Those to become effective after an instant, unless cancelled or withdrawn first."""
        withdrawn = Withdrawal.objects.page().filter(
            subject=OuterRef("subject"), pk__gt=OuterRef("pk"), at__lte=at
        )
        return self.standing(at).filter(effective_at__gt=at).exclude(Exists(withdrawn))

    def shown_by(self, at: datetime) -> "SignOffQuerySet":
        """Those that took effect at some time up to an instant, cancelled since or not."""
        too_early = Withdrawal.objects.filter(
            Q(sign_off=OuterRef("pk"))
            | Q(sign_off=None, subject=OuterRef("subject"), pk__gt=OuterRef("pk")),
            at__lte=OuterRef("effective_at"),
        )
        return self.filter(effective_at__lte=at).exclude(Exists(too_early))

    def in_force(self, at: datetime) -> "SignOffQuerySet":
        """At most one for each subject: DESIGN §2, "in force"."""
        newer = (
            SignOff.objects.effective(at)
            .filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
            .order_by()
        )
        withdrawn = Withdrawal.objects.page().filter(
            subject=OuterRef("subject"), pk__gt=OuterRef("pk"), at__lte=at
        )
        return self.effective(at).exclude(Exists(newer)).exclude(Exists(withdrawn))


class SignOff(Evidence):
    """The evidence that a physician read an edition and vouched for it.

    Everything printed from it is copied at signing; `authors` is a JSON list of user ids.
    """

    class Scope(models.TextChoices):
        """What the signer read."""

        FULL = "full", "full review"
        CORRECTION = "correction", "correction"

    subject = models.ForeignKey(Subject, PROTECT, related_name="sign_offs")
    edition = models.ForeignKey(Edition, PROTECT, related_name="sign_offs")
    submission = models.OneToOneField(Submission, PROTECT, null=True, related_name="sign_off")
    against = models.ForeignKey("self", PROTECT, null=True, related_name="+")
    scope = models.CharField(max_length=10, choices=Scope)
    rests_on = models.ForeignKey("self", PROTECT, null=True, related_name="corrections")
    digest = models.CharField(max_length=64)
    attestation = models.TextField()
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="sign_offs")
    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="sign_offs")
    printed_name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=60)
    license_states = models.TextField()
    relationship = models.CharField(max_length=200)
    authors = models.TextField()
    policy = models.CharField(max_length=10)
    disclosed = models.BooleanField()
    signed_at = models.DateTimeField()
    signed_on = models.DateField()
    effective_at = models.DateTimeField()
    next_review_due = models.DateField()

    objects = SignOffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="full", rests_on=None)
                | Q(scope="correction", rests_on__isnull=False),
                name="only_a_correction_rests_on_a_full_review",
            ),
            models.CheckConstraint(
                condition=Q(disclosed=False) | Q(policy="disclosed"),
                name="disclosure_needs_its_policy",
            ),
            models.CheckConstraint(
                condition=Q(effective_at__gte=F("signed_at")),
                name="no_sign_off_counts_before_it_was_made",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-event"], name="latest_sign_off")]

    def __str__(self) -> str:
        return f"{self.edition} signed by {self.printed_name}, {self.credentials}"

    @property
    def full_review(self) -> "SignOff":
        """The sign-off whose date counts: this one, or the one that a correction rests on."""
        return self.rests_on or self

    def is_overdue(self, on: date) -> bool:
        """Whether a full review should have been done before a day: from the day after it was due
        (NHS service manual: review dates)."""
        return on > self.next_review_due


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Withdrawals of a page, as against cancellations of one sign-off."""

    def page(self) -> "WithdrawalQuerySet":
        """Those that took a whole page off."""
        return self.filter(sign_off=None)


class Withdrawal(Evidence):
    """The end of one sign-off (a cancellation, `sign_off` set) or of a page (with a notice)."""

    class Notice(models.TextChoices):
        """What patients read in place of a withdrawn page: fixed, never typed."""

        BEING_CORRECTED = (
            "being_corrected",
            "We found something on this page that needs to be corrected. "
            "It will return when a physician has reviewed it in full.",
        )
        OUT_OF_DATE = (
            "out_of_date",
            "This page no longer reflects current medical knowledge and is being rewritten.",
        )
        SAFETY = (
            "safety",
            "We took this page off because following it could be unsafe. "
            "If you acted on it, please talk with the person who treats you.",
        )
        NO_LONGER_OFFERED = (
            "no_longer_offered",
            "The clinic no longer publishes information on this subject.",
        )

    subject = models.ForeignKey(Subject, PROTECT, related_name="withdrawals")
    sign_off = models.OneToOneField(SignOff, PROTECT, null=True, related_name="cancellation")
    notice = models.CharField(max_length=20, choices=Notice, blank=True)
    reason = models.ForeignKey(Remark, PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()
    on = models.DateField()

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(sign_off=None) & ~Q(notice="")) | Q(sign_off__isnull=False, notice=""),
                name="a_page_is_withdrawn_with_a_notice",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-event"], name="latest_withdrawal")]

    def __str__(self) -> str:
        return f"{'cancelled' if self.sign_off_id else 'withdrawn'} on {self.on}"


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
        """What is in force at an instant, each row re-proved in the same query, by name."""
        proof = SignOff.objects.in_force(at).filter(
            pk=OuterRef("sign_off"), edition__slug=OuterRef("slug"), edition__title=OuterRef("name")
        )
        return (
            self.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at, subject__kind=kind)
            .filter(Exists(proof))
            .order_by("name", "pk")
        )


class Listing(models.Model):
    """From when to when a sign-off is in force: derived, for lists to order and page through."""

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


def evidence_models() -> Iterator[type[Evidence]]:
    """Every kind of chained evidence."""
    yield from (Address, Contribution, Edition, ProfileConfirmation, SignOff, Withdrawal)
