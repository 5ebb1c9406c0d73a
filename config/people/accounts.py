"""Accounts: managers make them and put them in groups; people set their passwords themselves."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse

from config.people.newcomers import (
    LICENSE,
    LICENSES,
    NEEDED,
    PhysicianFields,
    license_field,
)
from reviews import clock, workflow
from reviews.desk.lists import PlainLookups
from reviews.desk.verb_pages import tell_odd_names, user_of
from reviews.mail import outbox
from reviews.models import Person, odd_names

admin.site.unregister(Group)
admin.site.unregister(User)

# What nobody changes of themselves.
RIGHTS = ["groups", "is_superuser", "is_active"]


class AccountForm(forms.ModelForm):
    """Name, mail address, groups: never a password."""

    before: Any = None
    old = ""

    class Meta:
        model = User
        fields = ["username", "first_name", "last_name", "email", *RIGHTS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].required = True
            self.fields["email"].help_text = "Theirs alone: a link to set the password goes there."

    def clean_email(self) -> str:
        """An address by which two people would be one is refused."""
        address: str = self.cleaned_data["email"]
        others = User.objects.filter(email__iexact=address).exclude(pk=self.instance.pk)
        if "email" in self.changed_data and others.exists():
            raise ValidationError("Another account has this address. Each person has their own.")
        return address


class NewPersonForm(PhysicianFields, AccountForm):
    """Everything about a new person at once."""


def _fieldsets() -> list[tuple[str | None, dict[str, Any]]]:
    """A new person's form in its parts."""
    names = ("first_name", "last_name")
    licenses = [tuple(license_field(name, number) for name in LICENSE) for number in LICENSES]
    about = (
        "Leave this empty for everybody else. It counts once another manager has confirmed it, or "
        "after 72 hours."
    )
    locum = "Their first and last day, where they stand in for some time: they sign between them."
    return [
        (None, {"fields": [names, "email", "username", "groups"]}),
        ("For a physician", {"fields": [*NEEDED, *licenses], "description": about}),
        ("For a locum", {"fields": [("first_day", "last_day")], "description": locum}),
    ]


@admin.register(User)
class PeopleAdmin(PlainLookups):
    """Accounts: managers make them and put them in groups; only a superuser makes superusers."""

    form = AccountForm
    actions = None
    list_display = ["username", "first_name", "last_name", "email", "is_active"]
    list_filter = ["is_active", "is_superuser", "groups"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username"]
    filter_horizontal = ["groups"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No list is searched by what is kept of a password."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: people are made inactive, so that what they did keeps their name."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A manager changes nobody who has more rights than a manager."""
        if obj is not None and workflow.why_not(
            workflow.may_save_account, obj, by=user_of(request)
        ):
            return False
        return super().has_change_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of an account that stands; a new one has more."""
        return ["username", "first_name", "last_name", "email", *RIGHTS]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new account is a person's: active, no superuser, and perhaps a physician's."""
        return super().get_fieldsets(request, obj) if obj else _fieldsets()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """One form for all that is known of a new person."""
        if obj is None:
            kwargs["form"] = NewPersonForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody changes their own rights; a manager makes no superuser."""
        if obj is not None and obj.pk == request.user.pk:
            return RIGHTS
        return [] if Person.of(user_of(request)).counts_as_superuser else ["is_superuser"]

    def get_urls(self) -> list[Any]:
        """Beside the accounts: what is done for one by a button."""
        own = [
            path(
                f"<str:pk>/{verb}/",
                self.admin_site.admin_view(self._button(act, done)),
                name=f"auth_user_{verb}",
            )
            for verb, act, done in (
                ("link", workflow.send_link, "A link to set the password is on its way to {}."),
                ("unlock", workflow.unlock, "The wrong passwords of {} are forgotten."),
            )
        ]
        return [*own, *super().get_urls()]

    def _button(self, act: Any, done: str) -> Any:
        def view(request: HttpRequest, pk: str) -> HttpResponse:
            user = self.get_object(request, pk)
            if user is None:
                raise Http404
            if not self.has_view_permission(request, user):
                raise PermissionDenied
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            try:
                act(user, by=user_of(request))
            except workflow.NotAllowed as refusal:
                messages.error(request, str(refusal))
            else:
                outbox.hurry()
                messages.success(request, done.format(user.get_username()))
            return redirect(reverse("admin:auth_user_change", args=[user.pk]))

        return view

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A new person, in the words of the job."""
        return super().add_view(request, form_url, {"title": "New person", **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With what of this person does not count yet, and the buttons."""
        user = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if user is not None and self.has_view_permission(request, user):
            by = user_of(request)
            context |= {
                "odd_names": odd_names(user),
                "waiting": Person.of(user).waiting,
                "profile": (profile := getattr(user, "reviewer", None)),
                "missing": workflow.missing(profile, clock.now()) if profile else [],
                "why_not_link": workflow.why_not(workflow.may_send_link, user, by=by),
                "why_not_unlock": workflow.why_not(workflow.may_unlock, user, by=by),
            }
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nobody sets a password here: a new account has none."""
        if change:
            form.before = workflow.account_of(obj)
            form.old = User.objects.get(pk=obj.pk).email
        else:
            obj.set_unusable_password()
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """After the groups are saved too, record how the account now stands."""
        super().save_related(request, form, formsets, change)
        by = user_of(request)
        workflow.record_account(form.instance, by=by, before=form.before, old=form.old)
        if not change:
            reviewer = form.save_physician(form.instance)
            if reviewer is not None:
                workflow.record_reviewer(reviewer, by=by, before=None)
            workflow.invite(form.instance, by=by)
            to = form.instance.email
            messages.success(request, f"A link to set the password is on its way to {to}.")
        tell_odd_names(request, form.instance)
        outbox.hurry()
