"""Concerns: what somebody outside found wrong with a page, and how it was settled."""

from datetime import datetime

from django.contrib.auth.models import User

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Concern, Settlement, Subject
from reviews.reviewable import Place, model_of
from reviews.workflow.refusals import NotAllowed, Refusals, require
from reviews.workflow.verbs import inside_text, new_remark, verb


def places_of(subject: Subject) -> list[Place]:
    """Where on a page something may be wrong: the places of its latest edition."""
    edition = subject.editions.order_by("-number").select_related("subject").first()
    return model_of(subject.kind).places(edition.document) if edition else []


def may_log_concern(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may log a concern, and about which page: one that patients read at some time."""
    if not by.is_staff:
        yield "Only staff of the clinic can log a concern."
    if not subject.sign_offs.filter(effective_at__lte=at).exists():
        yield "This page was never public, so nobody outside can have read it."


def may_settle(concern: Concern, *, by: User, at: datetime) -> Refusals:
    """Who may settle a concern: who is to answer it, a physician or a manager; and only once."""
    if by.pk != concern.to_id and not by.has_perm("reviews.add_withdrawal"):
        yield "Only whoever is to answer this concern, a physician or a manager can settle it."
    if Settlement.objects.filter(concern=concern).exists():
        yield "This concern was settled already. Log another one if there is more to it."


def log_concern(
    subject: Subject, *, by: User, part: str, text: str, to: User | None = None
) -> Concern:
    """Write down what somebody outside found wrong with a page, without a patient's details.

    `part` is the anchor of a place of the page, or "" for the whole page; `to` is who is to answer.
    Raises NotAllowed.
    """
    text = inside_text(text, required=False)
    if not text:
        raise NotAllowed("Write down what was said, without a patient’s details.")
    with verb(by) as (by, at):
        require(may_log_concern(subject, by=by, at=at))
        if part and part not in {place.anchor for place in places_of(subject)}:
            raise NotAllowed("The page has no such part any more. Open it again and choose one.")
        if to is not None and not _answers(to):
            raise NotAllowed("Choose somebody who works here to answer it.")
        remark = new_remark(text)
        assert remark is not None  # a text is required
        concern = Concern(subject=subject, part=part, text=remark, to=to, by=by, at=at)
        chain.append(Kind.CONCERN_LOGGED, at=at, by=by, subject=subject, row=concern)
        return concern


def settle(concern: Concern, *, by: User, how: str, answered_by: User | None = None) -> Settlement:
    """Say how a concern was settled, and who answered whoever had it: `by`, if nobody else.

    Raises NotAllowed.
    """
    how = inside_text(how, required=False)
    if not how:
        raise NotAllowed("Say in a sentence how it was settled.")
    with verb(by) as (by, at):
        require(may_settle(concern, by=by, at=at))
        if answered_by is not None and not _answers(answered_by):
            raise NotAllowed("Choose somebody who works here as the one who answered.")
        remark = new_remark(how)
        assert remark is not None  # a sentence is required
        settled = Settlement(
            subject=concern.subject,
            concern=concern,
            how=remark,
            answered_by=answered_by or by,
            by=by,
            at=at,
        )
        chain.append(Kind.CONCERN_SETTLED, at=at, by=by, subject=concern.subject, row=settled)
        return settled


def _answers(person: User) -> bool:
    return User.objects.filter(pk=person.pk, is_active=True, is_staff=True).exists()
