"""The admin site that staff, physicians and managers share."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

# Never carried over: a password is typed again, and each form gets a token of its own.
_NOT_KEPT = {"password", "csrfmiddlewaretoken"}


class Site(AdminSite):
    """The staff's side of Countersign.

    A form that is sent after its session ended is kept through the log-in, so that nothing typed
    is lost.
    """

    site_header = "Countersign"
    site_title = "Countersign"
    index_title = "Your work"
    site_url = "/"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Django's own, save that a form sent without a session asks for the log-in at once."""
        inner = super().admin_view(view, cacheable)

        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            sent = request.method == "POST" and request.path != reverse("admin:logout")
            if sent and not request.user.is_authenticated:
                return self._ask(request)
            response: HttpResponse = inner(request, *args, **kwargs)
            return response

        return keeping

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own; afterwards a kept form waits to be sent again."""
        kept = request.POST.get("kept", "")
        fields = _fields(kept)
        response = super().login(request, {**(extra_context or {}), "kept": fields and kept})
        if response.status_code != 302 or not fields:
            return response
        context = {
            **self.each_context(request),
            "title": "Nothing was lost",
            "action": response["Location"],
            "fields": fields,
        }
        return TemplateResponse(request, "admin/kept.html", context)

    def _ask(self, request: HttpRequest) -> HttpResponse:
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name not in _NOT_KEPT
        ]
        context = {
            **self.each_context(request),
            "title": "Log in",
            "app_path": reverse("admin:login"),
            "next": request.get_full_path(),
            "form": AdminAuthenticationForm(request),
            "kept": json.dumps(kept),
        }
        return TemplateResponse(request, "admin/login.html", context, status=401)


def _fields(kept: str) -> list[tuple[str, str]]:
    """The kept fields as name and value; none where the text is not what `_ask` wrote."""
    try:
        pairs = json.loads(kept or "[]")
        return [(str(name), str(value)) for name, value in pairs]
    except (TypeError, ValueError, RecursionError):
        return []
