"""Where a draft is put into the archive, taken back, or erased, whole or one version of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from conditions.models import Condition
from reviews import workflow
from reviews.desk.forms import EmptyForm, ReasonForm, VersionForm
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import answer, carried_out, ids, refusals

MOST_VERSIONS = 30
LIST = "admin:conditions_condition_changelist"

# Each verb's form, what is called, and what is said when it was done.
VERBS: dict[str, tuple[type[forms.Form], Callable[..., Any], str]] = {
    "archive": (EmptyForm, workflow.archive, "Put into the archive. Lists leave it out."),
    "unarchive": (EmptyForm, workflow.unarchive, "Taken back from the archive."),
    "erase": (ReasonForm, workflow.erase_draft, "Erased, with all its versions."),
    "erase-version": (VersionForm, workflow.erase_version, "Erased. The draft stays as it is."),
}


class Keeping(PlainLookups):
    """The page of a draft on which it is kept or not, with its versions."""

    def get_urls(self) -> list[Any]:
        """The page, and an address for each verb: verbs open their own transaction."""
        keep = path(
            "<int:pk>/keep/",
            self.admin_site.admin_view(self.keep_view),
            name="conditions_condition_keep",
        )
        verbs = [
            path(
                f"<int:pk>/keep/{verb}/",
                self.admin_site.admin_view(partial(self._kept, verb=verb)),
                name=f"conditions_condition_{verb.replace('-', '_')}",
            )
            for verb in VERBS
        ]
        return [keep, *verbs, *super().get_urls()]

    def keep_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What can be done with a draft that is not wanted, and its versions."""
        return self._page(request, self._draft(request, pk), {})

    def _kept(self, request: HttpRequest, pk: int, *, verb: str) -> HttpResponse:
        condition = self._draft(request, pk)
        here = reverse("admin:conditions_condition_keep", args=[pk])
        if request.method != "POST":
            return redirect(here)
        form_class, act, done = VERBS[verb]
        form = form_class(request.POST, auto_id=ids(verb))
        if not carried_out(form, partial(act, condition.subject, by=request.user)):
            return self._page(request, condition, {verb: form})
        messages.success(request, done)
        return redirect(LIST if verb == "erase" else here)

    def _draft(self, request: HttpRequest, pk: int) -> Condition:
        condition = get_object_or_404(Condition.objects.select_related("subject"), pk=pk)
        if not self.has_view_permission(request, condition):
            raise PermissionDenied
        return condition

    def _page(
        self, request: HttpRequest, condition: Condition, bound: dict[str, forms.Form]
    ) -> HttpResponse:
        user: Any = request.user
        why_not = partial(workflow.why_not, by=user)
        subject, versions = condition.subject, condition.versions()
        asked = bound["erase-version"].data.get("number") if bound.get("erase-version") else None
        asked = asked or request.GET.get("version")
        shown = next((one for one in versions if str(one.number) == asked), None)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Archive or erase “{condition}”",
            "opts": self.opts,
            "original": condition,
            "back": reverse("admin:conditions_condition_change", args=[condition.pk]),
            "archived": workflow.is_archived(subject),
            "why_not_archive": why_not(workflow.may_archive, subject),
            "why_not_unarchive": why_not(workflow.may_unarchive, subject),
            "why_not_erase": why_not(workflow.may_erase_draft, subject),
            "why_not_erase_version": why_not(workflow.may_erase_version, subject),
            "erase_form": bound.get("erase") or ReasonForm(auto_id=ids("erase")),
            "version_form": bound.get("erase-version")
            or VersionForm(
                initial={"number": shown.number if shown else ""}, auto_id=ids("erase-version")
            ),
            "shown": shown,
            "is_newest": shown is not None and shown == versions[0],
            "versions": Paginator(versions, MOST_VERSIONS).get_page(request.GET.get("page")),
            "refused": [told for form in bound.values() for told in refusals(form)],
        }
        return answer(request, "admin/conditions/condition/keep.html", context, *bound.values())
