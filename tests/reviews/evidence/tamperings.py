"""Every way of tampering with a record that we know, and what names it.

`docs/tampering.md` is written from the tables of this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Replace

from reviews import clock
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import (
    Absence,
    Archiving,
    Assignment,
    Claim,
    ClaimAnswer,
    Comment,
    CommentStep,
    Concern,
    Contribution,
    Departure,
    DraftAhead,
    EditionAuthor,
    EditionOriginal,
    EditionTarget,
    Erasure,
    Event,
    Evidence,
    License,
    Listing,
    Overlay,
    Redaction,
    RelianceEnd,
    Settlement,
    SignOff,
    Submission,
    evidence_models,
)
from reviews.text.canonical import digest_of, text_of
from tests.reviews.every_verb import Record, drop, put, rewrite, rewrite_said, swap

ONE_DAY = timedelta(days=1)


def drop_sign_off(row: SignOff) -> None:
    """Delete a sign-off with what was derived from it."""
    Listing.objects.filter(sign_off=row).delete()
    drop(row)


def swap_events(record: Record) -> None:
    """Exchange two events whole, save for their places."""
    swap(record.first.event, record.correction.event, "kind", "body", "prev", "hash")


def copy_sign_off(record: Record) -> None:
    """Put a sign-off under another page, on the number of that page's last event."""
    copied = SignOff.objects.get(pk=record.first.pk)
    copied.pk, copied.submission_id = record.open.edition_id, None
    copied.subject_id = record.other.pk
    copied.save(force_insert=True)


def sign_anew(record: Record, **fields: Any) -> None:
    """Append a sign-off like the first, with its own event, as somebody with a shell could."""
    row = SignOff.objects.get(pk=record.first.pk)
    row.submission_id = None
    for name, value in fields.items():
        setattr(row, name, value)
    chain.append(Kind.SIGNED, at=clock.now(), by=None, subject=row.subject, row=row)


def renumber(record: Record) -> None:
    """Drop a middle event and close the gap, hash for hash, with what only it carried."""
    middle = record.taken_back.ended_by
    assert middle is not None
    put(record.taken_back, ended_by=None)
    drop(middle)
    last = record.last
    put(last, seq=middle.seq)


def copy_listing(record: Record) -> None:
    """Add a row to the lists."""
    row = Listing.objects.get(sign_off=record.correction)
    row.pk = None
    row.save(force_insert=True)


def append_copy(event: Event) -> None:
    """Put an event once more at the end, following what stands there."""
    last = Event.objects.latest("seq")
    Event.objects.create(
        seq=last.seq + 1,
        kind=event.kind,
        subject=event.subject,
        body=event.body,
        prev=last.hash,
        hash=chain.hash_of(last.hash, event.body),
    )


def license_of(record: Record) -> License:
    """The license of the first signer."""
    return record.first.reviewer.licenses.get()


def cut_off(record: Record, number: int) -> None:
    """Cut the last events off, with the rows that they carried and what they moved."""
    for event in list(Event.objects.order_by("-seq")[:number]):
        for model in evidence_models():
            drop(*model._default_manager.filter(pk=event.pk))
        drop(event)


def forge_last(record: Record) -> None:
    """Rewrite the last event and its row so that they agree with each other."""
    row = Contribution.objects.get(pk=record.last.pk)
    row.by_id = record.first.signer_id
    put(row, by=record.first.signer)
    rewrite_said(record.last, by=record.first.signer_id, row=row.facts())


def forge_from(row: Evidence, **fields: Any) -> None:
    """Change a row, its event, and every hash after it: whoever owns the database can."""
    put(row, **fields)
    changed = type(row)._default_manager.get(pk=row.pk)
    prev = row.event.prev
    for event in Event.objects.filter(seq__gte=row.pk).order_by("seq"):
        body = event.body
        if event.seq == row.pk:
            body = text_of({**event.said, "row": changed.facts()})
        put(event, body=body, prev=prev, hash=chain.hash_of(prev, body))
        prev = chain.hash_of(prev, body)


# Of what: {what is done: (how, what the command names)}. In a name, {} refers to the record.
def hold_of(record: Record) -> Overlay:
    """The first hold of the record."""
    return Overlay.objects.filter(kind="hold").earliest("pk")


def redaction_of(record: Record) -> Redaction:
    """The one redaction of the record."""
    return Redaction.objects.get()


def end_of(record: Record, kind: str) -> RelianceEnd:
    """The last end of reliance of the record that is of a kind."""
    return RelianceEnd.objects.filter(kind=kind).latest("pk")


def departures_of(record: Record) -> dict[str, int]:
    """The numbers of what the record says of physicians who go or are away."""
    return {
        **{kind: end_of(record, kind).pk for kind in ("gone", "own")},
        "departure": Departure.objects.latest("pk").pk,
        "away": Absence.objects.earliest("pk").pk,
    }


def thread_of(record: Record) -> Comment:
    """The comment of the record that was answered, resolved and opened again."""
    return Comment.objects.get(part="summary", answers=None)


def step_of(record: Record, step: str) -> CommentStep:
    """The one such step of the record."""
    return CommentStep.objects.get(step=step)


def talk_of(record: Record) -> dict[str, int]:
    """The numbers of the record's assignments, comments and steps."""
    thread = thread_of(record)
    return {
        "taken_on": Assignment.objects.earliest("pk").pk,
        "let_go": Assignment.objects.latest("pk").pk,
        "thread": thread.pk,
        "answer": thread.replies.get().pk,
        "offered": step_of(record, "taken_over").comment_id,
        "settle_first": step_of(record, "signed_over").comment_id,
        **{one: step_of(record, one).pk for one in ("reopened", "signed_over", "taken_over")},
    }


def beside_of(record: Record) -> dict[str, int]:
    """The numbers of the record's concerns, archived and erased drafts, and of its translation."""
    return {
        "concern": Concern.objects.earliest("pk").pk,
        "open_concern": Concern.objects.latest("pk").pk,
        "settlement": Settlement.objects.get().pk,
        "archiving": Archiving.objects.latest("pk").pk,
        "erasure": Erasure.objects.latest("pk").pk,
        "followed": Overlay.objects.filter(follows__isnull=False).earliest("pk").pk,
        "translated": EditionOriginal.objects.get().pk,
    }


TAMPERINGS: dict[str, dict[str, tuple[Callable[[Record], object], str]]] = {
    "Flags, holds and words taken out": {
        "a hold turned into a flag": (
            lambda r: put(hold_of(r), kind="flag"),
            "Overlay {hold}: kind is not what was recorded",
        ),
        "a hold deleted": (
            lambda r: drop(hold_of(r)),
            "Overlay {hold}: the row of this event is missing",
        ),
        "a physician's hold made anybody's": (
            lambda r: put(hold_of(r), by_physician=False),
            "Overlay {hold}: by_physician is not what was recorded",
        ),
        "a redaction of another edition": (
            lambda r: put(redaction_of(r), edition=r.first.edition),
            "Redaction {redaction}: edition_id is not what was recorded",
        ),
        "a redaction deleted": (
            lambda r: drop(redaction_of(r)),
            "Redaction {redaction}: the row of this event is missing",
        ),
    },
    "Physicians who go or are away": {
        "a page made to rest on who went": (
            lambda r: drop(end_of(r, "gone")),
            "RelianceEnd {gone}: the row of this event is missing",
        ),
        "the day by which a page that rests on who went is due": (
            lambda r: put(end_of(r, "gone"), due=F("due") + ONE_DAY),
            "RelianceEnd {gone}: due is not what was recorded",
        ),
        "the day since when somebody reviews no longer": (
            lambda r: put(end_of(r, "own"), on=F("on") + ONE_DAY),
            "RelianceEnd {own}: on is not what was recorded",
        ),
        "who went made somebody else": (
            lambda r: put(end_of(r, "gone"), reviewer=r.first.reviewer),
            "RelianceEnd {gone}: reviewer_id is not what was recorded",
        ),
        "a departure deleted": (
            lambda r: drop(Departure.objects.latest("pk")),
            "Departure {departure}: the row of this event is missing",
        ),
        "why somebody went": (
            lambda r: put(Departure.objects.latest("pk"), step="left"),
            "Departure {departure}: step is not what was recorded",
        ),
        "a stand-in exchanged": (
            lambda r: put(Absence.objects.earliest("pk"), stand_in=r.first.reviewer),
            "Absence {away}: stand_in_id is not what was recorded",
        ),
        "a locum's last day": (
            lambda r: put(r.first.reviewer, last_day=r.first.signed_on),
            "Reviewer {first.reviewer_id}: last_day is not what was recorded",
        ),
    },
    "Concerns, the archive and what was erased": {
        "a concern given to somebody else": (
            lambda r: put(Concern.objects.earliest("pk"), to=r.author.user),
            "Concern {concern}: to_id is not what was recorded",
        ),
        "an open concern deleted": (
            lambda r: drop(Concern.objects.latest("pk")),
            "Concern {open_concern}: the row of this event is missing",
        ),
        "how a concern was settled, exchanged": (
            lambda r: put(Settlement.objects.get(), how=r.note),
            "Settlement {settlement}: how_id is not what was recorded",
        ),
        "a settled concern made open": (
            lambda r: drop(Settlement.objects.get()),
            "Settlement {settlement}: the row of this event is missing",
        ),
        "an archived draft brought back to the lists": (
            lambda r: put(Archiving.objects.latest("pk"), archived=False),
            "Archiving {archiving}: archived is not what was recorded",
        ),
        "what was erased": (
            lambda r: put(Erasure.objects.latest("pk"), digest="0" * 64),
            "Erasure {erasure}: digest is not what was recorded",
        ),
        "that something was erased": (
            lambda r: drop(Erasure.objects.latest("pk")),
            "Erasure {erasure}: the row of this event is missing",
        ),
        "which page a withdrawn one is part of": (
            lambda r: put(r.withdrawn, successor=r.subject),
            "Withdrawal {withdrawn.pk}: successor_id is not what was recorded",
        ),
        "a translation's hold made one of its own": (
            lambda r: put(
                Overlay.objects.filter(follows__isnull=False).earliest("pk"), follows=None
            ),
            "Overlay {followed}: follows_id is not what was recorded",
        ),
        "which page an edition translates": (
            lambda r: EditionOriginal.objects.update(slug="elsewhere"),
            "EditionOriginal of edition {translated}: it is not what the document says",
        ),
    },
    "Who does a submission, comments and suggestions": {
        "a submission taken on by somebody else": (
            lambda r: put(Assignment.objects.earliest("pk"), person=r.other_signed.signer),
            "Assignment {taken_on}: person_id is not what was recorded",
        ),
        "a submission let go, deleted": (
            lambda r: drop(Assignment.objects.latest("pk")),
            "Assignment {let_go}: the row of this event is missing",
        ),
        "a comment given to another part": (
            lambda r: put(thread_of(r), part="headline"),
            "Comment {thread}: part is not what was recorded",
        ),
        "a comment put under another's name": (
            lambda r: put(thread_of(r), by=r.other_signed.signer),
            "Comment {thread}: by_id is not what was recorded",
        ),
        "a comment to settle first made an ordinary one": (
            lambda r: put(step_of(r, "signed_over").comment, settle_first=False),
            "Comment {settle_first}: settle_first is not what was recorded",
        ),
        "suggested words exchanged": (
            lambda r: put(step_of(r, "taken_over").comment, suggestion=r.note),
            "Comment {offered}: suggestion_id is not what was recorded",
        ),
        "an answer deleted": (
            lambda r: drop(Comment.objects.get(answers=thread_of(r))),
            "Comment {answer}: the row of this event is missing",
        ),
        "a reopened thread left resolved": (
            lambda r: drop(step_of(r, "reopened")),
            "CommentStep {reopened}: the row of this event is missing",
        ),
        "fewer words taken over": (
            lambda r: put(step_of(r, "taken_over"), words=0),
            "CommentStep {taken_over}: words is not what was recorded",
        ),
        "why somebody signed over a comment, exchanged": (
            lambda r: put(step_of(r, "signed_over"), why=r.note),
            "CommentStep {signed_over}: why_id is not what was recorded",
        ),
    },
    "Editions and their authors": {
        "one byte of an edition's text": (
            lambda r: put(r.first.edition, text=Replace("text", Value("else"), Value("elze"))),
            "Edition {first.edition_id}: its text does not match its digest",
        ),
        "an edition's text and digest": (
            lambda r: put(r.first.edition, text="{}", digest=digest_of("{}")),
            "Edition {first.edition_id}: digest is not what was recorded",
        ),
        "two editions' texts swapped": (
            lambda r: swap(r.first.edition, r.other_signed.edition, "text"),
            "Edition {first.edition_id}: its text does not match its digest",
        ),
        "an edition's subject": (
            lambda r: put(r.open.edition, subject=r.other, number=99),
            "Edition {open.edition_id}: ",
        ),
        "an edition's title": (
            lambda r: put(r.correction.edition, title="Cured"),
            "Edition {correction.edition_id}: title is not what was recorded",
        ),
        "an edition's public note": (
            lambda r: put(r.correction.edition, public_note="All is well."),
            "Edition {correction.edition_id}: public_note is not what was recorded",
        ),
        "an edition's address": (
            lambda r: put(r.correction.edition, slug="elsewhere"),
            "Edition {correction.edition_id}: slug is not what was recorded",
        ),
        "an edition's day": (
            lambda r: put(r.first.edition, frozen_at=F("frozen_at") + timedelta(seconds=1)),
            "Edition {first.edition_id}: frozen_at is not what was recorded",
        ),
        "an author added": (
            lambda r: EditionAuthor.objects.create(edition=r.first.edition, user=r.first.signer),
            "Edition {first.edition_id}: its authors are not those recorded",
        ),
        "an author deleted": (
            lambda r: drop(r.author),
            "Edition {first.edition_id}: its authors are not those recorded",
        ),
        "an author moved to another edition": (
            lambda r: put(r.author, edition=r.correction.edition),
            "Edition {first.edition_id}: its authors are not those recorded",
        ),
        "an edition deleted with its event": (
            lambda r: drop(
                *r.open.edition.author_rows.all(),
                r.open.edition.index,
                r.open,
                r.open.edition,
                r.open.edition.event,
            ),
            "event {open.edition_id}: it is missing",
        ),
        "an edition deleted": (
            lambda r: drop(r.open.edition),
            "Edition {open.edition_id}: the row of this event is missing",
        ),
        "who submitted an edition": (
            lambda r: put(r.first.edition, submitted_by=r.first.signer),
            "Edition {first.edition_id}: submitted_by_id is not what was recorded",
        ),
        "an author exchanged": (
            lambda r: put(r.author, user=r.first.signer),
            "Edition {first.edition_id}: its authors are not those recorded",
        ),
    },
    "Sign-offs": {
        "the day of a sign-off": (
            lambda r: put(r.first, signed_on=r.first.signed_on + timedelta(days=30)),
            "SignOff {first.pk}: signed_on is not what was recorded",
        ),
        "the instant of a sign-off": (
            lambda r: put(r.first, effective_at=r.first.effective_at + timedelta(seconds=1)),
            "SignOff {first.pk}: effective_at is not what was recorded",
        ),
        "the next review": (
            lambda r: put(r.first, next_review_due=r.first.next_review_due + timedelta(days=365)),
            "SignOff {first.pk}: next_review_due is not what was recorded",
        ),
        "the printed name": (
            lambda r: put(r.first, printed_name="Somebody Famous"),
            "SignOff {first.pk}: printed_name is not what was recorded",
        ),
        "the attestation": (
            lambda r: put(r.first, attestation="I looked at it."),
            "SignOff {first.pk}: attestation is not what was recorded",
        ),
        "the signer": (
            lambda r: put(r.first, signer=r.correction.signer),
            "SignOff {first.pk}: signer_id is not what was recorded",
        ),
        "the disclosure": (
            lambda r: put(r.first, disclosed=True, policy="disclosed"),
            "SignOff {first.pk}: ",
        ),
        "a correction made a full review": (
            lambda r: put(r.correction, scope="full", rests_on=None),
            "SignOff {correction.pk}: ",
        ),
        "two sign-offs' names swapped": (
            lambda r: swap(r.first, r.correction, "printed_name"),
            "SignOff {first.pk}: printed_name is not what was recorded",
        ),
        "two sign-offs' days and reviewers swapped": (
            lambda r: swap(r.first, r.correction, "reviewer_id", "signer_id", "credentials"),
            "SignOff {first.pk}: ",
        ),
        "a sign-off copied to another page": (
            copy_sign_off,
            "SignOff {open.edition_id}: its event is of another kind or number",
        ),
        "a sign-off copied to another page, with an event": (
            lambda r: sign_anew(r, subject_id=r.other.pk),
            "its edition is another page's",
        ),
        "a sign-off copied to other words, with an event": (
            lambda r: sign_anew(r, edition_id=r.correction.edition_id),
            "it signed other words",
        ),
        "a sign-off deleted, its event called another kind": (
            lambda r: (drop_sign_off(r.correction), put(r.correction.event, kind="draft_saved")),
            "event {correction.pk}: its columns are not what its text says",
        ),
        "a sign-off deleted with its event": (
            lambda r: (drop_sign_off(r.correction), drop(r.correction.event)),
            "event {correction.pk}: it is missing",
        ),
        "a sign-off given to another page": (
            lambda r: put(r.correction, subject=r.other),
            "SignOff {correction.pk}: subject_id is not what was recorded",
        ),
        "two pages' sign-offs swapped": (
            lambda r: swap(r.correction, r.other_signed, "subject_id", "edition_id", "digest"),
            "SignOff {correction.pk}: ",
        ),
        "a sign-off deleted": (
            lambda r: drop_sign_off(r.other_signed),
            "SignOff {other_signed.pk}: the row of this event is missing",
        ),
    },
    "Withdrawals, addresses, contributions": {
        "a withdrawal deleted, its event called another kind": (
            lambda r: (drop(r.withdrawn), put(r.withdrawn.event, kind="draft_saved")),
            "event {withdrawn.pk}: its columns are not what its text says",
        ),
        "a withdrawal deleted, its event given to another page": (
            lambda r: (drop(r.withdrawn), put(r.withdrawn.event, subject=r.other)),
            "event {withdrawn.pk}: its columns are not what its text says",
        ),
        "a withdrawal deleted with its event": (
            lambda r: drop(r.withdrawn, r.withdrawn.event),
            "event {withdrawn.pk}: it is missing",
        ),
        "a withdrawal given to another page": (
            lambda r: put(r.withdrawn, subject=r.other),
            "Withdrawal {withdrawn.pk}: subject_id is not what was recorded",
        ),
        "a withdrawal made a cancellation": (
            lambda r: put(r.withdrawn, sign_off=r.withdrawn_signed, notice="", successor=None),
            "Withdrawal {withdrawn.pk}: ",
        ),
        "a withdrawal's instant, to one to come": (
            lambda r: put(r.withdrawn, at=r.withdrawn.at + timedelta(days=9)),
            "Withdrawal {withdrawn.pk}: at is not what was recorded",
        ),
        "a withdrawal's reason exchanged": (
            lambda r: put(r.withdrawn, reason=r.note),
            "Withdrawal {withdrawn.pk}: reason_id is not what was recorded",
        ),
        "who withdrew": (
            lambda r: put(r.withdrawn, by=r.correction.signer),
            "Withdrawal {withdrawn.pk}: by_id is not what was recorded",
        ),
        "an address's words": (
            lambda r: put(r.address, slug="elsewhere"),
            "Address {address.pk}: slug is not what was recorded",
        ),
        "a contribution given to another page": (
            lambda r: put(r.contribution, subject=r.other),
            "Contribution {contribution.pk}: subject_id is not what was recorded",
        ),
        "what a contribution was restored from": (
            lambda r: put(Contribution.objects.latest("pk"), restored_from=r.contribution),
            ": restored_from_id is not what was recorded",
        ),
        "a cancellation deleted": (
            lambda r: drop(r.cancelled),
            "Withdrawal {cancelled.pk}: the row of this event is missing",
        ),
        "a withdrawal deleted": (
            lambda r: drop(r.withdrawn),
            "Withdrawal {withdrawn.pk}: the row of this event is missing",
        ),
        "a withdrawal's notice": (
            lambda r: put(r.withdrawn, notice="being_corrected"),
            "Withdrawal {withdrawn.pk}: notice is not what was recorded",
        ),
        "a withdrawal's day": (
            lambda r: put(r.withdrawn, on=r.withdrawn.on + timedelta(days=1)),
            "Withdrawal {withdrawn.pk}: on is not what was recorded",
        ),
        "an address deleted": (
            lambda r: drop(r.address),
            "Address {address.pk}: the row of this event is missing",
        ),
        "an address given to another page": (
            lambda r: put(r.address, subject=r.other),
            "Address {address.pk}: subject_id is not what was recorded",
        ),
        "a contribution deleted": (
            lambda r: drop(r.contribution),
            "Contribution {contribution.pk}: the row of this event is missing",
        ),
        "a contribution's author": (
            lambda r: put(r.contribution, by=r.first.signer),
            "Contribution {contribution.pk}: by_id is not what was recorded",
        ),
    },
    "The chain": {
        "an event's body": (
            lambda r: put(r.first.event, body=Replace("body", Value("Pat"), Value("Kim"))),
            "event {first.pk}: its hash does not cover its text",
        ),
        "an event's body by one space": (
            lambda r: put(r.first.event, body=r.first.event.body + " "),
            "event {first.pk}: its hash does not cover its text",
        ),
        "an event's body, its hash computed again": (
            lambda r: rewrite_said(r.first.event, by=None),
            "event {next}: it does not follow the event before it",
        ),
        "an event's hash": (
            lambda r: put(r.first.event, hash="f" * 64),
            "event {first.pk}: its hash does not cover its text",
        ),
        "an event's prev": (
            lambda r: put(r.first.event, prev="f" * 64),
            "event {first.pk}: it does not follow the event before it",
        ),
        "an event's kind": (
            lambda r: put(r.first.event, kind="submitted"),
            "event {first.pk}: its columns are not what its text says",
        ),
        "an event's page": (
            lambda r: put(r.first.event, subject=r.other),
            "event {first.pk}: its columns are not what its text says",
        ),
        "an event copied to the end": (
            lambda r: append_copy(r.first.event),
            "event {after_last}: its columns are not what its text says",
        ),
        "an event forged at the end, without a row": (
            lambda r: chain.append(Kind.SIGNED, at=clock.now(), by=None, subject=r.subject),
            "SignOff {after_last}: the row of this event is missing",
        ),
        "an event given to no page": (
            lambda r: put(r.first.event, subject=None),
            "event {first.pk}: its columns are not what its text says",
        ),
        "an event's number": (
            lambda r: put(r.last, seq=r.last.seq + 5),
            "event {last.pk}: it is missing",
        ),
        "two events swapped": (
            swap_events,
            "event {first.pk}: it does not follow the event before it",
        ),
        "a middle event dropped": (
            lambda r: drop(r.contribution, r.contribution.event),
            "event {contribution.pk}: it is missing",
        ),
        "a middle event dropped, the last one put in its place": (
            renumber,
            "event {taken_back.ended_by_id}: it does not follow the event before it",
        ),
        "the last event made unreadable, its hash computed again": (
            lambda r: rewrite(r.last, "not JSON"),
            "event {last.pk}: ",
        ),
        "the last event emptied, its hash computed again": (
            lambda r: rewrite(r.last, "{}"),
            "event {last.pk}: ",
        ),
    },
    "Damage": {
        "an event's body that is a list, its hash computed again": (
            lambda r: rewrite(r.last, "[]"),
            "event {last.pk}: its text cannot be read",
        ),
        "an event's row that is a list": (
            lambda r: rewrite_said(r.last, row=[1]),
            "event {last.pk}: its text cannot be read",
        ),
        "an event's row that is a word": (
            lambda r: rewrite_said(r.last, row="row"),
            "event {last.pk}: its text cannot be read",
        ),
        "an event's row taken out": (
            lambda r: rewrite_said(r.last, row=None),
            "Contribution {last.pk}: ",
        ),
        "an event whose kind is a list": (
            lambda r: rewrite_said(r.last, kind=["draft_saved"]),
            "event {last.pk}: its columns are not what its text says",
        ),
        "an event nested so deep that nothing reads it": (
            lambda r: rewrite(r.last, "[" * 100_000),
            "event {last.pk}: its text cannot be read",
        ),
        "an edition's text that is no document, with both digests": (
            lambda r: put(r.first.edition, text="[]", digest=digest_of("[]")),
            "Edition {first.edition_id}: digest is not what was recorded",
        ),
    },
    "Submissions, lists and what is derived": {
        "an open submission taken back": (
            lambda r: put(r.open, status="taken_back"),
            "Submission of edition {open.edition_id}: no event says that it is so",
        ),
        "a submission that was taken back opened again": (
            lambda r: (put(r.open, status="superseded"), put(r.taken_back, status="open")),
            "Submission of edition {taken_back.edition_id}: no event says that it is so",
        ),
        "a submission that was taken back opened again, as if never ended": (
            lambda r: (
                put(r.open, status="superseded"),
                put(r.taken_back, status="open", ended_by=None),
            ),
            "Submission of edition {taken_back.edition_id}: no event says that it is so",
        ),
        "a signed submission opened again, as if never signed": (
            lambda r: put(r.withdrawn_signed.submission, status="open", ended_by=None),
            "Submission of edition {withdrawn_signed.edition_id}: no event says that it is so",
        ),
        "a submission that was taken back counted as sent back": (
            lambda r: put(r.taken_back, status="changes_requested"),
            "Submission of edition {taken_back.edition_id}: no event says that it is so",
        ),
        "a signed submission counted as superseded": (
            lambda r: put(r.first.submission, status="superseded"),
            "Submission of edition {first.edition_id}: no event says that it is so",
        ),
        "an open submission counted as signed by another signature": (
            lambda r: put(r.open, status="signed", ended_by=r.first.event),
            "Submission of edition {open.edition_id}: no event says that it is so",
        ),
        "an open submission moved to another page": (
            lambda r: put(r.open, subject=r.other),
            "Submission of edition {open.edition_id}: ",
        ),
        "a submission deleted": (
            lambda r: drop(r.open),
            "Edition {open.edition_id}: its submission is missing",
        ),
        "a submission's note exchanged": (
            lambda r: put(r.open, note=r.withdrawn.reason),
            "Submission of edition {open.edition_id}: ",
        ),
        "a submission's reviewer exchanged": (
            lambda r: put(r.open, reviewer=r.first.reviewer),
            "Submission of edition {open.edition_id}: ",
        ),
        "the reason for changes exchanged": (
            lambda r: put(Submission.objects.get(status="changes_requested"), reason=r.note),
            "Submission of edition ",
        ),
        "a name in the lists": (
            lambda r: put(Listing.objects.get(sign_off=r.correction), name="Cured"),
            "Listing of {subject.pk}: it is not what the sign-offs say",
        ),
        "an end in the lists": (
            lambda r: put(Listing.objects.get(sign_off=r.correction), until_at=clock.now()),
            "Listing of {subject.pk}: it is not what the sign-offs say",
        ),
        "a row added to the lists": (
            copy_listing,
            "Listing of {subject.pk}: it is not what the sign-offs say",
        ),
        "a row deleted from the lists": (
            lambda r: drop(Listing.objects.get(sign_off=r.correction)),
            "Listing of {subject.pk}: it is not what the sign-offs say",
        ),
        "the number of parts in which a draft differs": (
            lambda r: put(DraftAhead.objects.get(subject=r.subject), parts=7),
            "DraftAhead of {subject.pk}: it is not what its draft and its sign-offs say",
        ),
        "a row deleted from the drafts ahead": (
            lambda r: drop(DraftAhead.objects.get(subject=r.subject)),
            "DraftAhead of {subject.pk}: it is not what its draft and its sign-offs say",
        ),
        "a target added": (
            lambda r: EditionTarget.objects.create(edition=r.first.edition, slug="elsewhere"),
            "EditionTarget of edition {first.edition_id}: it is not what the document names",
        ),
        "words for search": (
            lambda r: put(r.first.edition.index, body="cure"),
            "EditionIndex of edition {first.edition_id}: it is not what the document says",
        ),
        "words for search deleted": (
            lambda r: drop(r.first.edition.index),
            "EditionIndex of edition {first.edition_id}: it is not what the document says",
        ),
    },
    "Pages": {
        "a page's row deleted": (
            lambda r: drop(r.subject),
            "Subject {subject.pk}: it is missing, and event 1 speaks of it",
        ),
        "a page's kind, to one that there is not": (
            lambda r: put(r.subject, kind="conditions.nothing"),
            "Subject {subject.pk}: its kind is not what was recorded",
        ),
        "a page's kind, to something that nobody reviews": (
            lambda r: put(r.subject, kind="auth.user"),
            "Subject {subject.pk}: its kind is not what was recorded",
        ),
        "a page's kind, to no name at all": (
            lambda r: put(r.subject, kind=""),
            "Subject {subject.pk}: its kind is not what was recorded",
        ),
        "a page's key": (
            lambda r: put(r.subject, uuid="00000000-0000-4000-8000-000000000000"),
            "Subject {subject.pk}: it is missing, and event 1 speaks of it",
        ),
    },
    "People": {
        "a confirmed profile": (
            lambda r: put(r.first.reviewer.confirmations.get(), biography="Cures everybody."),
            "ProfileConfirmation {confirmed}: biography is not what was recorded",
        ),
        "the day of a confirmed profile": (
            lambda r: put(r.first.reviewer.confirmations.get(), on=r.first.signed_on - ONE_DAY),
            "ProfileConfirmation {confirmed}: on is not what was recorded",
        ),
        "a confirmed profile given to somebody else": (
            lambda r: put(r.first.reviewer.confirmations.get(), reviewer=r.correction.reviewer),
            "ProfileConfirmation {confirmed}: reviewer_id is not what was recorded",
        ),
        "a confirmed profile deleted": (
            lambda r: drop(r.first.reviewer.confirmations.get()),
            "ProfileConfirmation {confirmed}: the row of this event is missing",
        ),
        "a reviewer's name": (
            lambda r: put(r.first.reviewer, printed_name="Somebody Famous"),
            "Reviewer {first.reviewer_id}: printed_name is not what was recorded",
        ),
        "a reviewer's credentials": (
            lambda r: put(r.first.reviewer, credentials="MD, PhD"),
            "Reviewer {first.reviewer_id}: credentials is not what was recorded",
        ),
        "a reviewer's biography": (
            lambda r: put(r.first.reviewer, biography="Cures everybody."),
            "Reviewer {first.reviewer_id}: biography is not what was recorded",
        ),
        "a reviewer's address": (
            lambda r: put(r.first.reviewer, slug="famous"),
            "Reviewer {first.reviewer_id}: slug is not what was recorded",
        ),
        "a reviewer's account": (
            lambda r: put(r.first.reviewer, user=r.open.edition.submitted_by),
            "Reviewer {first.reviewer_id}: user is not what was recorded",
        ),
        "a reviewer made inactive": (
            lambda r: put(r.first.reviewer, is_active=False),
            "Reviewer {first.reviewer_id}: is_active is not what was recorded",
        ),
        "two reviewers' names swapped": (
            lambda r: swap(r.first.reviewer, r.correction.reviewer, "printed_name"),
            "Reviewer {first.reviewer_id}: printed_name is not what was recorded",
        ),
        "a reviewer deleted": (
            lambda r: drop(r.first.reviewer),
            "Reviewer {first.reviewer_id}: it is missing",
        ),
        "a license's last day": (
            lambda r: put(license_of(r), expires_on=license_of(r).expires_on + ONE_DAY),
            "License {license}: it is not what was recorded",
        ),
        "a license's number": (
            lambda r: put(license_of(r), number="2"),
            "License {license}: it is not what was recorded",
        ),
        "a license's state": (
            lambda r: put(license_of(r), state="Ohio"),
            "License {license}: it is not what was recorded",
        ),
        "a license given to somebody else": (
            lambda r: put(license_of(r), reviewer=r.correction.reviewer, number="2"),
            "License {license}: it belongs to somebody else",
        ),
        "a license added": (
            lambda r: License.objects.create(
                reviewer=r.first.reviewer, state="Ohio", number="9", expires_on=r.first.signed_on
            ),
            "License ",
        ),
        "a license deleted": (
            lambda r: drop(license_of(r)),
            "License {license}: it is missing",
        ),
        "who a confirmation is about": (
            lambda r: put(Claim.objects.get(kind="group"), person=r.first.signer),
            ": person_id is not what was recorded",
        ),
        "an objection called a confirmation": (
            lambda r: put(ClaimAnswer.objects.get(step="objected"), step="confirmed"),
            ": step is not what was recorded",
        ),
        "an objection deleted": (
            lambda r: drop(ClaimAnswer.objects.get(step="objected")),
            ": the row of this event is missing",
        ),
        "a person's account deleted": (
            lambda r: drop(r.first.signer),
            " is missing",
        ),
    },
    "What is typed inside": {
        "a remark's words": (
            lambda r: put(r.note, text="All is well."),
            "Remark {note_start}: its text was changed",
        ),
        "a remark's salt": (
            lambda r: put(r.note, salt="0" * 32),
            "Remark {note_start}: its text was changed",
        ),
        "a remark half blanked": (
            lambda r: put(r.note, text=""),
            "Remark {note_start}: its text was changed",
        ),
        "a remark's words kept without their salt": (
            lambda r: put(r.note, salt=""),
            "Remark {note_start}: its text was changed",
        ),
        "a remark blanked without its event": (
            lambda r: put(r.note, salt="", text=""),
            "Remark {note_start}: it was blanked, and no event says so",
        ),
        "a blanked remark filled again": (
            lambda r: put(r.blanked, text="First try."),
            "Remark {blanked_start}: its text was changed",
        ),
        "two remarks swapped": (
            lambda r: swap(r.note, r.withdrawn.reason, "text", "salt"),
            "Remark ",
        ),
        "a remark deleted": (
            lambda r: drop(r.note),
            "Remark {note_start}: it is missing, and event {open.edition_id} speaks of it",
        ),
        "the event of a blanked remark called another kind": (
            lambda r: put(Event.objects.get(kind="remark_blanked"), kind="draft_saved"),
            "its columns are not what its text says",
        ),
    },
}


# What agrees with itself after it was done, so that only a head kept outside names it.
BY_A_KEPT_HEAD: dict[str, Callable[[Record], object]] = {
    "the last event cut off, with its row": lambda r: cut_off(r, 1),
    "the last three events cut off, with their rows": lambda r: cut_off(r, 3),
    "the last event and its row rewritten": lambda r: forge_last(r),
    "a printed name, and every event from there on": lambda r: forge_from(
        r.first, printed_name="Somebody Famous"
    ),
    "a day of signing, and every event from there on": lambda r: forge_from(
        r.first, signed_on=r.first.signed_on + ONE_DAY
    ),
}


def as_table() -> str:
    """The tables above in Markdown, as they stand in docs/tampering.md."""
    lines = []
    for section, cases in TAMPERINGS.items():
        lines += [
            f"### {section}",
            "",
            "| what is done | what `verify_record` says |",
            "| --- | --- |",
        ]
        lines += [f"| {what} | {_told(named)} |" for what, (_, named) in cases.items()]
        lines += [""]
    lines += [
        "### Only with a kept head",
        "",
        "| what is done | what `verify_record --head` says |",
    ]
    lines += ["| --- | --- |"]
    lines += [f"| {what} | event N: … |" for what in BY_A_KEPT_HEAD]
    return "\n".join(lines)


def _told(named: str) -> str:
    told = re.sub(r"\{[^}]*\}", "N", named).strip()
    told = told if re.match(r"[A-Za-z]+ ", told) else f"… {told.lstrip(': ')}"
    return f"{told} …" if told.endswith(":") or " " not in told else told
