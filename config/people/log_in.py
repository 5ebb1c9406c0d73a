"""The admin site that staff, physicians and managers share."""

import json
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from config.people import links
from reviews import clock, workflow
from reviews.desk import mail, overview, work
from reviews.desk.verb_pages import user_of
from reviews.mail import outbox


class LoginForm(AdminAuthenticationForm):
    """Django's own; a longer user name than any account has is refused before axes stores it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].validators.append(MaxLengthValidator(150))


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's own; a wrong old password is counted as any other, and the change is an event."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        """Nobody guesses here either."""
        typed: str = self.cleaned_data["old_password"]
        try:
            workflow.prove(workflow.Credentials(self.request, typed), self.user, signs=False)
        except workflow.LogInEnded:
            raise
        except workflow.NotAllowed as refusal:
            raise ValidationError(str(refusal)) from refusal
        return typed

    def save(self, commit: bool = True) -> User:
        """Set it, and write that down."""
        workflow.change_password(self.user, password=self.cleaned_data["new_password1"])
        outbox.hurry()
        return self.user


class Site(AdminSite):
    """The staff's side of Countersign.

    A form that is sent after its session ended is kept through the log-in, so that nothing typed
    is lost.
    """

    site_header = "Countersign"
    site_title = "Countersign"
    index_title = "Your work"
    site_url = "/"
    login_form = LoginForm

    def get_urls(self) -> list[Any]:
        """Beside the admin's own, what a mail leads to without a log-in, and which letters come."""
        set_password = links.SetPassword.as_view(site=self)
        return [
            path("forgotten/", partial(links.forgotten, site=self), name="forgotten"),
            path("link/<uidb64>/<int:asked>/<token>/", set_password, name="set_password"),
            path("not-me/<token>/", partial(links.not_me, site=self), name="not_me"),
            path("mail/", self.admin_view(partial(mail.choices, site=self)), name="mail"),
            path("overview/", self._own(overview.page), name="overview"),
            path("overview/export/", self._own(overview.take_out), name="overview_export"),
            *super().get_urls(),
        ]

    def _own(self, view: Any) -> Any:
        """A page of this site that belongs to no model."""
        return self.admin_view(partial(view, site=self))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Your work: what waits for whoever is logged in, whatever their role."""
        waits = work.work_for(user_of(request), clock.now())
        response = super().index(request, {**(extra_context or {}), "work": waits})
        response["Cache-Control"] = "no-store"
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's own, each list under its one name."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for one in (one for app in apps for one in app["models"]):
            one["name"] = getattr(self._registry[one["model"]], "list_name", "") or one["name"]
        return apps

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's own, save that a form sent without a session asks for the log-in at once."""
        inner = super().admin_view(view, cacheable)

        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            sent = request.method == "POST" and request.path != reverse("admin:logout")
            if sent and not request.user.is_authenticated:
                return self._ask(request)
            try:
                response: HttpResponse = inner(request, *args, **kwargs)
            except (ValueError, TypeError, LookupError, DatabaseError, OverflowError) as fault:
                # What no database can be asked is answered like any other wrong filter of a list.
                name = str(request.resolver_match and request.resolver_match.url_name)
                if name.endswith("_changelist") and request.GET and ERROR_FLAG not in request.GET:
                    return redirect(f"{request.path}?{ERROR_FLAG}=1")
                if isinstance(fault, OverflowError):
                    # SQLite cannot even be asked about a number of more than 64 bits.
                    return HttpResponseBadRequest("A number in this form is too large.")
                raise
            except workflow.LogInEnded as ended:
                logout(request)
                return self._ask(request, str(ended))
            return response

        return keeping

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's own; afterwards a kept form waits to be sent again."""
        kept = request.POST.get("kept", "")
        fields = _fields(kept)
        response = super().login(request, {**(extra_context or {}), "kept": fields and kept})
        if response.status_code != 302 or not fields:
            return response
        context = {
            **self.each_context(request),
            "title": "Nothing was lost",
            "action": response["Location"],
            "fields": fields,
        }
        return TemplateResponse(request, "admin/kept.html", context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Django's own, with a form that counts guesses."""
        view = PasswordChangeView.as_view(
            form_class=type("Form", (OwnPasswordForm,), {"request": request}),
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
            template_name="registration/password_change_form.html",
        )
        request.current_app = self.name
        return view(request)

    def _ask(self, request: HttpRequest, why: str = "") -> HttpResponse:
        # A password is typed again, and each form gets a token of its own.
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken" and "password" not in name
        ]
        context = {
            **self.each_context(request),
            "title": "Log in",
            "app_path": reverse("admin:login"),
            "next": request.get_full_path(),
            "form": LoginForm(request),
            "kept": json.dumps(kept),
            "why": why,
        }
        return TemplateResponse(request, "admin/login.html", context, status=401)


def _fields(kept: str) -> list[tuple[str, str]]:
    """The kept fields as name and value; none where the text is not what `_ask` wrote."""
    try:
        pairs = [(str(name), str(value)) for name, value in json.loads(kept or "[]")]
        json.dumps(pairs, ensure_ascii=False).encode()  # no lone surrogate
    except (TypeError, ValueError, RecursionError):
        return []
    return pairs
