"""Each person chooses which letters come to them, and when."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reviews.desk.verb_pages import answer, carried_out, user_of
from reviews.models import Group, MailChoice, Timing


class ChoicesForm(forms.Form):
    """When somebody wants each group of letters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in choosable():
            self.fields[group.value] = forms.ChoiceField(
                label=group.label, choices=Timing.choices, widget=forms.RadioSelect
            )


def choosable() -> list[Group]:
    """The groups of letters that somebody can choose."""
    return [group for group in Group if group != Group.MUST]


def choices(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Each person chooses when they are written to; what is their duty stays at once."""
    person = user_of(request)
    chosen = dict(MailChoice.objects.filter(person=person).values_list("group", "timing"))
    initial = {group.value: chosen.get(group, Timing.MORNING) for group in choosable()}
    form = ChoicesForm(request.POST if request.method == "POST" else None, initial=initial)
    if done := carried_out(form, partial(_choose, person)):
        messages.success(request, done)
        return redirect("admin:mail")
    context = {
        **site.each_context(request),
        "title": "Letters to you",
        "form": form,
        "address": person.email,
    }
    return answer(request, "admin/people/mail.html", context, form)


@transaction.atomic
def _choose(person: Any, **timings: str) -> str:
    for group, timing in timings.items():
        MailChoice.objects.update_or_create(person=person, group=group, defaults={"timing": timing})
    return "Kept. What is written from now on comes so."
