"""What happened, as notifications: who is told of which event."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q

from reviews import workflow
from reviews.evidence.kinds import Kind
from reviews.mail.people import Choices, managers
from reviews.models import (
    Comment,
    CommentStep,
    Contribution,
    EditionAuthor,
    Event,
    Notification,
    Overlay,
    Reason,
    Reviewer,
    SignOff,
    Submission,
    Timing,
)


@dataclass(frozen=True)
class Told:
    """Who is told, by their number, why, and of which submission, if it is about one."""

    reason: Reason
    person: int
    submission: Submission | None = None


def notifications(events: Sequence[Event], at: datetime) -> list[Notification]:
    """What a batch of events tells to whom, unsaved. Nobody is told what they did themselves.

    The number of queries does not grow with the batch, save by one for each comment that mentions
    somebody.
    """
    batch, choices = _Batch(events, at), Choices()
    found = []
    for event in events:
        for told in dict.fromkeys(_TELL[Kind(event.kind)](batch, event)):
            timing = choices.timing(told.person, told.reason)
            if told.person == batch.said[event.pk]["by"] or timing == Timing.NEVER:
                continue
            found.append(
                Notification(
                    person_id=told.person,
                    reason=told.reason,
                    key=str(event.pk),
                    event=event,
                    subject_id=event.subject_id,
                    submission=told.submission,
                    at_once=timing == Timing.AT_ONCE,
                )
            )
    return found


class _Batch:
    """A batch of events, with what is needed to say whom they concern."""

    def __init__(self, events: Sequence[Event], at: datetime) -> None:
        self.at = at
        self.said = {event.pk: event.said for event in events}
        subjects = {event.subject_id for event in events if event.subject_id}
        self.submissions = self._by_subject(
            Submission.objects.select_related("reviewer", "ended_by").filter(subject__in=subjects)
        )
        self.sign_offs = self._by_subject(SignOff.objects.filter(subject__in=subjects))
        self.overlays = self._by_subject(Overlay.objects.filter(subject__in=subjects))
        standing = Overlay.objects.standing(at).exclude(kind=Overlay.Kind.RELEASE)
        waiting = SignOff.objects.waiting(at)
        self.cannot_wait = {
            subject
            for rows in (standing, waiting)
            for subject in rows.filter(subject__in=subjects).values_list("subject", flat=True)
        }
        editions = [row.edition_id for rows in self.submissions.values() for row in rows]
        self.authors: dict[int, set[int]] = defaultdict(set)
        rows = EditionAuthor.objects.filter(edition__subject__in=subjects)
        for edition, user in rows.values_list("edition", "user") if editions else ():
            self.authors[edition].add(user)

    @staticmethod
    def _by_subject(rows: Iterable[Any]) -> dict[Any, list[Any]]:
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: int(row.pk)):
            found[row.subject_id].append(row)
        return found

    @cached_property
    def saves(self) -> dict[Any, list[tuple[int, int]]]:
        """The drafts saved since one of these editions was frozen: number and person, by page."""
        frozen = [said["edition"] for said in self.said.values() if said.get("edition")]
        rows = Contribution.objects.filter(
            subject__in=self.submissions, pk__gt=min(frozen, default=0)
        )
        found: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for subject, pk, by in rows.values_list("subject", "pk", "by"):
            found[subject].append((pk, by))
        return found

    @cached_property
    def comments(self) -> dict[int, Comment]:
        """What was said by these events, by number."""
        rows = Comment.objects.filter(pk__in=self.said).select_related(
            "text", "submission__edition"
        )
        return {row.pk: row for row in rows.defer("submission__edition__text")}

    @cached_property
    def threads(self) -> dict[int, list[tuple[int, int]]]:
        """Number and person of what was said in their threads, by the comment that began each."""
        roots = {comment.answers_id or comment.pk for comment in self.comments.values()}
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        rows = Comment.objects.filter(Q(pk__in=roots) | Q(answers__in=roots))
        for pk, answers, by in rows.values_list("pk", "answers", "by"):
            found[answers or pk].append((pk, by))
        return found

    @cached_property
    def steps(self) -> dict[int, CommentStep]:
        """What became of comments by these events, by number."""
        rows = CommentStep.objects.filter(pk__in=self.said).select_related("comment__submission")
        return {row.pk: row for row in rows}

    @cached_property
    def physicians(self) -> set[int]:
        """Those who may sign now."""
        return set(Reviewer.objects.entitled(self.at).values_list("user", flat=True))

    @cached_property
    def stand_ins(self) -> dict[int | None, int]:
        """The accounts of those who stand in now, by the profiles of who is away."""
        found = workflow.stand_ins(self.at).items()
        return {key: row.stand_in.user_id for key, row in found if row.stand_in is not None}

    @cached_property
    def managers(self) -> set[int]:
        return {manager.pk for manager in managers()}

    def submission(self, event: Event, edition: int) -> Submission:
        """The submission of an edition of the event's page."""
        found: list[Submission] = self.submissions[event.subject_id]
        return next(one for one in found if one.edition_id == edition)

    def last_signed(self, event: Event) -> SignOff | None:
        """The last signature under the event's page when it happened, or since where none was."""
        found: list[SignOff] = self.sign_offs[event.subject_id]
        before = [row for row in found if row.pk <= event.pk]
        return next(reversed(before or found), None)

    def of_page(self, event: Event) -> set[int]:
        """Physicians, managers and who wrote or signed the page: told when it is taken off."""
        signed = self.last_signed(event)
        wrote = self.authors[signed.edition_id] | {signed.signer_id} if signed else set()
        return self.physicians | self.managers | wrote


def _submitted(batch: _Batch, event: Event) -> Iterator[Told]:
    submission = batch.submission(event, event.pk)
    sent_back_by = _sent_back_by(batch, event)
    authors = batch.authors[event.pk] if settings.AUTHOR_MAY_SIGN == "never" else set()
    asked = batch.physicians - authors
    if submission.reviewer is not None:
        asked = {batch.stand_ins.get(submission.reviewer_id, submission.reviewer.user_id)}
    urgent = event.subject_id in batch.cannot_wait
    if submission.reviewer_id in batch.stand_ins and asked <= authors:
        # Who stands in wrote words of it, and cannot sign them.
        asked = batch.physicians - authors
    for person in sorted(asked | sent_back_by):
        again = Reason.RESUBMITTED if person in sent_back_by else Reason.ASKED
        yield Told(Reason.ASKED_URGENTLY if urgent else again, person, submission)


def _sent_back_by(batch: _Batch, event: Event) -> set[int]:
    """Who sent the page back last, if nothing of it was signed since."""
    signed = max(
        (row.pk for row in batch.sign_offs[event.subject_id] if row.pk < event.pk), default=0
    )
    for one in reversed(batch.submissions[event.subject_id]):
        sent_back = one.status == Submission.Status.CHANGES_REQUESTED and one.edition_id < event.pk
        if sent_back and one.ended_by is not None and one.ended_by_id > signed:
            return {one.ended_by.said["by"]}
    return set()


def _sent_back(batch: _Batch, event: Event) -> Iterator[Told]:
    edition = batch.said[event.pk]["edition"]
    edits = {by for pk, by in batch.saves[event.subject_id] if pk > edition}
    for person in sorted(batch.authors[edition] | edits):
        yield Told(Reason.SENT_BACK, person, batch.submission(event, edition))


def _superseded(batch: _Batch, event: Event) -> Iterator[Told]:
    said = batch.said[event.pk]
    old, new = (batch.submission(event, said[key]) for key in ("edition", "by_edition"))
    named = {old.reviewer.user_id} if old.reviewer else set()
    for person in sorted(batch.authors[old.edition_id] | named):
        yield Told(Reason.SUPERSEDED, person, new)


def _taken_on(batch: _Batch, event: Event) -> Iterator[Told]:
    submission = _assigned(batch, event)
    named = {submission.reviewer.user_id} if submission.reviewer else set()
    for person in sorted(batch.authors[submission.edition_id] | named):
        yield Told(Reason.TAKEN_ON, person, submission)


def _handed_over(batch: _Batch, event: Event) -> Iterator[Told]:
    yield Told(
        Reason.HANDED_OVER, batch.said[event.pk]["row"]["person_id"], _assigned(batch, event)
    )


def _assigned(batch: _Batch, event: Event) -> Submission:
    number = batch.said[event.pk]["row"]["submission_id"]
    found: list[Submission] = batch.submissions[event.subject_id]
    return next(one for one in found if one.pk == number)


def _said(batch: _Batch, event: Event) -> Iterator[Told]:
    """Who is mentioned; and the authors and those in the thread, where they are not."""
    comment = batch.comments[event.pk]
    mentioned = {user.pk for user in comment.mentioned}
    thread = batch.threads[comment.answers_id or comment.pk]
    others = batch.authors[comment.submission.edition_id] | {
        by for pk, by in thread if pk < event.pk
    }
    reason = Reason.SUGGESTED if event.kind == Kind.SUGGESTED else Reason.COMMENTED
    for person in sorted(mentioned | others):
        why = Reason.MENTIONED if person in mentioned else reason
        yield Told(why, person, comment.submission)


def _signed_over(batch: _Batch, event: Event) -> Iterator[Told]:
    comment = batch.steps[event.pk].comment
    yield Told(Reason.SIGNED_OVER, comment.by_id, comment.submission)


def _signed(batch: _Batch, event: Event) -> Iterator[Told]:
    row = batch.said[event.pk]["row"]
    urgent = row["scope"] == SignOff.Scope.URGENT
    people = set(batch.authors[row["edition_id"]]) if row["submission_id"] else set()
    if urgent:
        rests_on = [
            one for one in batch.sign_offs[event.subject_id] if one.pk == row["rests_on_id"]
        ]
        people |= batch.managers | {one.signer_id for one in rests_on}
    for person in sorted(people):
        yield Told(Reason.URGENT if urgent else Reason.SIGNED, person)


def _cancelled(batch: _Batch, event: Event) -> Iterator[Told]:
    ended = batch.said[event.pk]["row"]["sign_off_id"]
    for row in batch.sign_offs[event.subject_id]:
        if row.pk == ended:
            for person in sorted(batch.authors[row.edition_id] | {row.signer_id}):
                yield Told(Reason.CANCELLED, person)


def _of_page(reason: Reason) -> Callable[[_Batch, Event], Iterator[Told]]:
    def tell(batch: _Batch, event: Event) -> Iterator[Told]:
        for person in sorted(batch.of_page(event)):
            yield Told(reason, person)

    return tell


def _released(batch: _Batch, event: Event) -> Iterator[Told]:
    laid = {row.by_id for row in batch.overlays[event.subject_id] if row.pk < event.pk}
    for person in sorted(batch.of_page(event) | laid):
        yield Told(Reason.RELEASED, person)


def _reliance_ended(batch: _Batch, event: Event) -> Iterator[Told]:
    """Managers, and who wrote the page: somebody has to find another physician for it."""
    signed = batch.last_signed(event)
    wrote = batch.authors[signed.edition_id] if signed else set()
    for person in sorted(batch.managers | wrote):
        yield Told(Reason.RELIANCE_ENDED, person)


_TELL: dict[Kind, Callable[[_Batch, Event], Iterator[Told]]] = {
    Kind.SUBMITTED: _submitted,
    Kind.CHANGES_REQUESTED: _sent_back,
    Kind.SUPERSEDED: _superseded,
    Kind.TAKEN_ON: _taken_on,
    Kind.HANDED_OVER: _handed_over,
    Kind.COMMENTED: _said,
    Kind.SUGGESTED: _said,
    Kind.COMMENT_SIGNED_OVER: _signed_over,
    Kind.SIGNED: _signed,
    Kind.SIGN_OFF_CANCELLED: _cancelled,
    Kind.PAGE_WITHDRAWN: _of_page(Reason.WITHDRAWN),
    Kind.PAGE_FLAGGED: _of_page(Reason.FLAGGED),
    Kind.PAGE_HELD: _of_page(Reason.HELD),
    Kind.PAGE_RELEASED: _released,
    Kind.RELIANCE_ENDED: _reliance_ended,
}
# The kinds of event that tell somebody something.
KINDS = tuple(kind.value for kind in _TELL)
