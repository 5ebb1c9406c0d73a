"""Search. What a patient asks is health data: it is kept nowhere, here or in a cache."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from conditions import document as documents
from conditions.cleaning import sanitise
from conditions.crisis import looks_like_crisis
from conditions.document import citing
from conditions.models import KIND
from conditions.public.responses import respond
from reviews import clock
from reviews.reading import at_address, search
from reviews.text import folding
from reviews.text.excerpts import excerpts

MOST_CHARACTERS = 200
_SUMMARY = 200
# The parts of a page that an excerpt may come from: its rich text and the headings of its rows.
_HEADINGS = (".heading", ".label", ".name", ".question", ".citation")


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """The pages in force that a query finds; above them the crisis card if it reads like one.

    A query that is too long is answered with a sentence, by 200: it is a reader's slip, no fault
    of a program that would need a status.
    """
    typed = _shown(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "query": typed[:MOST_CHARACTERS],
        "is_crisis": looks_like_crisis(typed),
        "is_too_long": len(typed) > MOST_CHARACTERS,
        "most_characters": MOST_CHARACTERS,
    }
    query = folding.query("" if context["is_too_long"] else typed)
    if query:
        found = search.search(KIND, query, at_address.present(clock.now()), _brief)
        context["results"] = found
        context["pages"] = [
            {**brief, "excerpts": excerpts(brief["text"], query.terms)} for brief in found.briefs
        ]
    response = respond("conditions/search.html", context)
    patch_cache_control(response, no_store=True)
    response["X-Robots-Tag"] = "noindex"
    # The address of this page is what was asked, and goes along to no other page.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _shown(typed: str) -> str:
    """What was typed without what nobody can see, in a length that can be handled at once."""
    seen = (one if one.isprintable() else " " for one in typed[: 10 * MOST_CHARACTERS])
    return " ".join("".join(seen).split())


def _brief(signed: dict[str, Any]) -> dict[str, Any]:
    document = citing.uncited(signed)
    summary = sanitise.visible_text(document["summary"]).replace("\n", " ")
    return {
        "slug": document["slug"],
        "name": document["name"],
        "also_known_as": document["also_known_as"],
        "stance_sentence": document["labels"]["stance"],
        "summary": summary
        if len(summary) <= _SUMMARY
        else summary[:_SUMMARY].rsplit(" ", 1)[0] + "…",
        "text": "\n".join(
            sanitise.visible_text(part.content) if part.html else part.content
            for part in documents.parts(document)
            if part.html or part.key.endswith(_HEADINGS)
        ),
    }
