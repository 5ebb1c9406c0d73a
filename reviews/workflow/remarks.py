"""Taking an inside text out for ever."""

from datetime import datetime

from django.contrib.auth.models import User

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Remark,
)
from reviews.workflow.refusals import NotAllowed, Refusals, require
from reviews.workflow.verbs import verb


def may_blank(remark: Remark, *, by: User, at: datetime) -> Refusals:
    """Who may take an inside text out for ever."""
    if not by.has_perm("reviews.change_remark"):
        yield "Only a manager can blank a note or a reason."
    if remark.is_blanked:
        yield "This text was blanked already."


def blank(remark: Remark, *, by: User) -> None:
    """Take an inside text out for ever; its hash in the chain stays. Raises NotAllowed."""
    with verb(by) as (by, at):
        require(may_blank(remark, by=by, at=at))
        # The event first: without it the database refuses to blank.
        chain.append(Kind.REMARK_BLANKED, at=at, by=by, remark=remark.pk)
        if not Remark.objects.filter(pk=remark.pk).exclude(salt="").update(text="", salt=""):
            raise NotAllowed("This text was blanked already.")
