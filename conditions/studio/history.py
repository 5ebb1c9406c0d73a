"""The history of a draft: its versions, any two compared, and one brought back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from conditions.models import Condition
from conditions.studio import units, versions
from conditions.studio.forms import GIVES_UP, digest_of_draft
from conditions.studio.saving import NotSaved, Stale, save
from conditions.studio.versions import Saved
from reviews import clock, workflow
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import user_of
from reviews.diff import comparison

HISTORY = "admin/conditions/condition/history.html"
COMPARE = "admin/conditions/condition/compare.html"
RESTORE = "admin/conditions/condition/restore.html"
UNKNOWN = (
    "Nobody knows any more who saved this version, so it cannot be brought back as it is: its "
    "authors would not be told to whoever signs. Copy the words that you need into the draft."
)


class HistoryPages(PlainLookups):
    """The pages of the draft's admin about its versions."""

    def get_urls(self) -> list[Any]:
        """Compare and restore; the history's own address is the admin's."""
        name = "conditions_condition"
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/compare/", view(self.compare_view), name=f"{name}_compare"),
            path("<int:pk>/restore/<int:number>/", view(self.restore_view), name=f"{name}_restore"),
        ]
        return [*own, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every version of a draft, the newest first."""
        condition = self._seen(request, int(object_id) if object_id.isdecimal() else 0)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        page, lines = versions.listed(condition, request.GET.get("p"))
        context = {
            **self._context(request, condition, "history"),
            "page": page,
            "lines": lines,
            "asked": "",
            "in_force": workflow.in_force(condition.subject, clock.now()),
            "may_restore": self.has_change_permission(request, condition),
        }
        return TemplateResponse(request, HISTORY, context)

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What changed from one state of a draft to another."""
        condition = self._seen(request, pk)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        before = versions.state(condition, request.GET.get("before", "in-force"))
        after = versions.state(condition, request.GET.get("after", "draft"))
        diff = comparison.compare(Condition.parts(before.document), Condition.parts(after.document))
        context = {
            **self._context(request, condition, "comparison"),
            "before": before,
            "after": after,
            "diff": diff,
        }
        return TemplateResponse(request, COMPARE, context)

    def restore_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """What a version would bring back, part by part, and by POST the ticked parts of it."""
        condition = self._seen(request, pk)
        if not self.has_change_permission(request, condition):
            raise PermissionDenied
        one = versions.version(condition, number)
        refused: list[str] = [] if one.contribution else [UNKNOWN]
        chosen = None
        if request.method == "POST":
            chosen = request.POST.getlist("part")
            refused = refused or self._restored(request, condition, one, chosen)
            if not refused:
                return redirect("admin:conditions_condition_change", pk)
        draft = condition.document()
        names = units.differing(draft, one.document)
        context = {
            **self._context(request, condition, f"bring back {one.label}"),
            "version": one,
            "refused": refused,
            "opened": digest_of_draft(condition),
            "asks_first": gives_up(request, condition),
            "pieces": [
                {
                    "name": name,
                    "label": units.name_of(name, [draft, one.document]),
                    "diff": piece_diff(draft, one.document, name),
                    "ticked": chosen is None or name in chosen,
                }
                for name in names
            ],
        }
        status = 422 if request.method == "POST" else 200
        response = TemplateResponse(request, RESTORE, context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    def _restored(
        self, request: HttpRequest, condition: Condition, one: Saved, chosen: list[str]
    ) -> list[str]:
        """Bring the chosen parts back in one save; returns the sentences that refuse it."""
        if gives_up(request, condition) and not request.POST.get("save_all_the_same"):
            return [f"Not saved yet. {GIVES_UP}"]
        draft = condition.document()
        names = [name for name in units.differing(draft, one.document) if name in chosen]
        if not names:
            return ["Tick at least one part that differs."]
        try:
            save(
                condition,
                units.taken(draft, one.document, names),
                by=user_of(request),
                opened=request.POST.get("opened", ""),
                restored_from=one.contribution,
                how=f"Brought back from {one.label}",
            )
        except Stale:
            return ["Not brought back: the draft was saved meanwhile. Look at the parts again."]
        except NotSaved as refusal:
            return refusal.faults
        except workflow.NotAllowed as refusal:
            return [str(refusal)]
        told = ", ".join(units.name_of(name, [draft, one.document]) for name in names)
        messages.success(request, f"Brought back from {one.label}: {told}.")
        return []

    def _seen(self, request: HttpRequest, pk: int) -> Condition:
        condition = get_object_or_404(Condition.objects.select_related("subject"), pk=pk)
        if not self.has_view_permission(request, condition):
            raise PermissionDenied
        return condition

    def _context(self, request: HttpRequest, condition: Condition, what: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": condition,
            "title": f"{condition}: {what}",
            "back": reverse("admin:conditions_condition_change", args=[condition.pk]),
        }


def gives_up(request: HttpRequest, condition: Condition) -> bool:
    """Whether whoever asks could sign this page now, and no more once they save its draft."""
    return workflow.gives_up_signing(condition.subject, user_of(request), clock.now())


def piece_diff(before: dict[str, Any], after: dict[str, Any], name: str) -> Any:
    """What one piece would change; of an order all rows of its part."""
    part, _, key = name.partition(".")

    def of(document: dict[str, Any]) -> list[Any]:
        return [
            one
            for one in Condition.parts(document)
            if one.key.partition(".")[0] == part and (not key or one.row == name)
        ]

    return comparison.compare(of(before), of(after))
