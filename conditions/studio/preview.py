"""The words of a draft as patients would read them: those on the screen, or of any version."""

from typing import Any

from csp.decorators import csp
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from conditions import page
from conditions.models import KIND, Condition
from conditions.studio import typed, versions
from reviews import clock
from reviews.desk.lists import PlainLookups
from reviews.desk.submissions import PREVIEW_POLICY
from reviews.reading import at_address
from reviews.reviewable import Standing


class PreviewPages(PlainLookups):
    """What the draft's admin shows of a page that is not public. Nothing is saved by it."""

    def get_urls(self) -> list[Any]:
        """The preview of a page that was never saved, and of one that was."""
        name = "conditions_condition_preview"
        own = [
            path("preview/", self.admin_site.admin_view(self.preview_new), name=f"{name}_new"),
            path("<int:pk>/preview/", self.admin_site.admin_view(self.preview), name=name),
        ]
        return [*own, *super().get_urls()]

    @method_decorator([never_cache, xframe_options_sameorigin, csp(PREVIEW_POLICY)])
    def preview_new(self, request: HttpRequest) -> HttpResponse:
        """The words of a form whose page was never saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return _of_form(request)

    @method_decorator([never_cache, xframe_options_sameorigin, csp(PREVIEW_POLICY)])
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """By POST the words of the form; else the state that is named, or the draft as saved."""
        condition = get_object_or_404(Condition.objects.select_related("subject"), pk=pk)
        if not self.has_view_permission(request, condition):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_change_permission(request, condition):
                raise PermissionDenied
            return _of_form(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        state = versions.state(condition, request.GET.get("of", "draft"))
        if state.edition is not None:
            # The desk shows an edition with what a signature says of it.
            return redirect("admin:reviews_submission_preview", state.edition.submission.pk)
        told = f"This is {state.label}, as it was saved. Patients cannot see it."
        return _shown(state.document, told)


def _of_form(request: HttpRequest) -> HttpResponse:
    found = typed.read(request.POST)
    told = "These are the words on your screen, not saved. Patients cannot see them."
    if found.faults:
        told = f"{told} Left out, because they cannot be saved so: {' '.join(found.faults)}"
    return _shown(found.document, told)


def _shown(document: dict[str, Any], told: str) -> HttpResponse:
    at = clock.now()
    standing = Standing(
        signature=None,
        on=clock.local_date(at),
        live=at_address.live_targets(KIND, Condition.targets(document), at),
    )
    # A page that has no address yet has links to itself all the same.
    shown = document | {"slug": document["slug"] or "no-address-yet"}
    response = HttpResponse(page.render(shown, standing, preview=told))
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
