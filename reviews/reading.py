"""What the public reads: what is in force at an address, proved, rendered and remembered."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import (
    Aggregate,
    CharField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast

from reviews.evidence import checks, kinds
from reviews.memory import Memory
from reviews.models import Address, Edition, EditionTarget, Event, Listing, SignOff, Withdrawal
from reviews.reviewable import Related, Signature, Signer, model_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What stands at an address at an instant.

    `decisions` are the numbers of the events that decided what it shows. `was_here` says whether
    the page was ever public under the address asked for; `slug` is where it is now. `live` are
    those of its own targets that are in force, `related` the numbers of the sign-offs in force of
    the pages that it names or that name it.
    """

    subject: UUID
    decisions: tuple[int, ...]
    sign_off: int
    row_hash: str
    slug: str
    was_here: bool
    next_review_due: date
    live: tuple[str, ...]
    related: tuple[int, ...]
    withdrawn_on: date | None
    edition: int
    changes_at: datetime | None


@dataclass(frozen=True)
class Page:
    """A rendered page and the ETag of its bytes."""

    body: bytes
    etag: str


class _Joined(Aggregate):
    """The strings of a group, joined by spaces: the one aggregate both engines have a name for."""

    output_field = CharField()
    template = "%(function)s(%(expressions)s, ' ')"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **extra)


Brief = TypeVar("Brief")


_found: Memory[tuple[str, str], tuple[float, datetime | None, Found | None]] = Memory(4096)
_pages: Memory[tuple[Any, ...], Page] = Memory(512)
_briefs: Memory[tuple[str, Any], Any] = Memory(8192)


def forget() -> None:
    """Empty what this process remembers: for tests, which change the past."""
    _found.clear()
    _pages.clear()
    _briefs.clear()


def at_address(kind: str, slug: str, at: datetime) -> Found | None:
    """What stands at an address now: one query, remembered for READ_MEMORY_SECONDS.

    Never remembered past the instant from which a waiting sign-off counts. None where no page of
    this kind was ever public at the address.
    """
    seconds = settings.READ_MEMORY_SECONDS
    if not seconds:
        return find(kind, slug, at)
    kept = _found.get((kind, slug))
    if kept is not None:
        until, changes_at, found = kept
        if time.monotonic() < until and (changes_at is None or at < changes_at):
            return found
    found = find(kind, slug, at)
    changes_at = found.changes_at if found else _begins_at(kind, slug, at)
    _found.put((kind, slug), (time.monotonic() + seconds, changes_at, found))
    return found


def _begins_at(kind: str, slug: str, at: datetime) -> datetime | None:
    """From when a page that was never public will stand at an address, if one waits."""
    waiting = SignOff.objects.waiting(at).filter(
        subject__addresses__kind=kind, subject__addresses__slug=slug
    )
    first: datetime | None = waiting.aggregate(first=Min("effective_at"))["first"]
    return first


def find(kind: str, slug: str, at: datetime) -> Found | None:
    """What stands at an address at an instant, in one query (DESIGN §3, §2 "in force")."""
    for row in _FIND.rows(kind, slug, at):
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
            }
        )
    return None


def _numbers(joined: str | None) -> list[int]:
    return sorted(int(number) for number in (joined or "").split())


class Prepared:
    """A query that is compiled once for an engine, and asked again with other values.

    Django takes longer to write these queries than either engine to answer them (12 ms against
    0.1 ms for `find`).
    """

    # What stands in the compiled query for what is asked. No address and no kind holds a NUL.
    _KIND, _SLUG, _AT = "\0kind", "\0slug", datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)

    def __init__(self, build: Callable[[str, str, datetime], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, tuple[str, Sequence[Any], Any, Any]] = {}

    def rows(self, kind: str, slug: str, at: datetime) -> list[Sequence[Any]]:
        """The rows for one kind, address and instant, as Python's values."""
        _, _, compiler, converters = self._made()
        with connection.cursor() as cursor:
            cursor.execute(*self.sql(kind, slug, at))
            found = cursor.fetchall()
        return list(compiler.apply_converters(found, converters))

    def sql(self, kind: str, slug: str, at: datetime) -> tuple[str, list[Any]]:
        """The query and its parameters, to stand inside another one."""
        sql, parameters, *_ = self._made()
        adapt = connection.ops.adapt_datetimefield_value
        asked = {self._KIND: kind, self._SLUG: slug, adapt(self._AT): adapt(at)}
        return sql, [asked.get(parameter, parameter) for parameter in parameters]

    def _made(self) -> tuple[str, Sequence[Any], Any, Any]:
        if connection.vendor not in self._compiled:
            query = self._build(self._KIND, self._SLUG, self._AT).query
            compiler = query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            columns = [column for column, *_ in compiler.select]
            converters = compiler.get_converters(columns)
            self._compiled[connection.vendor] = sql, parameters, compiler, converters
        return self._compiled[connection.vendor]


def _at_address(kind: str, slug: str, at: datetime) -> QuerySet[SignOff, Any]:
    """The newest effective sign-off of the page at an address, with the columns of `Found`."""
    withdrawn = (
        Withdrawal.objects.page()
        .filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"), at__lte=at)
        .order_by("-pk")
    )
    decided = Event.objects.filter(subject=OuterRef("subject"), kind__in=kinds.DECISIVE)
    here = SignOff.objects.shown_by(at).filter(subject=OuterRef("subject"), edition__slug=slug)
    next_change = (
        SignOff.objects.waiting(at)
        .filter(subject=OuterRef("subject"))
        .order_by()
        .values("subject")
        .annotate(first=Min("effective_at"))
        .values("first")
    )
    return (
        SignOff.objects.shown_by(at)
        .effective(at)
        .filter(subject__addresses__kind=kind, subject__addresses__slug=slug)
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
            changes_at=Subquery(next_change),
        )
        .values_list(*_COLUMNS)[:1]
    )


_COLUMNS = [
    *(field.name for field in fields(Found) if field.name not in ("related", "decisions")),
    *("named", "naming", "decided"),
]
_FIND = Prepared(_at_address)


def _live_targets(kind: str, at: datetime) -> Any:
    """Those addresses named by the edition at which a page is in force, joined by spaces."""
    live = (
        SignOff.objects.in_force(at)
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
    """The sign-offs in force of the pages whose addresses an edition names, joined by spaces."""
    targets = EditionTarget.objects.filter(edition=OuterRef(OuterRef("edition"))).values("slug")
    inner = EditionTarget.objects.filter(edition=OuterRef(OuterRef(OuterRef("edition"))))
    return _joined_pages(
        SignOff.objects.in_force(at).filter(
            _was_at(inner.values("slug"), at),
            subject__addresses__kind=kind,
            subject__addresses__slug__in=targets,
        )
    )


def _naming(kind: str, at: datetime) -> Any:
    """The sign-offs in force of the pages that name one of a page's addresses, joined by spaces."""
    own = _addresses(at).filter(subject=OuterRef(OuterRef("subject"))).values("slug")
    return _joined_pages(
        SignOff.objects.in_force(at).filter(subject__kind=kind, edition__targets__slug__in=own)
    )


def _was_at(slugs: Any, at: datetime) -> Exists:
    """Whether a sign-off's page was ever public at one of some addresses: a claim is not enough."""
    shown = SignOff.objects.shown_by(at).filter(subject=OuterRef("subject"))
    return Exists(shown.filter(edition__slug__in=slugs))


def _addresses(at: datetime) -> QuerySet[Address]:
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
    """Those of some addresses at which a page is in force: for a preview."""
    in_force = SignOff.objects.in_force(at).filter(subject=OuterRef("subject"))
    live = _addresses(at).filter(Exists(in_force), kind=kind, slug__in=slugs)
    return set(live.values_list("slug", flat=True))


def page(kind: str, found: Found, on: date) -> Page:
    """The page in force as patients see it, rendered once and kept by everything it depends on.

    Raises BrokenEvidence as `signed` does.
    """
    overdue = on > found.next_review_due
    key = (
        *(found.row_hash, found.decisions, found.slug, found.next_review_due, overdue),
        *(found.live, found.related, build()),
    )
    kept = _pages.get(key)
    if kept is not None:
        return kept
    rows = {row.pk: row for row in with_evidence().filter(pk__in=[found.sign_off, *found.related])}
    sign_off = _checked(rows.pop(found.sign_off), found)
    html = model_of(kind).render(
        sign_off.edition,
        signature_of(sign_off),
        on=on,
        live=frozenset(found.live),
        related=_related(rows.values()),
        in_force=True,
    )
    body = html.encode()
    made = Page(body, etag_of(body))
    _pages.put(key, made)
    return made


def etag_of(body: bytes) -> str:
    """The ETag of a response's bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def signed(found: Found) -> SignOff:
    """The sign-off in force with its edition, proved.

    Raises BrokenEvidence, after logging it, if what is stored is no longer what was signed.
    """
    return _checked(with_evidence().get(pk=found.sign_off), found)


def withdrawal(found: Found) -> Withdrawal:
    """The withdrawal of a page, proved. Raises BrokenEvidence, after logging it."""
    with _logged(found):
        withdrawals = _decided(found)
    return max((row for row in withdrawals if row.sign_off_id is None), key=lambda row: row.pk)


def _checked(sign_off: SignOff, found: Found) -> SignOff:
    with _logged(found):
        checks.check_signed(sign_off)
        _decided(found)
    return sign_off


def _decided(found: Found) -> list[Withdrawal]:
    """The withdrawals of a page, when all that decided what it shows was proved; two queries."""
    sign_offs = SignOff.objects.filter(subject=found.subject).select_related("event")
    withdrawals = list(Withdrawal.objects.filter(subject=found.subject).select_related("event"))
    checks.check_decisions([*sign_offs, *withdrawals], found.decisions)
    return withdrawals


@contextmanager
def _logged(found: Found) -> Iterator[None]:
    try:
        yield
    except checks.BrokenEvidence:
        logger.exception("The page at %s is not shown.", found.slug)
        raise


def related(found: Found) -> list[Related]:
    """The pages in force that a page names or that name it; one that does not hold is left out."""
    return _related(with_evidence().filter(pk__in=found.related))


def related_to(edition: Edition, at: datetime) -> list[Related]:
    """Those that the page would list beside an edition, were it in force: for a preview."""
    kind = edition.subject.kind
    in_force = SignOff.objects.in_force(at).exclude(subject=edition.subject)
    targets = edition.targets.values("slug")
    named = in_force.filter(
        _was_at(targets, at), subject__addresses__kind=kind, subject__addresses__slug__in=targets
    )
    own = _addresses(at).filter(subject=edition.subject).values("slug")
    naming = in_force.filter(
        Q(edition__targets__slug__in=own) | Q(edition__targets__slug=edition.slug),
        subject__kind=kind,
    )
    either = Q(pk__in=named.values("pk")) | Q(pk__in=naming.values("pk"))
    return _related(with_evidence().filter(either))


def _related(sign_offs: Iterable[SignOff]) -> list[Related]:
    """By name, as both engines would not sort it alike."""
    pages = (Related(row.edition.slug, row.edition.title) for row in holding(sign_offs))
    return sorted(pages, key=lambda page: (page.title.casefold(), page.slug))


def _current(kind: str, slug: str, at: datetime) -> QuerySet[Listing, Any]:
    """Every sign-off in force with the hash of its event, wherever it stands."""
    return Listing.objects.current(kind, at).values_list("sign_off", "sign_off__event__hash")


_CURRENT = Prepared(_current)


def listed(kind: str, at: datetime, brief: Callable[[dict[str, Any]], Brief]) -> list[Brief]:
    """What `brief` makes of every document in force, in no order that both engines share.

    One query, and a second one for those not remembered. A row that is no longer what was signed
    is logged and left out.
    """
    return briefs([(pk, row_hash) for pk, row_hash in _CURRENT.rows(kind, "", at)], brief)


def briefs(
    signed: Sequence[tuple[int, str]], brief: Callable[[dict[str, Any]], Brief]
) -> list[Brief]:
    """What `brief` makes of the documents of some sign-offs, as `briefs_by_number`, in order."""
    return list(briefs_by_number(signed, brief).values())


def briefs_by_number(
    signed: Sequence[tuple[int, str]], brief: Callable[[dict[str, Any]], Brief]
) -> dict[int, Brief]:
    """What `brief` makes of the documents of some sign-offs, by their numbers and in their order.

    Each sign-off comes with the hash of its event, under which its brief is remembered; one query
    for those not remembered. A row that is no longer what was signed is logged and left out.
    """
    kept = {pk: _briefs.get((row_hash, brief)) for pk, row_hash in signed}
    unknown = [pk for pk, one in kept.items() if one is None]
    # In slices, because SQLite takes a bounded number of parameters.
    for start in range(0, len(unknown), 500):
        kept |= _proved(with_evidence().filter(pk__in=unknown[start : start + 500]), brief)
    return {pk: one for pk, one in kept.items() if one is not None}


def _proved(
    sign_offs: Iterable[SignOff], brief: Callable[[dict[str, Any]], Brief]
) -> dict[int, Brief]:
    """By sign-off, what `brief` makes of each document that holds; remembered."""
    made = {}
    for sign_off in holding(sign_offs):
        made[sign_off.pk] = brief(sign_off.edition.document)
        _briefs.put((sign_off.event.hash, brief), made[sign_off.pk])
    return made


def holding(sign_offs: Iterable[SignOff]) -> Iterator[SignOff]:
    """Those whose evidence holds; the others are logged and left out."""
    for sign_off in sign_offs:
        try:
            checks.check_signed(sign_off)
        except checks.BrokenEvidence:
            logger.exception("A page is left out of the lists.")
            continue
        yield sign_off


def with_evidence() -> QuerySet[SignOff]:
    """Sign-offs with everything that proves and prints them, in one query."""
    return SignOff.objects.select_related(
        "event",
        "edition__event",
        "edition__subject",
        "reviewer",
        "rests_on__event",
        "rests_on__reviewer",
    )


def signature_of(sign_off: SignOff) -> Signature:
    """What a sign-off says under a page."""
    full = sign_off.full_review
    return Signature(
        edition=sign_off.edition.number,
        full_review=_signer(full),
        correction=None if full is sign_off else _signer(sign_off),
        relationship=full.relationship,
        same_physician=full.disclosed or sign_off.disclosed,
        next_review_due=sign_off.next_review_due,
    )


def _signer(sign_off: SignOff) -> Signer:
    return Signer(
        sign_off.printed_name,
        sign_off.credentials,
        sign_off.signed_on,
        sign_off.reviewer.slug,
    )


@cache
def build() -> str:
    """A digest of the project's templates: a new build never serves pages of the old one."""
    files = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
