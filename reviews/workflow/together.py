"""The same small change on many pages: put forward together, and signed on one screen.

Each page keeps a submission, an edition and a sign-off of its own; together means with one note,
one password, and all or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from reviews.models import SignOff, Subject, Submission
from reviews.reviewable import draft_of
from reviews.workflow.credentials import Credentials, prove
from reviews.workflow.drafts import may_submit, put_forward
from reviews.workflow.refusals import NotAllowed, Refusals, asking, in_force, require
from reviews.workflow.setbacks import unchanged_since
from reviews.workflow.signing import may_correct, sign_one
from reviews.workflow.submissions import fresh
from reviews.workflow.talk import unsettled
from reviews.workflow.verbs import inside_text, new_remark, public_line, verb

# One screen holds no more changes than somebody can read there.
MOST_TOGETHER = 100


def may_submit_together(subject: Subject, *, by: User, at: datetime) -> Refusals:
    """Whether a draft, which has one change alone, may be put forward with others."""
    yield from may_submit(subject, by=by, at=at)
    if in_force(subject, at) is None:
        yield "Nothing of this page is in force: submit it by itself."
    if subject.submissions.filter(status=Submission.Status.OPEN).exists():
        yield "Another change of this page is in review: submit this one by itself."
    if unchanged_since(subject) is not None:
        yield "These words were sent back or taken off before: submit the page by itself."


def submit_together(
    drafts: Mapping[Subject, str],
    *,
    by: User,
    note: str,
    public_note: str,
    meant: str = "",
) -> list[Submission]:
    """Put several drafts forward with one note, which keeps them together; all or none.

    `drafts` has the digest that each was saved with: one that was saved again since refuses them
    all. Raises NotAllowed, whose sentence names the page.
    """
    note = inside_text(note, required=False)
    public_note = public_line(public_note)
    if not note:
        raise NotAllowed(
            "Say for the reviewer what was changed: the note keeps the pages together."
        )
    if not drafts or len(drafts) > MOST_TOGETHER:
        raise NotAllowed(f"Submit between 1 and {MOST_TOGETHER} pages together.")
    if meant and meant not in Submission.Meant.values:
        raise NotAllowed("Choose what kind of change it is, or say nothing of it.")
    with verb(by) as (by, at):
        remark = new_remark(note)
        found = []
        for subject, digest in drafts.items():
            try:
                require(may_submit_together(subject, by=by, at=at))
                last = subject.contributions.order_by("-pk").first()
                if last is None or last.digest != digest:
                    raise NotAllowed("The draft was saved again meanwhile. Look at it once more.")
                found.append(
                    put_forward(
                        subject, by=by, at=at, note=remark, public_note=public_note, meant=meant
                    )
                )
            except NotAllowed as refusal:
                name = str(draft_of(subject) or subject)
                raise NotAllowed(f"{name}: {refusal} Nothing was submitted.") from refusal
        return found


def together_with(submission: Submission) -> list[Submission]:
    """The open submissions that were put forward together with one, itself among them, by title."""
    if submission.note_id is None:
        return [submission] if submission.is_open else []
    rows = Submission.objects.filter(note=submission.note_id, status=Submission.Status.OPEN)
    related = rows.select_related("edition__subject", "edition__submitted_by", "subject", "note")
    return list(related.order_by("edition__title", "pk")[:MOST_TOGETHER])


def may_sign_together(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Whether a submission may be signed among others, as a correction."""
    yield from may_correct(submission, by=by, at=at)
    if unsettled(submission.subject):
        yield "A comment is to be settled first: open the page by itself."


@dataclass(frozen=True)
class Signing:
    """What the form said of one page when it was opened: digest and comparison of `sign_off`."""

    submission: Submission
    digest: str
    against: int | None


def sign_together(
    signings: Sequence[Signing],
    *,
    by: User,
    proof: Credentials,
    profile: str,
    read_elsewhere: bool = False,
) -> list[SignOff]:
    """Sign several submissions as corrections: one password, a sign-off a page, all or none.

    Each is asked all that `sign_off` asks. Raises NotAllowed, whose sentence names the page.
    """
    if not signings:
        raise NotAllowed("Tick at least one page.")
    if len(signings) > MOST_TOGETHER:
        raise NotAllowed(f"Sign at most {MOST_TOGETHER} pages together.")
    prove(proof, by)
    with verb(by) as (by, at):
        found = []
        for one in signings:
            try:
                with asking():
                    submission = fresh(one.submission)
                    require(may_sign_together(submission, by=by, at=at))
                    found.append(
                        sign_one(
                            submission,
                            by=by,
                            at=at,
                            digest=one.digest,
                            profile=profile,
                            against=one.against,
                            scope=SignOff.Scope.CORRECTION,
                            read_elsewhere=read_elsewhere,
                        )
                    )
            except NotAllowed as refusal:
                name = one.submission.edition.title
                raise NotAllowed(f"{name}: {refusal} Nothing was signed.") from refusal
        return found
