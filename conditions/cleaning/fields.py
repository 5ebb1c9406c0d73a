"""Model fields that clean on the way in, whether a form, an import or a check asks."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from conditions.cleaning import allowed, identifiers, sanitise
from reviews.text import languages, lines
from reviews.text.canonical import digest_of
from reviews.text.characters import removal, remove_invisible

_CLEANERS: dict[str, Callable[[str], str]] = {
    clean.__name__: clean
    for clean in (
        identifiers.clean_slug,
        identifiers.clean_pmid,
        identifiers.clean_doi,
        identifiers.clean_pmcid,
        identifiers.clean_isbn,
        identifiers.clean_url,
        identifiers.clean_day,
        languages.clean_lang,
    )
}


class PlainFormField(forms.CharField):
    """The form field of plain text: it tells what cleaning takes out, and cuts nothing off."""

    def __init__(self, **kwargs: Any) -> None:
        # The length is that of the cleaned text; a browser would cut the rest off in silence.
        super().__init__(**{**kwargs, "max_length": None})
        # What to tell whoever saved, once.
        self.notes: tuple[str, ...] = ()

    def clean(self, value: Any) -> Any:
        """The text as it was typed: the model's field cleans it."""
        typed = super().clean(value)
        told = removal(remove_invisible(typed)[1])
        self.notes = (told,) if told else ()
        return typed


class LineField(models.CharField):
    """One line of plain text, held to the rules of `reviews.text.lines`.

    A `citation` may carry the day on which its source was reviewed, and by whom; `form` is the name
    of a cleaner that the line goes through as well.
    """

    def __init__(self, *args: Any, citation: bool = False, form: str = "", **kwargs: Any) -> None:
        self.citation, self.form = citation, form
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned line. Raises ValidationError with a sentence for an editor."""
        cleaned = lines.clean_line(
            self.to_python(value) or "", maximum=self.max_length or 200, citation=self.citation
        )
        if self.form and cleaned:
            cleaned = _CLEANERS[self.form](cleaned)
        return str(super().clean(cleaned, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """A box as wide as the text that it may hold."""
        if (self.max_length or 0) >= 120:
            kwargs["widget"] = forms.TextInput(attrs={"class": "vLargeTextField"})
        return super().formfield(**{**kwargs, "form_class": PlainFormField})


class LinesField(models.TextField):
    """Several short texts, one on each line."""

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned lines. Raises ValidationError with a sentence for an editor."""
        cleaned = lines.clean_lines(self.to_python(value) or "", maximum=120)
        return str(super().clean(cleaned, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """A small box for a few lines."""
        box = forms.Textarea(attrs={"rows": 3})
        return super().formfield(**{**kwargs, "form_class": PlainFormField, "widget": box})


class IdentifierField(models.CharField):
    """A slug, PMID, DOI, day or address of the web; `form` is the name of its cleaner."""

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
        return super().formfield(**{**kwargs, "form_class": PlainFormField})


class RichWidget(AdminProseEditorWidget):
    """The prose editor, limited to the allow-list; without JavaScript it stays a textarea."""

    under = 2

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            attrs={"rows": 8, "class": "vLargeTextField", **(attrs or {})},
            config={"extensions": allowed.EXTENSIONS},
            preset="configurable",
        )
        self._agreed = self._asked = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The text, remembering to which losses the person agreed."""
        self._agreed = data.get(f"{name}-without", "")
        return super().value_from_datadict(data, files, name)

    def is_agreed(self, losses: str) -> bool:
        """Whether the person agreed to exactly these losses; if not, they are asked."""
        mark = digest_of(losses)
        self._asked = "" if mark == self._agreed else mark
        return not self._asked

    def get_config(self) -> Any:
        """The editor's settings, with our narrower forms of its lists and tables."""
        return {**super().get_config(), "js_modules": [static("conditions/prose.js")]}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> Any:
        """With the address that a paste is sent to, and the level that its headings stand under."""
        context: Any = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-under"] = self.under
        context["widget"]["attrs"]["data-paste"] = reverse("admin:conditions_condition_paste")
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """The box, and below it the question whether to save without what would be left out."""
        box = super().render(name, value, attrs, renderer)
        if not self._asked:
            return box
        return format_html(
            '<div class="rich">{}<p class="without"><label><input type="checkbox" '
            'name="{}-without" value="{}"> Save without these</label></p></div>',
            box,
            name,
            self._asked,
        )

    @property
    def media(self) -> Any:
        """The editor's files, and ours: an accessible name, and what happens to a paste."""
        ours = Media(
            css={"all": ["conditions/editor.css"]},
            js=["conditions/editor.js", "conditions/paste.js"],
        )
        return super().media + ours


class RichFormField(forms.CharField):
    """The form field of rich text: it asks before it saves less than what was typed."""

    widget: Any = RichWidget

    def __init__(self, *, under: int = 2, **kwargs: Any) -> None:
        # What was typed is not stripped before it is cleaned.
        super().__init__(**{**kwargs, "strip": False})
        self.under = under
        self.widget.under = under
        # What to tell whoever saved, once.
        self.notes: tuple[str, ...] = ()

    def clean(self, value: Any) -> str:
        """The cleaned markup. Raises ValidationError where words would get lost unasked."""
        cleaned = sanitise.read(super().clean(value), under=self.under)
        losses = "; ".join(cleaned.losses)
        if cleaned.losses and not self.widget.is_agreed(f"{cleaned.text}\n{losses}"):
            raise ValidationError(
                f"Not saved yet, because this would be left out: {losses}. Take it out yourself, "
                "or tick “Save without these” below the text and save again."
            )
        self.notes = (*([f"Left out: {losses}."] if losses else []), *cleaned.notes)
        return cleaned.text


class RichField(models.TextField):
    """Markup limited to the allow-list, cleaned once, on the way in.

    `under` is the level of the heading that a page puts above it.
    """

    def __init__(self, *args: Any, under: int = 2, **kwargs: Any) -> None:
        self.under = under
        super().__init__(*args, **kwargs)

    def read(self, value: Any) -> sanitise.Cleaned:
        """The cleaned markup, and what cleaning took out. Raises ValidationError."""
        return sanitise.read(self.to_python(value) or "", under=self.under)

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """The cleaned markup. Raises ValidationError with a sentence for an editor."""
        return str(super().clean(self.read(value).text, model_instance))

    def formfield(self, **kwargs: Any) -> Any:
        """The prose editor."""
        field = {"form_class": RichFormField, "widget": RichWidget, "under": self.under}
        return super().formfield(**{**kwargs, **field})
