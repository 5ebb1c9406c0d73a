"""Whether the page that a translation translates says something else since it was signed."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from reviews import clock
from reviews.models import SignOff, Withdrawal


def with_changes(signed: QuerySet[SignOff], at: datetime) -> QuerySet[SignOff]:
    """Sign-offs with what the page that each translates says: `original_then` is the digest in
    force when it was signed, `original_now` the one in force at an instant, and `original_since`
    when that came into force; all None where it translates none. No query is added.

    Any signature of a translation counts as a look at what its original says by then.
    """
    original = SignOff.objects.filter(
        subject__kind=OuterRef("subject__kind"),
        subject__addresses__slug=OuterRef("edition__original__slug"),
    )
    ended = Withdrawal.objects.filter(
        sign_off=OuterRef("pk"), at__lte=OuterRef(OuterRef("signed_at"))
    )
    then = original.filter(effective_at__lte=OuterRef("signed_at")).exclude(Exists(ended))
    now = SignOff.objects.in_force(at).filter(
        subject__kind=OuterRef("subject__kind"),
        subject__addresses__slug=OuterRef("edition__original__slug"),
    )
    since = SignOff.objects.effective(at).filter(
        subject__kind=OuterRef("subject__kind"),
        subject__addresses__slug=OuterRef("edition__original__slug"),
        effective_at__gt=OuterRef("signed_at"),
        digest=OuterRef("original_now"),
    )
    stepped_back = Withdrawal.objects.filter(
        subject__kind=OuterRef("subject__kind"),
        subject__addresses__slug=OuterRef("edition__original__slug"),
        sign_off__isnull=False,
        at__gt=OuterRef("signed_at"),
        at__lte=at,
    )
    asked: Any = signed
    found: QuerySet[SignOff] = asked.annotate(
        original_then=Subquery(then.order_by("-pk").values("digest")[:1]),
        original_now=Subquery(now.values("digest")[:1]),
        original_since=Coalesce(
            Subquery(since.order_by("effective_at").values("effective_at")[:1]),
            Subquery(stepped_back.order_by("-pk").values("at")[:1]),
        ),
    )
    return found


def changed(signed: QuerySet[SignOff], at: datetime) -> QuerySet[SignOff]:
    """Those sign-offs, `with_changes`, whose original says something else than it did then."""
    rows: Any = with_changes(signed.filter(edition__original__isnull=False), at)
    found: QuerySet[SignOff] = rows.filter(
        original_then__isnull=False, original_now__isnull=False
    ).exclude(original_then=F("original_now"))
    return found


def changed_on(signed: SignOff, at: datetime) -> date | None:
    """The day on which the page that a translation in force translates changed since, if it did."""
    found: Any = changed(SignOff.objects.filter(pk=signed.pk), at).first()
    return clock.local_date(found.original_since) if found and found.original_since else None
