"""The chained audit trail in words: when, who, what, which page; the hash one click away."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse

from reviews.desk.sentences import in_words, told
from reviews.desk.verb_pages import VerbAdmin, name_of
from reviews.evidence import chain
from reviews.evidence.kinds import Kind
from reviews.models import Event
from reviews.reading import events

ON_A_PAGE = 50


class PersonField(forms.ModelChoiceField):
    """A person, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class SearchForm(forms.Form):
    """Which events somebody looks for; all of them where nothing is chosen."""

    person = PersonField(
        User.objects.order_by("first_name", "last_name", "username"),
        required=False,
        label="Person",
        empty_label="Anybody",
        help_text="Who did it, or whom it is about.",
    )
    page = forms.CharField(
        label="Page", required=False, max_length=200, help_text="A word of its name."
    )
    kind = forms.ChoiceField(
        label="What happened",
        required=False,
        choices=[("", "Anything"), *((kind.value, in_words(kind).capitalize()) for kind in Kind)],
    )
    first = _day("From")
    last = _day("To")


@admin.register(Event)
class EventAdmin(VerbAdmin):
    """The chained audit trail, to read."""

    page_template = "admin/reviews/event/page.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Events in sentences, the newest first, found by person, page, kind and day."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = SearchForm(request.GET)
        found = _found(form).order_by("-seq") if form.is_valid() else Event.objects.none()
        page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("p"))
        asked = request.GET.copy()
        asked.pop("p", None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Events",
            "form": form,
            "page": page,
            "events": told(page.object_list),
            "asked": asked.urlencode(),
        }
        return TemplateResponse(request, "admin/reviews/event/list.html", context)

    def context(self, request: HttpRequest, row: Event, bound: dict[str, forms.Form]) -> Any:
        """One event with its hash, whether it holds, and the events beside it."""
        (event,) = told([row])
        return {
            "title": f"Event {row.seq}",
            "told": event,
            "holds": chain.hash_of(row.prev, row.body) == row.hash,
            "before": Event.objects.filter(seq__lt=row.seq).order_by("-seq").first(),
            "after": Event.objects.filter(seq__gt=row.seq).order_by("seq").first(),
        }


def _found(form: SearchForm) -> Any:
    asked = form.cleaned_data
    return events.found(
        person=asked["person"] and asked["person"].pk,
        page=asked["page"],
        kinds=[asked["kind"]] if asked["kind"] else (),
        first=asked["first"],
        last=asked["last"],
    )
