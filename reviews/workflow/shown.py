"""What a reader was shown of an edition: it helps them to resume, and asks before they sign."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib.auth.models import User

from reviews import clock
from reviews.models import Edition, Shown, SignOff, Subject
from reviews.reviewable import Part, Place, model_of
from reviews.text.canonical import digest_of, text_of
from reviews.workflow.refusals import once
from reviews.workflow.verbs import CLOCK_TOLERANCE


@dataclass(frozen=True)
class Reading:
    """How far somebody came with an edition: the rows of parts that they were not shown yet.

    `changed` are the rows that differ from the edition in force.
    """

    places: list[Place]
    missing: frozenset[str]
    changed: frozenset[str]

    def left(self, scope: str) -> list[Place]:
        """The places that a signature of a scope says were read, and that were not all shown."""
        asked = self.missing
        if scope != SignOff.Scope.FULL:
            asked = asked & self.changed
        return [place for place in self.places if asked & {row_of(part) for part in place.parts}]


def row_of(part: Part) -> str:
    """The key under which a part is shown: that of its row, where it has one."""
    return part.row or part.key


def show(edition: Edition, rows: Iterable[str], *, to: User) -> None:
    """Remember that rows of an edition were shown to somebody; what it does not have is skipped."""
    digests = _digests(edition)
    at = clock.now()
    Shown.objects.bulk_create(
        [
            Shown(edition=edition, user_id=to.pk, row=row, digest=digests[row], at=at)
            for row in sorted({*rows} & digests.keys())
        ],
        update_conflicts=True,
        unique_fields=["user", "edition", "row"],
        update_fields=["at"],
    )


def show_all(edition: Edition, *, to: User) -> None:
    """Remember that a whole edition was shown to somebody."""
    show(edition, _digests(edition), to=to)


def reading_of(
    edition: Edition, *, by: User, against: SignOff | None, since: datetime | None = None
) -> Reading:
    """How far somebody came with an edition, measured against what is in force.

    Only what they were shown `since` an instant counts, if one is given: it may be of another
    server, whose clock is a little ahead.
    """
    model = model_of(edition.subject.kind)
    places = model.places(edition.document)
    digests = _digests(edition)
    seen = {
        (row, digest)
        for _, row, digest, at in _shown(edition.subject, by)
        if since is None or at >= since - CLOCK_TOLERANCE
    }
    before = _digests(against.edition) if against else {}
    on_page = {row_of(part) for place in places for part in place.parts}
    return Reading(
        places,
        frozenset(row for row in on_page if (row, digests[row]) not in seen),
        frozenset(row for row in on_page if digests[row] != before.get(row)),
    )


def last_look(edition: Edition, *, by: User, known: Iterable[Edition] = ()) -> Edition | None:
    """The edition of the same page before this one that somebody was shown last, if any.

    One that is `known` is not asked for.
    """
    earlier = {number for number, *_ in _shown(edition.subject, by) if number < edition.pk}
    if not earlier:
        return None
    found = next((one for one in known if one.pk == max(earlier)), None)
    return found or Edition.objects.select_related("subject").get(pk=max(earlier))


@once
def _shown(subject: Subject, by: User) -> list[tuple[int, str, str, datetime]]:
    """What somebody was shown of a page: edition, row, the digest of what it said, and when."""
    rows = Shown.objects.filter(user_id=by.pk, edition__subject=subject)
    return list(rows.values_list("edition", "row", "digest", "at"))


def _digests(edition: Edition) -> dict[str, str]:
    """Each row of an edition with the digest of what it says."""
    parts = model_of(edition.subject.kind).parts(edition.document)
    return {
        row: digest_of(text_of({part.key: part.content for part in group}))
        for row, group in groupby(parts, key=row_of)
    }
