"""How the public pages answer: rendered without the request, so that no visitor enters them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control

from conditions.page import site
from reviews.reading.page_cache import etag_of


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


def moved(name: str, *args: Any, query: str = "") -> HttpResponse:
    """301 to the present address, asked about again each time (DESIGN §2, "address").

    A page may take an old address again: who kept the one redirect would be sent back and forth.
    """
    response = redirect(name, *args, permanent=True)
    if query:
        response["Location"] += f"?{query}"
    patch_cache_control(response, no_cache=True)
    return response


def conditional(
    request: HttpRequest,
    body: bytes,
    *,
    etag: str = "",
    content_type: str = "",
) -> HttpResponse:
    """A body with the ETag of its bytes, or 304 for somebody who has it.

    Never by a date: a second may hold two changes.
    """
    etag = etag or etag_of(body)
    response = HttpResponse(body, content_type=content_type or None)
    response["ETag"] = etag
    patch_cache_control(response, no_cache=True)
    return get_conditional_response(request, etag=etag, response=response) or response


def unavailable() -> HttpResponse:
    """503: what is stored is not what was signed, so nothing of it is shown (DESIGN, I6)."""
    heading = {"heading": "This page cannot be shown right now", "crumb": "Not available"}
    response = respond("conditions/unavailable.html", heading, status=503)
    patch_cache_control(response, no_store=True)
    return response
