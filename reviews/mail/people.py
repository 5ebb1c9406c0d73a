"""Who is written to: managers, physicians, and what each person chose."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from reviews.models import (
    TIME_TO_OBJECT,
    Claim,
    Group,
    Letter,
    MailChoice,
    Person,
    Reason,
    Reviewer,
    Timing,
)


def managers() -> list[Person]:
    """Those whose right to confirm counts."""
    found = Person.objects.filter(Q(groups__name="Managers") | Q(is_superuser=True), is_active=True)
    return [one for one in found.distinct() if one.has_perm("reviews.add_claimanswer")]


def physicians(at: datetime) -> Iterable[User]:
    """Those active, and those whom somebody switched off within the time to object."""
    waiting = Claim.objects.not_counting(at).filter(person=OuterRef("user"))
    switched_off = Claim.objects.filter(
        person=OuterRef("user"), kind=Claim.Kind.SWITCHED_OFF, at__gt=at - TIME_TO_OBJECT
    )
    found = Reviewer.objects.filter(
        Q(is_active=True, user__is_active=True) | Exists(switched_off),
        ~Exists(waiting.filter(kind=Claim.Kind.PROFILE)),
    )
    return [reviewer.user for reviewer in found.select_related("user")]


def former_addresses(person: User, at: datetime) -> set[str]:
    """Where they were written to before somebody changed it, as long as that does not count."""
    changes = Claim.objects.not_counting(at).filter(person=person, kind=Claim.Kind.ADDRESS)
    old = Letter.objects.filter(kind=Letter.Kind.OLD_ADDRESS, event__in=changes.values("event"))
    return set(old.values_list("to", flat=True))


class Choices:
    """When each person wants to be told what, and whether they are told anything at all."""

    def __init__(self) -> None:
        rows = MailChoice.objects.values_list("person", "group", "timing")
        self.chosen = {(person, group): Timing(timing) for person, group, timing in rows}
        self.active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))

    def timing(self, person: int, reason: Reason) -> Timing:
        """When somebody is told for a reason: what cannot wait, at once whatever they chose."""
        if person not in self.active:
            return Timing.NEVER
        if reason.group == Group.MUST:
            return Timing.AT_ONCE
        return self.chosen.get((person, reason.group.value), Timing.MORNING)
