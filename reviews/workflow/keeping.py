"""Drafts that are not wanted: put away into the archive and taken back, or erased for good."""

from datetime import datetime

from django.contrib.auth.models import User

from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Archiving, Erasure, Subject
from reviews.reviewable import Reviewable, draft_of
from reviews.text.canonical import digest_of, text_of
from reviews.workflow.refusals import NotAllowed, Refusals, in_force, require, waiting_of
from reviews.workflow.verbs import inside_text, new_remark, verb

GONE = "There is no draft: it was deleted or erased."


def is_archived(subject: Subject) -> bool:
    """Whether a page's draft is in the archive."""
    return Archiving.objects.current().filter(subject=subject).exists()


def may_archive(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may hide a draft from lists, and which: one of which nothing is or will be public."""
    yield from _keeps(by)
    if draft_of(subject) is None:
        yield GONE
    if is_archived(subject):
        yield "This draft is in the archive already."
    if in_force(subject, at) is not None or waiting_of(subject, at) is not None:
        yield "Something of this page is public or about to be. Withdraw the page first."
    if subject.submissions.filter(status="open").exists():
        yield "An edition of it is in review. Take that submission back first."


def may_unarchive(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may take a draft back from the archive."""
    yield from _keeps(by)
    if not is_archived(subject):
        yield "This draft is not in the archive."


def may_erase_draft(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may erase a draft with its history, and which: one that was never submitted."""
    draft = draft_of(subject)
    if draft is None:
        yield GONE
    elif not (by.has_perm(_delete(draft)) or by.has_perm("reviews.change_remark")):
        yield "Only staff who edit pages, or a manager, can erase a draft."
    if subject.editions.exists():
        yield (
            "This draft was submitted, so that it belongs to a record. Put it into the archive "
            "instead; a single version of it can be erased."
        )


def may_erase_version(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Who may erase a single version of a draft."""
    if draft_of(subject) is None:
        yield GONE
    if not by.has_perm("reviews.change_remark"):
        yield "Only a manager can erase a version of a draft. Tell one what it holds, and where."


def archive(subject: Subject, *, by: User) -> Archiving:
    """Hide a draft from lists; nothing of it is lost. Raises NotAllowed."""
    with verb(by) as (by, at):
        require(may_archive(subject, by=by, at=at))
        return _archived(Kind.DRAFT_ARCHIVED, subject, by=by, at=at)


def unarchive(subject: Subject, *, by: User) -> Archiving:
    """Take a draft back from the archive. Raises NotAllowed."""
    with verb(by) as (by, at):
        require(may_unarchive(subject, by=by, at=at))
        return _archived(Kind.DRAFT_TAKEN_BACK, subject, by=by, at=at)


def erase_draft(subject: Subject, *, by: User, reason: str) -> Erasure:
    """Erase a draft that was never submitted, with all its versions; its address is free again.

    What stays is evidence without a word of it: who saved it when, with digests. Raises NotAllowed.
    """
    reason = inside_text(reason, required=True)
    with verb(by, saves=subject) as (by, at):
        require(may_erase_draft(subject, by=by, at=at))
        draft = _draft(subject)
        digest = digest_of(text_of(draft.document()))
        erased = _erasure(subject, Erasure.What.DRAFT, digest, by=by, at=at, reason=reason)
        chain.append(Kind.DRAFT_ERASED, at=at, by=by, subject=subject, row=erased)
        draft.erase()
        return erased


def erase_version(subject: Subject, *, by: User, number: int, reason: str) -> Erasure:
    """Erase one version of a draft; the draft and all other versions stay. Raises NotAllowed.

    The newest one is what the draft says now, so that it cannot go before the draft is changed.
    """
    reason = inside_text(reason, required=True)
    with verb(by, saves=subject) as (by, at):
        require(may_erase_version(subject, by=by, at=at))
        draft = _draft(subject)
        versions = draft.versions()
        version = next((one for one in versions if one.number == number), None)
        if version is None:
            raise NotAllowed("There is no such version of this draft. Open the list again.")
        if version == versions[0]:
            raise NotAllowed(
                "The newest version is what the draft says now. Take the words out of the draft "
                "and save it; then erase this one."
            )
        erased = _erasure(
            subject, Erasure.What.VERSION, version.digest, by=by, at=at, reason=reason
        )
        erased.saved_at = version.at
        chain.append(Kind.VERSION_ERASED, at=at, by=by, subject=subject, row=erased)
        draft.erase_version(number)
        return erased


def _keeps(by: User) -> Refusals:
    if not (by.has_perm("reviews.add_submission") or by.has_perm("reviews.add_withdrawal")):
        yield "Only staff who edit pages, a physician or a manager can do this."


def _delete(draft: Reviewable) -> str:
    return f"{draft._meta.app_label}.delete_{draft._meta.model_name}"


def _draft(subject: Subject) -> Reviewable:
    draft = draft_of(subject)
    if draft is None:
        raise NotAllowed(GONE)
    return draft


def _archived(kind: Kind, subject: Subject, *, by: User, at: datetime) -> Archiving:
    row = Archiving(subject=subject, archived=kind == Kind.DRAFT_ARCHIVED, by=by, at=at)
    chain.append(kind, at=at, by=by, subject=subject, row=row)
    return row


def _erasure(
    subject: Subject, what: Erasure.What, digest: str, *, by: User, at: datetime, reason: str
) -> Erasure:
    remark = new_remark(reason)
    assert remark is not None  # a reason is required
    return Erasure(subject=subject, what=what, digest=digest, reason=remark, by=by, at=at)
