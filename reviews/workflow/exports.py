"""Taking what is written inside out as a file: each time is an event."""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db.models import TextChoices

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Event
from reviews.workflow.refusals import NotAllowed, Refusals, require
from reviews.workflow.verbs import verb


class Export(TextChoices):
    """What can be taken out."""

    RECORD = "record", "the whole record"
    CHANGES = "changes", "all changes of what patients read"
    DUE = "due", "the due list"


def may_export(*, by: User, at: datetime) -> Refusals:
    """Who may take the record out: whoever may read every event of it."""
    if not by.has_perm("reviews.view_event"):
        yield "Only a manager can take the record out as a file."


def export(
    what: Export, *, by: User, first: date | None = None, last: date | None = None, texts: bool
) -> Event:
    """Record that somebody takes something out, from one day to another, both included.

    `texts` says whether the reasons and notes written inside go with it. The due list is of the
    present and has no days. Raises NotAllowed.
    """
    with verb(by) as (by, at):
        require(may_export(by=by, at=at))
        if first and last and first > last:
            raise NotAllowed("The first day lies after the last. Choose them the other way round.")
        return chain.append(
            Kind.RECORD_EXPORTED,
            at=at,
            by=by,
            export=what.value,
            first=first and str(first),
            last=last and str(last),
            texts=texts,
        )
