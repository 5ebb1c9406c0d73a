"""What waits for somebody, as rows: one query for each question, whatever a page's past holds."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import (
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from reviews import workflow
from reviews.models import (
    Archiving,
    Assignment,
    Claim,
    Concern,
    Contribution,
    DraftAhead,
    Edition,
    EditionAuthor,
    Letter,
    Overlay,
    ProfileConfirmation,
    Reviewer,
    SignOff,
    Submission,
    Withdrawal,
)
from reviews.models.people import PROFILE_WORDS
from reviews.models.sign_offs import due_at
from reviews.reading import originals
from reviews.text.canonical import document_of

# So many lines stand in a section of somebody's work; the list behind it has all of them.
MOST_LINES = 8

Rows = list[dict[str, Any]]


def full_name(person: str) -> Any:
    """The name of a person that a row speaks of, or else the name of their account."""
    names = Trim(Concat(F(f"{person}__first_name"), Value(" "), F(f"{person}__last_name")))
    named = Coalesce(NullIf(names, Value("")), F(f"{person}__username"))
    return ExpressionWrapper(named, output_field=CharField())


def first_of(rows: QuerySet[Any, dict[str, Any]]) -> tuple[Rows, int]:
    """The first rows of a list, and how many it has, in one query."""
    found = list(rows.annotate(total=Window(Count("pk")))[:MOST_LINES])
    return found, found[0]["total"] if found else 0


def due_of(subject: str, at: datetime) -> Subquery:
    """When the next review is due of a page in force that a row speaks of."""
    in_force = SignOff.objects.in_force(at).filter(subject=OuterRef(subject))
    return Subquery(in_force.annotate(by=due_at(at)).values("by")[:1])


def archived(subject: str) -> QuerySet[Archiving]:
    """Whether a draft that a row speaks of is in the archive, for a query."""
    return Archiving.objects.current().filter(subject=OuterRef(subject))


def taken_by(what: Any) -> Subquery:
    """Who took a submission on, by a column or an expression; None where nobody did."""
    newest = Assignment.objects.filter(submission=OuterRef("pk")).order_by("-pk")
    return Subquery(newest.annotate(asked=what).values("asked")[:1])


def open_submissions(user: User, at: datetime) -> Rows:
    """All that can be signed, what is due first first, then what waits longest.

    `mine` says whether the user wrote words of it, `asked` who was asked by their account's key.
    """
    mine = EditionAuthor.objects.filter(edition=OuterRef("edition"), user=user)
    rows = Submission.objects.filter(status=Submission.Status.OPEN).annotate(
        due=due_of("subject", at),
        taken=taken_by(F("person")),
        taken_name=taken_by(full_name("person")),
        submitted_name=full_name("edition__submitted_by"),
        mine=Exists(mine),
        title=F("edition__title"),
        number=F("edition__number"),
        since=F("edition__frozen_at"),
        asked=F("reviewer__user"),
        asked_name=F("reviewer__printed_name"),
    )
    found = rows.values(
        *("pk", "subject", "title", "number", "since", "due", "mine", "submitted_name"),
        *("taken", "taken_name", "asked", "asked_name"),
    ).order_by(F("due").asc(nulls_last=True), "edition")
    return list(found)


def stand_ins(at: datetime) -> dict[int, tuple[int, str]]:
    """Who stands in for whom is away now, with their name, by the keys of accounts."""
    found = workflow.stand_ins(at).values()
    return {
        row.reviewer.user_id: (row.stand_in.user_id, row.stand_in.printed_name)
        for row in found
        if row.stand_in is not None
    }


def sent_back(user: User) -> Rows:
    """Every page whose latest edition was sent back, the newest first.

    `by` is the key of whoever did it, and `at` when: None where the event cannot be read.
    """
    newer = Submission.objects.filter(subject=OuterRef("subject"), edition__gt=OuterRef("edition"))
    mine = EditionAuthor.objects.filter(edition=OuterRef("edition"), user=user)
    rows: Any = Submission.objects.filter(status=Submission.Status.CHANGES_REQUESTED)
    found = (
        rows.exclude(Exists(newer))
        .exclude(Exists(archived("subject")))
        .annotate(
            title=F("edition__title"),
            number=F("edition__number"),
            why=F("reason__text"),
            event=F("ended_by__body"),
            mine=Exists(mine),
        )
        .order_by("-ended_by")
    )
    columns = ("pk", "subject", "title", "number", "why", "event", "mine")
    return [{**row, **_said(row["event"])} for row in found.values(*columns)]


def _said(body: str | None) -> dict[str, Any]:
    """By whom and when something was done, by the text of its event."""
    try:
        said = document_of(body or "")
        return {"by": said["by"], "at": datetime.fromisoformat(said["at"])}
    except (ValueError, TypeError, LookupError, RecursionError):
        # The record does not hold there; verify_record says where. The rest of the work stands.
        return {"by": None, "at": None}


def due_pages(user: User, at: datetime, *, until: date) -> Rows:
    """Every page in force whose review is due up to a day, by day; `signer` did its full review."""
    in_force: Any = SignOff.objects.in_force(at)
    rows = in_force.annotate(due=due_at(at)).filter(due__lte=until)
    return list(
        rows.annotate(
            title=F("edition__title"),
            full_signer=Coalesce("rests_on__signer", "signer"),
            full_name=Coalesce("rests_on__printed_name", "printed_name"),
            wrote=Exists(EditionAuthor.objects.filter(edition=OuterRef("edition"), user=user)),
        )
        .order_by("due", "edition__title", "pk")
        .values("subject", "title", "due", "full_signer", "full_name", "wrote")
    )


def theirs_first(rows: Rows, user: User) -> Rows:
    """Due pages, those that somebody reviewed in full before all others."""
    return sorted(rows, key=lambda row: row["full_signer"] != user.pk)


def may_read(row: dict[str, Any]) -> bool:
    """Whether the user of `due_pages` may vouch for such a page: nobody does for their own words.

    The verb decides; by this a list leaves out what it would refuse.
    """
    return not row["wrote"] or settings.AUTHOR_MAY_SIGN == "disclosed"


def taking_effect(at: datetime) -> tuple[Rows, int]:
    """What was signed to count later, the next first."""
    rows = SignOff.objects.waiting(at).annotate(
        title=F("edition__title"), number=F("edition__number")
    )
    columns = ("pk", "subject", "title", "number", "printed_name", "effective_at")
    return first_of(rows.order_by("effective_at", "pk").values(*columns))


def drafts_ahead(user: User, at: datetime, *, besides: list[Any]) -> tuple[Rows, int]:
    """Drafts that say something else than what is public, the user's own first.

    Left out are those of some pages (`besides`), and those that are in review as they stand.
    """
    saved = Contribution.objects.filter(subject=OuterRef("subject")).order_by("-pk")
    in_review = Submission.objects.filter(
        subject=OuterRef("subject"),
        status=Submission.Status.OPEN,
        edition__digest=OuterRef("digest"),
    )
    signed = SignOff.objects.waiting(at).filter(
        subject=OuterRef("subject"), digest=OuterRef("digest")
    )
    rows: Any = DraftAhead.objects.counted(at)
    rows = (
        rows.filter(~Exists(in_review), ~Exists(signed), differ__gt=0)
        .exclude(Exists(archived("subject")))
        .exclude(subject__in=besides)
        .annotate(
            is_public=Exists(SignOff.objects.in_force(at).filter(subject=OuterRef("subject"))),
            was_signed=Exists(SignOff.objects.filter(subject=OuterRef("subject"))),
            saved=Subquery(saved.values("pk")[:1]),
            saved_at=Subquery(saved.values("at")[:1]),
            saved_name=Subquery(saved.annotate(name=full_name("by")).values("name")[:1]),
            own=Exists(Contribution.objects.filter(pk=OuterRef("saved"), by=user)),
        )
    )
    columns = ("subject", "name", "differ", "is_public", "was_signed", "saved_at", "saved_name")
    return first_of(rows.order_by("-own", "-saved").values(*columns, "own"))


# Each thing that stands out is a row of these columns.
_OUT = ("pk", "subject", "title", "word", "at", "name", "said")


def standing_out(user: User, at: datetime, *, everything: bool) -> dict[str, Rows]:
    """Concerns and translations to look at and, with `everything`, pages that patients do not read
    as they were signed; by kind ("concern", "translation", "laid"), in one query.

    Without `everything` those concerns alone that the user is to answer.
    """
    wanted = [_concerns(user, everything), _unchecked_translations(at)]
    if everything:
        wanted += [*_laid_over(at)]
    first, *others = (rows.values_list("kind_of", *_OUT) for rows in wanted)
    found: dict[str, Rows] = {"concern": [], "translation": [], "laid": []}
    for kind, *row in first.union(*others, all=True):
        found[kind].append(dict(zip(_OUT, row, strict=True)))
    found["laid"].sort(key=lambda row: (row["word"] == "withdrawn", -row["pk"]))
    found["concern"].sort(key=lambda row: row["pk"])
    found["translation"].sort(key=lambda row: (row["at"], row["pk"]))
    return found


def _as_row(rows: Any, kind: str, **columns: Any) -> Any:
    """Rows of one kind for the union, in the types that both engines join."""
    text = TextField()
    return rows.annotate(
        kind_of=Value(kind, text),
        **{name: ExpressionWrapper(column, text) for name, column in columns.items()},
    )


def _title() -> Any:
    title = Edition.objects.filter(subject=OuterRef("subject")).order_by("-number").values("title")
    return Subquery(title[:1])


def _laid_over(at: datetime) -> list[Any]:
    """Every page that is flagged or held, and those that were withdrawn and not signed again."""
    off = Withdrawal.objects.page().filter(at__lte=at)
    again = SignOff.objects.effective(at).filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    newer = off.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    withdrawn = off.exclude(Exists(again)).exclude(Exists(newer))
    withdrawn = withdrawn.exclude(Exists(archived("subject")))
    in_force = SignOff.objects.in_force(at).filter(subject=OuterRef("subject"))
    laid = Overlay.objects.standing(at).exclude(kind=Overlay.Kind.RELEASE).filter(Exists(in_force))
    more = {"title": _title(), "name": full_name("by"), "said": Value("")}
    return [
        _as_row(laid, "laid", word=F("kind"), **more),
        _as_row(withdrawn, "laid", word=Value("withdrawn"), **more),
    ]


def _concerns(user: User, everything: bool) -> Any:
    """Concerns that nobody settled: all, or those that the user is to answer."""
    rows = Concern.objects.open()
    rows = rows if everything else rows.filter(to=user)
    more = {"title": _title(), "name": full_name("to"), "said": F("text__text")}
    return _as_row(rows, "concern", word=Value(""), **more)


def _unchecked_translations(at: datetime) -> Any:
    """Translations in force whose original changed since they were signed, and when."""
    rows: Any = originals.changed(SignOff.objects.in_force(at), at).annotate(at=F("original_since"))
    more = {"title": F("edition__title"), "name": F("printed_name"), "said": Value("")}
    return _as_row(rows, "translation", word=Value(""), **more)


def physicians() -> Rows:
    """Each active physician with the words of their profile, as they are and as last confirmed,
    and a row for each license."""
    last = ProfileConfirmation.objects.filter(reviewer=OuterRef("pk")).order_by("-pk")
    rows = Reviewer.objects.filter(is_active=True, user__is_active=True).annotate(
        confirmed_on=Subquery(last.values("on")[:1]),
        state=F("licenses__state"),
        ends=F("licenses__expires_on"),
        **{f"confirmed_{name}": Subquery(last.values(name)[:1]) for name in PROFILE_WORDS},
    )
    confirmed = (f"confirmed_{name}" for name in (*PROFILE_WORDS, "on"))
    columns = ("pk", *PROFILE_WORDS, *confirmed, "state", "ends")
    return list(rows.order_by("printed_name", "pk", "ends").values(*columns))


def claims_to_confirm(at: datetime) -> tuple[list[Claim], int]:
    """What does not count yet or was objected to, the oldest first."""
    rows: Any = Claim.objects.not_counting(at).select_related("person", "by", "license")
    found = list(rows.annotate(total=Window(Count("pk"))).order_by("pk")[:MOST_LINES])
    return found, found[0].total if found else 0


def failed_letters() -> tuple[Rows, int]:
    """Letters that could not be sent, the newest first."""
    rows = Letter.objects.filter(~Q(fault=""), sent_at=None)
    columns = ("pk", "kind", "to", "made_at", "tries", "fault")
    return first_of(rows.order_by("-pk").values(*columns))
