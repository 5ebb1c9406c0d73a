"""Model fields that clean on the way in, whether a form, an import or a check asks."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import models
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from conditions.cleaning import codes, identifiers, sanitise
from reviews.text import lines

_CLEANERS: dict[str, Callable[[str], str]] = {
    clean.__name__: clean
    for clean in (
        identifiers.clean_slug,
        identifiers.clean_pmid,
        identifiers.clean_doi,
        identifiers.clean_pmcid,
        identifiers.clean_isbn,
        identifiers.clean_url,
        codes.clean_icd10,
    )
}


class LineField(models.CharField):
    """One line of plain text, held to the rules of `reviews.text.lines`."""

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned line. Raises ValidationError with a sentence for an editor."""
        cleaned = lines.clean_line(self.to_python(value) or "", maximum=self.max_length or 200)
        return str(super().clean(cleaned, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """A box as wide as the text that it may hold, which cuts nothing that is pasted."""
        if (self.max_length or 0) >= 120:
            kwargs["widget"] = forms.TextInput(attrs={"class": "vLargeTextField"})
        # The length is that of the cleaned text; a browser would cut the rest off in silence.
        return super().formfield(**{**kwargs, "max_length": None})


class LinesField(models.TextField):
    """Several short texts, one on each line; `each` cleans one of them."""

    def __init__(self, *args: Any, each: str = "", **kwargs: Any) -> None:
        self.each = each
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned lines. Raises ValidationError with a sentence for an editor."""
        cleaned = lines.clean_lines(self.to_python(value) or "", maximum=120)
        if self.each:
            cleaned = "\n".join(_CLEANERS[self.each](line) for line in cleaned.splitlines())
        return str(super().clean(cleaned, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """A small box for a few lines."""
        return super().formfield(**{**kwargs, "widget": forms.Textarea(attrs={"rows": 3})})


class IdentifierField(models.CharField):
    """A slug, PMID, DOI or address of the web; `form` is the name of its cleaner."""

    def __init__(self, *args: Any, form: str = "clean_slug", **kwargs: Any) -> None:
        self.form = form
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The identifier in its one form, or "". Raises ValidationError."""
        raw = identifiers.pasted(self.to_python(value) or "")
        cleaned = _CLEANERS[self.form](raw) if raw else ""
        return str(super().clean(cleaned, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """A box that takes what is pasted whole: the length is that of the cleaned form."""
        return super().formfield(**{**kwargs, "max_length": None})


class RichField(models.TextField):
    """Markup limited to the allow-list, cleaned once, on the way in."""

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned markup. Raises ValidationError with a sentence for an editor."""
        return str(super().clean(sanitise.clean(self.to_python(value) or ""), model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """The prose editor."""
        return super().formfield(**{**kwargs, "form_class": RichFormField, "widget": RichWidget})


class RichFormField(forms.CharField):
    """The form field of rich text: what was typed is not stripped before it is cleaned."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})


class RichWidget(AdminProseEditorWidget):
    """The prose editor, limited to the allow-list; without JavaScript it stays a textarea."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            attrs={"rows": 8, **(attrs or {})},
            config={"extensions": sanitise.EXTENSIONS},
            preset="configurable",
        )

    @property
    def media(self) -> Any:
        """The editor's files, and the few lines that give it an accessible name."""
        return super().media + Media(js=["conditions/editor.js"])
