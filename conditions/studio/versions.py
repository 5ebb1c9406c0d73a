"""The versions of a draft: who saved which words when, and what became of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Window
from django.http import Http404
from reversion.models import Version

from conditions.document import stored, upgrades
from conditions.models import Condition
from conditions.studio import units
from reviews import clock, workflow
from reviews.desk.verb_pages import name_of
from reviews.models import Contribution, Edition, Submission
from reviews.text.canonical import NotCanonical, digest_of, text_of
from reviews.text.days import day

ON_A_PAGE = 30
# Of a save that changed many parts, so many are named.
MOST_NAMED = 6
# An older version and its contribution were written in one transaction.
TOGETHER = timedelta(minutes=1)


@dataclass(frozen=True)
class Saved:
    """One version: its number, its words, and the contribution that says who saved them."""

    pk: int
    number: int
    at: datetime
    who: str
    how: str
    document: dict[str, Any]
    contribution: Contribution | None

    @property
    def name(self) -> str:
        """How it is named in an address."""
        return f"v{self.pk}"

    @property
    def label(self) -> str:
        """How a reader knows it."""
        return f"version {self.number}"


@dataclass(frozen=True)
class Line:
    """A version in the list, with what changed by it and what became of it."""

    saved: Saved
    changed: Sequence[str]
    more: int
    restored: str
    submissions: list[Submission] = field(default_factory=list)


def _of(condition: Condition) -> Any:
    return (
        Version.objects.get_for_object_reference(Condition, condition.pk)
        .select_related("revision__user")
        .order_by("-pk")
    )


def _known(condition: Condition) -> list[Contribution]:
    """All contributions to a draft, the oldest first."""
    rows = Contribution.objects.filter(subject=condition.subject).defer("pieces")
    return list(rows.select_related("by", "restored_from__by").order_by("pk"))


def saved(versions: Sequence[Any], known: Sequence[Contribution], first: int) -> list[Saved]:
    """Versions with their contributions; the first of them has a number, the next ones count down.

    A query more where a version is of the older kind.
    """
    by_pk = {one.pk: one for one in known}
    older = _older_rows([one for one in versions if one.format != stored.FORMAT])
    found = []
    for at, version in enumerate(versions):
        if version.format == stored.FORMAT:
            kept = stored.read(version.serialized_data)
        else:
            kept = stored.read_older(version.serialized_data, older[version.revision_id])
        contribution = by_pk.get(kept.contribution or 0) or _matched(version, kept.document, known)
        user = contribution.by if contribution else version.revision.user
        found.append(
            Saved(
                version.pk,
                first - at,
                version.revision.date_created,
                name_of(user) if user else "",
                version.revision.comment if version.format == stored.FORMAT else "",
                kept.document,
                contribution,
            )
        )
    return found


def _older_rows(versions: Sequence[Any]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    if versions:
        revisions = [one.revision_id for one in versions]
        rows = Version.objects.filter(revision__in=revisions).select_related("content_type")
        for row in rows:
            kind = f"{row.content_type.app_label}.{row.content_type.model}"
            found[row.revision_id][kind].append(row.serialized_data)
    return found


def _matched(
    version: Any, document: dict[str, Any], known: Sequence[Contribution]
) -> Contribution | None:
    """The contribution of a version that names none: by its words, or else by person and time."""
    until = version.revision.date_created + TOGETHER
    before = [one for one in known if one.at <= until]
    digests = _own_digests(document)
    same = [one for one in before if one.own_digest in digests]
    if same:
        return same[-1]
    near = [
        one
        for one in before
        if one.by_id == version.revision.user_id and one.at >= until - 2 * TOGETHER
    ]
    return min(near, key=lambda one: abs(one.at - version.revision.date_created), default=None)


def _own_digests(document: dict[str, Any]) -> set[str]:
    """Those of a document's own words, as each schema would have written them."""
    try:
        return {
            digest_of(text_of(Condition.own_words(form)))
            for form in (document, *upgrades.former(document))
        }
    except NotCanonical:
        return set()


def listed(condition: Condition, number: str | None) -> tuple[Page[Any], list[Line]]:
    """One page of a draft's versions, the newest first."""
    rows, total, page = _rows(condition, number)
    first, last = page.start_index(), page.end_index()
    known = _known(condition)
    found = saved(rows, known, total - first + 1)
    submissions = _submissions(condition, known)
    numbers = {one.contribution.pk: one.number for one in found if one.contribution}
    lines = []
    for at, one in enumerate(found[: last - first + 1]):
        before = found[at + 1].document if at + 1 < len(found) else None
        names = changed(before, one.document) if before else []
        lines.append(
            Line(
                one,
                names[:MOST_NAMED] if before else ["the first version"],
                max(0, len(names) - MOST_NAMED),
                _restored(one, numbers),
                submissions[one.contribution.pk] if one.contribution else [],
            )
        )
    return page, lines


def _rows(condition: Condition, number: str | None) -> tuple[list[Any], int, Page[Any]]:
    """Those of one page with the one before them, how many there are of all, and the page."""
    counted = _of(condition).annotate(total=Window(Count("pk")))
    asked = int(number) if number and number.isdecimal() and len(number) < 10 else 1
    start = max(asked - 1, 0) * ON_A_PAGE
    rows = list(counted[start : start + ON_A_PAGE + 1])
    if not rows and start:
        return _rows(condition, "1")
    total = rows[0].total if rows else 0
    return rows, total, Paginator(range(total), ON_A_PAGE).get_page(start // ON_A_PAGE + 1)


def _restored(one: Saved, numbers: dict[int, int]) -> str:
    """Whose words a version brought back, if it did."""
    source = one.contribution.restored_from if one.contribution else None
    if source is None:
        return ""
    number = numbers.get(source.pk)
    which = f"version {number}" if number else "an earlier version"
    return f"{which}, saved by {name_of(source.by)} on {day(clock.local_date(source.at))}"


def _submissions(
    condition: Condition, known: Sequence[Contribution]
) -> dict[int, list[Submission]]:
    """Of each contribution, what was put forward while it was the last one."""
    found: dict[int, list[Submission]] = defaultdict(list)
    rows = Submission.objects.filter(subject=condition.subject).select_related(
        "edition__submitted_by", "sign_off"
    )
    for row in rows.defer("edition__text").order_by("edition"):
        saves = [one.pk for one in known if one.pk < row.edition_id]
        if saves:
            found[saves[-1]].append(row)
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names of the parts in which two documents differ."""
    found: dict[str, None] = {}
    for unit in units.differing(before, after):
        found.setdefault(units.name_of(unit, [after, before]))
    return [*found]


@dataclass(frozen=True)
class State:
    """Words of a draft at some time, by a name in the address, as a reader knows it."""

    name: str
    label: str
    document: dict[str, Any]
    saved: Saved | None = None
    edition: Edition | None = None


def state(condition: Condition, name: str) -> State:
    """What a name of an address means: draft, in-force, v and a version's number, e and an
    edition's. Raises Http404.
    """
    if name == "draft":
        return State(name, "the draft as it is", condition.document())
    if name == "in-force":
        now = workflow.in_force(condition.subject, clock.now())
        if now is None:
            raise Http404("Nothing of this page is in force.")
        label = f"edition {now.edition.number}, in force"
        return State(name, label, now.edition.document, edition=now.edition)
    kind, number = name[:1], name[1:]
    if kind == "e" and number.isdecimal() and len(number) < 10:
        edition = condition.subject.editions.filter(number=int(number)).first()
        if edition is not None:
            return State(name, f"edition {number}", edition.document, edition=edition)
    if kind == "v" and number.isdecimal() and len(number) < 16:
        one = version(condition, int(number))
        return State(name, one.label, one.document, saved=one)
    raise Http404("There is no such version of this draft.")


def version(condition: Condition, pk: int) -> Saved:
    """One version of a draft. Raises Http404."""
    row = _of(condition).filter(pk=pk).first()
    if row is None:
        raise Http404("There is no such version of this draft.")
    number = _of(condition).filter(pk__lte=pk).count()
    (one,) = saved([row], _known(condition), number)
    return one


def of_digest(condition: Condition, digest: str) -> Saved | None:
    """The version that a form was opened at, by the digest of its words."""
    contribution = condition.subject.contributions.filter(digest=digest).order_by("-pk").first()
    if contribution is None:
        return None
    beginning = stored.beginning(contribution.pk)
    row = _of(condition).filter(serialized_data__startswith=beginning).first()
    return saved([row], [contribution], 0)[0] if row else None
