"""How the public pages answer: rendered without the request, so that no visitor enters them."""

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control

from conditions.page import site


def respond(
    template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of the site's frame, without any word about how long it may be kept."""
    return HttpResponse(render_to_string(template, {**site(), **(context or {})}), status=status)


def fresh(template: str, context: dict[str, Any] | None = None) -> HttpResponse:
    """A page that a browser asks about again each time."""
    response = respond(template, context)
    patch_cache_control(response, no_cache=True)
    return response


def unavailable() -> HttpResponse:
    """503: what is stored is not what was signed, so nothing of it is shown (DESIGN, I6)."""
    response = respond("conditions/unavailable.html", status=503)
    patch_cache_control(response, no_store=True)
    return response
