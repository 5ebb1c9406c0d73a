"""What stands at an address at an instant: one query, compiled once, remembered for a moment."""

import time
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Aggregate,
    CharField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Greatest

from reviews.evidence import kinds
from reviews.models import (
    Address,
    EditionTarget,
    Event,
    Listing,
    Overlay,
    Redaction,
    RelianceEnd,
    SignOff,
    Withdrawal,
)
from reviews.models.prepared import Prepared
from reviews.models.sign_offs import due_at
from reviews.reading import originals
from reviews.reading.memory import Memory


@dataclass(frozen=True)
class Found:
    """What stands at an address at an instant.

    `decisions` are the numbers of the events that decided what it shows. `was_here` says whether
    the page was ever public under the address asked for; `slug` is where it is now. `live` are
    those of its own targets that are public, `related` the numbers of the sign-offs of the public
    pages that it names or that name it. `overlay` is the kind of the newest overlay, or None.
    `listed` is the sign-off that the lists say is public, and `done_at` the instant of the last
    signature, withdrawal, overlay or end of reliance; `due` is when the next full review is, by
    those. `original_changed_at` is from when the page that this one translates says something else
    than it did when this one was signed, if it does.
    """

    subject: UUID
    decisions: tuple[int, ...]
    sign_off: int
    row_hash: str
    slug: str
    was_here: bool
    due: date
    live: tuple[str, ...]
    related: tuple[int, ...]
    withdrawn_on: date | None
    overlay: str | None
    edition: int
    changes_at: datetime | None
    listed: int | None
    done_at: datetime
    original_changed_at: datetime | None

    @property
    def is_held(self) -> bool:
        """Whether the page is kept off while it is checked."""
        return self.overlay == Overlay.Kind.HOLD

    @property
    def is_flagged(self) -> bool:
        """Whether the fixed notice stands above the page."""
        return self.overlay == Overlay.Kind.FLAG


class _Joined(Aggregate):
    """The strings of a group, joined by spaces: the one aggregate both engines have a name for."""

    output_field = CharField()
    template = "%(function)s(%(expressions)s, ' ')"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **extra)


# Another server's clock may be ahead of this one's by so much.
_APART = timedelta(minutes=1)
_found: Memory[tuple[str, str], tuple[float, datetime | None, Found | None]] = Memory(4096)


def find(kind: str, slug: str, at: datetime) -> Found | None:
    """What stands at an address now: one query, remembered for READ_MEMORY_SECONDS.

    Never remembered past the instant from which a waiting sign-off counts. None where no page of
    this kind was ever public at the address.
    """
    seconds = settings.READ_MEMORY_SECONDS
    if not seconds:
        return _find_now(kind, slug, at)[0]
    kept = _found.get((kind, slug))
    if kept is not None:
        until, changes_at, found = kept
        if time.monotonic() < until and (changes_at is None or at < changes_at):
            return found
    found, changes_at = _find_now(kind, slug, at)
    _found.put((kind, slug), (time.monotonic() + seconds, changes_at, found))
    return found


def _find_now(kind: str, slug: str, at: datetime) -> tuple[Found | None, datetime | None]:
    """What stands at an address now, and when that changes by itself, if a sign-off waits.

    What another server did counts at once, even if its clock is a little ahead of this one's.
    """
    found = find_afresh(kind, slug, at)
    known = (found.changes_at, found.done_at) if found else _ahead(kind, slug, at)
    changes_at, done_at = known
    if done_at and at < done_at <= at + _APART:
        found = find_afresh(kind, slug, done_at)
    return found, changes_at


def seen_at(found: Found, at: datetime) -> datetime:
    """The instant at which `find` saw what it found at an instant: another server may be ahead."""
    done_at = found.done_at
    return done_at if done_at and at < done_at <= at + _APART else at


def present(at: datetime) -> datetime:
    """The instant at which a reader of lists, of search or of the feed stands: one query.

    What another server did counts at once, even if its clock is a little ahead of this one's.
    """
    done = max((one for row in _DONE.rows() for one in row if one), default=at)
    return done if at < done <= at + _APART else at


def _ahead(kind: str, slug: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Of a page that is not public at an address: from when it will be, if a sign-off waits, and
    the instant of its last signature, withdrawal or overlay."""
    signed = SignOff.objects.filter(
        subject__addresses__kind=kind, subject__addresses__slug=slug
    ).order_by()
    waiting = signed.waiting(at).values("pk")
    asked = signed.aggregate(
        begins=Min("effective_at", filter=Q(pk__in=waiting)),
        signed=Max("signed_at"),
        withdrawn=Max("subject__withdrawals__at"),
        laid=Max("subject__overlays__at"),
    )
    done = [asked[what] for what in ("signed", "withdrawn", "laid") if asked[what]]
    return asked["begins"], max(done, default=None)


def find_afresh(kind: str, slug: str, at: datetime) -> Found | None:
    """What stands at an address at an instant, in one query (DESIGN §3, §2 "in force")."""
    for row in _FIND.rows(kind=kind, slug=slug, at=at):
        found = dict(zip(_COLUMNS, row, strict=True))
        live = (found["live"] or "").split()
        related = {*_numbers(found["named"]), *_numbers(found["naming"])}
        columns = {field.name: found.get(field.name) for field in fields(Found)}
        return Found(
            **columns
            | {
                "live": tuple(sorted(live)),
                "related": tuple(sorted(related)),
                "decisions": tuple(_numbers(found["decided"])),
                "original_changed_at": _changed_at(found),
            }
        )
    return None


def _changed_at(found: dict[str, Any]) -> datetime | None:
    then, now = found["original_then"], found["original_now"]
    since: datetime | None = found["original_since"]
    return since if then and now and then != now else None


def _numbers(joined: str | None) -> list[int]:
    return sorted(int(number) for number in (joined or "").split())


def _at_address(kind: str, slug: str, at: datetime) -> QuerySet[SignOff, Any]:
    """The newest effective sign-off of the page at an address, with the columns of `Found`."""
    withdrawn = Withdrawal.objects.since_signed(at).order_by("-pk")
    overlay = Overlay.objects.filter(subject=OuterRef("subject"), at__lte=at).order_by("-pk")
    decided = Event.objects.filter(subject=OuterRef("subject"), kind__in=kinds.DECISIVE)
    here = SignOff.objects.shown_by(at).filter(subject=OuterRef("subject"), edition__slug=slug)
    listed = Listing.objects.filter(
        Q(until_at=None) | Q(until_at__gt=at), subject=OuterRef("subject"), from_at__lte=at
    ).order_by("-pk")
    signed_at = SignOff.objects.filter(subject=OuterRef("subject")).order_by("-pk")
    withdrawn_at = Withdrawal.objects.filter(subject=OuterRef("subject")).order_by("-pk")
    laid_at = Overlay.objects.filter(subject=OuterRef("subject")).order_by("-pk")
    ended_at = RelianceEnd.objects.filter(subject=OuterRef("subject")).order_by("-pk")
    next_change = (
        SignOff.objects.waiting(at)
        .filter(subject=OuterRef("subject"))
        .order_by()
        .values("subject")
        .annotate(first=Min("effective_at"))
        .values("first")
    )
    signed: Any = SignOff.objects.shown_by(at).effective(at)
    asked: QuerySet[SignOff, Any] = (
        signed.filter(subject__addresses__kind=kind, subject__addresses__slug=slug)
        .order_by("-pk")
        .annotate(
            sign_off=F("pk"),
            row_hash=F("event__hash"),
            slug=F("edition__slug"),
            decided=Subquery(_joined_numbers(decided)),
            was_here=Exists(here),
            live=Subquery(_live_targets(kind, at)),
            named=Subquery(_named(kind, at)),
            naming=Subquery(_naming(kind, at)),
            withdrawn_on=Subquery(withdrawn.values("on")[:1]),
            overlay=Subquery(overlay.values("kind")[:1]),
            changes_at=Subquery(next_change),
            listed=Subquery(listed.values("sign_off")[:1]),
            last_signed=Subquery(signed_at.values("signed_at")[:1]),
            due=due_at(at),
            done_at=Greatest(
                "last_signed",
                Coalesce(Subquery(ended_at.values("at")[:1]), F("last_signed")),
                Coalesce(Subquery(withdrawn_at.values("at")[:1]), F("last_signed")),
                Coalesce(Subquery(laid_at.values("at")[:1]), F("last_signed")),
            ),
        )
    )
    return originals.with_changes(asked, at).values_list(*_COLUMNS)[:1]


_DERIVED = ("related", "decisions", "original_changed_at")
_COLUMNS = [
    *(field.name for field in fields(Found) if field.name not in _DERIVED),
    *("named", "naming", "decided", "original_then", "original_now", "original_since"),
]
_FIND: Prepared[SignOff] = Prepared(_at_address, kind=str, slug=str, at=datetime)


def _last_done() -> QuerySet[SignOff, Any]:
    """The instants of the last signature, withdrawal, overlay and redaction of all pages."""
    last = {
        f"last_{model._meta.model_name}": Subquery(model.objects.order_by("-pk").values("at")[:1])
        for model in (Withdrawal, Overlay, Redaction)
    }
    return SignOff.objects.order_by("-pk").annotate(**last).values_list("signed_at", *last)[:1]


_DONE: Prepared[SignOff] = Prepared(_last_done)


def _live_targets(kind: str, at: datetime) -> Any:
    """Those addresses named by the edition at which a page is public, joined by spaces."""
    live = (
        SignOff.objects.public(at)
        .filter(subject__addresses__kind=kind, subject__addresses__slug=OuterRef("slug"))
        .filter(
            Exists(
                SignOff.objects.shown_by(at).filter(
                    subject=OuterRef("subject"), edition__slug=OuterRef(OuterRef("slug"))
                )
            )
        )
    )
    return (
        EditionTarget.objects.filter(edition=OuterRef("edition"))
        .filter(Exists(live))
        .order_by()
        .values("edition")
        .annotate(joined=_Joined("slug"))
        .values("joined")
    )


def _named(kind: str, at: datetime) -> Any:
    """The sign-offs of the public pages whose addresses an edition names, joined by spaces."""
    targets = EditionTarget.objects.filter(edition=OuterRef(OuterRef("edition"))).values("slug")
    inner = EditionTarget.objects.filter(edition=OuterRef(OuterRef(OuterRef("edition"))))
    return _joined_pages(
        SignOff.objects.public(at).filter(
            was_at(inner.values("slug"), at),
            subject__addresses__kind=kind,
            subject__addresses__slug__in=targets,
        )
    )


def _naming(kind: str, at: datetime) -> Any:
    """The sign-offs of the public pages that name one of a page's addresses, joined by spaces."""
    own = addresses(at).filter(subject=OuterRef(OuterRef("subject"))).values("slug")
    return _joined_pages(
        SignOff.objects.public(at).filter(subject__kind=kind, edition__targets__slug__in=own)
    )


def was_at(slugs: Any, at: datetime) -> Exists:
    """Whether a sign-off's page was ever public at one of some addresses: a claim is not enough."""
    shown = SignOff.objects.shown_by(at).filter(subject=OuterRef("subject"))
    return Exists(shown.filter(edition__slug__in=slugs))


def addresses(at: datetime) -> QuerySet[Address]:
    """The addresses at which their pages were ever public."""
    shown = SignOff.objects.shown_by(at).filter(
        subject=OuterRef("subject"), edition__slug=OuterRef("slug")
    )
    return Address.objects.filter(Exists(shown))


def _joined_pages(sign_offs: QuerySet[SignOff]) -> Any:
    """The numbers of other pages' sign-offs, joined by spaces."""
    return _joined_numbers(sign_offs.exclude(subject=OuterRef("subject")))


def _joined_numbers(rows: QuerySet[Any]) -> Any:
    """The numbers of rows as one string; the constant makes them one group."""
    return (
        rows.order_by()
        .annotate(all=Value(1))
        .values("all")
        .annotate(joined=_Joined(Cast("pk", CharField())))
        .values("joined")
    )


def live_targets(kind: str, slugs: set[str], at: datetime) -> set[str]:
    """Those of some addresses at which a page is public: for a preview."""
    public = SignOff.objects.public(at).filter(subject=OuterRef("subject"))
    live = addresses(at).filter(Exists(public), kind=kind, slug__in=slugs)
    return set(live.values_list("slug", flat=True))
