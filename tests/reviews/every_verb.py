"""A record made by every verb, and the ways past the triggers by which tests tamper with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any

import reversion
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model

from conditions.models import Condition
from reviews import clock, workflow
from reviews.evidence import chain, triggers
from reviews.models import (
    Address,
    Claim,
    Contribution,
    Edition,
    EditionAuthor,
    Event,
    Remark,
    Reviewer,
    SignOff,
    Subject,
    Submission,
    Withdrawal,
)
from reviews.text.canonical import text_of
from reviews.workflow import claims, people
from tests import cast


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
    blanked: Remark
    last: Event


def made_by_every_verb(
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

    several = [cast.make_condition(slug, by=editor) for slug in ("one-of-two", "two-of-two")]
    for one in several:
        cast.publish(one, by=editor, signer=physician)
        cast.edit(one, by=editor, summary="<p>What helps is another thing.</p>")
    cast.sign_together(cast.submit_together(several, by=editor), by=second_physician)

    third = cast.make_condition("third-condition", by=editor)
    third_signed = sign_over(third, by=editor, first=second_physician, signer=physician)
    for verb in ("flag", "hold", "release"):
        cast.lay_over(verb, third, by=physician)
    beside_pages(third, by=editor, signer=physician, manager=manager)
    withdrawn = workflow.withdraw(
        third.subject, by=physician, reason="Old.", notice="out_of_date", successor=other.subject
    )
    cast.redact(third_signed, by=physician)

    settings.AUTHOR_MAY_SIGN = "disclosed"
    both = cast.person("author-physician", "Physicians", "Staff")
    cast.make_reviewer(both, "Robin Both", "MD")
    alone = cast.make_condition("written-and-reviewed-by-one", by=both)
    cast.publish(alone, by=both, signer=both)

    cast.edit(page, by=editor, name="A sample condition")
    open_one = cast.submit(page, by=second_editor, note="Please read the name.")
    talk(open_one, editor, physician, second_physician)
    blanked = Remark.objects.get(text="First try.")
    workflow.blank(blanked, by=manager)
    answer_claims(second_editor, by=manager, physician=physician)
    workflow.export(workflow.Export.RECORD, by=manager, texts=True)
    for reviewer in Reviewer.objects.order_by("pk"):
        workflow.record_reviewer(reviewer, by=manager, before=workflow.standing_of(reviewer))
    cast.confirm(physician)
    people_go(editor, manager)
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
        blanked=Remark.objects.get(pk=blanked.pk),
        last=Event.objects.order_by("-seq")[0],
    )


def sign_over(page: Condition, *, by: User, first: User, signer: User) -> SignOff:
    """A signature over what another physician wants settled first."""
    submission = cast.submit(page, by=by)
    workflow.comment(submission, by=first, text="Check the dose.", settle_first=True)
    return cast.sign(submission, by=signer, over="Checked with the label.")


def beside_pages(page: Condition, *, by: User, signer: User, manager: User) -> None:
    """A concern that was settled, a translation that was held with its original, an archived
    draft, one that was erased, and one of which a version was."""
    concern = workflow.log_concern(page.subject, by=by, part="", text="A typing fault.", to=signer)
    workflow.settle(concern, by=signer, how="It was none.")
    workflow.log_concern(page.subject, by=by, part="", text="A dose looks wrong.")
    translation = cast.make_condition("tercera", by=by, lang="es", translation_of=page.slug)
    cast.publish(translation, by=by, signer=signer)
    cast.lay_over("hold", page, by=manager)
    cast.lay_over("release", page, by=manager)
    put_away = cast.make_condition("put-away", by=by)
    workflow.archive(put_away.subject, by=by)
    workflow.unarchive(put_away.subject, by=by)
    workflow.archive(put_away.subject, by=by)
    with reversion.create_revision():
        cast.edit(put_away, by=by, headline="Without a name.")
    first = put_away.versions()[-1].number
    workflow.erase_version(put_away.subject, by=manager, number=first, reason="A name.")
    mistaken = cast.make_condition("mistaken", by=by)
    workflow.erase_draft(mistaken.subject, by=by, reason="A patient’s letter.")


def talk(submission: Submission, editor: User, physician: User, second_physician: User) -> None:
    """Who does a submission, and a thread of each kind through all of its steps."""
    workflow.take_on(submission, by=physician)
    workflow.hand_over(submission, by=physician, to=second_physician)
    workflow.let_go(submission, by=second_physician)
    asked = workflow.comment(
        submission, by=physician, text="Is this so?", part="summary", quote="What helps"
    )
    workflow.comment(submission, by=editor, text="It is.", answers=asked)
    workflow.resolve(asked, by=editor)
    workflow.reopen(asked, by=physician)
    offered = workflow.suggest(
        submission, by=physician, part="headline", words="Tovani does not offer this."
    )
    workflow.take_over(offered, by=editor)


def people_go(editor: User, manager: User) -> None:
    """A physician who is away, stands behind a page no longer, goes, comes back and goes again."""
    going, staying = (
        cast.person(name, "Physicians") for name in ("going-physician", "staying-physician")
    )
    reviewer = cast.make_reviewer(going, "Gil Going", "MD")
    other = cast.make_reviewer(staying, "Stacy Staying", "DO")
    for one in (reviewer, other):
        people.record_profile(one, by=manager, at=clock.now())
    day = clock.today()
    workflow.go_away(reviewer, by=going, stand_in=other, first_on=day, last_on=day)
    workflow.come_back(reviewer, by=going)
    page = cast.make_condition("page-of-who-goes", by=editor)
    own = cast.make_condition("page-left-alone", by=editor)
    for one in (page, own):
        cast.publish(one, by=editor, signer=going)
    workflow.end_reliance(own.subject, by=going, proof=cast.proof(), reason="Why.", hold=False)
    end = {"by": manager, "proof": cast.proof(), "on": day}
    workflow.end_reviewer(reviewer, step="left", **end)
    workflow.bring_back(reviewer, by=manager, proof=cast.proof())
    workflow.end_reviewer(reviewer, step="retired", **end)


def answer_claims(person: User, *, by: User, physician: User) -> None:
    """One claim that is told of, objected to and cleared."""
    with transaction.atomic():
        claim = claims.make_claim(
            Claim.Kind.GROUP, person, by=by, at=clock.now(), waits=True, of="Managers"
        )
    claims.tell(claim)
    claims.object_to(claim, by=physician)
    claims.confirm(claim, by=cast.person("second-manager", "Managers"))


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


def swap(one: Model, two: Model, *columns: str) -> None:
    """Exchange columns of two rows."""
    was_one = {column: getattr(one, column) for column in columns}
    was_two = {column: getattr(two, column) for column in columns}
    assert was_one != was_two
    if "hash" in columns:  # no two rows may share it, not even for a moment
        put(one, hash="")
    put(two, **was_one)
    put(one, **was_two)


def rewrite(event: Event, body: str) -> None:
    """Change an event's text and compute its hash again."""
    put(event, body=body, hash=chain.hash_of(event.prev, body))


def rewrite_said(event: Event, **said: Any) -> None:
    """Change what an event says and compute its hash again."""
    rewrite(event, text_of({**event.said, **said}))
