"""The physicians: profiles, what they confirmed of them, and licenses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q

from reviews import clock
from reviews.models.chain import PROTECT, Evidence
from reviews.models.claims import PERSONAL, Claim
from reviews.models.prepared import Prepared
from reviews.text import lines
from reviews.text.days import day
from reviews.text.lookalikes import host_look_alikes, look_alikes

MOST_BIOGRAPHY = 1000
# The words of a reviewer's profile that patients read.
PROFILE_WORDS = ("printed_name", "credentials", "specialty", "relationship", "biography")


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

    def entitled(self, at: datetime) -> "ReviewerQuerySet":
        """Those who may sign at an instant: active, on a day of theirs, with a valid license.

        Nothing of theirs may wait for a confirmation that a signature needs.
        """
        today = clock.local_date(at)
        here = (Q(first_day=None) | Q(first_day__lte=today)) & (
            Q(last_day=None) | Q(last_day__gte=today)
        )
        valid = License.objects.valid(at).filter(reviewer=OuterRef("pk"))
        waiting = Claim.objects.not_counting(at).filter(
            person=OuterRef("user"), kind__in=(Claim.Kind.PROFILE, *PERSONAL)
        )
        able = self.filter(Exists(valid), ~Exists(waiting), here)
        return able.filter(is_active=True, user__is_active=True)


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
        default=True,
        help_text="Without the tick they sign nothing. Who leaves for good is ended instead, so "
        "that the pages that rest on them are looked at.",
    )
    first_day = models.DateField(
        "first day", null=True, blank=True, help_text="For a locum: they sign nothing before it."
    )
    last_day = models.DateField(
        "last day", null=True, blank=True, help_text="For a locum: they sign nothing after it."
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
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": "The last day comes before the first one."})
        try:
            self.biography = lines.clean_text(self.biography, maximum=MOST_BIOGRAPHY)
            lines.check_no_review_line(self.biography)
        except ValidationError as fault:
            raise ValidationError({"biography": fault}) from fault

    @property
    def words(self) -> dict[str, str]:
        """What the public page of this reviewer says, once confirmed."""
        return {name: getattr(self, name) for name in PROFILE_WORDS}

    def facts(self) -> dict[str, Any]:
        """How profile and licenses stand, as JSON values: what an event records of them.

        Events from before `slug`, `license_facts`, and first and last day were recorded lack them.
        """
        licenses = list(self.licenses.order_by("pk"))
        return {
            "id": self.pk,
            "user": self.user_id,
            "slug": self.slug,
            **self.words,
            "is_active": self.is_active,
            "first_day": self.first_day and str(self.first_day),
            "last_day": self.last_day and str(self.last_day),
            "licenses": [str(license) for license in licenses],
            "license_facts": [license.facts() for license in licenses],
        }

    def valid_licenses(self, at: datetime) -> list["License"]:
        """The licenses that let this physician sign at an instant, by state."""
        return _VALID.all(reviewer=self.pk, at=at)

    def printed(self, licenses: Iterable["License"]) -> dict[str, str]:
        """What is printed under a page that this physician signs by these licenses."""
        return {
            "printed_name": self.printed_name,
            "credentials": self.credentials,
            "license_states": ", ".join(dict.fromkeys(one.state for one in licenses)),
            "relationship": self.relationship,
        }


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


class LicenseQuerySet(models.QuerySet["License"]):
    """Licenses by what they allow."""

    def valid(self, at: datetime) -> "LicenseQuerySet":
        """Those valid on the clinic's day at an instant; the day of expiry still counts.

        A new one counts once it is confirmed.
        """
        waiting = Claim.objects.not_counting(at).filter(license=OuterRef("pk"))
        return self.filter(~Exists(waiting), expires_on__gte=clock.local_date(at))


class License(models.Model):
    """One state's license to practice medicine."""

    reviewer = models.ForeignKey(Reviewer, PROTECT, related_name="licenses")
    state = models.CharField(max_length=40, help_text="The state in full, like New York.")
    number = models.CharField(max_length=40)
    expires_on = models.DateField(help_text="The last day on which it is valid.")

    objects = LicenseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reviewer", "state", "number"], name="a_license_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.number}, valid to {day(self.expires_on)}"

    def clean(self) -> None:
        """Hold state and number to the rules of every text that evidence copies."""
        _clean_lines(self, {"state": 40, "number": 40})

    def facts(self) -> dict[str, Any]:
        """The license as JSON values, with its key."""
        return {
            "id": self.pk,
            "state": self.state,
            "number": self.number,
            "expires_on": str(self.expires_on),
        }


_VALID: Prepared[License] = Prepared(
    lambda reviewer, at: License.objects.valid(at).filter(reviewer=reviewer).order_by("state"),
    reviewer=int,
    at=datetime,
)


def odd_names(
    user: User, reviewer: Reviewer | None = None, licenses: Iterable["License"] | None = None
) -> list[str]:
    """A sentence for each word of a person's account and profile that passes for another.

    For people to judge: nothing is refused. The host of the mail address is read too. The profile
    and its licenses are asked for unless they are given.
    """
    names = [user.get_username(), user.first_name, user.last_name]
    reviewer = reviewer or Reviewer.objects.filter(user=user).first()
    if reviewer is not None:
        names += reviewer.words.values()
        known = reviewer.licenses.all() if licenses is None else licenses
        names += (f"{one.state} {one.number}" for one in known)
    local, _, host = user.email.rpartition("@")
    return [*look_alikes("\n".join([*names, local])), *host_look_alikes(host)]
