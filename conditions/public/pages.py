"""Home, the lists, and the condition pages themselves."""

import re
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from conditions import addresses
from conditions.models import KIND
from conditions.public.responses import conditional, fresh, moved, respond, unavailable
from reviews import clock
from reviews.evidence.checks import BrokenEvidence
from reviews.reading import at_address, page_cache, proved, related


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this site is, the conditions, and how pages are reviewed."""
    return fresh(
        "conditions/home.html",
        {"conditions": _conditions(), "canonical": addresses.absolute(reverse("home"))},
    )


@require_safe
def a_to_z(request: HttpRequest) -> HttpResponse:
    """Every condition in force, by its first letter."""
    letters = [(letter, list(group)) for letter, group in groupby(_conditions(), key=_letter)]
    canonical = addresses.absolute(reverse("conditions"))
    return fresh("conditions/a_to_z.html", {"letters": letters, "canonical": canonical})


@require_safe
def condition(request: HttpRequest, slug: str) -> HttpResponse:
    """The page in force at an address; 404 if never signed, 410 if withdrawn or held."""
    at = clock.now()
    found = at_address.find(KIND, slug, at)
    if found is None or not found.was_here:
        return not_found(request)
    try:
        if found.withdrawn_on is not None:
            return _withdrawn(slug, found, at)
        if found.is_held:
            return _held(slug, found)
        page = page_cache.page(KIND, found, clock.local_date(at))
    except BrokenEvidence:
        return unavailable()
    if found.slug != slug:
        return moved("condition", found.slug)
    return conditional(request, page.body, etag=page.etag)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A 404 that helps: the crisis line first, then a search for what the address seems to name."""
    found = re.fullmatch(r"(?:/conditions)?/([a-z0-9-]{3,80})/?(?:record/.*)?", request.path_info)
    words = found and found[1].replace("-", " ")
    response = respond("404.html", {"words": words}, status=404)
    # A page may be signed at this address at any time.
    patch_cache_control(response, no_cache=True)
    return response


def _letter(brief: dict[str, Any]) -> str:
    """The letter under which a name stands: of the form by which it was sorted."""
    return str(brief["name"]).casefold()[:1].upper()


def _conditions() -> list[dict[str, Any]]:
    return _sorted(proved.listed(KIND, at_address.present(clock.now()), _brief))


def _sorted(briefs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By name, as both engines would not sort it alike."""
    return sorted(briefs, key=lambda one: (one["name"].casefold(), one["slug"]))


def _brief(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "slug": document["slug"],
        "name": document["name"],
        "also_known_as": document["also_known_as"],
        "stance": document["stance"],
        "stance_sentence": document["labels"]["stance"],
    }


def _held(slug: str, found: at_address.Found) -> HttpResponse:
    context = {
        "heading": "This page is being checked",
        "crumb": "Page being checked",
        "held_on": proved.decisions_of(found).hold.on,
        "related": related.of(found),
        "record_path": addresses.record(slug),
    }
    return _gone("conditions/held.html", context)


def _withdrawn(slug: str, found: at_address.Found, at: datetime) -> HttpResponse:
    decided = proved.decisions_of(found)
    withdrawal = decided.withdrawal
    around = (
        related.around(found, KIND, withdrawal.successor_id, at)
        if withdrawal.successor_id
        else related.Around(related.of(found), None)
    )
    context = {
        "heading": "This page has been withdrawn",
        "crumb": "Withdrawn page",
        "is_taken_out": bool(decided.redactions),
        "withdrawn_on": withdrawal.on,
        "notice": withdrawal.get_notice_display(),
        "successor": around.successor,
        "related": around.related,
        "record_path": addresses.record(slug),
    }
    return _gone("conditions/withdrawn.html", context)


def _gone(template: str, context: dict[str, Any]) -> HttpResponse:
    response = respond(template, context, status=410)
    patch_cache_control(response, max_age=60)
    response["X-Robots-Tag"] = "noindex"
    return response
