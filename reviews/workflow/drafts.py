"""Drafts: who saved which words, and putting them forward as an edition."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from reviews import clock
from reviews.evidence import ahead, chain
from reviews.evidence.indexing import indexed
from reviews.evidence.kinds import Kind
from reviews.models import (
    Address,
    Contribution,
    Edition,
    EditionAuthor,
    EditionIndex,
    EditionOriginal,
    EditionTarget,
    Remark,
    Reviewer,
    Subject,
    Submission,
)
from reviews.models.prepared import Prepared
from reviews.reviewable import NotFreezable, Reviewable, draft_of
from reviews.text.canonical import NotCanonical, digest_of, text_of
from reviews.workflow.authors import authors_of, new_pieces
from reviews.workflow.keeping import is_archived
from reviews.workflow.recording import is_recorded
from reviews.workflow.refusals import NotAllowed, Refusals, in_force, nothing_waits, require
from reviews.workflow.setbacks import unchanged_since
from reviews.workflow.submissions import end_open
from reviews.workflow.verbs import inside_text, new_remark, public_line, verb


def may_submit(subject: Subject, *, by: User, at: datetime, urgent: bool = False) -> Refusals:
    """Who may put a draft forward, and when.

    While a signed edition waits, only an `urgent` one: signed as an urgent correction, it ends what
    waits.
    """
    if not by.has_perm("reviews.add_submission"):
        yield "Only staff who edit pages can submit them. Ask a manager for the right."
    if not urgent:
        yield from nothing_waits(subject, at, "submit")
    if draft_of(subject) is None:
        yield "There is no draft: it was deleted. Import or write it again first."
    if is_archived(subject):
        yield "This draft is in the archive. Take it back from there, then submit it."
    if not _ENTITLED.exists(at=at):
        yield "No reviewer has a valid license: ask a manager to add one or bring one up to date."


_ENTITLED: Prepared[Reviewer] = Prepared(
    lambda at: Reviewer.objects.entitled(at).order_by().values_list("pk")[:1], at=datetime
)


@transaction.atomic
def record_draft(
    subject: Subject, *, by: User, restored_from: Contribution | None = None, how: str = ""
) -> Contribution:
    """Write the evidence that a person saved this draft: called wherever one is saved.

    `restored_from` is the contribution whose text was loaded again: its authors count once more.
    `how` goes to the draft's history: in a few words, how the text came there if not by its form.
    A save that changed no word leaves the last contribution as it is, and returns it. Belongs into
    the transaction that saved the draft. Raises NotAllowed if the draft holds
    something that cannot be frozen.
    """
    draft = _draft(subject)
    try:
        document = draft.document()
        digest = digest_of(text_of(document))
    except NotCanonical as fault:
        raise NotAllowed(str(fault)) from fault
    at = clock.now()
    last = subject.contributions.order_by("-pk").first()
    if last is not None and restored_from is None and is_recorded(draft, document, last, at=at):
        ahead.write(draft, document, digest)
        return last
    contribution = Contribution(
        subject=subject,
        by=by,
        at=at,
        digest=digest,
        own_digest=digest_of(text_of(draft.own_words(document))),
        restored_from=restored_from,
        pieces=new_pieces(subject, document, at),
    )
    chain.append(Kind.DRAFT_SAVED, at=at, by=by, subject=subject, row=contribution)
    draft.recorded(contribution, document, how)
    ahead.write(draft, document, digest)
    return contribution


def submit(
    subject: Subject,
    *,
    by: User,
    note: str,
    public_note: str,
    reviewer: Reviewer | None = None,
    urgent: bool = False,
    meant: str = "",
    unchanged_because: str = "",
) -> Submission:
    """Freeze the draft and put that edition forward; an open submission is superseded.

    `note` is for the reviewer, inside; `public_note` says to patients what changed. `reviewer` is
    a request, not a lock. `urgent` as for `may_submit`; `meant` is what the change is, or
    "" where nothing is said of it. What was withdrawn, cancelled or sent back
    needs a sentence why it comes again unchanged (`unchanged_because`). Raises NotAllowed.
    """
    public_note = public_line(public_note)
    note = inside_text(note, required=False)
    unchanged_because = inside_text(unchanged_because, required=False)
    if meant and meant not in Submission.Meant.values:
        raise NotAllowed("Choose what kind of change it is, or say nothing of it.")
    with verb(by) as (by, at):
        require(may_submit(subject, by=by, at=at, urgent=urgent))
        setback = unchanged_since(subject)
        if setback is None:
            unchanged_because = ""
        elif not unchanged_because:
            raise NotAllowed(
                f"{setback.told} The draft has the same words, unchanged. "
                "Change them, or say why they may be submitted unchanged."
            )
        because = new_remark(unchanged_because)
        return put_forward(
            subject,
            by=by,
            at=at,
            note=new_remark(note),
            public_note=public_note,
            reviewer=reviewer,
            meant=meant,
            because=because,
        )


def put_forward(
    subject: Subject,
    *,
    by: User,
    at: datetime,
    note: Remark | None,
    public_note: str,
    reviewer: Reviewer | None = None,
    meant: str = "",
    because: Remark | None = None,
) -> Submission:
    """Freeze one draft inside a verb that asked whether it may be submitted."""
    if reviewer and not Reviewer.objects.entitled(at).filter(pk=reviewer.pk).exists():
        raise NotAllowed(f"{reviewer} has no valid license: choose somebody else.")
    asked = {
        "note": note and note.pk,
        "reviewer": reviewer and reviewer.pk,
        "unchanged_because": because and because.pk,
        "meant": meant,
    }
    edition = _freeze(subject, by=by, at=at, public_note=public_note, asked=asked)
    end_open(subject, Submission.Status.SUPERSEDED, by=by, at=at, also={"by_edition": edition.pk})
    return Submission.objects.create(
        edition=edition,
        subject=subject,
        note=note,
        reviewer=reviewer,
        meant=meant,
        unchanged_because=because,
    )


def _draft(subject: Subject) -> Reviewable:
    draft = draft_of(subject)
    if draft is None:
        raise NotAllowed("There is no draft: it was deleted.")
    return draft


def _freeze(
    subject: Subject, *, by: User, at: datetime, public_note: str, asked: dict[str, Any]
) -> Edition:
    draft = _draft(subject)
    try:
        document = draft.freeze()
        frozen = text_of(document)
    except NotFreezable as fault:
        raise NotAllowed(" ".join(fault.faults)) from fault
    except NotCanonical as fault:
        raise NotAllowed(str(fault)) from fault
    digest = digest_of(frozen)
    last = subject.contributions.order_by("-pk").first()
    if last is None or not is_recorded(draft, document, last, at=at):
        raise NotAllowed(
            "The draft was changed outside its form since it was last saved there. Open it, check "
            "the words and save it, which makes them yours; then submit."
        )
    before = in_force(subject, at)
    model = type(draft)
    if before is not None and model.parts(before.edition.document) == model.parts(document):
        raise NotAllowed(
            "These exact words are in force already. "
            "To move the date, a physician can reaffirm the page instead."
        )
    slug = model.address(document)
    check_address(subject, slug)
    number = (subject.editions.aggregate(last=Max("number"))["last"] or 0) + 1
    authors = sorted(authors_of(subject, document, at) | {by.pk})
    edition = Edition(
        subject=subject,
        number=number,
        text=frozen,
        digest=digest,
        slug=slug,
        title=model.label(document),
        public_note=public_note,
        frozen_at=at,
        submitted_by=by,
    )
    chain.append(
        Kind.SUBMITTED, at=at, by=by, subject=subject, row=edition, authors=authors, **asked
    )
    EditionAuthor.objects.bulk_create(
        EditionAuthor(edition=edition, user_id=author) for author in authors
    )
    EditionTarget.objects.bulk_create(
        EditionTarget(edition=edition, slug=target) for target in sorted(model.targets(document))
    )
    if original := model.original(document):
        EditionOriginal.objects.create(edition=edition, slug=original)
    EditionIndex.objects.create(edition=edition, **asdict(indexed(edition)))
    return edition


def check_address(subject: Subject, slug: str) -> Address | None:
    """The page's own address of this slug, if it has it; refused where another signed it first."""
    address = Address.objects.filter(kind=subject.kind, slug=slug).first()
    if address is not None and address.subject_id != subject.pk:
        raise NotAllowed(
            f"The address “{slug}” belongs to another page for ever. Choose another one."
        )
    return address
