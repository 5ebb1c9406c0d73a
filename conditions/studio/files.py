"""A draft out as a file and in from one, and references that are pasted into it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from conditions import exchange
from conditions.studio.keeping import Keeping
from reviews import workflow
from reviews.desk.verb_pages import answer, carried_out, refusals, user_of

MOST_PASTED = 1_000_000


class FileForm(forms.Form):
    """A file of one page, as it was exported."""

    file = forms.FileField(help_text="A JSON document, such as “Export” gives.")


class ReferencesForm(forms.Form):
    """References in any common form."""

    text = forms.CharField(
        label="References",
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField"}),
        max_length=MOST_PASTED,
        help_text="NBIB, RIS, BibTeX, a PMID or DOI, or formatted ones, a line each. "
        "Nothing is fetched: of a PMID or DOI alone only itself is known.",
    )


class Files(Keeping):
    """The pages of a draft that take words in or give them out."""

    def get_urls(self) -> list[Any]:
        """An address for each."""
        view = self.admin_site.admin_view
        name = "conditions_condition_{}".format
        return [
            path("import/", view(self.import_view), name=name("import")),
            path("<int:pk>/export/", view(self.export_view), name=name("export")),
            path("<int:pk>/references/", view(self.references_view), name=name("references")),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft as a file, as export_condition prints it."""
        condition = self._draft(request, pk)
        response = HttpResponse(exchange.dump(condition), content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="{condition.slug}.json"'
        response["Cache-Control"] = "no-store"
        return response

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Replace the draft of a file's address, or make it, as import_condition does."""
        if not (self.has_change_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        bound = request.method == "POST"
        form = FileForm(request.POST, request.FILES) if bound else FileForm()

        def load(file: Any) -> Any:
            try:
                content = file.read(exchange.MAXIMUM_BYTES + 1)
                return exchange.load(exchange.read(file.name, content), by=user_of(request))
            except (exchange.Unreadable, exchange.ImportRefused) as refusal:
                raise workflow.NotAllowed(f"{file.name} was not imported. {refusal}") from refusal

        if done := carried_out(form, load):
            condition, changes = done
            messages.success(request, f"Imported the draft “{condition}”.")
            for change in changes:
                told = f" {'; '.join(change.said)}" if change.said else ""
                messages.info(request, f"Changed on the way in: {change.path}.{told}")
            return redirect("admin:conditions_condition_change", condition.pk)
        back = reverse("admin:conditions_condition_changelist")
        return self._brought_in(request, form, "Import a page from a file", "Import", back)

    def references_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put pasted references after those of the draft."""
        condition = self._draft(request, pk)
        if not self.has_change_permission(request, condition):
            raise PermissionDenied
        form = ReferencesForm(request.POST if request.method == "POST" else None)

        def cite(text: str) -> Any:
            try:
                return exchange.cite(condition, text, by=user_of(request))
            except exchange.ImportRefused as refusal:
                raise workflow.NotAllowed(str(refusal)) from refusal

        back = reverse("admin:conditions_condition_change", args=[pk])
        if rows := carried_out(form, cite):
            plural = "s" * (len(rows) != 1)
            messages.success(request, f"Added {len(rows)} reference{plural}. Read them once more.")
            return redirect(f"{back}#references-group")
        title = f"Paste references into “{condition}”"
        return self._brought_in(request, form, title, "Add to the draft", back)

    def _brought_in(
        self, request: HttpRequest, form: forms.Form, title: str, does: str, back: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **{"title": title, "opts": self.opts, "form": form, "does": does, "back": back},
            "refused": refusals(form),
        }
        return answer(request, "admin/conditions/condition/bring_in.html", context, form)
