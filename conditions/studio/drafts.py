"""Where staff edit drafts and put them forward."""

import re
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from conditions import models
from conditions.cleaning import pasted
from conditions.outline import COLUMNS, MOST
from conditions.studio import advising, writing
from conditions.studio.files import Files
from conditions.studio.forms import ConditionForm, RowForm, SubmitForm
from conditions.studio.history import HistoryPages, gives_up
from conditions.studio.keeping import Keeping
from conditions.studio.merging import MergePages
from conditions.studio.presence import PresencePages, others
from conditions.studio.preview import PreviewPages
from conditions.studio.replacing import ReplacePages
from reviews import clock, workflow
from reviews.desk.standing import (
    StandingFilter,
    draft_words,
    due_cell,
    public_words,
    with_standing,
)
from reviews.desk.verb_pages import answer, carried_out, name_of, refusals, with_nonce
from reviews.models import Subject
from reviews.text.folding import spread

# So many words of a question are asked of the list.
MOST_ASKED = 20


class RowInline(admin.StackedInline):
    """The rows of one part of a draft."""

    extra = 0
    form = RowForm

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """No more rows than a page may have; no number that is sent makes the form build more."""
        most = MOST[self.model._meta.get_field("condition").remote_field.related_name]
        limits = {"max_num": most, "validate_max": True, "absolute_max": most + 100}
        return super().get_formset(request, obj, **{**kwargs, **limits})

    @property
    def media(self) -> forms.Media:
        """None of the admin's own: rows are added and moved by conditions/rows.js."""
        return forms.Media()


def _inline(row: type[models.Row]) -> type[RowInline]:
    return type(f"{row.__name__}Inline", (RowInline,), {"model": row})


@admin.register(models.Condition)
class ConditionAdmin(
    Files, ReplacePages, MergePages, PreviewPages, PresencePages, HistoryPages, Keeping
):
    """The draft. Every save is one revision and one contribution."""

    form = ConditionForm
    inlines = [_inline(row) for row in models.ROWS]
    list_name = "Drafts"
    list_display = ["name", "stance", "where_it_stands", "due"]
    list_filter = [StandingFilter, "stance"]
    show_full_result_count = False
    search_fields = ["name", "slug"]
    search_help_text = (
        "Words of the draft, or an address. “In quotation marks”: words side by side."
    )
    actions = None
    fields = ["opened", *COLUMNS]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look needs no mark of when the form was opened."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return COLUMNS

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new page's address is proposed from its name."""
        return {} if obj else {"slug": ["name"]}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the clinic's settings propose for a new page."""
        proposed = {
            "disclaimer": settings.CLINIC_DISCLAIMER,
            "review_interval_months": settings.REVIEW_INTERVAL_MONTHS,
        }
        return {**proposed, **super().get_changeform_initial_data(request)}

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """One that asks a reviewer before their first save of a draft."""
        form = super().get_form(request, obj, change, **kwargs)
        changes = obj is not None and self.has_change_permission(request, obj)
        return type(form.__name__, (form,), {"asks_first": changes and gives_up(request, obj)})

    change_form_template = "admin/conditions/condition/change_form.html"

    @admin.display(description="where it stands", ordering="since")
    def where_it_stands(self, condition: models.Condition) -> str:
        """In a few words: what is public, and what is under way."""
        return "; ".join([*public_words(condition), *draft_words(condition)])

    @admin.display(description="review due", ordering="due")
    def due(self, condition: Any) -> str:
        """When the page's next full review is due."""
        return due_cell(condition.due)

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Condition]:
        """In a list, with how each page stands."""
        rows = models.Condition.objects.select_related("subject").order_by("name")
        return with_standing(rows, "subject", clock.now()) if self.is_list(request) else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Drafts that have all the words, as beginnings of words or together, or the address."""
        typed = search_term.strip()
        together = re.fullmatch(r"[\"“„](.+)[\"”“]", typed)
        asked = [spread(together[1])] if together else spread(typed).split()[:MOST_ASKED]
        if not typed:
            return queryset, False
        words = Q(subject__ahead__words__contains=" ") if any(asked) else Q(pk__in=[])
        for word in asked:
            words &= Q(subject__ahead__words__contains=f" {word}")
        return queryset.filter(words | Q(slug__contains=typed.lower())), False

    def get_urls(self) -> list[Any]:
        """The draft's own verb, as a view of its own: verbs open their own transaction."""
        submit = path(
            "<int:pk>/submit/",
            self.admin_site.admin_view(self.submit_view),
            name="conditions_condition_submit",
        )
        paste = path(
            "paste/",
            self.admin_site.admin_view(self.paste_view),
            name="conditions_condition_paste",
        )
        return [submit, paste, *super().get_urls()]

    def paste_view(self, request: HttpRequest) -> HttpResponse:
        """What may enter a text of a clipboard that somebody pastes into it."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return pasted.answer(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Condition | None = None
    ) -> bool:
        """A draft is erased by a verb, with its history and as an event, or stays."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the rows are saved too, record who saved which words."""
        super().save_related(request, form, formsets, change)
        user: Any = request.user
        workflow.record_draft(form.instance.subject, by=user)
        for one in (form, *(row for formset in formsets for row in formset.forms)):
            for name, field in one.fields.items():
                for note in getattr(field, "notes", ()):
                    messages.info(request, f"{one[name].label}: {note}")
        now = workflow.in_force(form.instance.subject, clock.now())
        if now and "slug" in form.changed_data and form.instance.slug != now.edition.slug:
            messages.warning(
                request,
                f"Patients find this page at “{now.edition.slug}” now. Once the draft is signed it "
                f"moves to “{form.instance.slug}”; the old address then leads there, for ever.",
            )
        for doubt in form.instance.doubts(form.instance.document()):
            messages.warning(request, f"Saved. Look twice: {doubt}")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Condition | None = None,
    ) -> HttpResponse:
        """Give the editor's scripts the nonce, and the page what the draft's state needs."""
        context["media"] = with_nonce(context["media"], request)
        formsets = {}
        for inline in context.get("inline_admin_formsets", []):
            if inline.formset.is_bound:
                _show_as_sent(inline.formset)
            formsets[inline.formset.prefix] = inline.formset
        form, public, talk = context["adminform"].form, None, []
        if obj is not None:
            user: Any = request.user
            talk = _talk(obj.subject)
            public = workflow.in_force(obj.subject, clock.now())
            context.update(
                why_not_submit=workflow.why_not(workflow.may_submit, obj.subject, by=user),
                advice=_advise(obj, context),
                in_force=public,
                overlay=workflow.overlay_of(obj.subject, clock.now()),
                setbacks=workflow.setbacks(obj.subject),
                talk=talk,
                asks_first=form.asks_first,
                urgently="urgent" in request.GET,
                submission=obj.subject.submissions.select_related("reason", "edition").first(),
                others=others(obj, user),
                saved=obj.subject.contributions.select_related("by").order_by("-pk").first(),
                saved_by_me=obj.subject.contributions.filter(by=user).order_by("-pk").first(),
            )
        shown = writing.parts(
            form,
            formsets,
            document=form.document or (obj.document() if obj else None),
            public=public.edition.document if public else None,
            commented=[one["part"] for one in talk],
            editable=obj is None or self.has_change_permission(request, obj),
        )
        context.update(
            parts=shown,
            differing=sum(part.differs for part in shown),
            faults=writing.faults(form, shown) if form.is_bound else [],
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """A saved draft stays open, or is put forward where that was asked for."""
        to = "submit" if "_submit" in request.POST else "change"
        return redirect(f"admin:conditions_condition_{to}", obj.pk)

    response_post_save_change = response_post_save_add

    def submit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a draft forward."""
        condition = get_object_or_404(models.Condition.objects.select_related("subject"), pk=pk)
        if not self.has_view_permission(request, condition):
            raise PermissionDenied
        user: Any = request.user
        may_submit = workflow.may_submit
        why_not = workflow.why_not(may_submit, condition.subject, by=user)
        # While a signed edition waits, an urgent correction can be put forward all the same.
        urgently = bool(why_not) and not workflow.why_not(
            may_submit, condition.subject, by=user, urgent=True
        )
        form = SubmitForm(
            request.POST if request.method == "POST" else None,
            is_unchanged=workflow.unchanged_since(condition.subject) is not None,
            something_waits=urgently,
        )
        submit = partial(workflow.submit, condition.subject, by=user)
        if submission := carried_out(form, submit):
            messages.success(
                request, f"Submitted as edition {submission.edition.number}. It is in review."
            )
            return redirect(submission)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Submit “{condition}” for review",
            "opts": self.opts,
            "original": condition,
            "form": form,
            "refused": refusals(form),
            "why_not": why_not,
            "urgently": urgently,
            "setbacks": workflow.setbacks(condition.subject),
            "advice": advising.advice_on(condition),
            "back": reverse("admin:conditions_condition_change", args=[condition.pk]),
        }
        return answer(request, "admin/conditions/condition/submit.html", context, form)


def _advise(condition: models.Condition, context: dict[str, Any]) -> list[advising.Placed]:
    """The advice on a draft; that on a row's field stands in the help of it too."""
    found = advising.advice_on(condition)
    formsets = (inline.formset for inline in context.get("inline_admin_formsets", []))
    for form in (one for rows in formsets for one in rows.forms):
        advising.beside(form, found)
    return found


def _talk(subject: Subject) -> list[dict[str, str]]:
    """The open comments on a page, each with the place on the form that it is about."""
    return [
        {
            "part": one.comment.part,
            "place": _on_the_form(one.comment.part),
            "where": one.comment.part.partition(".")[0].replace("_", " ") or "the whole page",
            "who": name_of(one.comment.by),
            "text": one.comment.text.text if one.comment.text else "",
            "suggests": "yes" if one.comment.suggestion else "",
            "url": f"{one.comment.submission.get_absolute_url()}#thread-{one.comment.pk}",
        }
        for one in workflow.threads(subject)
        if one.comment.is_open
    ]


def _on_the_form(part: str) -> str:
    key, _, rest = part.partition(".")
    return f"row-{rest.partition('.')[0]}" if rest else f"part-{key}" if key else ""


def _show_as_sent(formset: Any) -> None:
    """Let a refused form show every row that was sent.

    The admin pairs rows with those in the database now, and would leave out the last ones where
    somebody deleted a row meanwhile.
    """
    rows = [form.instance for form in formset.initial_forms]
    formset.get_queryset = lambda: rows
