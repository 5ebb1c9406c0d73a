"""What is done about a submission beside signing it: who does it, comments, suggestions."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from reviews import workflow
from reviews.desk.forms import CommentForm, EmptyForm, HandOverForm, ThreadForm
from reviews.desk.verb_pages import name_of, user_of
from reviews.models import Comment, Reviewer, Submission
from reviews.reviewable import Part, model_of


def _take_on(request: HttpRequest, submission: Submission) -> str:
    workflow.take_on(submission, by=user_of(request))
    return "You took this on. Any other physician may still sign it."


def _hand_over(request: HttpRequest, submission: Submission, to: Reviewer) -> str:
    workflow.hand_over(submission, by=user_of(request), to=to.user)
    return f"Handed over to {to}."


def _let_go(request: HttpRequest, submission: Submission) -> str:
    workflow.let_go(submission, by=user_of(request))
    return "It waits for any physician again."


def _comment(
    request: HttpRequest,
    submission: Submission,
    text: str,
    part: str,
    quote: str,
    settle_first: bool,
    answers: int | None,
) -> str:
    workflow.comment(
        submission,
        by=user_of(request),
        text=text,
        part=part,
        quote=quote,
        settle_first=settle_first,
        answers=_thread(submission, answers) if answers else None,
    )
    return "Answered." if answers else "Commented. The authors and the next reader see it."


def _resolve(request: HttpRequest, submission: Submission, comment: int) -> str:
    workflow.resolve(_thread(submission, comment), by=user_of(request))
    return "Resolved."


def _reopen(request: HttpRequest, submission: Submission, comment: int) -> str:
    workflow.reopen(_thread(submission, comment), by=user_of(request))
    return "Open again."


def _take_over(request: HttpRequest, submission: Submission, comment: int) -> str:
    thread = _thread(submission, comment)
    workflow.take_over(thread, by=user_of(request))
    return f"Taken over into the draft, as {name_of(thread.by)} suggested. Submit it when ready."


def _thread(submission: Submission, number: int) -> Comment:
    found = Comment.objects.select_related("subject", "by").filter(pk=number).first()
    if found is None or found.subject_id != submission.subject_id:
        raise workflow.NotAllowed("There is no such comment on this page. Open the page again.")
    return found


VERBS: dict[str, tuple[type[forms.Form], Callable[..., str]]] = {
    "take-on": (EmptyForm, _take_on),
    "hand-over": (HandOverForm, _hand_over),
    "let-go": (EmptyForm, _let_go),
    "comment": (CommentForm, _comment),
    "resolve": (ThreadForm, _resolve),
    "reopen": (ThreadForm, _reopen),
    "take-over": (ThreadForm, _take_over),
}


def part_of(submission: Submission, key: str) -> Part | None:
    """The part of an edition that has a key, if it has one that can be typed."""
    model = model_of(submission.subject.kind)
    parts = model.parts(submission.edition.document)
    part = next((part for part in parts if part.key == key), None)
    try:
        model.typed(key)
    except ValidationError:
        return None
    return part


class SuggestForm(forms.Form):
    """Exact words for a part, in the field in which the draft's form takes them."""

    text = forms.CharField(
        label="Why, if it needs saying",
        required=False,
        max_length=workflow.MOST_INSIDE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Inside only. No patient’s details.",
    )
    settle_first = forms.BooleanField(label="Settle this before anybody signs", required=False)

    field_order = ["words", "text", "settle_first"]

    def __init__(self, submission: Submission, part: Part, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"words": part.content, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        words = model_of(submission.subject.kind).typed(part.key)
        words.label, words.help_text, words.required = part.label, "", True
        self.fields = {"words": words, **self.fields}


def suggest(request: HttpRequest, submission: Submission, part: Part, **fields: Any) -> Comment:
    """Offer the words of a form."""
    return workflow.suggest(submission, by=user_of(request), part=part.key, **fields)
