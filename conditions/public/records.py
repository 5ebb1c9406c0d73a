"""The public record of a page: every edition that was public, and what stood on a day."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.views.decorators.http import require_safe

from conditions import addresses, document
from conditions.models import KIND, Condition
from conditions.public.pages import not_found
from conditions.public.responses import conditional, fresh, moved, unavailable
from reviews import clock
from reviews.evidence.checks import BrokenEvidence
from reviews.evidence.states import State
from reviews.models import Edition
from reviews.reading import at_address, proved, record
from reviews.reviewable import Past
from reviews.text import days

MOST_ENTRIES = 20


class DayForm(forms.Form):
    """A day that is not in the future."""

    on = forms.DateField(
        label="What did this page say on this day?",
        error_messages={
            "required": "Choose a day, such as 2026-05-31.",
            "invalid": "That is no day. Write it as year, month and day, such as 2026-05-31.",
        },
        input_formats=["%Y-%m-%d"],
    )

    def clean_on(self) -> date:
        """Nobody knows what a page will say."""
        day: date = self.cleaned_data["on"]
        if day > clock.today():
            raise forms.ValidationError("That day has not come yet. Choose today or a day before.")
        return day


def _with_history(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand a view the proved history of the page at an address, or answer why there is none.

    Past words are for readers who look for them: search engines are told to leave them alone.
    """

    @require_safe
    @wraps(view)
    def loaded(request: HttpRequest, slug: str, **more: Any) -> HttpResponse:
        at = clock.now()
        found = at_address.find(KIND, slug, at)
        if found is None or not found.was_here:
            return not_found(request)
        try:
            history = record.public_states(found, at)
        except BrokenEvidence:
            return unavailable()
        latest = _latest(history).slug
        if latest != slug:
            here = resolve(request.path_info).view_name
            return moved(here, latest, *more.values(), query=request.META["QUERY_STRING"])
        response = view(request, slug, history, **more)
        if response.status_code == 200:
            response = conditional(request, response.content)
        response["X-Robots-Tag"] = "noindex"
        return response

    return loaded


@_with_history
def whole(request: HttpRequest, slug: str, history: list[State]) -> HttpResponse:
    """Every edition that was public, or with ?on=YYYY-MM-DD what stood on that day.

    With ?entry=N only the Nth, and what changed in it.
    """
    asked = "on" in request.GET
    form = DayForm(request.GET if asked else None)
    if asked and form.is_valid():
        return fresh("conditions/day.html", _day(history, form.cleaned_data["on"], slug))
    # Some at a time: each is compared with the one before it; one that takes long, by itself.
    found, only = record.entries(history), request.GET.get("entry")
    if only and not (found := [entry for entry in found if str(entry.number) == only]):
        return not_found(request)
    entries = Paginator(found, MOST_ENTRIES).get_page(request.GET.get("page"))
    context = {"slug": slug, "title": _latest(history).title, "form": form, "entries": entries}
    response = fresh("conditions/record.html", context)
    response.status_code = 400 if asked else 200
    return response


@_with_history
def edition(request: HttpRequest, slug: str, history: list[State], number: int) -> HttpResponse:
    """A past edition as it stood, under the days on which it was shown."""
    signed = [
        state.sign_off
        for state in history
        if state.sign_off and state.sign_off.edition.number == number
    ]
    if not signed:
        return not_found(request)
    if history[-1].sign_off in signed:
        return redirect("condition", slug)
    at = clock.now()
    html = Condition.render(
        signed[-1].edition,
        proved.signature_of(signed[-1]),
        on=clock.local_date(at),
        live=at_address.live_targets(KIND, Condition.targets(signed[-1].edition.document), at),
        past=_past(history, number),
    )
    return HttpResponse(html)


def _past(history: list[State], number: int) -> Past:
    withdrawal = history[-1].withdrawal
    return Past(
        record.stretches(history, number),
        withdrawn_on=withdrawal.on if withdrawal else None,
        notice=withdrawal.get_notice_display() if withdrawal else "",
    )


def _latest(history: list[State]) -> Edition:
    """The edition that was public last: one that waited when its page was withdrawn never was."""
    return next(state.sign_off.edition for state in reversed(history) if state.sign_off)


def _day(history: list[State], day: date, slug: str) -> dict[str, Any]:
    """One day's states with all that was public then, to be printed."""
    states = record.on_day(history, day)
    editions = [one.sign_off and one.sign_off.edition_id for one in states]
    return {
        "slug": slug,
        "title": _latest(history).title,
        "day": day,
        "spelled": days.day(day),
        "url": f"{addresses.absolute(addresses.record(slug))}?on={day}",
        "today": clock.today(),
        "begins_at": history[0].from_at,
        "states": [
            {
                "state": state,
                "began_that_day": clock.local_date(state.from_at) == day,
                "ended_that_day": state.until_at and clock.local_date(state.until_at) == day,
                "signature": state.sign_off and proved.signature_of(state.sign_off),
                # Each edition's words are printed once.
                "words": state.sign_off
                and state.sign_off.edition_id not in editions[:index]
                and document.on_paper(state.sign_off.edition.document),
            }
            for index, state in enumerate(states)
        ],
    }
