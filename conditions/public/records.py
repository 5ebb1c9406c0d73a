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
from conditions.page import FLAG_NOTICE
from conditions.public.pages import not_found
from conditions.public.responses import conditional, fresh, moved, respond, unavailable
from reviews import clock
from reviews.evidence.checks import BrokenEvidence
from reviews.models import SignOff
from reviews.reading import at_address, proved, record, timeline
from reviews.reading.record import History
from reviews.reviewable import Past, Standing
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
            history = record.history(found, at)
        except BrokenEvidence:
            return unavailable()
        latest = history.last.edition.slug
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
def whole(request: HttpRequest, slug: str, history: History) -> HttpResponse:
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
    is_first = not only and entries.number == 1
    context = {
        "slug": slug,
        "title": history.title_of(history.last.edition),
        "history": history,
        "flag_notice": FLAG_NOTICE,
        "form": form,
        "entries": entries,
        "picture": is_first and timeline.picture(history.states, history.overlaid, clock.now()),
    }
    response = fresh("conditions/record.html", context)
    response.status_code = 400 if asked else 200
    return response


@_with_history
def edition(request: HttpRequest, slug: str, history: History, number: int) -> HttpResponse:
    """A past edition as it stood, under the days on which it was shown."""
    signed = [
        state.sign_off
        for state in history.states
        if state.sign_off and state.sign_off.edition.number == number
    ]
    if not signed:
        return not_found(request)
    taken_out_on = history.taken_out.get(signed[-1].edition_id)
    if taken_out_on is not None:
        return _taken_out(slug, history, signed, taken_out_on)
    if history.states[-1].sign_off in signed or history.hides(signed[-1].edition):
        return redirect("condition", slug)
    at = clock.now()
    html = Condition.render(
        signed[-1].edition,
        Standing(
            signature=proved.signature_of(signed[-1]),
            on=clock.local_date(at),
            live=at_address.live_targets(KIND, Condition.targets(signed[-1].edition.document), at),
            past=_past(history, number),
        ),
    )
    return HttpResponse(html)


def _taken_out(slug: str, history: History, signed: list[SignOff], on: date) -> HttpResponse:
    """410 for an edition whose words were taken out: who signed it and when stays."""
    context = {
        "slug": slug,
        "title": history.title_of(history.last.edition),
        "history": history,
        "taken_out_on": on,
        "signed": signed[-1],
        "past": Past(record.stretches(history, signed[-1].edition.number)),
    }
    return respond("conditions/taken_out.html", context, status=410)


def _past(history: History, number: int) -> Past:
    withdrawal = history.states[-1].withdrawal
    return Past(
        record.stretches(history, number),
        withdrawn_on=withdrawal.on if withdrawal else None,
        notice=withdrawal.get_notice_display() if withdrawal else "",
    )


def _day(history: History, day: date, slug: str) -> dict[str, Any]:
    """One day's states with all that was public then, to be printed."""
    states = record.on_day(history, day)
    editions = [one.sign_off and one.sign_off.edition_id for one in states]
    return {
        "slug": slug,
        "title": history.title_of(history.last.edition),
        "history": history,
        "flag_notice": FLAG_NOTICE,
        "overlaid": [
            {
                "overlaid": one,
                "began_that_day": clock.local_date(one.from_at) == day,
                "ended_that_day": one.until_at and clock.local_date(one.until_at) == day,
            }
            for one in record.overlaid_on(history, day)
        ],
        "day": day,
        "spelled": days.day(day),
        "url": f"{addresses.absolute(addresses.record(slug))}?on={day}",
        "today": clock.today(),
        "begins_at": history.states[0].from_at,
        "states": [
            {
                "state": state,
                "began_that_day": clock.local_date(state.from_at) == day,
                "ended_that_day": state.until_at and clock.local_date(state.until_at) == day,
                "signature": state.sign_off and proved.signature_of(state.sign_off),
                "taken_out_on": state.sign_off and history.taken_out.get(state.sign_off.edition_id),
                "is_hidden": state.sign_off and history.hides(state.sign_off.edition),
                # Each edition's words are printed once.
                "words": state.sign_off
                and state.sign_off.edition_id not in editions[:index]
                and not history.hides(state.sign_off.edition)
                and document.on_paper(state.sign_off.edition.document),
            }
            for index, state in enumerate(states)
        ],
    }
