"""Comments and suggestions on a submission, and what becomes of them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Max, Prefetch

from reviews.diff import comparison
from reviews.diff.counting import count
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Comment, CommentStep, Remark, Subject, Submission
from reviews.reviewable import Part, draft_of, model_of
from reviews.workflow.drafts import record_draft
from reviews.workflow.refusals import NotAllowed, Refusals, is_entitled, once, require
from reviews.workflow.submissions import fresh
from reviews.workflow.verbs import inside_text, new_remark, verb

_KINDS = {
    CommentStep.Step.RESOLVED: Kind.COMMENT_RESOLVED,
    CommentStep.Step.REOPENED: Kind.COMMENT_REOPENED,
    CommentStep.Step.TAKEN_OVER: Kind.SUGGESTION_TAKEN_OVER,
    CommentStep.Step.SIGNED_OVER: Kind.COMMENT_SIGNED_OVER,
}
_WORKED_AT = ("Only staff who work on pages can comment on one. Ask a manager for the right.",)


def may_comment(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Who may say something about a submission: staff, about the newest one of a page."""
    yield from _works_here(by)
    # An open submission is the newest one: any that came after it would have ended it.
    newest = 0 if submission.is_open else _newest(submission.subject)
    if newest > submission.edition.number:
        yield f"Edition {newest} was put forward since. Comment on that one."


def may_settle_first(submission: Submission, *, by: User, at: datetime) -> Refusals:
    """Who may mark a comment as one to settle before a signature."""
    yield from may_comment(submission, by=by, at=at)
    if next(is_entitled(by, at), ""):
        yield "Only a physician who may sign can mark a comment as one to settle first."


def may_resolve(comment: Comment, *, by: User, at: datetime) -> Refusals:
    """Who may close a thread: staff; one to settle first, the physician who marked it."""
    yield from _works_here(by)
    yield from _is_thread(comment)
    if not comment.is_open:
        yield f"This was {_state(comment)} already."
    if comment.settle_first and comment.by != by:
        yield (
            f"{_name(comment.by)} marked this “settle first”, so only they can resolve it. "
            "Another physician can sign over it, saying why."
        )


def may_reopen(comment: Comment, *, by: User, at: datetime) -> Refusals:
    """Who may open a closed thread again: staff."""
    yield from _works_here(by)
    yield from _is_thread(comment)
    if comment.is_open:
        yield "This is open, so there is nothing to reopen."


def may_ask_to_take_over(comment: Comment, *, by: User, at: datetime) -> Refusals:
    """Who may take over which suggestion, whatever the draft says meanwhile: for a button."""
    model = model_of(comment.subject.kind)
    if not by.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        yield "Only staff who edit pages can take a suggestion over."
    if comment.suggestion is None:
        yield "This is a comment: it offers no words to take over."
        return
    if comment.suggestion.is_blanked:
        yield "The suggested words were blanked, so there is nothing to take over."
    state = comment.state
    if state is not None and state.step != CommentStep.Step.REOPENED:
        yield f"This was {_state(comment)} already."


def may_take_over(comment: Comment, *, by: User, at: datetime) -> Refusals:
    """Who may take a suggestion over into the draft, and while it still fits there."""
    yield from may_ask_to_take_over(comment, by=by, at=at)
    if comment.suggestion is None:
        return
    model = model_of(comment.subject.kind)
    draft = draft_of(comment.subject)
    if draft is None:
        yield "There is no draft: it was deleted."
        return
    now = _part(model.parts(draft.document()), comment.part)
    if now is None:
        yield "The draft has no such part any more: its row was deleted."
        return
    if now.content == comment.suggestion.text:
        yield "The draft says exactly this already: resolve the suggestion instead."
    frozen = _part(model.parts(comment.submission.edition.document), comment.part)
    if frozen is None or now.content != frozen.content:
        yield (
            f"“{now.label}” was changed in the draft since this was suggested. "
            "Open the draft and carry the words over by hand."
        )


def comment(
    submission: Submission,
    *,
    by: User,
    text: str,
    part: str = "",
    quote: str = "",
    answers: Comment | None = None,
    settle_first: bool = False,
) -> Comment:
    """Say something about a part of a submission, or answer a comment. Raises NotAllowed."""
    text = inside_text(text, required=False)
    if not text:
        raise NotAllowed("Write the comment first.")
    with verb(by) as (by, at):
        submission = fresh(submission)
        guard = may_settle_first if settle_first else may_comment
        require(guard(submission, by=by, at=at))
        if answers is not None:
            answers = _thread(answers, submission)
            part = answers.part
            if settle_first:
                raise NotAllowed("An answer cannot be marked “settle first”: write a new comment.")
        _check_part(submission, part)
        return _say(
            Kind.COMMENTED,
            submission,
            by=by,
            at=at,
            part=part,
            quote=_quoted(quote),
            text=new_remark(text),
            answers=answers,
            settle_first=settle_first,
        )


def suggest(
    submission: Submission,
    *,
    by: User,
    part: str,
    words: str,
    text: str = "",
    quote: str = "",
    settle_first: bool = False,
) -> Comment:
    """Offer exact words for a part of a submission, with a comment or without.

    They are cleaned as the draft's own form would. Raises NotAllowed.
    """
    text = inside_text(text, required=False)
    with verb(by) as (by, at):
        submission = fresh(submission)
        guard = may_settle_first if settle_first else may_comment
        require(guard(submission, by=by, at=at))
        frozen = _check_part(submission, part)
        try:
            cleaned = model_of(submission.subject.kind).cleaned(part, words)
        except ValidationError as fault:
            raise NotAllowed(" ".join(fault.messages)) from fault
        if not cleaned:
            raise NotAllowed("To take a part out, say so in a comment instead.")
        if frozen is None or frozen.content == cleaned:
            raise NotAllowed("These are the words that stand there: change them first.")
        return _say(
            Kind.SUGGESTED,
            submission,
            by=by,
            at=at,
            part=part,
            quote=_quoted(quote),
            text=new_remark(text),
            suggestion=new_remark(cleaned),
            settle_first=settle_first,
        )


def resolve(comment: Comment, *, by: User) -> CommentStep:
    """Close a thread. Raises NotAllowed."""
    with verb(by) as (by, at):
        comment = _fresh(comment)
        require(may_resolve(comment, by=by, at=at))
        return _step(comment, CommentStep.Step.RESOLVED, by=by, at=at)


def reopen(comment: Comment, *, by: User) -> CommentStep:
    """Open a closed thread again. Raises NotAllowed."""
    with verb(by) as (by, at):
        comment = _fresh(comment)
        require(may_reopen(comment, by=by, at=at))
        return _step(comment, CommentStep.Step.REOPENED, by=by, at=at)


def take_over(comment: Comment, *, by: User) -> CommentStep:
    """Put suggested words into the draft: one save, one contribution of whoever takes them over.

    Raises NotAllowed.
    """
    with verb(by, saves=comment.subject) as (by, at):
        comment = _fresh(comment)
        require(may_take_over(comment, by=by, at=at))
        draft = draft_of(comment.subject)
        assert draft is not None  # may_take_over refuses otherwise, as what follows
        assert comment.suggestion is not None
        before = _part(type(draft).parts(draft.document()), comment.part)
        assert before is not None
        after = Part(before.key, before.label, comment.suggestion.text, html=before.html)
        words = count(comparison.compare([before], [after])).changed
        # Before the contribution: so it lies within the saves that an edition is made of.
        step = _step(comment, CommentStep.Step.TAKEN_OVER, by=by, at=at, words=words)
        try:
            draft.put(comment.part, comment.suggestion.text)
        except ValidationError as fault:
            raise NotAllowed(" ".join(fault.messages)) from fault
        record_draft(comment.subject, by=by, how="Took a suggestion over")
        return step


@dataclass(frozen=True)
class Thread:
    """A comment with its answers, the oldest first, as the desk shows it."""

    comment: Comment
    answers: list[Comment]


def threads(subject: Subject) -> list[Thread]:
    """All threads on a page, the oldest first. Two queries, and none where nobody said anything."""
    related = ("by", "text", "quote", "suggestion", "submission__edition", "subject")
    steps = CommentStep.objects.select_related("by", "why")
    said = Comment.objects.filter(subject=subject).select_related(*related).order_by("pk")
    found: dict[int, Thread] = {}
    for one in said.prefetch_related(Prefetch("steps", steps)):
        if one.answers_id is None:
            found[one.pk] = Thread(one, [])
        else:
            found[one.answers_id].answers.append(one)
    return list(found.values())


def unsettled(subject: Subject) -> list[Comment]:
    """The open comments on a page that a physician wants settled before a signature."""
    waiting = Comment.objects.open().filter(subject=subject, settle_first=True)
    return list(waiting.select_related("by", "text", "subject").order_by("pk"))


def sign_over(comments: list[Comment], *, by: User, at: datetime, why: str) -> None:
    """Record within a signature that its physician signs over what another wants settled first.

    `why` is their sentence; the comments stay open. Raises NotAllowed without one, and where a
    comment is their own.
    """
    if not comments:
        return
    if any(one.by == by for one in comments):
        raise NotAllowed("You marked a comment “settle first”. Resolve it, then sign.")
    if not why:
        names = ", ".join(dict.fromkeys(_name(one.by) for one in comments))
        raise NotAllowed(
            f"{names} asked to settle a comment first. Settle it together, "
            "or say in a sentence why you sign over it."
        )
    remark = new_remark(why)
    for one in comments:
        _step(one, CommentStep.Step.SIGNED_OVER, by=by, at=at, why=remark)


def _works_here(by: User) -> Refusals:
    if not (by.is_staff and by.has_perm("reviews.view_submission")):
        yield from _WORKED_AT


@once
def _newest(subject: Subject) -> int:
    """The number of a page's newest edition."""
    return int(subject.editions.aggregate(newest=Max("number"))["newest"])


def _is_thread(comment: Comment) -> Refusals:
    if comment.answers_id is not None:
        yield "This is an answer: resolve or reopen the comment that it answers."


def _state(comment: Comment) -> str:
    return comment.state.get_step_display() if comment.state else "settled"


def _part(parts: list[Part], key: str) -> Part | None:
    return next((part for part in parts if part.key == key), None)


def _check_part(submission: Submission, key: str) -> Part | None:
    """The part of that key, None for the whole page."""
    if not key:
        return None
    parts = model_of(submission.subject.kind).parts(submission.edition.document)
    part = _part(parts, key)
    if part is None:
        raise NotAllowed("This edition has no such part. Open the page again.")
    return part


def _thread(answered: Comment, submission: Submission) -> Comment:
    """The comment that a thread began with."""
    thread = _fresh(answered)
    if thread.answers is not None:
        thread = thread.answers
    if thread.subject_id != submission.subject_id:
        raise NotAllowed("That comment stands on another page.")
    return thread


def _fresh(comment: Comment) -> Comment:
    related = ("subject", "submission__edition__subject", "suggestion", "text", "by", "answers")
    return Comment.objects.select_related(*related).get(pk=comment.pk)


def _quoted(words: str) -> Remark | None:
    return new_remark(inside_text(words, required=False))


def _say(
    kind: Kind,
    submission: Submission,
    *,
    by: User,
    at: datetime,
    part: str,
    quote: Remark | None,
    text: Remark | None,
    settle_first: bool,
    answers: Comment | None = None,
    suggestion: Remark | None = None,
) -> Comment:
    said = Comment(
        subject=submission.subject,
        submission=submission,
        part=part,
        quote=quote,
        text=text,
        answers=answers,
        suggestion=suggestion,
        settle_first=settle_first,
        by=by,
        at=at,
    )
    chain.append(kind, at=at, by=by, subject=submission.subject, row=said)
    return said


def _step(
    comment: Comment,
    step: CommentStep.Step,
    *,
    by: User,
    at: datetime,
    words: int | None = None,
    why: Remark | None = None,
) -> CommentStep:
    made = CommentStep(
        subject=comment.subject, comment=comment, step=step, words=words, why=why, by=by, at=at
    )
    chain.append(_KINDS[step], at=at, by=by, subject=comment.subject, row=made)
    return made


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
