"""What makes somebody able to sign or to manage, and what was answered to it (DESIGN §5)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import cached_property

from reviews import clock
from reviews.models.chain import PROTECT, Evidence
from reviews.models.prepared import Prepared

# The groups whose members sign or manage.
GATED_GROUPS = ("Physicians", "Managers")
# For so long everybody who was told may object.
TIME_TO_OBJECT = timedelta(hours=72)


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Claims by whether they count."""

    def answered(self, at: datetime) -> "ClaimQuerySet":
        """With the last word on each, and whether the time to object is over at an instant."""
        words = ClaimAnswer.objects.filter(claim=OuterRef("pk")).exclude(step=ClaimAnswer.Step.TOLD)
        told = ClaimAnswer.objects.filter(
            claim=OuterRef("pk"), step=ClaimAnswer.Step.TOLD, at__lte=at - TIME_TO_OBJECT
        )
        return self.annotate(
            last_word=Subquery(words.order_by("-event").values("step")[:1]),
            time_is_over=Exists(told),
        )

    def not_counting(self, at: datetime) -> "ClaimQuerySet":
        """Those objected to, and those that wait for a confirmation or for the time to pass."""
        return self.answered(at).filter(NOT_COUNTING)


# Of claims that are `answered`.
NOT_COUNTING = Q(last_word="objected") | Q(last_word=None, waits=True, time_is_over=False)


class Claim(Evidence):
    """A change after which somebody could sign or manage as they could not before.

    One that `waits` counts once it is confirmed or the time to object is over; any stops counting
    when it is objected to. `by` asked for it: nobody where it was done on the server's command
    line. `of` is the name of a group, the digest of an address, or how a password was set;
    `before` the digest of the address that stood before.
    """

    class Kind(models.TextChoices):
        """What is claimed."""

        PROFILE = "profile", "first reviewer’s profile"
        LICENSE = "license", "new license"
        GROUP = "group", "membership in a group"
        SUPERUSER = "superuser", "rights of a superuser"
        ADDRESS = "address", "changed mail address"
        PASSWORD = "password", "new password"
        SWITCHED_OFF = "switched_off", "account made inactive"

    kind = models.CharField(max_length=20, choices=Kind)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="claims")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, PROTECT, null=True, related_name="+", verbose_name="asked for by"
    )
    at = models.DateTimeField("asked for at")
    of = models.CharField(max_length=100, blank=True)
    before = models.CharField(max_length=64, blank=True)
    license = models.ForeignKey("reviews.License", PROTECT, null=True, related_name="+")
    waits = models.BooleanField()

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = "confirmation"
        indexes = [models.Index(fields=["person", "kind"], name="claims_of_a_person")]

    def __str__(self) -> str:
        who = self.person.get_full_name() or self.person.get_username()
        return f"{self.what}: {who}"

    def get_absolute_url(self) -> str:
        """Its page in the admin."""
        return reverse("admin:reviews_claim_change", args=[self.pk])

    @property
    def what(self) -> str:
        """What is claimed, in words."""
        if self.kind == self.Kind.GROUP:
            return f"Membership in {self.of}"
        if self.license is not None:
            return f"New license ({self.license.state} {self.license.number})"
        return self.get_kind_display().capitalize()

    @property
    def concerns_the_person(self) -> bool:
        """Whether it asks if the person is who they say, rather than what they may."""
        return self.kind in PERSONAL

    def counts(self, at: datetime) -> bool:
        """Whether it counts at an instant."""
        return not Claim.objects.not_counting(at).filter(pk=self.pk).exists()


def not_counting(person: User, at: datetime) -> list[Claim]:
    """What of somebody does not count at an instant, in the order in which it was asked for."""
    return _NOT_COUNTING.all(person=person.pk, at=at)


_NOT_COUNTING: Prepared[Claim] = Prepared(
    lambda person, at: (
        Claim.objects.not_counting(at)
        .filter(person=person)
        .select_related("person", "license")
        .order_by("pk")
    ),
    person=int,
    at=datetime,
)

# Who sets a password or an address could be somebody else: then nothing counts that they do.
PERSONAL = (Claim.Kind.ADDRESS, Claim.Kind.PASSWORD)


class ClaimAnswer(Evidence):
    """What was answered to a claim: everybody was told, a manager confirmed, somebody objected."""

    class Step(models.TextChoices):
        """What happened to a claim; the last confirmation or objection decides."""

        TOLD = "told", "every physician was told"
        CONFIRMED = "confirmed", "confirmed"
        OBJECTED = "objected", "objected to"

    claim = models.ForeignKey(Claim, PROTECT, related_name="answers")
    step = models.CharField(max_length=10, choices=Step)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.claim}: {self.get_step_display()}"


class Person(User):
    """A user whose rights are those that count: what waits for a confirmation gives none."""

    class Meta:
        proxy = True
        default_permissions = ()

    @classmethod
    def of(cls, user: User) -> "Person":
        """The same person as one; asks the database nothing."""
        if isinstance(user, cls):
            return user
        columns = [field.attname for field in user._meta.concrete_fields]
        return cls.from_db(user._state.db, columns, [getattr(user, column) for column in columns])

    @cached_property
    def waiting(self) -> list[Claim]:
        """What of this person does not count now."""
        return not_counting(self, clock.now())

    @property
    def is_barred(self) -> bool:
        """Whether it must first be shown that they are who they say."""
        return any(claim.concerns_the_person for claim in self.waiting)

    @property
    def counts_as_superuser(self) -> bool:
        """Whether they are a superuser, and count as one."""
        kinds = {claim.kind for claim in self.waiting} if self.is_superuser else set()
        return self.is_superuser and not kinds & {Claim.Kind.SUPERUSER, *PERSONAL}

    @cached_property
    def rights(self) -> set[str]:
        """The names of the rights that count, as `app.codename`."""
        gone = {claim.of for claim in self.waiting if claim.kind == Claim.Kind.GROUP}
        theirs = Q(group__user=self.pk) & ~Q(group__name__in=gone)
        if self.is_barred:
            theirs &= ~Q(group__name__in=GATED_GROUPS)
        else:
            theirs |= Q(user=self.pk)
        found = Permission.objects.filter(theirs).order_by()
        return {
            f"{app}.{codename}"
            for app, codename in found.values_list("content_type__app_label", "codename")
        }

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether a right counts now, a superuser's too."""
        if not self.is_active:
            return False
        return self.counts_as_superuser or (obj is None and perm in self.rights)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether any right of an app counts now."""
        if not self.is_active:
            return False
        apps = {right.partition(".")[0] for right in self.rights}
        return self.counts_as_superuser or app_label in apps
