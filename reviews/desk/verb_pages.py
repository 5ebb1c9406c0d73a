"""Pages of one row with verbs: load and authorise, validate by a form, call one verb, redirect."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from js_asset import Media

from reviews import workflow
from reviews.desk.lists import ReadOnlyAdmin
from reviews.models import odd_names

Done = TypeVar("Done")


class VerbAdmin(ReadOnlyAdmin):
    """A page with verbs: each is a POST to an address of its own, outside any transaction."""

    # Verb's last part of the address -> its form and what it does with the row and cleaned fields.
    verbs: dict[str, tuple[type[forms.Form], Callable[..., str]]] = {}
    page_template = ""

    def get_urls(self) -> list[Any]:
        names = (self.opts.app_label, self.opts.model_name)
        own = [
            path(
                f"<str:pk>/{verb}/",
                self.admin_site.admin_view(self._verb_view(verb)),
                name="{}_{}_{}".format(*names, verb.replace("-", "_")),
            )
            for verb in self.verbs
        ]
        return [*own, *super().get_urls()]

    def _verb_view(self, verb: str) -> Callable[[HttpRequest, str], HttpResponse]:
        form_class, act = self.verbs[verb]

        def view(request: HttpRequest, pk: str) -> HttpResponse:
            row = self.load(request, pk)
            if request.method != "POST":
                # Somebody opened a refused form's address again: show them the page.
                return redirect(row)
            form = form_class(request.POST, auto_id=ids(verb))
            if done := carried_out(form, partial(act, request, row)):
                messages.success(request, done)
                return redirect(self.done_at(request, row, verb))
            return self.page(request, row, {verb: form})

        return view

    def load(self, request: HttpRequest, pk: str) -> Any:
        """The row, or 404; PermissionDenied to whoever may not see it."""
        field = self.opts.pk
        try:
            row = get_object_or_404(self.get_queryset(request), pk=field.to_python(pk))
        except forms.ValidationError:
            row = get_object_or_404(self.get_queryset(request).none())
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of one row; its verbs are POSTs elsewhere."""
        row = self.load(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.page(request, row, {})

    def page(self, request: HttpRequest, row: Any, bound: dict[str, forms.Form]) -> HttpResponse:
        """The page with its forms, those in `bound` as they were sent and refused."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": str(row),
            "refused": [message for form in bound.values() for message in refusals(form)],
            **self.context(request, row, bound),
        }
        return answer(request, self.template_of(request), context, *bound.values())

    def template_of(self, request: HttpRequest) -> str:
        """The template of the page that a request is for."""
        return self.page_template

    def done_at(self, request: HttpRequest, row: Any, verb: str) -> str:
        """Where somebody finds themselves after a verb was carried out: on the row's page."""
        return str(row.get_absolute_url())

    def context(self, request: HttpRequest, row: Any, bound: dict[str, forms.Form]) -> Any:
        raise NotImplementedError


def ids(verb: str, row: object = "") -> str:
    """The pattern of a form's ids, so that several forms on one page do not share any."""
    return f"{verb}{row}-%s"


def carried_out(form: forms.Form, act: Callable[..., Done]) -> Done | None:
    """Call a verb with the fields of a form, or refuse in the form itself.

    Returns what the verb does; None where the form does not hold or the verb refused, whose
    sentence is then an error of the form: show it again with `answer`. Raises LogInEnded, on which
    the site asks for the log-in and keeps what was typed.
    """
    if not form.is_valid():
        return None
    try:
        return act(**form.cleaned_data)
    except workflow.LogInEnded:
        raise
    except workflow.NotAllowed as refusal:
        form.add_error(None, str(refusal))
        return None


def refusals(form: forms.Form) -> list[str]:
    """What stands above a refused form; a field that nobody sees has no place of its own."""
    told = [str(message) for message in form.non_field_errors()]
    if any(field.errors for field in form.hidden_fields()):
        told.append("This form is damaged. Open the page again.")
    return told


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], *forms: forms.Form
) -> HttpResponse:
    """A page with forms that nothing keeps: 422 where one of them was sent and refused."""
    status = 422 if any(form.is_bound for form in forms) else 200
    response = TemplateResponse(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def with_nonce(media: Any, request: HttpRequest) -> Media:
    """The media of a form, whose scripts run by the nonce of this answer's policy."""
    # django-csp puts it on the request, which the stubs do not know.
    return Media.from_media(media, nonce=str(request.csp_nonce))  # type: ignore[attr-defined]


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user


def proof_of(request: HttpRequest, password: str) -> workflow.Credentials:
    return workflow.Credentials(request, password)


def after_signing(request: HttpRequest) -> None:
    """A new session key: one that was overheard before is worth nothing now."""
    request.session.cycle_key()


def tell_odd_names(request: HttpRequest, user: User) -> None:
    """Say after a save which names of a person pass for others."""
    for doubt in odd_names(user):
        messages.warning(request, f"Saved. Look twice: {doubt}")


def draft_url(request: HttpRequest, draft: Any) -> str:
    opts = draft._meta
    if not request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
        return ""
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[draft.pk])


def may_edit(request: HttpRequest, draft: Any) -> bool:
    """Whether whoever asks may change a draft."""
    opts = draft._meta
    return bool(request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}"))


def rows_in(request: HttpRequest) -> list[str] | None:
    """The keys of rows that a script sent, as a JSON list; None where it is none."""
    try:
        rows = json.loads(request.body[:100_000])
    except (ValueError, RecursionError):
        return None
    is_list = isinstance(rows, list) and all(isinstance(row, str) for row in rows)
    return rows if is_list else None


def name_of(user: User) -> str:
    return user.get_full_name() or user.get_username()
