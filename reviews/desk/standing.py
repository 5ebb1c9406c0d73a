"""How a page stands, in true words, for every list of the desk."""

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Case, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest
from django.utils.html import format_html

from reviews import clock
from reviews.desk.waits import full_name
from reviews.models import (
    Archiving,
    Assignment,
    Concern,
    Listing,
    Overlay,
    SignOff,
    Subject,
    Submission,
    Withdrawal,
)
from reviews.models.sign_offs import due_at
from reviews.reading import originals
from reviews.text.canonical import document_of
from reviews.text.days import day, is_overdue, late_from, moment

M = TypeVar("M", bound=Model)
# A review that is due within so many days is due soon.
DUE_SOON = timedelta(days=60)


def due_words(due: date, on: date) -> str:
    """When a full review is due, as read on a day; it is late from the day after."""
    if is_overdue(due, on):
        return f"overdue since {day(late_from(due))}"
    return f"due {day(due)}"


def due_cell(due: date | None) -> str:
    """When a full review is due, for a list: what is late stands out; "" where nothing is due."""
    if due is None:
        return ""
    words, late = due_words(due, clock.today()), is_overdue(due, clock.today())
    return format_html('<span class="work-late">{}</span>', words) if late else words


def with_standing(rows: QuerySet[M], subject: str, at: datetime) -> QuerySet[M]:
    """Rows that speak of a page (`subject`: "pk", or the name of a key), with how it stands.

    All of it belongs to the row: a list asks one query, whatever its pages' past holds.
    """
    of = OuterRef(subject)
    ahead = "ahead" if subject == "pk" else f"{subject}__ahead"
    in_force = SignOff.objects.in_force(at).filter(subject=of)
    waiting = SignOff.objects.waiting(at).filter(subject=of).order_by("pk")
    off = Withdrawal.objects.page().filter(subject=of, at__lte=at).order_by("-pk")
    cancelled = Withdrawal.objects.filter(subject=of, sign_off__isnull=False).order_by("-pk")
    later = SignOff.objects.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    overlay = Overlay.objects.standing(at).filter(subject=of)
    latest = Submission.objects.filter(subject=of).order_by("-edition")
    in_review = Submission.objects.filter(
        subject=of, status=Submission.Status.OPEN, edition__digest=OuterRef(f"{ahead}__digest")
    )
    to_come = SignOff.objects.waiting(at).filter(subject=of, digest=OuterRef(f"{ahead}__digest"))
    asked: Any = rows
    listed: QuerySet[M] = asked.annotate(
        since=Subquery(_listings(of).values("from_at")[:1]),
        signed_by=Subquery(in_force.values("printed_name")[:1]),
        signed_on=Subquery(in_force.values("signed_on")[:1]),
        due=Subquery(in_force.annotate(by=due_at(at)).values("by")[:1]),
        withdrawn_on=Subquery(off.values("on")[:1]),
        laid=Subquery(overlay.values("kind")[:1]),
        laid_on=Subquery(overlay.values("on")[:1]),
        waits_until=Subquery(waiting.values("effective_at")[:1]),
        cancelled_on=Subquery(cancelled.exclude(Exists(later)).values("on")[:1]),
        latest_status=Subquery(latest.values("status")[:1]),
        latest_at=Subquery(latest.values("edition__frozen_at")[:1]),
        latest_ended=Subquery(latest.values("ended_by__body")[:1]),
        asked_name=Subquery(latest.values("reviewer__printed_name")[:1]),
        taken_name=Subquery(
            Assignment.objects.filter(submission__subject=of, submission__status="open")
            .order_by("-pk")
            .annotate(name=full_name("person"))
            .values("name")[:1]
        ),
        was_signed=Exists(SignOff.objects.filter(subject=of)),
        differ=Case(
            When(**{f"{ahead}__from_at__gt": at}, then=F(f"{ahead}__parts_before")),
            default=F(f"{ahead}__parts"),
        ),
        is_archived=Exists(Archiving.objects.current().filter(subject=of)),
        is_put_forward=Exists(in_review) | Exists(to_come),
    )
    return listed


def _listings(of: OuterRef) -> QuerySet[Listing]:
    """When a page was public, from the first day on since it was withdrawn last."""
    ended = Withdrawal.objects.page().filter(
        subject=OuterRef("subject"), at__gte=OuterRef("from_at")
    )
    return Listing.objects.filter(subject=of).exclude(Exists(ended)).order_by("from_at")


def public_words(row: Any) -> list[str]:
    """What patients read of a page `with_standing`, in a few words each; its due day apart."""
    told = []
    if row.due is None:
        off = f"withdrawn on {day(row.withdrawn_on)}" if row.withdrawn_on else "not public"
        told.append(off if row.was_signed else "never signed")
    elif row.laid == Overlay.Kind.HOLD:
        told.append(f"held since {day(row.laid_on)}")
    else:
        told.append(f"public since {day(clock.local_date(row.since))}" if row.since else "public")
        if row.laid == Overlay.Kind.FLAG:
            told.append(f"flagged since {day(row.laid_on)}")
    if row.waits_until is not None:
        told.append(f"takes effect on {moment(row.waits_until, clock.zone())}")
    if row.cancelled_on is not None:
        told.append(f"last signature cancelled on {day(row.cancelled_on)}")
    return told


def draft_words(row: Any) -> list[str]:
    """What is under way behind a page `with_standing`: in review, sent back, draft ahead."""
    told = ["archived"] if row.is_archived else []
    if row.latest_status == Submission.Status.OPEN:
        reads = row.taken_name or row.asked_name or "any physician"
        told.append(f"in review with {reads} since {day(clock.local_date(row.latest_at))}")
    elif row.latest_status in _ENDED:
        ended = ended_at(row.latest_ended)
        when = f" on {day(clock.local_date(ended))}" if ended else ""
        told.append(f"{_ENDED[row.latest_status]}{when}")
    if row.differ and not row.is_put_forward and row.due is not None:
        told.append(f"draft ahead in {row.differ} part{'s' if row.differ > 1 else ''}")
    elif row.latest_status == Submission.Status.OPEN and not row.is_put_forward:
        told.append("draft changed since")
    return told


# How the latest submission of a page ended, where something is left to do about it.
_ENDED = {
    Submission.Status.CHANGES_REQUESTED: "sent back",
    Submission.Status.TAKEN_BACK: "taken back",
}


def ended_at(body: str | None) -> datetime | None:
    """When a submission ended, by the text of its event; None where that cannot be read."""
    try:
        return datetime.fromisoformat(document_of(body or "")["at"])
    except (ValueError, TypeError, LookupError, RecursionError):
        # The record does not hold there; verify_record says where. The list stands.
        return None


def submission_words(submission: Submission, at: datetime) -> str:
    """What became of a submission, in true words: who signed it, not who was asked."""
    signed = getattr(submission, "sign_off", None)
    if submission.status == Submission.Status.SIGNED and signed is not None:
        told = f"signed by {signed.printed_name} on {day(signed.signed_on)}"
        cancelled = getattr(signed, "cancellation", None)
        if cancelled is not None:
            return f"{told}; cancelled on {day(cancelled.on)}"
        if signed.waits(at):
            return f"{told}; takes effect on {moment(signed.effective_at, clock.zone())}"
        return told
    if submission.is_open:
        return "in review"
    word = {
        Submission.Status.CHANGES_REQUESTED: "sent back",
        Submission.Status.ENDED_BY_WITHDRAWAL: "ended: the page was withdrawn",
    }.get(Submission.Status(submission.status), submission.get_status_display())
    ended = submission.ended_by
    when = day(clock.local_date(datetime.fromisoformat(ended.said["at"]))) if ended else ""
    return f"{word} on {when}" if when else word


class StandingFilter(admin.SimpleListFilter):
    """Pages by how they stand."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each way in which a page may stand."""
        return [
            ("public", "public"),
            ("due", f"due within {DUE_SOON.days} days or overdue"),
            ("overdue", "overdue"),
            ("off", "flagged, held or withdrawn"),
            ("later", "takes effect later"),
            ("ahead", "draft ahead"),
            ("review", "in review"),
            ("back", "sent back"),
            ("never", "never signed"),
            ("none", "not public"),
            ("concern", "an open concern from outside"),
            ("unchecked", "a translation whose original changed"),
            ("archived", "in the archive"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that stand so; what is in the archive is found there alone."""
        queryset = queryset.filter(is_archived=self.value() == "archived")
        today, of = clock.today(), "pk" if queryset.model is Subject else "subject"
        if self.value() == "concern":
            return queryset.filter(Exists(Concern.objects.open().filter(subject=OuterRef(of))))
        if self.value() == "unchecked":
            at = clock.now()
            changed = originals.changed(SignOff.objects.in_force(at), at).values("subject")
            return queryset.filter(**{f"{of}__in": changed})
        laid = Q(laid__in=[Overlay.Kind.FLAG, Overlay.Kind.HOLD], due__isnull=False)
        which = {
            "public": Q(due__isnull=False) & (Q(laid=None) | ~Q(laid=Overlay.Kind.HOLD)),
            "due": Q(due__lte=today + DUE_SOON),
            "overdue": Q(due__lt=today),
            "off": laid | Q(due=None, withdrawn_on__isnull=False),
            "later": Q(waits_until__isnull=False),
            "ahead": Q(differ__gt=0, is_put_forward=False),
            "none": Q(due=None),
            "review": Q(latest_status=Submission.Status.OPEN),
            "back": Q(latest_status=Submission.Status.CHANGES_REQUESTED),
            "never": Q(was_signed=False),
        }
        return queryset.filter(which.get(self.value() or "", Q()))
