"""The review desk: what a physician reads, signs or sends back."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from csp.decorators import csp
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from reviews import clock, workflow
from reviews.desk import reading, signing, talk, waits
from reviews.desk.forms import EmptyForm, HandOverForm, ReasonForm, SignForm
from reviews.desk.standing import due_cell, submission_words
from reviews.desk.together import TogetherPages
from reviews.desk.verb_pages import (
    VerbAdmin,
    answer,
    carried_out,
    draft_url,
    ids,
    name_of,
    refusals,
    rows_in,
    user_of,
    with_nonce,
)
from reviews.models import SignOff, Submission
from reviews.reading import at_address, proved, related
from reviews.reviewable import Signature, Standing, draft_of, model_of
from reviews.text.days import age, day

# The preview is the public page in a frame of the desk: no script, no form, no way out of it. The
# desk's own script may look in, to let the frame grow and to know what was in sight.
PREVIEW_POLICY = {
    **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-same-origin"],
}
# The views of a submission by the last part of their addresses, each with its name.
VIEWS = {"change": "What changed", "page": "The page", "checks": "Checks"}
_PLACE = re.compile(r"[\w.-]{1,120}")


def _request_changes(request: HttpRequest, submission: Submission, reason: str) -> str:
    workflow.request_changes(submission, by=user_of(request), reason=reason)
    return "Sent back. The authors see your reason on the draft."


def _take_back(request: HttpRequest, submission: Submission) -> str:
    workflow.take_back(submission, by=user_of(request))
    return "Taken back. What patients read has not changed."


class OpenFilter(admin.SimpleListFilter):
    """Submissions by where they stand; those that can be signed, unless another choice is made."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open ones, those sent back, signed ones, and all."""
        return [("back", "sent back"), ("signed", "signed"), ("all", "all of them")]

    def choices(self, changelist: Any) -> Any:
        """What Django calls all are the open ones here."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "open"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that stand so."""
        if self.value() == "all":
            return queryset
        status = {
            "back": Submission.Status.CHANGES_REQUESTED,
            "signed": Submission.Status.SIGNED,
        }.get(self.value() or "", Submission.Status.OPEN)
        return queryset.filter(status=status)


class WhoseFilter(admin.SimpleListFilter):
    """Submissions by who is to read them, as seen by whoever looks."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """As the sections of your work are called."""
        return [
            ("asked", "asked of you"),
            ("taken", "taken on by you"),
            ("any", "for any physician"),
            ("yours", "words of yours"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those that are so."""
        me = user_of(request).pk
        which = {
            "asked": Q(reviewer__user=me) | Q(reviewer__in=_stood_in_for(me)),
            "taken": Q(taken=me),
            "any": Q(reviewer=None, taken=None),
            "yours": Q(edition__author_rows__user=me),
        }
        return queryset.filter(which.get(self.value() or "", Q()))


def _stood_in_for(person: int) -> list[int]:
    """The profiles of those who are away now and for whom a person stands in."""
    found = workflow.stand_ins(clock.now()).items()
    return [key for key, row in found if row.stand_in and row.stand_in.user_id == person]


@admin.register(Submission)
class SubmissionAdmin(TogetherPages, VerbAdmin):
    """The review desk."""

    list_name = "Review desk"
    list_display = ["page_title", "stands", "asked", "submitted", "due"]
    list_filter = [OpenFilter, WhoseFilter]
    search_fields = [
        *("edition__title", "edition__slug", "reviewer__printed_name"),
        *(f"edition__submitted_by__{name}" for name in ("first_name", "last_name", "username")),
    ]
    search_help_text = "A page, who submitted it, or who was asked."
    show_full_result_count = False
    verbs = {
        "sign": (SignForm, signing.sign),
        "request-changes": (ReasonForm, _request_changes),
        "take-back": (EmptyForm, _take_back),
        **talk.VERBS,
    }

    @admin.display(description="page", ordering="edition__title")
    def page_title(self, submission: Submission) -> str:
        """The edition as frozen."""
        return str(submission.edition)

    @admin.display(description="where it stands")
    def stands(self, submission: Submission) -> str:
        """What became of it, in true words."""
        return submission_words(submission, clock.now())

    @admin.display(description="asked of")
    def asked(self, submission: Any) -> str:
        """Who was asked, and who does it."""
        of = str(submission.reviewer) if submission.reviewer else "any physician"
        return f"{of}; taken on by {submission.taken_name}" if submission.taken else of

    @admin.display(description="submitted", ordering="edition")
    def submitted(self, submission: Submission) -> str:
        """Who put it forward, and how long ago."""
        edition = submission.edition
        frozen = clock.local_date(edition.frozen_at)
        ago = age(frozen, clock.today()) if submission.is_open else f"on {day(frozen)}"
        return f"by {name_of(edition.submitted_by)}, {ago}"

    @admin.display(description="review due", ordering="due")
    def due(self, submission: Any) -> str:
        """When the page's next full review is due."""
        return due_cell(submission.due)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """With what the list and the page show."""
        if not self.is_list(request):
            return Submission.objects.select_related(
                *("edition__submitted_by", "edition__subject", "subject"),
                *("note", "reason", "unchanged_because", "reviewer__user"),
            )
        related = ("edition__submitted_by", "reviewer", "ended_by", "sign_off__cancellation")
        rows = Submission.objects.select_related(*related).defer("edition__text")
        return rows.annotate(
            due=waits.due_of("subject", clock.now()),
            taken=waits.taken_by(F("person")),
            taken_name=waits.taken_by(waits.full_name("person")),
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is due first stands first, then what waits longest."""
        return [F("due").asc(nulls_last=True), "edition"] if self.is_list(request) else ["-edition"]

    def get_urls(self) -> list[Any]:
        """The verbs, the other views, and the page as patients will see it."""
        views: dict[str, Callable[..., HttpResponse]] = {
            "preview": self.preview,
            "page": self.other_view,
            "checks": self.other_view,
            "suggest": self.suggest_view,
            "shown": self.shown_view,
            "signed": self.signed_view,
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"reviews_submission_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def other_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page, or the checks: the same submission seen otherwise."""
        return self.change_view(request, str(pk))

    def template_of(self, request: HttpRequest) -> str:
        """The template of the view that is asked for, or that a form was sent from."""
        return f"admin/reviews/submission/{_view_of(request)}.html"

    def done_at(self, request: HttpRequest, row: Submission, verb: str) -> str:
        """After a signature its own page; else the view and the place that a form was sent from."""
        if verb == "sign":
            return reverse("admin:reviews_submission_signed", args=[row.pk])
        return _address(row, _view_of(request), request.POST.get("place", ""))

    def page(self, request: HttpRequest, row: Any, bound: dict[str, forms.Form]) -> HttpResponse:
        """One of the views; what several guards ask is asked once."""
        with workflow.asking():
            response = super().page(request, row, bound)
            response.render()  # type: ignore[attr-defined]
        return response

    def context(self, request: HttpRequest, row: Submission, bound: dict[str, forms.Form]) -> Any:
        """What every view shows, and what the one that is asked for shows."""
        user, view = user_of(request), _view_of(request)
        if (reviewer := workflow.reviewer_of(user)) is not None:
            user.reviewer = reviewer  # the frame of the admin asks for it too
        page = reading.opened(row, user, workflow.now())
        draft = draft_of(row.subject)
        shown = {
            "change": lambda: reading.what_changed(page, request.GET.get("against", "")),
            "page": lambda: reading.the_page(page),
            "checks": lambda: reading.checks(page),
        }[view]()
        return {
            "submission": row,
            "edition": row.edition,
            "view": view,
            "views": [
                {"name": name, "label": label, "url": _address(row, name)}
                for name, label in VIEWS.items()
            ],
            "opened": page,
            "header": reading.header(page),
            "odd_names": reading.odd_names_of(page),
            "doubted": len(page.model.doubts(row.edition.document)),
            "checks_url": _address(row, "checks"),
            "signed": page.signed,
            "against": page.against,
            "in_force": page.in_force,
            "setbacks": page.setbacks,
            "authors": reading.authors_of(row.edition),
            "on_page": reading.on_the_whole(page),
            "reason_form": bound.get("request-changes")
            or ReasonForm(auto_id=ids("request-changes")),
            "comment_form": bound.get("comment"),
            "hand_over_form": bound.get("hand-over") or HandOverForm(auto_id=ids("hand-over")),
            "why_not_request": workflow.why_not(workflow.may_request_changes, row, by=user),
            "why_not_take_back": workflow.why_not(workflow.may_take_back, row, by=user),
            "why_not_take_on": workflow.why_not(workflow.may_take_on, row, by=user),
            "why_not_comment": workflow.why_not(workflow.may_comment, row, by=user),
            "may_settle_first": not workflow.why_not(workflow.may_settle_first, row, by=user),
            "draft_url": draft and draft_url(request, draft),
            "together": _together(row),
            **signing.sign_context(page, bound.get("sign")),
            **shown,
        }

    def suggest_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offer exact words for one part."""
        submission = self.load(request, str(pk))
        part = talk.part_of(submission, request.POST.get("part") or request.GET.get("part", ""))
        if part is None:
            raise Http404("No such part can be typed.")
        # Opened from a comment's form, by POST: neither what was typed nor the form's token gets
        # into an address.
        sent = request.POST if "words" in request.POST else None
        said = {"text": request.POST.get("text", "")}
        form = talk.SuggestForm(submission, part, sent, initial=said, auto_id=ids("suggest"))
        view = request.POST.get("view") or request.GET.get("view", "")
        view = view if view in VIEWS else "change"
        back = _address(submission, view, f"part-{workflow.row_of(part)}")
        if carried_out(form, partial(talk.suggest, request, submission, part)):
            messages.success(request, "Suggested. An editor can take it over with one click.")
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Suggest words for “{part.label}”",
            "submission": submission,
            "edition": submission.edition,
            "part": part,
            "view": view,
            "form": form,
            "refused": refusals(form),
            "why_not": workflow.why_not(workflow.may_comment, submission, by=user_of(request)),
            "may_settle_first": not workflow.why_not(
                workflow.may_settle_first, submission, by=user_of(request)
            ),
            "back": back,
            "media": with_nonce(form.media, request),
        }
        return answer(request, "admin/reviews/submission/suggest.html", context, form)

    def shown_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remember what this reader was shown: rows that a script saw, or a view without script.

        Without script a view asks for an image at this address, so by GET.
        """
        submission = self.load(request, str(pk))
        user = user_of(request)
        if request.method == "POST":
            rows = rows_in(request)
            if rows is None:
                return HttpResponse(status=422)
            workflow.show(submission.edition, rows, to=user)
        elif request.GET.get("view") == "page":
            workflow.show_all(submission.edition, to=user)
        elif request.GET.get("view") == "change":
            page = reading.opened(submission, user, clock.now())
            found = reading.what_changed(page, request.GET.get("against", ""))["stretches"]
            seen = [one.key for summary, changes in found if not summary for one in changes]
            workflow.show(submission.edition, seen, to=user)
        else:
            raise Http404("No such view shows parts.")
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})

    def signed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """After a signature: what patients read now, how to take it back, and what is next."""
        submission = self.load(request, str(pk))
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        signed = reading.signed_as(submission)
        if signed is None:
            return redirect(submission)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Signed",
            "submission": submission,
            "edition": submission.edition,
            **signing.after(request, signed),
        }
        return answer(request, "admin/reviews/submission/signed.html", context)

    @method_decorator([never_cache, xframe_options_sameorigin, csp(PREVIEW_POLICY)])
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The edition exactly as patients will see it once this reader signs it today."""
        submission = self.load(request, str(pk))
        document = submission.edition.document
        model = model_of(submission.subject.kind)
        at = clock.now()
        html = model.render(
            submission.edition,
            Standing(
                signature=_signature(submission, user_of(request), request.GET.get("scope", "")),
                on=clock.local_date(at),
                live=at_address.live_targets(submission.subject.kind, model.targets(document), at),
                related=related.beside(submission.edition, at),
            ),
        )
        response = HttpResponse(html)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response


def _together(submission: Submission) -> int:
    """How many open submissions were put forward together with one, itself among them."""
    if submission.note_id is None or not submission.is_open:
        return 0
    same = Submission.objects.filter(note=submission.note_id, status=Submission.Status.OPEN)
    return same.count()


def _view_of(request: HttpRequest) -> str:
    """Which view a request is for: by its address, or by the view that its form stood on."""
    match = request.resolver_match
    name = (match.url_name or "").rpartition("_")[2] if match else ""
    asked = request.POST.get("view", "") if request.method == "POST" else name
    return asked if asked in VIEWS else "change"


def _address(submission: Submission, view: str, place: str = "") -> str:
    """The address of a view, at a place in it if one is named."""
    address = reverse(f"admin:reviews_submission_{view}", args=[submission.pk])
    return f"{address}#{place}" if _PLACE.fullmatch(place) else address


def _signature(submission: Submission, user: User, scope: str) -> Signature | None:
    """What the review line says: the sign-off, or else one by this reader today.

    None, which the page says aloud, for a reader who may not sign.
    """
    signed = reading.signed_as(submission)
    if signed is not None:
        return proved.signature_of(signed)
    kind = SignOff.Scope(scope) if scope in SignOff.Scope.values else SignOff.Scope.FULL
    if workflow.why_not(workflow.GUARDS[kind], submission, by=user):
        return None
    at = clock.now()
    before = workflow.in_force(submission.subject, at)
    drawn_up = workflow.draw_up(submission.edition, by=user, at=at, before=before, scope=kind)
    return proved.signature_of(drawn_up)
