"""The record of a page, inside: its sign-offs and events, and the verbs that end or renew them."""

from datetime import datetime
from typing import Any

from csp.decorators import csp
from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from reviews import clock, workflow
from reviews.desk import concerns, reaffirming
from reviews.desk.forms import (
    CancelForm,
    ConcernForm,
    LayOverForm,
    ReaffirmForm,
    RedactForm,
    RelianceForm,
    SettleForm,
    WithdrawForm,
)
from reviews.desk.sentences import told
from reviews.desk.standing import (
    DUE_SOON,
    StandingFilter,
    draft_words,
    due_cell,
    public_words,
    with_standing,
)
from reviews.desk.submissions import PREVIEW_POLICY
from reviews.desk.verb_pages import (
    VerbAdmin,
    draft_url,
    ids,
    may_edit,
    proof_of,
    rows_in,
    user_of,
)
from reviews.evidence.states import overlaid, states
from reviews.mail import outbox
from reviews.models import Edition, SignOff, Subject
from reviews.reading import originals, timeline
from reviews.reading.timeline import Picture
from reviews.reviewable import draft_of, model_of
from reviews.text.days import day


def _withdraw(
    request: HttpRequest, subject: Subject, reason: str, notice: str, successor: Subject | None
) -> str:
    public = workflow.in_force(subject, clock.now()) is not None
    workflow.withdraw(
        subject, by=user_of(request), reason=reason, notice=notice, successor=successor
    )
    outbox.hurry()
    if not public:
        return "Withdrawn. What was waiting will not take effect."
    return "Withdrawn. Patients see the notice from now on."


def _cancel(request: HttpRequest, subject: Subject, reason: str, sign_off: int) -> str:
    row = subject.sign_offs.filter(pk=sign_off).first()
    if row is None:
        raise workflow.NotAllowed("There is no such sign-off of this page. Open the page again.")
    waited = row.waits(clock.now())
    workflow.cancel(row, by=user_of(request), reason=reason)
    if waited:
        return "Cancelled. It will not take effect."
    return "Cancelled. What was signed before it counts again."


READING = "admin/reviews/subject/read.html"
# The newest events of a page are told on its record; all of them stand in their own list.
MOST_EVENTS = 100


def _flag(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.flag(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    outbox.hurry()
    return "Flagged. The page stays, with the notice above it."


def _hold(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.hold(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    outbox.hurry()
    return "Held. Patients read that the page is being checked."


def _release(request: HttpRequest, subject: Subject, reason: str, password: str) -> str:
    workflow.release(subject, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Released. The page stands as before, with its own dates."


def _redact(
    request: HttpRequest, subject: Subject, reason: str, password: str, edition: int
) -> str:
    row = subject.editions.filter(pk=edition).first()
    if row is None:
        raise workflow.NotAllowed("There is no such edition of this page. Open the page again.")
    workflow.redact(row, by=user_of(request), proof=proof_of(request, password), reason=reason)
    return "Taken out. Who signed these words, and when, can still be read."


def _end_reliance(
    request: HttpRequest, subject: Subject, reason: str, password: str, hold: str
) -> str:
    workflow.end_reliance(
        subject,
        by=user_of(request),
        proof=proof_of(request, password),
        reason=reason,
        hold=bool(hold),
    )
    outbox.hurry()
    return "Recorded. " + (
        "The page is held." if hold else "The page says so, and is due for a full review."
    )


@admin.register(Subject)
class SubjectAdmin(VerbAdmin):
    """What is in force for each page, and everything that happened to it."""

    list_display = ["page_title", "where_it_stands", "signed", "due", "under_way"]
    list_filter = [StandingFilter]
    search_fields = ["editions__title", "editions__slug", "sign_offs__printed_name"]
    search_help_text = "A page, an address, or who signed."
    show_full_result_count = False
    verbs = {
        "reaffirm": (ReaffirmForm, reaffirming.reaffirm),
        "withdraw": (WithdrawForm, _withdraw),
        "cancel": (CancelForm, _cancel),
        "flag": (LayOverForm, _flag),
        "hold": (LayOverForm, _hold),
        "release": (LayOverForm, _release),
        "redact": (RedactForm, _redact),
        "end-reliance": (RelianceForm, _end_reliance),
        "concern": (ConcernForm, concerns.log),
        "settle": (SettleForm, concerns.settle),
    }
    page_template = "admin/reviews/subject/page.html"

    @admin.display(description="page", ordering="title")
    def page_title(self, subject: Subject) -> str:
        """The name of its latest edition."""
        return str(getattr(subject, "title", subject))

    @admin.display(description="where it stands", ordering="since")
    def where_it_stands(self, subject: Subject) -> str:
        """What patients read of it."""
        return "; ".join(public_words(subject))

    @admin.display(description="signed by", ordering="signed_on")
    def signed(self, subject: Subject) -> str:
        """Who signed what is in force, and when."""
        row: Any = subject
        return f"{row.signed_by} on {day(row.signed_on)}" if row.signed_by else ""

    @admin.display(description="review due", ordering="due")
    def due(self, subject: Any) -> str:
        """When the next full review is due."""
        return due_cell(subject.due)

    @admin.display(description="to do")
    def to_do(self, subject: Any) -> str:
        """Where a page that is due is read and reaffirmed, one by one."""
        if subject.due is None or subject.due > clock.today() + DUE_SOON or subject.waits_until:
            return ""
        url = reaffirming.read_url(subject.pk, in_a_row=True)
        words = '<a class="button" href="{}">Reaffirm<span class="visually-hidden">: {}</span></a>'
        return format_html(words, url, subject.title)

    def get_list_display(self, request: HttpRequest) -> Any:
        """A physician finds a button at each page that is due."""
        signs = getattr(request.user, "reviewer", None) is not None
        return [*self.list_display, "to_do"] if signs else [*self.list_display]

    @admin.display(description="under way")
    def under_way(self, subject: Subject) -> str:
        """What waits behind it: a submission, a draft that is ahead."""
        return "; ".join(draft_words(subject))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subject]:
        """Only pages that were submitted at least once, what is due first first."""
        editions = Edition.objects.filter(subject=OuterRef("pk")).order_by("-number")
        rows = Subject.objects.annotate(title=Subquery(editions.values("title")[:1]))
        rows = rows.filter(title__isnull=False)
        return with_standing(rows, "pk", clock.now()) if self.is_list(request) else rows

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is due first stands first; what is not public, last."""
        return [F("due").asc(nulls_last=True), "title", "pk"] if self.is_list(request) else []

    def get_urls(self) -> list[Any]:
        """The verbs, and where a page in force is read before it is reaffirmed."""
        views = {"read": self.read_view, "preview": self.preview, "shown": self.shown_view}
        own = [
            path(
                f"<str:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"reviews_subject_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def read_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The page in force, to be read and signed again."""
        return self.change_view(request, pk)

    def shown_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Remember what this reader was shown of the page in force.

        Without script the page asks for an image at this address, so by GET.
        """
        subject, user = self.load(request, pk), user_of(request)
        in_force = workflow.in_force(subject, clock.now())
        if in_force is None:
            return HttpResponse(status=404)
        if request.method == "POST":
            rows = rows_in(request)
            if rows is None:
                return HttpResponse(status=422)
            workflow.show(in_force.edition, rows, to=user)
        elif "all" in request.GET:
            workflow.show_all(in_force.edition, to=user)
        else:
            raise Http404("Nobody was shown anything.")
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})

    @method_decorator([never_cache, xframe_options_sameorigin, csp(PREVIEW_POLICY)])
    def preview(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The page in force as patients will read it once this reader reaffirms it today."""
        html = reaffirming.page(self.load(request, pk), user_of(request))
        if not html:
            raise Http404("Nothing of this page is in force.")
        return HttpResponse(html, headers={"X-Robots-Tag": "noindex", "Cache-Control": "no-store"})

    def template_of(self, request: HttpRequest) -> str:
        """The record, or where the page is read and reaffirmed."""
        return READING if _is_reading(request) else self.page_template

    def done_at(self, request: HttpRequest, row: Subject, verb: str) -> str:
        """After reaffirming, the next of several pages; else the record."""
        return reaffirming.after(request, row) if verb == "reaffirm" else row.get_absolute_url()

    def context(self, request: HttpRequest, row: Subject, bound: dict[str, forms.Form]) -> Any:
        """The sign-offs and events, the forms, and for each verb why not."""
        if _is_reading(request):
            return reaffirming.context(request, row, bound.get("reaffirm"))
        user, at = user_of(request), clock.now()
        in_force = workflow.in_force(row, at)
        sign_offs = list(
            row.sign_offs.select_related(
                "edition__subject", "edition__redaction__reason", "cancellation__reason"
            ).order_by("-pk")
        )
        waiting = workflow.waiting_of(row, at)
        live = {one.pk for one in (in_force, waiting) if one is not None}
        draft = draft_of(row)
        return {
            "subject": row,
            "in_force": in_force,
            "overdue": in_force and in_force.is_overdue(clock.local_date(at)),
            "withdrawal": row.withdrawals.page().select_related("reason").order_by("-pk").first(),
            "waiting": waiting,
            "sign_offs": [
                {
                    "row": one,
                    "form": _cancel_form(one, bound.get("cancel")),
                    "why_not": one.pk not in live
                    or workflow.why_not(workflow.may_cancel, one, by=user),
                    "redact_form": _redact_form(one, bound.get("redact")),
                    "why_not_redact": workflow.why_not(workflow.may_redact, one.edition, by=user),
                }
                for one in sign_offs
            ],
            "original_changed_on": in_force and originals.changed_on(in_force, at),
            "public_url": in_force and model_of(row.kind).public_url(in_force.edition.slug),
            "picture": _picture(row, sign_offs, at),
            "events": told(row.events.order_by("-seq")[:MOST_EVENTS]),
            "submissions": row.submissions.select_related("edition"),
            "lost_reason": _lost_reason(bound.get("cancel"), sign_offs),
            "read_url": reaffirming.read_url(row.pk),
            "withdraw_form": bound.get("withdraw")
            or WithdrawForm(auto_id=ids("withdraw")).besides(row),
            "why_not_reaffirm": workflow.why_not(workflow.may_reaffirm, row, by=user),
            "why_not_withdraw": workflow.why_not(workflow.may_withdraw, row, by=user),
            "reliance_form": bound.get("end-reliance") or RelianceForm(auto_id=ids("end-reliance")),
            "why_not_end_reliance": workflow.why_not(workflow.may_end_reliance, row, by=user),
            "overlay": (overlay := workflow.overlay_of(row, at)),
            "overlay_verbs": [
                {
                    "verb": verb,
                    "action": reverse(f"admin:reviews_subject_{verb}", args=[row.pk]),
                    "form": bound.get(verb) or LayOverForm(auto_id=ids(verb)),
                    "why_not": workflow.why_not(guard, row, by=user),
                    # Of what cannot be done, what a reader of this page might look for.
                    "told": verb == ("release" if overlay else "flag"),
                }
                for verb, guard in OVERLAY_VERBS.items()
            ],
            **concerns.context(row, user, bound),
            "draft_url": draft and draft_url(request, draft),
            "may_edit": draft is not None and may_edit(request, draft),
        }


def _picture(subject: Subject, sign_offs: list[SignOff], at: datetime) -> Picture | None:
    """The page's history with what waits and what was only submitted; three queries."""
    editions = list(subject.editions.defer("text"))
    history = states(sign_offs, subject.withdrawals.all())
    return timeline.picture(history, overlaid(subject.overlays.all()), at, editions=editions)


OVERLAY_VERBS = {
    "flag": workflow.may_flag,
    "hold": workflow.may_hold,
    "release": workflow.may_release,
}


def _is_reading(request: HttpRequest) -> bool:
    """Whether a request is about the page where a page in force is read and reaffirmed."""
    match = request.resolver_match
    return bool(match and match.url_name in ("reviews_subject_read", "reviews_subject_reaffirm"))


def _redact_form(sign_off: SignOff, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("edition") == str(sign_off.edition_id):
        return bound
    return RedactForm(initial={"edition": sign_off.edition_id}, auto_id=ids("redact", sign_off.pk))


def _cancel_form(sign_off: SignOff, bound: forms.Form | None) -> forms.Form:
    if bound is not None and bound.data.get("sign_off") == str(sign_off.pk):
        return bound
    return CancelForm(initial={"sign_off": sign_off.pk}, auto_id=ids("cancel", sign_off.pk))


def _lost_reason(bound: forms.Form | None, sign_offs: list[SignOff]) -> str:
    """The reason typed on a form whose sign-off is not of this page: it has no place to stand."""
    if bound is None or bound.data.get("sign_off") in {str(one.pk) for one in sign_offs}:
        return ""
    return str(bound.data.get("reason", ""))
