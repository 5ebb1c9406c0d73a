"""verify_record recomputes the whole record and names the first row that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Model, Value
from django.db.models.functions import Replace

from reviews import clock, workflow
from reviews.evidence import chain, triggers
from reviews.evidence.kinds import Kind
from reviews.models import (
    Address,
    Contribution,
    Edition,
    EditionAuthor,
    Event,
    Listing,
    Remark,
    SignOff,
    Subject,
    Submission,
    Withdrawal,
)
from reviews.text.canonical import digest_of, text_of
from tests import cast
from tests.undoing import Case

pytestmark = pytest.mark.django_db


@dataclass
class Record:
    """A record made by every verb, and the rows of it that the tests tamper with."""

    subject: Subject
    other: Subject
    first: SignOff
    correction: SignOff
    other_signed: SignOff
    withdrawn_signed: SignOff
    cancelled: Withdrawal
    withdrawn: Withdrawal
    open: Submission
    taken_back: Submission
    author: EditionAuthor
    address: Address
    contribution: Contribution
    note: Remark
    last: Event


@pytest.fixture
def record(
    editor: User,
    second_editor: User,
    physician: User,
    second_physician: User,
    manager: User,
    settings: Any,
) -> Record:
    """Submit, supersede, request changes, take back, sign, correct, reaffirm, cancel, withdraw."""
    page = cast.make_condition("sample-condition", by=editor)
    cast.submit(page, by=editor, note="First try.")
    cast.edit(page, by=second_editor, summary="<p>Second try.</p>")
    superseding = cast.submit(page, by=editor)
    workflow.request_changes(superseding, by=physician, reason="Say more.")
    cast.edit(page, by=editor, summary="<p>What helps is something else.</p>")
    taken_back = cast.submit(page, by=editor)
    workflow.take_back(taken_back, by=editor)
    first = cast.publish(page, by=editor, signer=physician)
    cast.edit(page, by=editor, slug="renamed-condition", summary="<p>What helps is different.</p>")
    correction = cast.publish(page, by=editor, signer=second_physician, scope="correction")

    other = cast.make_condition("other-condition", by=second_editor)
    cast.publish(other, by=second_editor, signer=physician)
    other_signed = cast.reaffirm(
        other.subject,
        by=second_physician,
        proof=cast.proof(),
        digest=Edition.objects.get(subject=other.subject).digest,
    )
    cast.edit(other, by=second_editor, name="Other words")
    later = clock.now() + timedelta(days=7)
    waiting = cast.publish(other, by=editor, signer=physician, effective_at=later)
    workflow.cancel(waiting, by=physician, reason="Too early.")
    live = cast.publish(cast.edit(other, by=editor, name="More"), by=editor, signer=physician)
    cancelled = workflow.cancel(live, by=second_physician, reason="A fault.")

    third = cast.make_condition("third-condition", by=editor)
    third_signed = cast.publish(third, by=editor, signer=physician)
    withdrawn = workflow.withdraw(third.subject, by=physician, reason="Old.", notice="out_of_date")

    settings.AUTHOR_MAY_SIGN = "disclosed"
    both = cast.person("author-physician", "Physicians", "Staff")
    cast.make_reviewer(both, "Robin Both", "MD")
    alone = cast.make_condition("written-and-reviewed-by-one", by=both)
    cast.publish(alone, by=both, signer=both)

    cast.edit(page, by=editor, name="A sample condition")
    open_one = cast.submit(page, by=second_editor, note="Please read the name.")
    workflow.record_reviewer(physician.reviewer, by=manager)
    cast.confirm(physician)
    cast.edit(page, by=editor, name="Not yet submitted")

    author = EditionAuthor.objects.filter(edition=first.edition, user=second_editor).get()
    return Record(
        subject=page.subject,
        other=other.subject,
        first=first,
        correction=correction,
        other_signed=other_signed,
        withdrawn_signed=third_signed,
        cancelled=cancelled,
        withdrawn=withdrawn,
        open=open_one,
        taken_back=Submission.objects.get(pk=taken_back.pk),
        author=author,
        address=Address.objects.get(slug="renamed-condition"),
        contribution=Contribution.objects.filter(subject=page.subject).order_by("pk")[0],
        note=Remark.objects.get(text="Please read the name."),
        last=Event.objects.order_by("-seq")[0],
    )


@contextmanager
def tampering() -> Iterator[None]:
    """Past the triggers, as somebody who owns the database: all is undone at the end.

    PostgreSQL drops no trigger while checks of its table are pending, hence IMMEDIATE first.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        triggers.remove(connection)
        yield
        transaction.set_rollback(True)


def verify(*arguments: str) -> tuple[int, str, str]:
    """The command's exit code, and what it printed."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_record", *arguments, stdout=out, stderr=err)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def put(row: Model, **fields: Any) -> None:
    """Change columns of one row, past every rule."""
    changed = type(row)._default_manager.filter(pk=row.pk).update(**fields)
    assert changed == 1


def drop(*rows: Model) -> None:
    """Delete rows and nothing else, past every rule."""
    for row in rows:
        queryset = type(row)._default_manager.filter(pk=row.pk)
        assert queryset._raw_delete(queryset.db) in (1, None)


def drop_sign_off(row: SignOff) -> None:
    """Delete a sign-off with what was derived from it."""
    Listing.objects.filter(sign_off=row).delete()
    drop(row)


def swap(one: Model, two: Model, *columns: str) -> None:
    """Exchange columns of two rows."""
    was_one = {column: getattr(one, column) for column in columns}
    was_two = {column: getattr(two, column) for column in columns}
    assert was_one != was_two
    if "hash" in columns:  # no two rows may share it, not even for a moment
        put(one, hash="")
    put(two, **was_one)
    put(one, **was_two)


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


def rewrite(event: Event, body: str) -> None:
    """Change an event's text and compute its hash again."""
    put(event, body=body, hash=chain.hash_of(event.prev, body))


def rewrite_said(event: Event, **said: Any) -> None:
    """Change what an event says and compute its hash again."""
    rewrite(event, text_of({**event.said, **said}))


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


# name: (what is done, what the command names). In a name, {} refers to the record.
TAMPERINGS: dict[str, tuple[Callable[[Record], object], str]] = {
    # Editions
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
    "an author exchanged": (
        lambda r: put(r.author, user=r.first.signer),
        "Edition {first.edition_id}: its authors are not those recorded",
    ),
    # Sign-offs
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
    "a sign-off deleted": (
        lambda r: drop_sign_off(r.other_signed),
        "SignOff {other_signed.pk}: the row of this event is missing",
    ),
    # Other evidence
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
    # The chain
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
    # What verbs derive or move
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
    "a confirmed profile": (
        lambda r: put(r.first.reviewer.confirmations.get(), biography="Cures everybody."),
        "ProfileConfirmation {confirmed}: biography is not what was recorded",
    ),
    "a confirmed profile given to somebody else": (
        lambda r: put(r.first.reviewer.confirmations.get(), reviewer=r.correction.reviewer),
        "ProfileConfirmation {confirmed}: reviewer_id is not what was recorded",
    ),
    "a confirmed profile deleted": (
        lambda r: drop(r.first.reviewer.confirmations.get()),
        "ProfileConfirmation {confirmed}: the row of this event is missing",
    ),
    "a remark's words": (
        lambda r: put(r.note, text="All is well."),
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
}


def test_a_record_made_by_every_verb_holds(record: Record) -> None:
    kinds = set(Event.objects.values_list("kind", flat=True))
    statuses = set(Submission.objects.values_list("status", flat=True))

    code, out, err = verify()

    assert (code, err) == (0, "")
    assert f"Head {record.last.seq}:{record.last.hash}" in out
    assert kinds >= {
        *(kind.value for kind in Kind if kind.row),
        "superseded",
        "changes_requested",
        "taken_back",
    }
    assert statuses >= {"open", "changes_requested", "taken_back", "superseded", "signed"}
    assert SignOff.objects.filter(disclosed=True).exists()


def test_an_empty_record_holds() -> None:
    code, out, err = verify()

    assert (code, err) == (0, "")
    assert f"0 events. Head 0:{chain.GENESIS}" in out


def test_a_record_holds_before_anything_was_signed(editor: User) -> None:
    cast.make_condition(by=editor)

    assert verify()[::2] == (0, "")


def test_a_record_holds_when_what_waited_counts(record: Record) -> None:
    with time_machine.travel(clock.now() + timedelta(days=400)):
        assert verify()[::2] == (0, "")


def test_a_row_that_was_tampered_with_is_named(record: Record, subtests: pytest.Subtests) -> None:
    for name, (tamper, expected) in TAMPERINGS.items():
        named = expected.format(
            **vars(record),
            next=record.first.pk + 1,
            note_start=record.note.pk[:12],
            confirmed=record.first.reviewer.confirmations.get().pk,
        )
        with subtests.test(name):
            with tampering():
                tamper(record)
                triggers.install(connection)
                code, out, err = verify()

            assert (code, out) == (1, "")
            assert named in err

    assert verify()[0] == 0, "some tampering was not undone"


def test_only_the_first_fault_is_printed(record: Record) -> None:
    with tampering():
        put(record.first, printed_name="Somebody Famous")
        put(record.correction, printed_name="Somebody Else")
        _, _, err = verify()

    assert err.count("DOES NOT HOLD") == 1
    assert f"SignOff {record.first.pk}" in err


def test_a_remark_blanked_whole_still_holds(record: Record, manager: User) -> None:
    workflow.blank(record.note, by=manager)

    assert verify()[::2] == (0, "")


# --- The head kept outside


def head() -> str:
    """The head as an earlier run printed it."""
    _, out, _ = verify()
    return out.split("Head ")[1].strip()


def drop_last(record: Record) -> None:
    """Cut the last event off, with the row that it carried."""
    drop(Contribution.objects.get(pk=record.last.pk), record.last)


def forge_last(record: Record) -> None:
    """Rewrite the last event and its row so that they agree with each other."""
    row = Contribution.objects.get(pk=record.last.pk)
    row.by_id = record.first.signer_id
    put(row, by=record.first.signer)
    rewrite_said(record.last, by=record.first.signer_id, row=row.facts())


@pytest.mark.parametrize("cut", [drop_last, forge_last])
def test_only_a_head_kept_outside_shows_that_the_end_was_changed(
    cut: Callable[[Record], None], record: Record
) -> None:
    kept = head()

    with tampering():
        cut(record)
        without, with_head = verify(), verify("--head", kept)

    assert without[0] == 0
    assert with_head[0] == 1
    assert f"event {record.last.seq}: " in with_head[2]


def test_a_record_that_grew_holds_with_the_head_kept_before(record: Record, editor: User) -> None:
    kept = head()

    workflow.record_draft(record.subject, by=editor)

    assert verify("--head", kept)[0] == 0
    assert head() != kept


def test_the_head_of_an_empty_record_holds_for_ever(record: Record) -> None:
    assert verify("--head", f"0:{chain.GENESIS}")[0] == 0


def test_a_head_that_is_not_of_this_record_is_refused(record: Record, case: Case) -> None:
    for kept in ("nonsense", "1", "1:", "999999:" + "0" * 64, ":", "-1:x", "0:x"):
        with case(kept=kept):
            code, _, err = verify(f"--head={kept}")

            assert code == 1
            assert "DOES NOT HOLD" in err
