"""Forms as a browser sends them: what stands in a form of a page, with what somebody types."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


class Form:
    """A form of a page: where it is sent, what it would send as it is, and what can be chosen.

    `fields` has every field that can be filled in; one without a value has "". `choices` are the
    values of its radio buttons and lists, by name.
    """

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._text = self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif self._form is None or "disabled" in given:
            return
        elif tag == "input" and name:
            self._input(self._form, name, given)
        elif tag in ("textarea", "select"):
            self._form.fields.setdefault(name, "")
            self._text, self._list = (name, "") if tag == "textarea" else ("", name)
        elif tag == "option" and self._list:
            self._form.choices.setdefault(self._list, []).append(given.get("value", ""))
            if "selected" in given:
                self._form.fields[self._list] = given.get("value", "")

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        if given.get("type") not in ("radio", "checkbox"):
            form.fields[name] = given.get("value", "")
            return
        form.choices.setdefault(name, []).append(given.get("value", "on"))
        form.fields.setdefault(name, "")
        if "checked" in given:
            form.fields[name] = given.get("value", "on")

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._text:
            # A browser drops the line break with which a text area begins.
            self._form.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._form is not None and self._text:
            typed = self._form.fields[self._text]
            self._form.fields[self._text] = typed.removeprefix("\r").removeprefix("\n")
            self._text = ""
        elif tag == "select":
            self._list = ""


def forms_of(html: str) -> list[Form]:
    """The forms of a page, in order."""
    reader = _Forms()
    reader.feed(html)
    reader.close()
    return reader.forms


def form_to(html: str, ending: str) -> Form | None:
    """The first form of a page that is sent to an address with this ending, if there is one.

    Without an ending, the first one that is sent to the page's own address.
    """
    return next((form for form in forms_of(html) if _goes_to(form.action, ending)), None)


def _goes_to(action: str, ending: str) -> bool:
    return action.partition("#")[0].endswith(ending) if ending else not action


def send(client: Client, address: str, ending: str, **typed: Any) -> HttpResponse:
    """Open a page, fill in the form that goes to an address with this ending, and send it.

    Fails where the page has no such form, the form no such field, or the field no such choice.
    """
    form = form_to(client.get(address).content.decode(), ending)
    assert form is not None, f"{address} has no form to {ending}"
    for name, value in typed.items():
        assert name in form.fields, f"{ending} has no field {name}"
        assert value in form.choices.get(name, [value]), f"{name} has no choice {value}"
    filled = {name: value for name, value in form.fields.items() if name != "csrfmiddlewaretoken"}
    return client.post(form.action or address, {**filled, **typed})
