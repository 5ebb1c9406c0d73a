"""Find exact words across drafts and put others in their place, one version a page."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from conditions import document
from conditions.models import Condition
from conditions.outline import COLUMNS, ROWS, row_model
from conditions.studio import exact
from conditions.studio.exact import Spot
from conditions.studio.forms import SubmitForm
from conditions.studio.history import gives_up
from conditions.studio.saving import NotSaved, Stale, save
from reviews import clock, workflow
from reviews.desk.lists import PlainLookups
from reviews.desk.standing import draft_words, public_words, with_standing
from reviews.desk.verb_pages import user_of
from reviews.models import Contribution, Subject, Submission
from reviews.text.canonical import NotCanonical, digest_of, text_of

REPLACE = "admin/conditions/condition/replace.html"
# What one person can look through; the rest is found once these are done.
MOST_PAGES = workflow.MOST_TOGETHER
CHANGED = "Its draft was saved since these places were found. Look at them again."


class WordsForm(forms.Form):
    """What to find, and what to put there."""

    find = forms.CharField(
        label="Find exactly these words",
        max_length=200,
        help_text="Capital letters count. Whole words only: “mg” is not found in “mgs”.",
    )
    by = forms.CharField(label="Put these in their place", max_length=500, required=False)

    def clean_find(self) -> str:
        """As texts are stored."""
        return unicodedata.normalize("NFC", self.cleaned_data["find"])

    def clean_by(self) -> str:
        """As texts are stored, and not the same words."""
        by = unicodedata.normalize("NFC", self.cleaned_data["by"])
        if by and by == self.cleaned_data.get("find"):
            raise ValidationError("These are the words that stand there already.")
        return by


class TogetherForm(SubmitForm):
    """What goes with the pages that are put forward together."""

    together = forms.BooleanField(
        label="Submit together the pages that have no other unsigned change",
        required=False,
        help_text="A physician can then sign all of them on one screen, as corrections.",
    )
    field_order = ["together", "note", "public_note", "meant"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reviewer"]

    def clean(self) -> dict[str, Any]:
        """With a note, which keeps the pages together."""
        cleaned = super().clean() or {}
        if cleaned.get("together") and not cleaned.get("note"):
            self.add_error("note", "Say for the physician what was changed, on all pages alike.")
        return cleaned


@dataclass
class Found:
    """A page with the places of its draft where the words stand.

    `alone` says why it cannot be put forward with others, "" where it can.
    """

    condition: Any
    spots: list[Spot]
    digest: str
    alone: str
    faults: list[str] = field(default_factory=list)

    @property
    def standing(self) -> str:
        """How the page stands, in a few words."""
        return "; ".join([*public_words(self.condition), *draft_words(self.condition)])

    def ticked(self, request: QueryDict | None) -> list[tuple[str, Spot, bool]]:
        """Each place with the value of its box, and whether that is ticked."""
        sent = None if request is None else set(request.getlist("place"))
        return [
            (name, spot, not spot.fixed and (sent is None or name in sent))
            for spot in self.spots
            for name in [f"{self.condition.pk}:{spot.name}"]
        ]


def find(words: str) -> tuple[list[Found], bool]:
    """The pages whose drafts have the words, by name, and whether there are more of them.

    Those in the archive are left out.
    """
    rows = Condition.objects.filter(_holds(exact.rarest(words))).select_related("subject")
    standing: Any = with_standing(rows.order_by("name", "pk"), "subject", clock.now())
    found: list[Found] = []
    for condition in standing.filter(is_archived=False).prefetch_related(*ROWS).iterator(200):
        words_of = document.of(condition)
        spots = exact.spots(words_of, words)
        if not spots:
            continue
        if len(found) == MOST_PAGES:
            return found, True
        found.append(Found(condition, spots, _digest(words_of), _why_alone(condition)))
    return found, False


def _digest(words: dict[str, Any]) -> str:
    """Of what cannot be frozen there is none: no save finds it equal."""
    try:
        return digest_of(text_of(words))
    except NotCanonical:
        return ""


def _holds(letters: str) -> Q:
    """Drafts that have some letters in any of their columns, whatever their case."""

    def anywhere(names: Iterable[str]) -> Q:
        return reduce(or_, (Q(**{f"{name}__contains": letters}) for name in names))

    columns = [name for name in COLUMNS if name != "review_interval_months"]
    rows = [
        Exists(row_model(part).objects.filter(anywhere(names), condition=OuterRef("pk")))
        for part, names in ROWS.items()
    ]
    return reduce(or_, rows, anywhere(columns))


def _why_alone(condition: Any) -> str:
    """Why a page of the list cannot be submitted together with others: its unsigned changes."""
    if condition.due is None:
        return "it is not public"
    if condition.waits_until is not None:
        return "a signed edition waits to take effect"
    if condition.latest_status == Submission.Status.OPEN:
        return "another change is in review"
    if condition.differ:
        return f"its draft is ahead in {condition.differ} other part" + (
            "s" if condition.differ > 1 else ""
        )
    return ""


@dataclass
class Change:
    """What is to be saved of one page: the ticked places, and the draft that they were found in."""

    found: Found
    names: list[str]
    opened: str


class ReplacePages(PlainLookups):
    """Find and replace, for whoever may change drafts."""

    def get_urls(self) -> list[Any]:
        """One address: by GET the places, by POST the change."""
        replace = path(
            "replace/",
            self.admin_site.admin_view(self.replace_view),
            name="conditions_condition_replace",
        )
        return [replace, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list, with the way to find and replace for whoever may."""
        may = {"may_replace": self.has_change_permission(request)}
        view: Any = super()
        return view.changelist_view(request, {**may, **(extra_context or {})})

    def replace_view(self, request: HttpRequest) -> HttpResponse:
        """Every place where words stand, and by POST other words at the ticked ones."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else None
        asked = sent or request.GET
        form = WordsForm(asked if "find" in asked else None)
        further = TogetherForm(sent, initial={"together": True}, auto_id="further-%s")
        pages: list[Found] = []
        more, refused = False, []
        if form.is_valid():
            pages, more = find(form.cleaned_data["find"])
            if sent is not None:
                refused = self._replaced(request, form, further, pages)
                if not refused:
                    return redirect(_again(form))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Find and replace",
            "form": form,
            "further": further,
            "asked": form.is_bound and form.is_valid(),
            "by": form.cleaned_data["by"] if form.is_bound and form.is_valid() else "",
            "pages": [(page, page.ticked(sent)) for page in pages],
            "places": sum(len(page.spots) for page in pages),
            "open": any(not spot.fixed for page in pages for spot in page.spots),
            "more": more,
            "refused": refused,
            "faulty": [page for page in pages if page.faults],
            "asks_first": bool(_given_up(request, [page.condition for page in pages])),
            "alone": [page for page in pages if page.alone],
        }
        response = TemplateResponse(request, REPLACE, context, status=422 if sent else 200)
        response["Cache-Control"] = "no-store"
        return response

    def _replaced(
        self, request: HttpRequest, form: WordsForm, further: TogetherForm, pages: list[Found]
    ) -> list[str]:
        """Save, and submit what was asked for; returns the sentences that refuse it."""
        if not form.cleaned_data["by"]:
            return ["Type the words that are to stand there. To take words out, open the draft."]
        if not further.is_valid():
            return ["Nothing was saved yet: look at what is wrong below."]
        changes, missing = _changes(request.POST, pages)
        if not changes and not missing:
            return ["Tick at least one place."]
        given_up = _given_up(request, [one.found.condition for one in changes])
        if given_up and not request.POST.get("save_all_the_same"):
            names = ", ".join(f"“{one}”" for one in given_up)
            return [f"Nothing was saved yet: if you save {names}, you cannot sign it any more."]
        saved, left = _save(
            changes,
            form.cleaned_data,
            request,
            others=bool(request.POST.get("others")),
            missing=missing,
        )
        if not saved:
            return [
                "Nothing was saved. Untick the pages named here, or save the others all the same.",
                *left,
            ]
        places = sum(len(one.names) for one, _ in saved)
        messages.success(
            request,
            f"Saved {places} place{'s' if places > 1 else ''} in {len(saved)} "
            f"page{'s' if len(saved) > 1 else ''}, one version each.",
        )
        if left:
            messages.warning(request, f"Not saved: {'; '.join(left)}")
        if further.cleaned_data["together"]:
            _submit(request, further, saved)
        return []


def _given_up(request: HttpRequest, pages: Sequence[Condition]) -> list[Condition]:
    """The pages that whoever asks could sign now, and no more once they save their drafts."""
    if workflow.reviewer_of(user_of(request)) is None:
        return []
    return [page for page in pages if gives_up(request, page)]


def _changes(sent: QueryDict, pages: Sequence[Found]) -> tuple[list[Change], list[str]]:
    """What was ticked, page by page, and the names of pages that have no such place any more."""
    ticked: dict[str, list[str]] = {}
    for value in sent.getlist("place"):
        pk, _, name = value.partition(":")
        ticked.setdefault(pk, []).append(name)
    by_pk = {str(page.condition.pk): page for page in pages}
    changes, missing = [], []
    for pk, names in ticked.items():
        page = by_pk.get(pk)
        if page is None:
            gone = Condition.objects.filter(pk=pk).first() if pk.isdecimal() else None
            missing.append(f"“{gone}”" if gone else "a page that is gone")
        else:
            changes.append(Change(page, names, sent.get(f"opened.{pk}", "")))
    return changes, missing


def _save(
    changes: Sequence[Change],
    words: dict[str, str],
    request: HttpRequest,
    *,
    others: bool,
    missing: list[str],
) -> tuple[list[tuple[Change, Contribution]], list[str]]:
    """Save the changes in one transaction: all, or with `others` those that are not refused.

    Returns what was saved and, in words, what was not.
    """
    saved: list[tuple[Change, Contribution]] = []
    left = [f"{name}: {CHANGED}" for name in missing]
    with transaction.atomic():
        # All drafts before the first event: a verb that holds a draft waits for the events.
        keys = [one.found.condition.pk for one in changes]
        drafts = Condition.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        locked = {one.pk: one for one in drafts}
        for change in changes:
            condition = locked.get(change.found.condition.pk)
            change.found.faults = [CHANGED]
            if condition is not None:
                try:
                    saved.append((change, _save_one(condition, change, words, request)))
                    change.found.faults = []
                except Stale:
                    pass
                except NotSaved as refusal:
                    change.found.faults = refusal.faults
                except (workflow.NotAllowed, NotCanonical) as refusal:
                    change.found.faults = [str(refusal)]
            if change.found.faults:
                left.append(f"“{change.found.condition}”: {' '.join(change.found.faults)}")
        if left and not others:
            transaction.set_rollback(True)
            return [], left
    return saved, left


def _save_one(
    condition: Condition, change: Change, words: dict[str, str], request: HttpRequest
) -> Contribution:
    made = exact.replaced(condition.document(), words["find"], words["by"], change.names)
    how = f"Replaced “{words['find']}” by “{words['by']}”"
    return save(condition, made, by=user_of(request), opened=change.opened, how=how)


def _submit(
    request: HttpRequest, further: TogetherForm, saved: Sequence[tuple[Change, Contribution]]
) -> None:
    """Put forward together what has no other unsigned change, and say what was left out."""
    user = user_of(request)
    drafts: dict[Subject, str] = {}
    alone = []
    for change, contribution in saved:
        subject = change.found.condition.subject
        why = change.found.alone or workflow.why_not(workflow.may_submit_together, subject, by=user)
        if why:
            alone.append(f"“{change.found.condition}” ({why.rstrip('.')})")
        else:
            drafts[subject] = contribution.digest
    if alone:
        messages.warning(request, f"Saved, but not submitted with the others: {', '.join(alone)}.")
    if not drafts:
        return
    fields = {name: further.cleaned_data[name] for name in ("note", "public_note", "meant")}
    try:
        submissions = workflow.submit_together(drafts, by=user, **fields)
    except workflow.NotAllowed as refusal:
        messages.error(request, str(refusal))
        return
    url = reverse("admin:reviews_submission_together", args=[submissions[0].pk])
    many = f"{len(submissions)} pages together" if len(submissions) > 1 else "1 page"
    said = f"Submitted {many}."
    messages.success(request, format_html('{} <a href="{}">See them on one screen</a>', said, url))


def _again(form: WordsForm) -> str:
    """The same question once more: nothing is left to find, or what was left out."""
    asked = QueryDict(mutable=True)
    asked.update(form.cleaned_data)
    return f"{reverse('admin:conditions_condition_replace')}?{asked.urlencode()}"
