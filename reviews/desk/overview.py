"""The overview for managers: every page's review window, the pace of reviews, and exports."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from reviews import clock, workflow
from reviews.desk import exports
from reviews.desk.verb_pages import answer, carried_out, refusals, user_of
from reviews.reading import pace, windows
from reviews.reading.pace import Month
from reviews.reading.scale import Bar, Mark, Scale, begins, months, months_before
from reviews.reading.windows import Load, Stand, Window
from reviews.workflow import Export

# The picture shows so many months before the present one, and so many after it.
BEFORE, AFTER = 12, 12
ON_A_PAGE = 50
# The height of the highest column, in pixels.
HIGHEST = 96

# What the list can be narrowed to: the word in the address, what it is called, and which it keeps.
FLAGGED = "flagged"
SHOWS = {
    Stand.OVERDUE.value: "Overdue",
    Stand.DUE.value: "Due within 60 days",
    Stand.HELD.value: "Held",
    FLAGGED: "Flagged",
    Stand.WITHDRAWN.value: "Withdrawn",
    Stand.WAITING.value: "Takes effect later",
    Stand.IN_DATE.value: "In date",
}


class ExportForm(forms.Form):
    """What is taken out, from which day to which."""

    what = forms.ChoiceField(choices=Export.choices, widget=forms.HiddenInput)
    first = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    texts = forms.BooleanField(
        label="With the reasons and notes written inside",
        required=False,
        help_text="They may hold what was typed by mistake. Leave them out where nobody asks.",
    )


@dataclass(frozen=True)
class Line:
    """One page in the picture."""

    window: Window
    bars: list[Bar]
    marks: list[Mark]


@dataclass(frozen=True)
class Column:
    """One month in the picture of the load: where it stands, and each part as (kind, y, height)."""

    load: Load
    left: str
    middle: str
    parts: list[tuple[str, int, int]]

    @property
    def top(self) -> int:
        """Where its number stands."""
        return min((y for _, y, _ in self.parts), default=HIGHEST) - 3


def page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """How every page stands, and how fast pages are reviewed."""
    _check(request)
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return _page(request, site, ExportForm(initial=_last_year()))


def take_out(request: HttpRequest, site: AdminSite) -> HttpResponseBase:
    """Send what was asked for as a file; that it was is an event."""
    _check(request)
    if request.method != "POST":
        return redirect("admin:overview")
    form = ExportForm(request.POST)

    def record(what: str, **asked: Any) -> HttpResponseBase:
        asked |= {} if what != Export.DUE else {"first": None, "last": None, "texts": False}
        workflow.export(Export(what), by=user_of(request), **asked)
        return exports.answer(Export(what), **asked)

    return carried_out(form, record) or _page(request, site, form)


def _check(request: HttpRequest) -> None:
    why_not = workflow.why_not(workflow.may_export, by=user_of(request))
    if why_not:
        raise PermissionDenied(why_not)


def _last_year() -> dict[str, date]:
    """An audit asks for the last whole year first."""
    year = clock.today().year - 1
    return {"first": date(year, 1, 1), "last": date(year, 12, 31)}


def _page(request: HttpRequest, site: AdminSite, form: ExportForm) -> HttpResponse:
    at = clock.now()
    today = clock.local_date(at)
    found = windows.windows(at)
    firsts = months(months_before(today, BEFORE), BEFORE + AFTER + 2)
    scale = Scale(begins(firsts[0]), begins(firsts[-1]))
    show = request.GET.get("show", "")
    chosen = Paginator(_chosen(found, show), ON_A_PAGE).get_page(request.GET.get("p"))
    loads = windows.loads(found, at, firsts[:-1])
    context = {
        **site.each_context(request),
        "title": "Overview",
        "today": today,
        "shows": _counts(found, show),
        "show": show if show in SHOWS else "",
        "total": len(found),
        "page": chosen,
        "asked": f"show={show}" if show in SHOWS else "",
        "lines": [Line(one, scale.bars(one.stretches), scale.marks(one.moments)) for one in chosen],
        "first": firsts[0],
        "last": clock.local_date(scale.until_at),
        "ticks": scale.ticks(firsts[:-1]),
        "now": scale.left(at),
        "columns": _columns(loads, scale),
        "highest": HIGHEST,
        "months": _months(loads, pace.of_months(at, BEFORE)),
        "form": form,
        "refused": refusals(form),
        "exports": Export.choices,
    }
    return answer(request, "admin/overview.html", context, form)


def _chosen(found: Collection[Window], show: str) -> list[Window]:
    if show == FLAGGED:
        return [window for window in found if window.is_flagged]
    return [window for window in found if show not in SHOWS or window.stand == show]


def _counts(found: Collection[Window], show: str) -> list[dict[str, Any]]:
    """How many pages stand how; what no page is, is left out."""
    counted = Counter(window.stand.value for window in found)
    counted[FLAGGED] = sum(window.is_flagged for window in found)
    pressing = (Stand.OVERDUE.value, Stand.DUE.value)
    return [
        {"value": value, "label": label, "count": counted[value], "is_chosen": value == show}
        for value, label in SHOWS.items()
        if counted[value] or value in pressing
    ]


def _columns(loads: list[Load], scale: Scale) -> list[Column]:
    highest = max((load.total for load in loads), default=0) or 1
    width = 100 / len(loads)
    found = []
    for index, load in enumerate(loads):
        parts, y = [], HIGHEST
        for kind, count in (
            ("in-date", load.signed),
            ("overdue", load.overdue),
            ("ahead", load.due),
        ):
            if count:
                height = max(round(count / highest * HIGHEST), 2)
                y -= height
                parts.append((kind, y, height))
        left = index * width
        found.append(Column(load, f"{left:.2f}%", f"{left + width / 2:.2f}%", parts))
    return found


def _months(loads: list[Load], paced: list[Month]) -> list[tuple[Load, Month | None]]:
    """The load of each month with its pace, which only those have that have begun."""
    by_first = {month.first: month for month in paced}
    return [(load, by_first.get(load.first)) for load in loads]
