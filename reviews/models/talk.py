"""What staff say about a submission: who does it, comments, and what became of them."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from reviews.models.chain import PROTECT, Evidence, Subject
from reviews.models.remarks import Remark
from reviews.models.submissions import Submission

# A name after an @ that does not stand within a word, as in a mail address.
_MENTION = re.compile(r"(?<![\w.])@([\w.@+-]+)")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Who does which submission: the newest row of each counts."""

    def current(self) -> "AssignmentQuerySet":
        """Those that count; a submission that was let go, or never taken on, has none."""
        newer = Assignment.objects.filter(submission=OuterRef("submission"), pk__gt=OuterRef("pk"))
        return self.exclude(Exists(newer)).exclude(person=None)


class Assignment(Evidence):
    """A reviewer does a submission: took it on, was handed it, or (no `person`) let it go.

    It locks nobody out.
    """

    subject = models.ForeignKey(Subject, PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["submission", "-event"], name="latest_assignment")]

    def __str__(self) -> str:
        return f"taken on by {self.person}" if self.person else "taken on by nobody"


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments by whether something is left to do about them."""

    def threads(self) -> "CommentQuerySet":
        """Those that answer no other."""
        return self.filter(answers=None)

    def open(self) -> "CommentQuerySet":
        """Threads that nobody closed: a taken over suggestion to settle first waits for its author.

        Adds `last_step`.
        """
        steps = CommentStep.objects.filter(comment=OuterRef("pk"))
        last = steps.exclude(step=CommentStep.Step.SIGNED_OVER).order_by("-pk").values("step")[:1]
        closed = Q(last_step=CommentStep.Step.RESOLVED) | Q(
            last_step=CommentStep.Step.TAKEN_OVER, settle_first=False
        )
        return (
            self.threads().annotate(last_step=Coalesce(Subquery(last), Value(""))).exclude(closed)
        )


class Comment(Evidence):
    """A remark on a part of a submission (`part` is its key, or "" for the page), in a thread.

    `quote` holds the words in question, where some were selected. With a `suggestion` it offers
    exact words for the part, in its cleaned form. One to `settle_first` is a physician's.
    """

    subject = models.ForeignKey(Subject, PROTECT, related_name="comments")
    submission = models.ForeignKey(Submission, PROTECT, related_name="comments")
    part = models.CharField(max_length=100, blank=True)
    quote = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    text = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    answers = models.ForeignKey("self", PROTECT, null=True, related_name="replies")
    suggestion = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    settle_first = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(text__isnull=False) | Q(suggestion__isnull=False),
                name="a_comment_says_something",
            ),
        ]
        indexes = [models.Index(fields=["subject", "event"], name="comments_of_a_page")]

    def __str__(self) -> str:
        return f"{'suggestion' if self.suggestion_id else 'comment'} by {self.by}"

    @property
    def mentioned(self) -> list[User]:
        """The active members of staff whose user names stand after an @ in the text."""
        words = self.text.text if self.text else ""
        names = {name for found in _MENTION.findall(words) for name in (found, found.rstrip("."))}
        people = User.objects.filter(username__in=names, is_staff=True, is_active=True)
        return list(people.order_by("pk")) if names else []

    @property
    def state(self) -> Any:
        """The last step that closed or opened the thread, or None; reads `steps`."""
        steps = [one for one in self.steps.all() if one.step != CommentStep.Step.SIGNED_OVER]
        return max(steps, key=lambda one: int(one.pk), default=None)

    @property
    def is_open(self) -> bool:
        """Whether something is left to do about the thread, as `CommentQuerySet.open` says."""
        state = self.state
        if state is None or state.step == CommentStep.Step.REOPENED:
            return True
        return self.settle_first and state.step == CommentStep.Step.TAKEN_OVER


class CommentStep(Evidence):
    """What became of a thread.

    `words` is how many words a suggestion changed in the draft that it was taken over into; `why`
    the sentence of a physician who signed over it.
    """

    class Step(models.TextChoices):
        """What somebody did about it."""

        RESOLVED = "resolved", "resolved"
        REOPENED = "reopened", "reopened"
        TAKEN_OVER = "taken_over", "taken over"
        SIGNED_OVER = "signed_over", "signed over"

    subject = models.ForeignKey(Subject, PROTECT, related_name="+")
    comment = models.ForeignKey(Comment, PROTECT, related_name="steps")
    step = models.CharField(max_length=20, choices=Step)
    words = models.PositiveIntegerField(null=True)
    why = models.ForeignKey(Remark, PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(step__in=["resolved", "reopened", "taken_over", "signed_over"]),
                name="comment_step_is_known",
            ),
            models.CheckConstraint(
                condition=Q(step="taken_over", words__isnull=False)
                | (~Q(step="taken_over") & Q(words=None)),
                name="what_is_taken_over_is_counted",
            ),
        ]
        indexes = [models.Index(fields=["comment", "-event"], name="latest_step")]

    def __str__(self) -> str:
        return f"{self.get_step_display()} by {self.by}"


class Shown(models.Model):
    """A row of parts was shown to a reader of the desk: for them alone, and no evidence.

    `row` is its key in the edition, `digest` that of what it said: the same words in a later
    edition were shown too.
    """

    edition = models.ForeignKey("Edition", PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, PROTECT, related_name="+")
    row = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "edition", "row"], name="shown_once"),
        ]

    def __str__(self) -> str:
        return f"{self.row} shown to {self.user}"
