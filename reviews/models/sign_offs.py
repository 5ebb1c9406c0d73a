"""What decides what is public: sign-offs, cancellations and withdrawals."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Least

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.models.departures import RelianceEnd
from reviews.models.editions import Edition
from reviews.models.overlays import Overlay
from reviews.models.people import Reviewer
from reviews.models.remarks import Remark
from reviews.models.submissions import Submission
from reviews.text.days import day, is_overdue

# Signed to count only later.
_FOR_LATER = Q(effective_at__gt=F("signed_at"))


def relied_until(at: datetime) -> Subquery:
    """Until when the page of a sign-off may rest on it, where a physician behind it went.

    That is whoever signed it or the full review that it rests on.
    """
    ends = RelianceEnd.objects.standing(at).filter(
        Q(reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk"))
        | Q(reviewer=OuterRef("rests_on__reviewer"), pk__gt=OuterRef("rests_on")),
        subject=OuterRef("subject"),
    )
    return Subquery(ends.order_by("due").values("due")[:1])


def due_at(at: datetime) -> Least:
    """When the next full review of a sign-off's page is due, by what is known at an instant."""
    signed = F("next_review_due")
    return Least(signed, Coalesce(relied_until(at), signed))


class SignOffQuerySet(models.QuerySet["SignOff"]):
    """Sign-offs in the words of the design."""

    def standing(self, at: datetime) -> "SignOffQuerySet":
        """Those not cancelled by an instant, whether or not they are effective yet."""
        cancelled = Withdrawal.objects.filter(sign_off=OuterRef("pk"), at__lte=at)
        return self.exclude(Exists(cancelled))

    def relied_on(self, at: datetime) -> "SignOffQuerySet":
        """With `relied_until`, by which `due` is known."""
        return self.annotate(relied_until=relied_until(at))

    def effective(self, at: datetime) -> "SignOffQuerySet":
        """Those effective and not cancelled by an instant."""
        return self.standing(at).filter(effective_at__lte=at)

    def waiting(self, at: datetime) -> "SignOffQuerySet":
        """Those to become effective after an instant, unless cancelled or withdrawn first.

        What counted from when it was signed never waits, whatever another server's clock says.
        """
        withdrawn = Exists(Withdrawal.objects.since_signed(at))
        return self.standing(at).filter(_FOR_LATER, effective_at__gt=at).exclude(withdrawn)

    def shown_by(self, at: datetime) -> "SignOffQuerySet":
        """Those that took effect at some time up to an instant, cancelled since or not.

        One that counted from when it was signed was shown, even if the clock of who ended it showed
        an earlier instant.
        """
        ended = Withdrawal.objects.filter(
            Q(sign_off=OuterRef("pk"))
            | Q(sign_off=None, subject=OuterRef("subject"), pk__gt=OuterRef("pk")),
        )
        before = Exists(ended.filter(at__lt=OuterRef("effective_at")))
        at_once = Exists(ended.filter(at=OuterRef("effective_at")))
        return self.filter(effective_at__lte=at).exclude(at_once).exclude(before & _FOR_LATER)

    def in_force(self, at: datetime) -> "SignOffQuerySet":
        """At most one for each subject: DESIGN §2, "in force"."""
        newer = (
            SignOff.objects.effective(at)
            .filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
            .order_by()
        )
        return (
            self.effective(at)
            .exclude(Exists(newer))
            .exclude(Exists(Withdrawal.objects.since_signed(at)))
        )

    def public(self, at: datetime) -> "SignOffQuerySet":
        """Those in force whose page is not held: what patients read."""
        held = Overlay.objects.holding(at).filter(subject=OuterRef("subject"))
        return self.in_force(at).exclude(Exists(held))


class SignOff(Evidence):
    """The evidence that a physician read an edition and vouched for it.

    Everything printed from it is copied at signing; `authors` is a JSON list of user ids.
    `urgent_on` is the day of the last urgent correction for which no full review was done since.
    `next_review_due` is what was signed; `due` what counts, where it was read with `relied_on` or
    with the `ends` of reliance on it.
    """

    ends: Sequence[RelianceEnd] = ()
    relied_until: date | None = None

    class Scope(models.TextChoices):
        """What the signer read."""

        FULL = "full", "full review"
        CORRECTION = "correction", "correction"
        URGENT = "urgent", "urgent correction"

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
    urgent_on = models.DateField(null=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="full", rests_on=None)
                | Q(scope__in=["correction", "urgent"], rests_on__isnull=False),
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
    def in_words(self) -> str:
        """Such as: full review by Pat Sample, MD on May 31, 2026."""
        who = f"{self.printed_name}, {self.credentials}"
        return f"{self.get_scope_display()} by {who} on {day(self.signed_on)}"

    @property
    def full_review(self) -> "SignOff":
        """The sign-off whose date counts: this one, or the one that a correction rests on."""
        return self.rests_on or self

    def waits(self, at: datetime) -> bool:
        """Whether it is to count only after an instant; never where it counted when signed."""
        return self.effective_at > max(at, self.signed_at)

    @property
    def due(self) -> date:
        """When the next full review is due: sooner than was signed where a physician went."""
        ends = [one.due for one in self.ends if one.due]
        known = [self.relied_until] if self.relied_until else []
        return min([self.next_review_due, *ends, *known])

    def is_overdue(self, on: date) -> bool:
        """Whether a full review should have been done before a day."""
        return is_overdue(self.due, on)


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Withdrawals of a page, as against cancellations of one sign-off."""

    def page(self) -> "WithdrawalQuerySet":
        """Those that took a whole page off."""
        return self.filter(sign_off=None)

    def since_signed(self, at: datetime | OuterRef) -> "WithdrawalQuerySet":
        """Those of the page of an outer query's sign-off, made after it and by an instant."""
        return self.page().filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"), at__lte=at)


class Withdrawal(Evidence):
    """The end of one sign-off (a cancellation, `sign_off` set) or of a page (with a notice).

    `successor` is the page that this subject is part of from then on, if any.
    """

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
    # None in older rows: evidence is never back-filled.
    successor = models.ForeignKey(Subject, PROTECT, null=True, related_name="+")

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(sign_off=None) & ~Q(notice="")) | Q(sign_off__isnull=False, notice=""),
                name="a_page_is_withdrawn_with_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(sign_off=None),
                name="only_a_withdrawn_page_has_a_successor",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-event"], name="latest_withdrawal")]

    def __str__(self) -> str:
        return f"{'cancelled' if self.sign_off_id else 'withdrawn'} on {self.on}"
