"""Who else has a draft's form open."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from conditions.models import Condition, Presence
from reviews import clock
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import name_of, user_of
from reviews.text.days import time

# A form says every 20 seconds at most that it is open (conditions/beside.js says it every 25).
LASTS = timedelta(seconds=70)


class PresencePages(PlainLookups):
    """Where a form says that it is open, and is told of the others."""

    def get_urls(self) -> list[Any]:
        """One address, by POST: it writes down who asks."""
        view = self.admin_site.admin_view(self.open_view)
        own = [path("<int:pk>/open/", view, name="conditions_condition_open")]
        return [*own, *super().get_urls()]

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down that whoever asks has the form open, and name the others, with since when."""
        condition = get_object_or_404(Condition, pk=pk)
        if not self.has_change_permission(request, condition):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = user_of(request), clock.now()
        Presence.objects.filter(seen_at__lt=now - LASTS).delete()
        Presence.objects.update_or_create(
            condition=condition,
            person=user,
            defaults={"seen_at": now},
            create_defaults={"seen_at": now, "since": now},
        )
        response = JsonResponse({"others": others(condition, user)})
        response["Cache-Control"] = "no-store"
        return response


def others(condition: Condition, user: User) -> list[str]:
    """Who else has a draft's form open, each with since when, in the clinic's time."""
    rows = Presence.objects.filter(condition=condition, seen_at__gte=clock.now() - LASTS)
    rows = rows.exclude(person=user).select_related("person").order_by("since", "pk")
    return [
        f"{name_of(one.person)} has had this page open since {time(one.since, clock.zone())}."
        for one in rows
    ]
